"""Recordings cut short: an answer that is not whole is never taken for one."""

from __future__ import annotations

from typing import Any

import pytest

from openai_compatible.errors import (
    MalformedResponseError,
    OpenAICompatibleError,
    StreamInterruptedError,
)
from openai_compatible.profiles.registry import GENERIC
from openai_compatible.wire.chat import ChatStream, fold
from openai_compatible.wire.embeddings import read_embeddings
from openai_compatible.wire.error_body import error_from_response
from openai_compatible.wire.models import read_models

CUTS = 23


def cuts(body: bytes) -> list[bytes]:
    """The body without its end, at places spread over it."""
    return [body[: len(body) * part // CUTS] for part in range(1, CUTS)]


@pytest.mark.recordings("stream")
def test_a_cut_stream_is_interrupted_and_keeps_what_had_come(recording: Any) -> None:
    want = recording.expected
    if "error" in want:
        return
    body = recording.body
    head = body[: body.index(b"data: ") + 30]
    for part in [head, *cuts(body)]:
        stream = ChatStream(GENERIC, choices=recording.asked.get("n", 1))
        stream.feed(part)
        got: Any
        try:
            got = stream.close(clean=False)
        except StreamInterruptedError as error:
            got = error
        if not isinstance(got, StreamInterruptedError):
            assert stream.finished or stream.done
            assert got.text == want["text"]
            assert len(got.tool_calls) == len(want.get("tool_calls", ()))
        elif got.partial is not None and got.partial.choices:
            assert want["text"].startswith(got.partial.text)
            assert want.get("reasoning", "").startswith(got.partial.reasoning)
            assert not got.partial.tool_calls, "an unfinished call is no call"


@pytest.mark.recordings("chat")
def test_a_cut_body_is_malformed(recording: Any) -> None:
    for part in cuts(recording.body):
        with pytest.raises((MalformedResponseError, StreamInterruptedError)):
            fold(part, GENERIC)


@pytest.mark.recordings("embeddings", "models")
def test_a_cut_list_is_malformed(recording: Any) -> None:
    for part in cuts(recording.body):
        with pytest.raises(MalformedResponseError):
            if recording.kind == "models":
                read_models(part)
            else:
                read_embeddings(part, recording.expected["count"])


@pytest.mark.recordings("error")
def test_a_cut_error_body_is_still_an_error_of_ours(recording: Any) -> None:
    status = max(recording.expected["status"], 400)
    for part in [b"", *cuts(recording.body)]:
        error = error_from_response(status, {}, part, endpoint="/chat/completions", url="http://h/v1")
        assert isinstance(error, OpenAICompatibleError)
        assert error.status_code == status
        assert str(error)
