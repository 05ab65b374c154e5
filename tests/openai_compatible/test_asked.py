"""What a call is given becomes a request, or an error of ours."""

from __future__ import annotations

from typing import Any

import pytest

from openai_compatible import AsyncClient, ChatRequest, Client, ConfigError
from openai_compatible.testing.scripted import scripted


async def test_one_text_is_a_message_of_the_user() -> None:
    with scripted() as server:
        client = Client(base_url=server.base_url, model="m")
        assert client.chat("Hello").text == "You said: Hello"
        assert (await AsyncClient(base_url=server.base_url, model="m").chat("Hello")).text
        for seen in server.requests:
            assert seen.json["messages"] == [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize("asked", [{"role": "user", "content": "a"}, ["a", "b"], None, 3, b"bytes"])
def test_what_is_no_message_is_told(asked: Any) -> None:
    client = Client(base_url="http://127.0.0.1:1", model="m")
    for call in (client.chat, client.stream, client.explain):
        with pytest.raises(ConfigError, match="messages must be a list of messages or one text"):
            call(asked)


def test_parameters_beside_a_request_are_told() -> None:
    client = Client(base_url="http://127.0.0.1:1", model="m")
    with pytest.raises(ConfigError, match="parameters beside a ChatRequest: max_tokens"):
        client.chat(ChatRequest("m", []), max_tokens=3)
