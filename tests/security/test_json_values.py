"""A JSON text of many tiny values takes many times its size in memory: their number has a limit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_compatible import Provider, ResponseLimits, ResponseTooLargeError
from openai_compatible.transport.live import Live
from openai_compatible.wire.body_decoder import is_lack_of_memory

from .raw_server import Peer, http_libraries, raw_server, run

FEW = ResponseLimits(json_values=1_000)
EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


def provider(origin: str, limits: ResponseLimits = FEW) -> Provider:
    return Provider(name="p", base_url=f"{origin}/v1", response_limits=limits, max_retries=0)


def answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("way", http_libraries()[::2])
@pytest.mark.parametrize("call", ["chat", "embed", "models", "stream"])
@pytest.mark.parametrize("value", [b"1", b"[]"])
def test_texts_of_more_values_than_the_limit_are_refused(way: str, call: str, value: bytes) -> None:
    body = b'{"data":[' + b",".join([value] * 2_000) + b"]}"
    with raw_server(lambda peer: peer.send(answer(body))) as origin:
        with pytest.raises(ResponseTooLargeError, match=r"Raise response_limits\.json_values") as caught:
            run(way, provider(origin), call)
    assert caught.value.param == "json_values"


@pytest.mark.parametrize("way", http_libraries()[::2])
@pytest.mark.parametrize("lines", [False, True], ids=["one line", "many lines"])
def test_an_event_of_more_values_than_the_limit_is_refused(way: str, lines: bool) -> None:
    part = b"data: [],\n" if lines else b"[],"

    def handler(peer: Peer) -> None:
        peer.send(EVENTS, b'data: {"a":[' + (b"\n" if lines else b""))
        peer.flood(part * 20_000, 400_000 * len(part))
        peer.send(b"\n\n")

    limits = ResponseLimits(json_values=1_000_000)
    with raw_server(handler) as origin, pytest.raises(ResponseTooLargeError) as caught:
        run(way, provider(origin, limits), "stream")
    assert caught.value.param == "json_values"


def test_a_long_stream_of_small_events_is_below_the_limit() -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "a"}}]}
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    body = b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in [*[chunk] * 500, end])
    with raw_server(lambda peer: peer.send(EVENTS, body, b"data: [DONE]\n\n")) as origin:
        found = run("sync", Provider(**_plain(origin)), "stream")
    assert found[-1].text == "a" * 500


def _plain(origin: str) -> dict[str, Any]:
    return {"name": "p", "base_url": f"{origin}/v1", "response_limits": FEW}


class PanicException(BaseException):
    """As jiter raises it where Python has no memory for a value."""


class FullMemory:
    """A parser that finds no memory."""

    def feed(self, _: bytes) -> None:
        raise PanicException("PyObject pointer is null")


def test_a_panic_for_want_of_memory_is_our_error() -> None:
    live: Live[Any] = Live(None, FullMemory())  # type: ignore[arg-type]
    with pytest.raises(ResponseTooLargeError, match="more memory than this process has"):
        live.take(b"data: {}")
    assert is_lack_of_memory(MemoryError())
    assert not is_lack_of_memory(KeyboardInterrupt())
