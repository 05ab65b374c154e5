from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import struct
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from openai_compatible.testing.loopback import (
    CUT,
    END,
    HANG,
    Loopback,
    Pause,
    Reply,
    Seen,
    event_stream,
    in_order,
    json_reply,
    loopback,
    read_recording,
    replay,
    routes,
    sse,
)


def ask(server: Loopback, request: bytes) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    sock.sendall(request)
    return sock


def read_all(sock: socket.socket) -> bytes:
    data = b""
    with sock:
        while part := sock.recv(65536):
            data += part
    return data


GET = b"GET /x HTTP/1.1\r\nhost: a\r\n\r\n"
GET_CLOSE = b"GET /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"


def test_a_request_is_seen_as_it_was_sent() -> None:
    with loopback(json_reply({"ok": True})) as server:
        request = urllib.request.Request(
            server.base_url + "/chat?a=1&b=%C3%BC&a=2&empty=",
            json.dumps({"m": "ü"}).encode(),
            {"Content-Type": "application/json", "X-Odd": "Yes"},
        )
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer) == {"ok": True}
        seen = server.requests[0]
    assert (seen.method, seen.path) == ("POST", "/v1/chat")
    assert seen.target == "/v1/chat?a=1&b=%C3%BC&a=2&empty="
    assert seen.query == {"a": "2", "b": "ü", "empty": ""}
    assert seen.headers["x-odd"] == "Yes"
    assert seen.json == {"m": "ü"}


