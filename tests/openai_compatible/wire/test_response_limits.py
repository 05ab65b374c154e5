"""Limits of what a server may send hold where bodies are read, and every form within them is read."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from openai_compatible.config.tables import ResponseLimits
from openai_compatible.errors import ResponseTooLargeError
from openai_compatible.profiles.profile import Profile
from openai_compatible.wire.arguments import describe_arguments
from openai_compatible.wire.body_decoder import BodyDecoder, DecodingError, out_of_memory
from openai_compatible.wire.call_forms import FORMS
from openai_compatible.wire.chat import ChatStream
from openai_compatible.wire.decode import NestingError, decode
from openai_compatible.wire.json_body import read_json
from openai_compatible.wire.near_models import near_models
from openai_compatible.wire.payload import read_texts
from openai_compatible.wire.redactor import Redactor
from openai_compatible.wire.sse import Decoder

BODY = b'{"a": "text"}' * 3
LIMITS = ResponseLimits()


def unpacked(encoding: str | None, *pieces: bytes, **limits: Any) -> bytes:
    decoder = BodyDecoder(encoding, ResponseLimits(**limits))
    return b"".join(part for piece in pieces for part in decoder.feed(piece))


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        (None, BODY),
        ("identity", BODY),
        ("GZIP", gzip.compress(BODY, mtime=0)),
        ("x-gzip", gzip.compress(BODY[:7], mtime=0) + gzip.compress(BODY[7:], mtime=0)),
        ("gzip", gzip.compress(BODY, mtime=0) + b"padding"),
        ("deflate", zlib.compress(BODY)),
        ("deflate", raw_deflate(BODY)),
        ("gzip, deflate", zlib.compress(gzip.compress(BODY, mtime=0))),
    ],
)
def test_every_coding_that_is_asked_for_is_undone_wherever_it_is_cut(
    encoding: str | None, data: bytes
) -> None:
    assert unpacked(encoding, data) == BODY
    assert unpacked(encoding, *(data[at : at + 1] for at in range(len(data)))) == BODY


def test_a_long_body_is_unpacked_in_pieces() -> None:
    body = b"\0" * (1 << 19) + b"end"
    assert unpacked("gzip", gzip.compress(body, mtime=0)) == body


@pytest.mark.parametrize("encoding", ["br", ", ".join(["gzip"] * 6)])
def test_a_coding_that_is_not_read_is_refused(encoding: str) -> None:
    with pytest.raises(DecodingError, match="is not read"):
        BodyDecoder(encoding, LIMITS)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_bytes_that_are_not_in_their_coding_are_an_error(encoding: str) -> None:
    with pytest.raises(DecodingError):
        unpacked(encoding, b"\xff\xfe{}")


@pytest.mark.parametrize(
    ("encoding", "data", "limits", "named"),
    [
        (None, b"x" * 20, {"body": 10}, "body"),
        ("gzip", gzip.compress(b"x" * 2_000, mtime=0), {"body": 1_000}, "body"),
        (
            "gzip",
            gzip.compress(bytes(9_000_000), mtime=0),
            {"decompression_ratio": 10},
            "decompression_ratio",
        ),
    ],
)
def test_a_body_beyond_a_limit_names_the_limit(
    encoding: str | None, data: bytes, limits: dict[str, Any], named: str
) -> None:
    with pytest.raises(ResponseTooLargeError) as caught:
        unpacked(encoding, data, **limits)
    assert caught.value.param == named
    assert named in str(caught.value)
    assert "memory" in str(out_of_memory())


def nested(levels: int, inner: str = "") -> bytes:
    return b"[" * levels + inner.encode() + b"]" * levels


def test_depth_is_limited_for_strict_and_for_odd_json() -> None:
    for text in (nested(5), nested(5, '"\n"')):
        assert decode(text, 6)
        with pytest.raises(NestingError):
            decode(text, 3)
        with pytest.raises(ResponseTooLargeError, match="3 levels"):
            read_json(text, what="models", depth=3)
        with pytest.raises(ResponseTooLargeError, match="3 levels"):
            read_texts(text, None, 3)
    for text in (nested(250), nested(250, '"\n"')):
        assert decode(text, 300)
    for depth in (200, 300):
        with pytest.raises(NestingError):
            decode(nested(350), depth)


def test_an_event_longer_than_its_limit_ends_the_stream() -> None:
    whole, pieces, lines = Decoder(limit=50), Decoder(limit=50), Decoder(limit=50)
    with pytest.raises(ResponseTooLargeError, match="line"):
        whole.feed(b"data: " + b"x" * 60)
    pieces.feed(b"data: " + b"x" * 30)
    with pytest.raises(ResponseTooLargeError, match="line"):
        pieces.feed(b"x" * 30)
    lines.feed(b"data: {" + b"x" * 20 + b"\n")
    with pytest.raises(ResponseTooLargeError, match="line"):
        lines.feed(b"data: " + b"x" * 40 + b"\n")


def chunk(**delta: Any) -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta}]}).encode() + b"\n\n"


@pytest.mark.parametrize(
    "delta",
    [
        {"content": "x" * 20},
        {"reasoning_content": "x" * 20},
        {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": "1" * 20}}]},
    ],
)
def test_an_answer_longer_than_its_limit_is_refused_with_what_came(delta: dict[str, Any]) -> None:
    stream = ChatStream(Profile(name="p"), tools=["f"], limits=ResponseLimits(answer=100))
    with pytest.raises(ResponseTooLargeError) as caught:
        for _ in range(50):
            stream.feed(chunk(**delta))
        stream.close()
    assert caught.value.param == "answer"


def test_an_answer_within_its_limit_may_have_a_longer_body() -> None:
    stream = ChatStream(Profile(name="p"), limits=ResponseLimits(answer=100))
    for _ in range(4):
        stream.feed(chunk(content="x" * 20))
    stream.feed(b"data: [DONE]\n\n")
    assert stream.close().text == "x" * 80


def test_a_call_that_is_no_json_is_none() -> None:
    forms = dict(FORMS)
    assert forms["llama"]('<|python_tag|>{"name": ') is None
    assert forms["llama"]("<|python_tag|>[1]") is None


def test_why_arguments_cannot_be_used_is_told() -> None:
    assert describe_arguments("f", "length").endswith("the answer ended (length) within them")
    assert "ended" not in describe_arguments("f", "stop")


def test_models_of_like_names_are_found_among_short_ids() -> None:
    assert near_models("qwen-3", ["qwen3", "x" * 5_000, "llama"]) == ["qwen3"]


def test_whether_a_text_holds_a_secret_is_asked_in_any_spelling() -> None:
    assert Redactor(["sk-abcdefgh12345678"]).is_in("SK%2DABCDEFGH 12345678")
    assert not Redactor(["sk-abcdefgh12345678"]).is_in("sk-other")
    assert not Redactor([]).is_in("anything")
