"""An encrypted private key is told as an error; nothing waits for a passphrase at the terminal."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from openai_compatible import AsyncClient, Client, ConfigError, Provider
from openai_compatible.testing.loopback import json_reply, loopback

ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
HELLO = [{"role": "user", "content": "hello"}]
FORMS = {"PKCS 8": PrivateFormat.PKCS8, "OpenSSL": PrivateFormat.TraditionalOpenSSL}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates and keys of a client and a server, the client's key also encrypted."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    for name in ("client", "server"):
        issued = authority.issue_cert("127.0.0.1", "localhost")
        certificate = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
        key = load_pem_private_key(issued.private_key_pem.bytes(), None)
        (folder / f"{name}.pem").write_bytes(certificate)
        (folder / f"{name}-key.pem").write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        for form, written in FORMS.items():
            text = key.private_bytes(Encoding.PEM, written, BestAvailableEncryption(b"passphrase"))
            (folder / f"{name}-key {form}.pem").write_bytes(text)
            (folder / f"{name}-both {form}.pem").write_bytes(certificate + text)
    return folder


def tls(files: Path, form: str, place: str) -> dict[str, Any]:
    if place == "beside":
        return {"client_cert": str(files / f"client-both {form}.pem")}
    return {
        "client_cert": str(files / "client.pem"),
        "client_key": str(files / f"client-key {form}.pem"),
    }


def blocking(provider: Provider) -> Any:
    with Client(provider, model="m") as client:
        return client.chat(HELLO)


def concurrent(provider: Provider) -> Any:
    async def run() -> Any:
        async with AsyncClient(provider, model="m") as client:
            return await client.chat(HELLO)

    return asyncio.run(run())


@pytest.mark.parametrize("place", ["apart", "beside"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ask", [blocking, concurrent])
def test_an_encrypted_client_key_is_a_config_error(
    ask: Callable[[Provider], Any], form: str, place: str, files: Path
) -> None:
    lab = Provider(name="lab", base_url="https://127.0.0.1:9/v1", tls=tls(files, form, place))
    with pytest.raises(ConfigError, match=r"private key .* is encrypted.*openssl pkey") as caught:
        ask(lab)
    assert caught.value.provider == "lab"
    assert caught.value.param == "tls.client_key"


def test_a_client_key_that_is_not_encrypted_is_used(files: Path) -> None:
    given = {
        "ca_bundle": str(files / "ca.pem"),
        "client_cert": str(files / "client.pem"),
        "client_key": str(files / "client-key.pem"),
    }
    server_files = (files / "server.pem", files / "server-key.pem")
    with loopback(json_reply(ANSWER), tls=server_files) as server:
        for ask in (blocking, concurrent):
            assert ask(Provider(name="lab", base_url=server.base_url, tls=given)).text == "hi"


WAITING = """
import os
os.open(os.ttyname(0), os.O_RDWR)  # the first terminal that a session opens is its own
from openai_compatible import Client, ConfigError, Provider
lab = Provider(name="lab", base_url="https://127.0.0.1:9/v1", tls={"client_cert": FILE})
try:
    Client(lab, model="m").chat([{"role": "user", "content": "hello"}])
except ConfigError as error:
    print(error)
"""


def test_nothing_waits_at_the_terminal_for_a_passphrase(files: Path) -> None:
    main, terminal = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", WAITING.replace("FILE", repr(str(files / "client-both PKCS 8.pem")))],
            stdin=terminal,
            capture_output=True,
            text=True,
            start_new_session=True,
            timeout=60,
            check=True,
        )
        os.set_blocking(main, False)
        with pytest.raises(BlockingIOError):
            os.read(main, 1)  # nothing was asked there
    finally:
        os.close(main)
        os.close(terminal)
    assert "is encrypted" in done.stdout