def test_a_chunked_request_body_is_put_together() -> None:
    with loopback(json_reply(1)) as server:
        head = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
        read_all(ask(server, head + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nt: v\r\n\r\n"))
        assert server.requests[0].body == b"abcde"


def test_a_connection_serves_several_requests() -> None:
    with loopback(in_order(json_reply(1), event_stream({"a": 1}), Reply(204), json_reply(2))) as server:
        client = http.client.HTTPConnection("127.0.0.1", server.port)
        bodies = []
        for _ in range(4):
            client.request("GET", "/")
            bodies.append(client.getresponse().read())
        client.close()
        assert bodies == [b"1", sse({"a": 1}), b"", b"2"]
        assert server.connections == 1
        assert {seen.connection for seen in server.requests} == {1}
        assert server.wait_for_open_connections(0)
        assert server.disconnects == 0


def test_pipelined_requests_are_answered_in_order() -> None:
    slow = Reply(body=[b"a", Pause(0.05), b"b"], framing="length")
    with loopback(in_order(slow, json_reply(2))) as server:
        data = read_all(ask(server, GET + GET_CLOSE))
        assert data.index(b"ab") < data.index(b"2", data.index(b"ab"))
        assert len(server.requests) == 2


def test_each_piece_is_one_chunk_and_one_send() -> None:
    with loopback(Reply(body=[b"abc", Pause(0.05), b"de"])) as server:
        sock = ask(server, GET_CLOSE)
        parts = []
        with sock:
            while part := sock.recv(65536):
                parts.append(part)
    assert not any(b"abc" in part and b"de" in part for part in parts)
    assert b"".join(parts).partition(b"\r\n\r\n")[2] == b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


def test_a_body_can_end_with_the_connection() -> None:
    with loopback(Reply(body=[b"abc", b"de"], framing="close")) as server:
        head, _, body = read_all(ask(server, GET)).partition(b"\r\n\r\n")
    assert b"connection: close" in head
    assert b"content-length" not in head
    assert body == b"abcde"


def test_pieces_can_have_a_content_length() -> None:
    with loopback(Reply(body=iter([b"abc", b"de"]), framing="length", close=True)) as server:
        head, _, body = read_all(ask(server, GET)).partition(b"\r\n\r\n")
    assert b"content-length: 5" in head
    assert body == b"abcde"


def test_raw_pieces_are_the_whole_answer() -> None:
    with loopback(Reply(body=b"garbage", framing="raw")) as server:
        assert read_all(ask(server, GET)) == b"garbage"


def test_cut_resets_the_connection() -> None:
    with loopback(Reply(body=[b"abc", Pause(0.02), CUT])) as server:
        sock = ask(server, GET)
        with pytest.raises(ConnectionResetError):
            read_all(sock)
        sock.close()
        assert server.disconnects == 0


def test_a_cut_before_the_status_line() -> None:
    with loopback(Reply(body=[CUT], framing="raw")) as server:
        sock = ask(server, GET)
        with pytest.raises(ConnectionResetError):
            read_all(sock)
        sock.close()


def test_end_closes_in_order_without_the_closing_chunk() -> None:
    with loopback(event_stream({"a": 1}, END)) as server:
        body = read_all(ask(server, GET)).partition(b"\r\n\r\n")[2]
    assert body == b'f\r\ndata: {"a":1}\n\n\r\n'


def test_a_body_can_be_shorter_than_announced() -> None:
    with loopback(Reply(headers={"Content-Length": "10"}, body=b"abc")) as server:
        head, _, body = read_all(ask(server, GET)).partition(b"\r\n\r\n")
    assert b"content-length: 10" in head
    assert body == b"abc"


def test_the_status_line_can_be_late() -> None:
    with loopback(Reply(before=0.1)) as server:
        start = time.monotonic()
        read_all(ask(server, GET_CLOSE))
        assert time.monotonic() - start >= 0.1


@pytest.mark.parametrize(
    "reply",
    [Reply(before=60), event_stream({"a": 1}, HANG), event_stream({"a": 1}, Pause(60), {"b": 2})],
    ids=["before the head", "hanging", "pausing"],
)
def test_a_client_that_leaves_during_a_pause_is_noticed(reply: Reply) -> None:
    with loopback(reply) as server:
        sock = ask(server, GET)
        assert server.wait_for_requests(1)
        assert not server.wait_for_disconnect(0.02)
        sock.close()
        assert server.wait_for_disconnect(2)
        assert server.wait_for_open_connections(0, 2)
        assert server.disconnects == 1


def test_a_client_that_resets_during_a_pause_is_noticed() -> None:
    with loopback(event_stream(HANG)) as server:
        sock = ask(server, GET)
        assert server.wait_for_requests(1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
        assert server.wait_for_disconnect(2)


def test_a_client_that_leaves_while_the_server_sends_is_noticed() -> None:
    def endless():
        while True:
            yield b"x" * 65536

    closed = threading.Event()

    def pieces():
        try:
            yield from endless()
        finally:
            closed.set()

    with loopback(Reply(body=pieces)) as server:
        sock = ask(server, GET)
        sock.recv(10)
        sock.close()
        assert server.wait_for_disconnect(5)
        assert closed.wait(1)


def test_a_client_that_does_not_read_does_not_block_the_stop() -> None:
    with loopback(Reply(body=b"x" * 50_000_000)) as server:
        sock = ask(server, GET)
        assert server.wait_for_requests(1)
        start = time.monotonic()
    assert time.monotonic() - start < 1
    sock.close()


def test_stopping_ends_a_pause_at_once() -> None:
    with loopback(event_stream({"a": 1}, HANG)) as server:
        sock = ask(server, GET)
        assert server.wait_for_requests(1)
        start = time.monotonic()
    assert time.monotonic() - start < 0.5
    sock.close()


def test_nothing_is_left_behind() -> None:
    before = set(threading.enumerate())
    with loopback(event_stream({"a": 1}, HANG)) as server:
        socks = [ask(server, GET) for _ in range(5)]
        assert server.wait_for_requests(5)
        assert server.open_connections == 5
    assert set(threading.enumerate()) == before
    for sock in socks:
        sock.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_starting_and_stopping_takes_milliseconds() -> None:
    start = time.perf_counter()
    for _ in range(20):
        with loopback(json_reply(1)):
            pass
    assert (time.perf_counter() - start) / 20 < 0.02


def test_many_clients_at_once() -> None:
    with loopback(lambda seen: json_reply(int(seen.query["n"]))) as server:
        answers: list[int] = []

        def run(n: int) -> None:
            with urllib.request.urlopen(f"{server.url}/?n={n}") as answer:
                answers.append(json.load(answer))

        threads = [threading.Thread(target=run, args=(n,)) for n in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == list(range(50))
        assert server.connections == 50


def test_an_app_that_raises_fails_the_test() -> None:
    def app(seen: Seen) -> Reply:
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"), loopback(app) as server:
        assert b"500" in read_all(ask(server, GET_CLOSE))


def test_a_body_that_raises_fails_the_test() -> None:
    def pieces():
        yield b"a"
        raise LookupError("halfway")

    with pytest.raises(LookupError, match="halfway"), loopback(Reply(body=pieces)) as server:
        read_all(ask(server, GET))


def test_a_failing_test_keeps_its_own_exception() -> None:
    def app(seen: Seen) -> Reply:
        raise LookupError

    with pytest.raises(AssertionError, match="mine"), loopback(app) as server:
        read_all(ask(server, GET_CLOSE))
        raise AssertionError("mine")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nnocolon\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
    ],
)
def test_what_is_not_http_gets_a_400(request_bytes: bytes) -> None:
    with loopback(json_reply(1)) as server:
        assert read_all(ask(server, request_bytes)).startswith(b"HTTP/1.1 400 ")
        assert server.requests == []


def test_expect_100_continue_is_answered() -> None:
    with loopback(json_reply(1)) as server:
        sock = ask(server, b"POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 100 ")
        sock.sendall(b"hi")
        assert sock.recv(1000).startswith(b"HTTP/1.1 200 ")
        sock.close()
        assert server.requests[0].body == b"hi"


def test_head_has_no_body() -> None:
    with loopback(event_stream({"a": 1})) as server:
        data = read_all(ask(server, b"HEAD / HTTP/1.1\r\nconnection: close\r\n\r\n"))
        assert data.endswith(b"\r\n\r\n")


def test_the_app_can_be_replaced_while_it_runs() -> None:
    with loopback(json_reply(1)) as server:
        assert read_all(ask(server, GET_CLOSE)).endswith(b"1")
        server.app = json_reply(2)
        assert read_all(ask(server, GET_CLOSE)).endswith(b"2")


def test_routes_answers_unknown_paths_with_404() -> None:
    app = routes(
        {"GET /v1/models": json_reply({"data": []}), "POST /v1/x": lambda seen: json_reply(seen.json)}
    )
    assert app(Seen("POST", "/v1/x", body=b"5")).body == b"5"
    missing = app(Seen("GET", "/v1/x"))
    assert missing.status == 404
    assert json.loads(bytes(missing.body))["error"]["message"] == "no route for GET /v1/x"  # type: ignore[arg-type]


def test_a_recording_keeps_its_body_byte_for_byte(tmp_path: Path) -> None:
    file = tmp_path / "a.http"
    file.write_bytes(
        b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"data: 1\r\n\r\n\n"
    )
    reply = replay(file)
    assert (reply.status, reply.headers) == (429, {"retry-after": "3"})
    assert reply.body == b"data: 1\r\n\r\n\n"
    pieces = list(replay(file, split=4, delay=0.01).pieces())
    assert pieces == [Pause(0.01), b"data", Pause(0.01), b": 1\r", Pause(0.01), b"\n\r\n\n"]


def test_a_recording_without_a_body_and_with_interim_answer() -> None:
    reply = read_recording(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nA: b\r\n\r\n")
    assert (reply.status, reply.headers, reply.body) == (204, {"a": "b"}, b"")
    with pytest.raises(ValueError, match="status line"):
        read_recording(b"{}")


def test_an_unknown_status_is_sent() -> None:
    with loopback(Reply(599, {"x-ü": "ä"})) as server:
        data = read_all(ask(server, GET_CLOSE))
        assert data.startswith(b"HTTP/1.1 599 \r\n")


def test_tls(tmp_path: Path) -> None:
    import subprocess

    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
        " -addext subjectAltName=IP:127.0.0.1"
    )
    try:
        subprocess.run([*command.split(), "-keyout", key, "-out", cert], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    context = ssl.create_default_context(cafile=str(cert))
    with loopback(event_stream({"a": 1}, HANG), tls=(cert, key)) as server:
        assert server.url.startswith("https://")
        answer = urllib.request.urlopen(server.url, context=context)
        assert answer.readline() == b'data: {"a":1}\n'
        answer.close()
        assert server.wait_for_disconnect(2)
        sock = ask(server, b"plain text, not TLS\r\n\r\n")
        with sock, contextlib.suppress(ConnectionResetError):
            sock.recv(100)
    assert server.disconnects == 1
