"""SOCKS proxies: requests speak SOCKS to them or are not sent, and NO_PROXY hosts never need them."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from openai_compatible import ConfigError, ConnectionFailedError, Provider
from openai_compatible.testing.loopback import json_reply, loopback
from openai_compatible.transport.proxies import find_proxy

from .conftest import ANSWER

KEY = "sk-canary-0123456789abcdef"
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


class Socks5:
    """A SOCKS5 proxy without passwords. ``received`` holds the first bytes of each connection."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.received: list[bytes] = []
        self.asked: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with sock, contextlib.suppress(OSError):
            self.received.append(sock.recv(65536))
            if not self.received[-1].startswith(b"\x05"):
                return
            sock.sendall(b"\x05\x00")
            self.asked.append(sock.recv(65536))
            with socket.create_connection(("127.0.0.1", self.target)) as server:
                sock.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
                back = threading.Thread(target=pump, args=(server, sock), daemon=True)
                back.start()
                pump(sock, server)
                back.join()

    def close(self) -> None:
        self._listener.close()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def socks() -> Iterator[tuple[Any, Socks5]]:
    with loopback(json_reply(ANSWER)) as server:
        proxy = Socks5(server.port)
        try:
            yield server, proxy
        finally:
            proxy.close()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def own(way: Any) -> Any:
    if way.name == "httpx":
        pytest.skip("that client is the test's own: its proxies are its own too")
    return way


@pytest.mark.parametrize("variable", [None, "ALL_PROXY", "HTTP_PROXY", "http_proxy"])
@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_requests_go_through_a_socks_proxy(
    way: Any, socks: Any, monkeypatch: pytest.MonkeyPatch, variable: str | None, scheme: str
) -> None:
    pytest.importorskip("socksio")
    server, proxy = socks
    address = f"{scheme}://127.0.0.1:{proxy.port}"
    fields: dict[str, Any] = {"proxy": address}
    if variable is not None:
        fields = {}
        monkeypatch.setenv(variable, address)
    url = "http://models.example.com:8000/v1"
    answer = own(way).chat(base_url=url, api_key=KEY, allow_insecure=True, max_retries=0, **fields)
    assert answer.text == "hi"
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert [first[:1] for first in proxy.received] == [b"\x05"]
    assert b"models.example.com" in proxy.asked[0]


def test_without_socksio_nothing_is_sent_to_the_proxy_and_other_hosts_need_none(
    way: Any, socks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, proxy = socks
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("NO_PROXY", "localtest.example, 192.0.2.0/24")
    fields = {"api_key": KEY, "allow_insecure": True, "max_retries": 0}
    with pytest.raises(ConfigError, match="pip install socksio"):
        own(way).chat(base_url="http://a.example/v1", **fields)
    assert way.chat(base_url=server.base_url, **fields).text == "hi"
    with pytest.raises(ConnectionFailedError):  # exempt: asked directly, where nothing is
        way.chat(base_url="http://x.localtest.example:9/v1", **fields)
    assert proxy.received == []


@pytest.mark.parametrize(
    ("no_proxy", "url", "is_direct"),
    [
        ("", "http://a.example/v1", False),
        ("*", "http://a.example/v1", True),
        ("a.example", "http://a.example/v1", True),
        ("example", "http://a.example/v1", True),
        (".example", "http://a.example/v1", True),
        ("*.example", "http://a.example/v1", True),
        ("b.example, A.Example", "http://a.example/v1", True),
        ("a.example", "http://ba.example/v1", False),
        ("a.example:8000", "http://a.example:8000/v1", True),
        ("a.example:8000", "http://a.example:8001/v1", False),
        ("a.example:443", "https://a.example/v1", True),
        ("https://a.example", "http://a.example/v1", False),
        ("10.0.0.0/8", "http://10.1.2.3/v1", True),
        ("10.0.0.0/8", "http://11.1.2.3/v1", False),
        ("10.1.2.3", "http://10.1.2.3:8000/v1", True),
        ("10.1.2.3:8000", "http://10.1.2.3:8000/v1", True),
        ("[fd00::1]", "http://[fd00::1]:8000/v1", True),
        ("fd00::/8", "http://[fd00::1]:8000/v1", True),
        ("localhost, , :, ://", "http://a.example/v1", False),
    ],
)
def test_no_proxy_names_hosts_domains_addresses_networks_and_ports(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, url: str, is_direct: bool
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    found = find_proxy(Provider(name="p", base_url=url, allow_insecure=True), url)
    assert found == (None if is_direct else "socks5://127.0.0.1:1080")


def test_an_unknown_proxy_scheme_is_a_configuration_error(
    way: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:1080")
    with pytest.raises(ConfigError):
        own(way).chat(base_url="http://a.example/v1", allow_insecure=True, max_retries=0)
