"""A server that sends a little now and then holds no call open beyond its time limits."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from openai_compatible import AuthenticationError, Client, Provider, RequestTimeoutError, Timeouts
from openai_compatible.errors import ConnectTimeoutError, ModelNotFoundError, RedirectRefusedError

from .raw_server import HELLO, Peer, http_libraries, raw_server, run

LIMIT = 0.3
LATE = 2.0
"""Seconds that prove that a limit held, on a busy machine too. The servers trickle for 4."""

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
SAID = b'{"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}]}'


def answer(body: bytes = SAID, status: bytes = b"200 OK", *headers: bytes) -> bytes:
    lines = (b"HTTP/1.1 " + status, b"content-length: %d" % len(body), *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def slow_headers(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nx-slow: ")
    peer.trickle()


def slow_status(peer: Peer) -> None:
    for sign in b"HTTP/1.1 200 OK\r\n" * 20:
        peer.send(bytes([sign]))
        if peer.stopped.wait(0.05):
            return


def interim_answers(peer: Peer) -> None:
    peer.trickle(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")


def slow_error(peer: Peer) -> None:
    peer.send(b'HTTP/1.1 401 Unauthorized\r\ncontent-length: 99999\r\n\r\n{"error":{"message":"')
    peer.trickle()


def slow_chunked_error(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 500 Oh\r\ntransfer-encoding: chunked\r\n\r\n")
    peer.trickle(b"1\r\nx\r\n")


def slow_chunk_extension(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 400 Oh\r\ntransfer-encoding: chunked\r\n\r\n1;")
    peer.trickle()


def slow_body(peer: Peer) -> None:
    peer.send(OK + b"content-length: 99999\r\n\r\n")
    peer.trickle(b" ")


OWN = ["sync", "async"]
"""Ways with HTTP clients of ours: a given one has TLS and proxy settings of its own."""

SLOW = [
    slow_headers,
    slow_status,
    interim_answers,
    slow_error,
    slow_chunked_error,
    slow_chunk_extension,
    slow_body,
]


def provider(origin: str, **fields: Any) -> Provider:
    limits = Timeouts(connect=LIMIT, first_event=LIMIT, idle=LIMIT, call=LIMIT)
    given = {"timeout": limits, "max_retries": 0, "name": "p", "base_url": f"{origin}/v1", **fields}
    return Provider(**given)


def timed(work: Callable[[], Any], error: type[BaseException] = RequestTimeoutError) -> Any:
    begun = time.monotonic()
    with pytest.raises(error) as caught:
        work()
    assert time.monotonic() - begun < LATE
    return caught.value


@pytest.mark.parametrize("way", http_libraries())
@pytest.mark.parametrize("handler", SLOW, ids=lambda handler: handler.__name__)
def test_the_call_limit_ends_a_slow_answer_of_any_kind(way: str, handler: Any) -> None:
    with raw_server(handler) as origin:
        timed(lambda: run(way, provider(origin)))


@pytest.mark.parametrize("way", http_libraries())
@pytest.mark.parametrize("handler", [slow_headers, slow_error], ids=lambda handler: handler.__name__)
def test_first_event_and_total_limits_end_slow_answers(way: str, handler: Any) -> None:
    with raw_server(handler) as origin:
        assert timed(lambda: run(way, provider(origin), "stream")).code == "first_event"
        total = provider(origin, timeout=Timeouts(total=LIMIT))
        assert timed(lambda: run(way, total)).code == "total"


@pytest.mark.parametrize("way", http_libraries())
def test_a_late_error_says_its_status_and_what_came(way: str) -> None:
    with raw_server(slow_error) as origin:
        error = timed(lambda: run(way, provider(origin)))
    assert error.status_code == 401
    assert error.body.startswith('{"error":{"message":"xxx')
    assert "HTTP 401 came" in str(error)


@pytest.mark.parametrize("way", http_libraries())
def test_the_body_of_a_redirect_is_not_waited_for(way: str) -> None:
    def redirect(peer: Peer) -> None:
        if b"/v1/chat" in peer.request:
            peer.send(b"HTTP/1.1 307 Go\r\nlocation: /there\r\ncontent-length: 99999\r\n\r\n")
            peer.trickle()
        else:
            peer.send(answer())

    with raw_server(redirect) as origin:
        asked = provider(origin, timeout=Timeouts(call=LATE))
        begun = time.monotonic()
        assert run(way, asked).text == "a"
        assert time.monotonic() - begun < LATE


@pytest.mark.parametrize("way", http_libraries())
def test_the_body_of_a_redirect_to_another_origin_is_not_read(way: str) -> None:
    def redirect(peer: Peer) -> None:
        peer.send(b"HTTP/1.1 307 Go\r\nlocation: http://h/\r\ncontent-length: 9999\r\n\r\n")
        peer.trickle()

    with raw_server(redirect) as origin:
        timed(lambda: run(way, provider(origin)), RedirectRefusedError)


@pytest.mark.parametrize("call", ["chat", "stream", "embed"])
@pytest.mark.parametrize("way", http_libraries())
def test_the_total_limit_bounds_the_look_for_near_models(way: str, call: str) -> None:
    body = b'{"error":{"message":"no such model","code":"model_not_found"}}'

    def missing(peer: Peer) -> None:
        if b"/v1/models" in peer.request:
            slow_body(peer)
        else:
            peer.send(answer(body, b"404 No"))

    with raw_server(missing) as origin:
        asked = provider(origin, timeout=Timeouts(total=LIMIT))
        timed(lambda: run(way, asked, call), ModelNotFoundError)


@pytest.mark.parametrize("call", ["models", "embed"])
@pytest.mark.parametrize("way", http_libraries())
def test_model_lists_and_embeddings_end_in_time(way: str, call: str) -> None:
    with raw_server(slow_headers) as origin:
        timed(lambda: run(way, provider(origin), call))


def test_a_pooled_connection_is_watched_from_its_first_byte() -> None:
    seen: list[int] = []

    def second_is_slow(peer: Peer) -> None:
        seen.append(id(peer.sock))
        if len(seen) == 1:
            peer.send(answer())
        else:
            slow_headers(peer)

    with raw_server(second_is_slow) as origin, Client(provider(origin), model="m") as client:
        client.chat(HELLO)
        timed(lambda: client.chat(HELLO))
    assert seen[0] == seen[1]


def test_an_ended_connection_is_not_used_again() -> None:
    calls: list[int] = []

    def first_is_slow(peer: Peer) -> None:
        calls.append(1)
        if len(calls) == 1:
            slow_error(peer)
        peer.send(answer())

    with raw_server(first_is_slow) as origin, Client(provider(origin), model="m") as client:
        timed(lambda: client.chat(HELLO))
        assert client.chat(HELLO).text == "a"


@pytest.fixture(name="authority", scope="module")
def _authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(name="secure")
def _secure(authority: trustme.CA, tmp_path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    return context, {"tls": {"ca_bundle": str(bundle)}}


@pytest.mark.parametrize("way", OWN)
@pytest.mark.parametrize("handler", [slow_headers, slow_error], ids=lambda handler: handler.__name__)
def test_limits_hold_over_tls(way: str, handler: Any, secure: Any) -> None:
    context, fields = secure
    with raw_server(handler, context) as origin:
        timed(lambda: run(way, provider(origin, **fields)))


def test_a_handshake_that_trickles_ends_in_time(secure: Any) -> None:
    def handshake(sock: socket.socket) -> None:
        sock.recv(65536)
        sock.sendall(b"\x16\x03\x03\x40\x00")
        for _ in range(200):
            sock.sendall(b"\x02")
            if gone.wait(0.02):
                return

    gone = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: _serve_once(listener, handshake), daemon=True)
        thread.start()
        origin = f"https://127.0.0.1:{listener.getsockname()[1]}"
        timed(lambda: run("sync", provider(origin, **secure[1])))
        gone.set()
        thread.join(5)


def _serve_once(listener: socket.socket, handler: Callable[[socket.socket], None]) -> None:
    sock = listener.accept()[0]
    with sock:
        with contextlib.suppress(OSError):
            handler(sock)


@pytest.mark.parametrize("way", OWN)
def test_a_proxy_that_trickles_ends_in_time(way: str) -> None:
    with raw_server(slow_headers) as proxy:
        for scheme in ("http", "https"):
            asked = provider(f"{scheme}://server.invalid", proxy=proxy)
            timed(lambda asked=asked: run(way, asked))


def test_a_slow_error_behind_a_proxys_tunnel_ends_in_time(secure: Any) -> None:
    def tunnel(peer: Peer) -> None:
        host, _, port = peer.request.split(b" ")[1].partition(b":")
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        with socket.create_connection((host.decode(), int(port))) as server:
            threads = [
                threading.Thread(target=_copy, args=pair, daemon=True)
                for pair in ((peer.sock, server), (server, peer.sock))
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(5)

    context, fields = secure
    with raw_server(tunnel) as proxy, raw_server(slow_error, context) as origin:
        timed(lambda: run("sync", provider(origin, proxy=proxy, **fields)))


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def test_a_resolver_that_hangs_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()

    def getaddrinfo(*_: Any, **__: Any) -> Any:
        free.wait(3)
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    timed(lambda: run("sync", provider("http://slow.invalid")), ConnectTimeoutError)
    free.set()


def test_a_header_with_a_wrong_key_is_still_told_at_once() -> None:
    body = b'{"error":{"message":"bad key"}}'
    with raw_server(lambda peer: peer.send(answer(body, b"401 No"))) as origin:
        for way in http_libraries():
            error = timed(lambda way=way: run(way, provider(origin)), AuthenticationError)
            assert "bad key" in str(error)


def test_an_error_body_that_is_cut_keeps_its_status() -> None:
    def cut(peer: Peer) -> None:
        peer.send(b'HTTP/1.1 401 No\r\ncontent-length: 500\r\n\r\n{"error":{"message":"bad key')
        peer.sock.shutdown(socket.SHUT_RDWR)

    for way in http_libraries():
        with raw_server(cut) as origin:
            error = timed(lambda way=way: run(way, provider(origin)), AuthenticationError)
            assert "bad key" in error.body


def test_a_given_client_is_watched_and_otherwise_left_as_it_is() -> None:
    import openai

    with raw_server(lambda peer: peer.send(answer())) as origin:
        with openai.DefaultHttpxClient() as http, Client(provider(origin), http_client=http) as client:
            client.chat(HELLO, model="m")
            found = http.get(f"{origin}/x", headers={"accept-encoding": "identity"})
            assert found.status_code == 200
            with pytest.raises(Exception, match="500"):
                http.get(f"{origin}/x").__class__(500, request=found.request).raise_for_status()
