"""No answer fills the memory: each kind of size has a limit with a name, and its error says the name."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import textwrap
import time
import zlib
from pathlib import Path
from typing import Any

import pytest

from openai_compatible import Provider, ResponseLimits, ResponseTooLargeError
from openai_compatible.errors import InvalidRequestError, MalformedResponseError, RedirectRefusedError

from .raw_server import Peer, http_libraries, raw_server, run

SMALL = ResponseLimits(error_body=1_000, body=200_000, line=20_000, answer=5_000)
SAID = {"choices": [{"index": 0, "message": {"content": "a"}, "finish_reason": "stop"}]}
EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
OPEN = b"HTTP/1.1 %s\r\nconnection: close\r\n%s\r\n"


def provider(origin: str, limits: ResponseLimits = SMALL) -> Provider:
    return Provider(
        name="p", base_url=f"{origin}/v1", response_limits=limits, max_retries=2, timeout=10.0
    )


def answer(body: bytes, status: bytes = b"200 OK", *headers: bytes) -> bytes:
    lines = (b"HTTP/1.1 " + status, b"content-length: %d" % len(body), *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def delta(text: str, key: str = "content") -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": {key: text}}]}).encode() + b"\n\n"


def refused(way: str, handler: Any, limit: str, call: str = "chat", **limits: Any) -> Any:
    calls: list[int] = []

    def counted(peer: Peer) -> None:
        calls.append(1)
        handler(peer)

    sizes = SMALL.model_copy(update=limits)
    begun = time.monotonic()
    with raw_server(counted) as origin, pytest.raises(ResponseTooLargeError) as caught:
        run(way, provider(origin, sizes), call)
    assert time.monotonic() - begun < 5
    assert caught.value.param == limit
    assert f"response_limits.{limit}" in str(caught.value)
    assert len(calls) == 1  # it is not asked again
    return caught.value


def endless(start: bytes, part: bytes) -> Any:
    def handler(peer: Peer) -> None:
        peer.send(start)
        peer.flood(part, 200_000_000)

    return handler


@pytest.mark.parametrize("way", http_libraries())
def test_endless_answers_end_at_the_limit_that_their_error_names(way: str) -> None:
    json_head = OPEN % (b"200 OK", b"content-type: application/json\r\n")
    refused(way, endless(json_head + b'{"a":"', b"x" * 60_000), "body")
    refused(way, endless(EVENTS + b'data: {"a":"', b"x" * 60_000), "line", "stream")
    refused(way, endless(EVENTS, b"data: " + b"[" * 500 + b"\n"), "line", "stream")
    refused(way, endless(EVENTS, b": " + b"x" * 10_000 + b"\n"), "body", "stream")
    for call in ("models", "embed"):
        refused(way, endless(json_head + b'{"data":[', b"[]," * 20_000), "body", call)


@pytest.mark.parametrize("way", http_libraries())
def test_an_answer_that_is_too_long_gives_what_came(way: str) -> None:
    for key, field in (("content", "text"), ("reasoning_content", "reasoning")):
        error = refused(way, endless(EVENTS, delta("ab" * 50, key)), "answer", "stream")
        got = getattr(error.partial.choices[0], field)
        assert got.startswith("abab")
        assert 5_000 < len(got) < 200_000
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "1" * 200}}
    chunk = {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}
    refused(way, endless(EVENTS, b"data: " + json.dumps(chunk).encode() + b"\n\n"), "answer", "stream")
    whole = {"choices": [{"message": {"content": "a" * 6_000}, "finish_reason": "stop"}]}
    refused(way, lambda peer: peer.send(answer(json.dumps(whole).encode())), "answer")


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize("way", http_libraries()[::2])
@pytest.mark.parametrize("depth", [210, 100_000])
def test_deep_json_is_refused(way: str, depth: int) -> None:
    for call in ("chat", "models", "embed"):
        refused(way, lambda peer: peer.send(answer(nested(depth))), "json_depth", call, body=10**6)
    chunk = b'data: {"choices":[],"a":' + nested(depth) + b"}\n\n"
    refused(way, lambda peer: peer.send(EVENTS, chunk), "json_depth", "stream", line=10**6, body=10**6)


@pytest.mark.parametrize(("depth", "fits"), [(5, False), (300, True)])
def test_json_depth_can_be_lowered_and_raised(depth: int, fits: bool) -> None:
    body = json.dumps({**SAID, "a": json.loads(nested(20 if depth == 5 else 280))}).encode()
    with raw_server(lambda peer: peer.send(answer(body))) as origin:
        asked = provider(origin, ResponseLimits(json_depth=depth))
        if fits:
            assert run("sync", asked).text == "a"
        else:
            with pytest.raises(ResponseTooLargeError, match="json_depth"):
                run("sync", asked)


@pytest.mark.parametrize("way", http_libraries())
def test_the_body_of_an_error_is_cut_and_its_beginning_quoted(way: str) -> None:
    start = OPEN % (b"400 No", b"") + b"no such thing "
    with raw_server(endless(start, b"x" * 60_000)) as origin:
        with pytest.raises(InvalidRequestError) as caught:
            run(way, provider(origin))
    assert caught.value.status_code == 400
    assert caught.value.body.startswith("no such thing xxx")


@pytest.mark.parametrize("way", http_libraries())
@pytest.mark.parametrize("status", [b"400 No", b"302 Go", b"200 OK"])
def test_a_bomb_is_not_unpacked(way: str, status: bytes) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    head = (b"content-encoding: gzip", b"content-type: application/json", b"location: http://h/")
    begun = time.monotonic()
    with raw_server(lambda peer: peer.send(answer(bomb, status, *head))) as origin:
        error = {b"400 No": InvalidRequestError, b"302 Go": RedirectRefusedError}.get(
            status, ResponseTooLargeError
        )
        with pytest.raises(error):
            run(way, provider(origin, ResponseLimits()))
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("way", http_libraries())
def test_compressed_answers_are_read(way: str) -> None:
    body = json.dumps(SAID).encode()
    raw = zlib.compressobj(wbits=-15)
    forms = {
        b"gzip": gzip.compress(body),
        b"x-gzip": gzip.compress(body[:9]) + gzip.compress(body[9:]),
        b"deflate": zlib.compress(body),
        b"Deflate": raw.compress(body) + raw.flush(),
        b"gzip, gzip": gzip.compress(gzip.compress(body)),
        b"identity": body,
    }
    for name, sent in forms.items():
        reply = answer(sent, b"200 OK", b"content-encoding: " + name)
        with raw_server(lambda peer, reply=reply: peer.send(reply)) as origin:
            assert run(way, provider(origin)).text == "a"


@pytest.mark.parametrize("way", http_libraries()[::2])
def test_a_coding_that_was_not_asked_for_is_refused(way: str) -> None:
    for name in (b"br", b"zstd", b", ".join([b"gzip"] * 6), b"gzip"):
        reply = answer(b"abc", b"200 OK", b"content-encoding: " + name)
        with raw_server(lambda peer, reply=reply: peer.send(reply)) as origin:
            with pytest.raises(MalformedResponseError, match="content-encoding"):
                run(way, provider(origin))
        reply = answer(b"abc", b"400 No", b"content-encoding: " + name)
        with raw_server(lambda peer, reply=reply: peer.send(reply)) as origin:
            with pytest.raises(InvalidRequestError):
                run(way, provider(origin))


MEMORY = """
    import gzip, resource, sys, zlib
    from tests_of_security.raw_server import raw_server, run
    from openai_compatible import OpenAICompatibleError, Provider

    HEAD = b"HTTP/1.1 200 OK\\r\\nconnection: close\\r\\n"
    packer = zlib.compressobj(wbits=31)
    first, again = (
        packer.compress(bytes(10_000_000)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    BOMB = first + again * 99
    BODIES = {
        "bomb": (b"content-encoding: gzip\\r\\n\\r\\n" + BOMB, b""),
        "nested": (b"content-encoding: gzip, gzip\\r\\n\\r\\n" + gzip.compress(BOMB), b""),
        "line": (b"content-type: text/event-stream\\r\\n\\r\\ndata: {", b"x" * 1_000_000),
        "json": (b'\\r\\n{"a":"', b"x" * 1_000_000),
    }
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 800_000_000,) * 2)
    for case in sys.argv[2:]:
        start, part = BODIES[case]
        def handler(peer):
            peer.send(HEAD, start)
            if part:
                peer.flood(part, 1_000_000_000)
        with raw_server(handler) as origin:
            provider = Provider(name="p", base_url=origin + "/v1", max_retries=0)
            try:
                run(sys.argv[1], provider, "stream" if case == "line" else "chat")
            except OpenAICompatibleError as error:
                print(case, type(error).__name__, error.param)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs RLIMIT_AS and /proc")
@pytest.mark.parametrize(
    ("way", "cases"), [("sync", ["bomb", "line", "json"]), ("async", ["nested", "line"])]
)
def test_the_default_limits_hold_in_little_memory(way: str, cases: list[str], tmp_path: Path) -> None:
    (tmp_path / "tests_of_security").symlink_to(Path(__file__).parent)
    script = tmp_path / "memory.py"
    script.write_text(textwrap.dedent(MEMORY))
    done = subprocess.run(
        [sys.executable, str(script), way, *cases],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    limits = {"line": "line", "json": "body"}
    assert done.stdout.splitlines() == [
        f"{case} ResponseTooLargeError {limits.get(case, 'decompression_ratio')}" for case in cases
    ], done.stderr
