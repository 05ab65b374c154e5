"""What was sent is told whole: OpenAI's body and the record's dialect give it back."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from openai_compatible import Client, OpenAICompatibleError, Provider, targets
from openai_compatible.asked import chat_request
from openai_compatible.testing.loopback import loopback
from openai_compatible.urls import origin
from openai_compatible.wire.dialect.steps import rebuild
from openai_compatible.wire.request import plain_body

HELLO = [{"role": "user", "content": "Say hello"}]


@pytest.mark.quirks("chat")
@pytest.mark.parametrize("stream", [False, True])
def test_the_sent_body_follows_from_the_record(case: Any, serve: Any, stream: bool) -> None:
    ask = case.ask
    request = chat_request(ask.pop("messages", HELLO), {"model": "m", **ask})
    with loopback(serve(case)) as server, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        provider = Provider(name="server", **case.provider(server.url))
        with Client(targets("m", provider=provider)) as client:
            try:
                if stream:
                    answer: Any = list(client.stream(request))[-1]
                else:
                    answer = client.chat(request)
            except OpenAICompatibleError:
                return
        sent = server.requests[-1].json
    plain = plain_body(request, origin=origin(server.url), stream=stream)
    made = rebuild(plain, answer.record.dialect)
    assert {**made, **provider.extra_body, **request.extra_body} == sent
