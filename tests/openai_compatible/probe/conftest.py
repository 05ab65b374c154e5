"""Servers to test connections with, and a network that is not in a container."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from openai_compatible import Provider
from openai_compatible.probe.connection import check
from openai_compatible.probe.stages import Report, Stage
from openai_compatible.testing.loopback import App, Loopback, Reply, json_reply, loopback, routes
from openai_compatible.transport.reach import Reach, ReachError

ANSWER = {"choices": [{"message": {"content": "Hello there."}, "finish_reason": "stop"}]}
PAGE = Reply(200, {"content-type": "text/html"}, b"<html><title>Models UI</title><body>hi</body></html>")


class Here(Reach):
    """The real network of a machine that is no container."""

    in_container = False


class Fails(Here):
    """A network in which one step fails as told."""

    def __init__(self, step: str, kind: str, detail: str = "") -> None:
        self.step, self.fault = step, ReachError(kind, detail)

    def resolve(self, *args: Any) -> Any:
        if self.step == "name":
            raise self.fault
        return [(socket.AF_INET, ("203.0.113.9", 443))]

    def connect(self, *args: Any) -> Any:
        raise self.fault


def models(*ids: str, **facts: Any) -> Reply:
    """A list of models."""
    return json_reply({"object": "list", "data": [{"id": id, **facts} for id in ids]})


def refusal(status: int, message: str, **more: Any) -> Reply:
    """An error as an API sends it."""
    headers = more.pop("headers", None)
    return json_reply({"error": {"message": message, **more}}, status, headers)


def api(*ids: str, chat: App | None = None, **more: App) -> Callable[[Any], Reply]:
    """An API below /v1 that lists these models (default: qwen3), and chats."""
    table = {
        "GET /v1/models": models(*(ids or ("qwen3",))),
        "POST /v1/chat/completions": chat or json_reply(ANSWER),
    }
    return routes({**table, **more})


def probed(url: str, model: str = "qwen3", **fields: Any) -> Report:
    """The report of a provider named ``local`` at that URL."""
    options = {
        name: fields.pop(name) for name in ("chat", "timeout", "on_stage", "reach") if name in fields
    }
    provider = Provider(**{"name": "local", "base_url": url, **fields})
    return check(provider, model, **{"timeout": 5.0, "reach": Here(), **options})


def asked(app: App, model: str = "qwen3", *, path: str = "/v1", **fields: Any) -> Report:
    """The report of a server that answers as ``app``."""
    with loopback(app) as server:
        return probed(f"{server.url}{path}", model, **fields)


def at(report: Report, name: str) -> Stage:
    """One stage of a report."""
    return next(stage for stage in report.stages if stage.name == name)


@contextlib.contextmanager
def raw(answer: bytes | None, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server, by its port, that reads once, sends these bytes (``None``: nothing) and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                with contextlib.suppress(OSError):
                    sock, _ = listener.accept()
                    sock.settimeout(2)
                    with sock if tls is None else tls.wrap_socket(sock, server_side=True) as sock:
                        if answer is not None:
                            sock.recv(4096)
                            sock.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop.set()
            thread.join(5)


@pytest.fixture
def free_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def secure(authority: trustme.CA, tmp_path: Path) -> Callable[..., Any]:
    """Serves over TLS: ``with secure(app, "127.0.0.1", days=-1) as server``."""

    @contextlib.contextmanager
    def serve(app: App, host: str = "127.0.0.1", days: int = 30) -> Iterator[Loopback]:
        now = datetime.datetime.now(datetime.UTC)
        begin = (
            now - datetime.timedelta(days=60) if days < 30 else now + datetime.timedelta(days=days - 31)
        )
        issued = authority.issue_cert(
            host, not_before=begin, not_after=now + datetime.timedelta(days=days)
        )
        issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
        issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
        with loopback(app, tls=(tmp_path / "cert.pem", tmp_path / "key.pem")) as server:
            yield server

    return serve


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key and no proxy of the machine that runs the tests."""
    for name in ("LOCAL_API_KEY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
