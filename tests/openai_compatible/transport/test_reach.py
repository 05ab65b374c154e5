"""Names, connections and TLS by hand: each fault has its word, and each step its limit."""

from __future__ import annotations

import errno
import socket
import ssl
import threading
import time
from typing import Any

import pytest

from openai_compatible import ConfigError, Provider
from openai_compatible.testing.loopback import HANG, Reply, json_reply, loopback
from openai_compatible.transport.reach import Reach, ReachError, Way, fault_of, watched, way

HERE = [(socket.AF_INET, ("127.0.0.1", 0))]


def provider(url: str, **fields: Any) -> Provider:
    return Provider(name="p", base_url=url, **fields)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "unknown_host"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "no_resolver"),
        (UnicodeError("label too long"), "unknown_host"),
    ],
)
def test_each_way_a_name_is_not_resolved_has_its_word(
    error: Exception, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    with pytest.raises(ReachError) as caught:
        Reach().resolve("llm.invalid", 443, 5)
    assert caught.value.kind == kind


def test_a_resolver_that_never_answers_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    wait = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: wait.wait(30) and [])
    with pytest.raises(ReachError, match="slow"):
        Reach().resolve("llm.example.com", 443, 0.05)
    wait.set()


def test_a_name_has_addresses() -> None:
    found = Reach().resolve("127.0.0.1", 80, 5)
    assert found[0] == (socket.AF_INET, ("127.0.0.1", 80))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "refused"),
        (TimeoutError("timed out"), "timeout"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "unreachable"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "unreachable"),
        (PermissionError(errno.EACCES, "Permission denied"), "blocked"),
        (OSError(errno.EIO, "odd"), "failed"),
    ],
)
def test_each_way_a_connection_fails_has_its_word(
    error: OSError, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Any, address: Any) -> None:
        raise error

    monkeypatch.setattr(socket.socket, "connect", fails)
    with pytest.raises(ReachError) as caught:
        Reach().connect(HERE, 5)
    assert caught.value.kind == kind


def test_of_several_addresses_one_that_answers_is_enough_and_else_the_plainest_fault_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        refused = closed.getsockname()
    with socket.create_server(("127.0.0.1", 0)) as server:
        good = (socket.AF_INET, server.getsockname())
        Reach().connect([(socket.AF_INET, refused), good], 5).close()
        odd = (socket.AF_INET6, ("::1", 1, 0, 0))
        with pytest.raises(ReachError, match="refused"):
            Reach().connect([odd, (socket.AF_INET, refused)], 5)
    with pytest.raises(ReachError, match="failed"):
        Reach().connect([], 5)


def test_a_queue_that_is_full_is_a_timeout() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        held = []
        try:
            for _ in range(8):
                try:
                    held.append(Reach().connect([(socket.AF_INET, listener.getsockname())], 0.2))
                except ReachError as fault:
                    assert fault.kind == "timeout"  # noqa: PT017
                    break
            else:
                pytest.skip("this system queues more connections than it is told to")
        finally:
            for sock in held:
                sock.close()


def test_a_server_is_known_by_what_it_speaks() -> None:
    with loopback(json_reply({})) as server:
        assert Reach().speaks_http("127.0.0.1", server.port, 5)
        assert not Reach().speaks_tls("127.0.0.1", server.port, 5)
        assert Reach().listens("127.0.0.1", server.port, 5)
        port = server.port
    assert not Reach().speaks_http("127.0.0.1", port, 5)
    assert not Reach().speaks_tls("127.0.0.1", port, 5)
    assert not Reach().listens("127.0.0.1", port, 5)


def test_a_server_that_says_nothing_is_waited_for_no_longer_than_told() -> None:
    with loopback(Reply(200, {}, [HANG], before=60)) as server:
        began = time.monotonic()
        assert not Reach().speaks_http("127.0.0.1", server.port, 0.1)
        assert not Reach().speaks_tls("127.0.0.1", server.port, 0.1)
        assert time.monotonic() - began < 30


def test_the_way_goes_to_the_server_or_to_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    def to(url: str, **fields: Any) -> Way:
        return way(provider(url, **fields), url)

    assert to("https://llm.example.com/v1") == ("llm.example.com", 443, False)
    assert to("http://[::1]:8000/v1").shown == "[::1]:8000"
    assert to("https://h/v1", proxy="http://user:pw@proxy:3128") == ("proxy", 3128, True)
    assert to("https://h/v1", proxy="socks5://proxy") == ("proxy", 1080, True)
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example.com")
    monkeypatch.setenv("ALL_PROXY", "http://all.example.com:1")
    monkeypatch.setenv("NO_PROXY", "inner.example.com")
    assert to("https://llm.example.com/v1") == ("proxy.example.com", 80, True)
    assert to("https://inner.example.com/v1").proxied is False
    assert to("http://llm.lan:8000/v1") == ("all.example.com", 1, True)
    assert to("http://localhost:8000/v1").proxied is False


@pytest.mark.parametrize("proxy", ["http://user:s3cret@", "http://h:99999", "http://[::1"])
def test_a_proxy_that_is_none_is_an_error_of_the_settings(proxy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        way(provider("https://h/v1", proxy=proxy), "https://h/v1")
    assert "s3cret" not in str(caught.value)


def test_a_client_that_cannot_be_made_is_an_error_of_the_settings() -> None:
    with pytest.raises(ConfigError, match="HTTP client cannot be made"):
        with watched(provider("https://h/v1", proxy="gopher://user:s3cret@proxy:1"), "https://h"):
            pass
    with pytest.raises(ConfigError, match="scheme"):
        with watched(provider("https://h/v1", proxy="gopher://proxy:1"), "https://h"):
            pass


def test_causes_of_an_error_are_looked_through() -> None:
    outer = RuntimeError("outer")
    outer.__cause__ = ValueError("inner")
    outer.__cause__.__context__ = ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
    found = fault_of(outer)
    assert found is not None
    assert (found.kind, found.detail) == ("closed", "Connection reset by peer")
    refused = fault_of(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"))
    assert refused is not None
    assert refused.kind == "refused"
    assert fault_of(ValueError("nothing")) is None
    circle = ValueError("a")
    circle.__cause__ = circle
    assert fault_of(circle) is None


def test_alerts_of_tls_have_their_words() -> None:
    def fault(reason: str) -> str:
        error = ssl.SSLError(1, reason)
        error.reason = reason
        found = fault_of(error)
        assert found is not None
        return found.kind

    assert fault("TLSV13_ALERT_CERTIFICATE_REQUIRED") == "client_certificate"
    assert fault("WRONG_VERSION_NUMBER") == "not_tls"
    assert fault("TLSV1_ALERT_PROTOCOL_VERSION") == "failed"


def test_whether_this_is_a_container_can_be_asked() -> None:
    assert Reach().in_container in (True, False)
