"""TLS, HTTP clients of the user's own, compressed and odd bodies: whatever way the request travels."""

from __future__ import annotations

import asyncio
import gzip
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import trustme

from openai_compatible import (
    AsyncClient,
    Client,
    ConfigError,
    ConnectionFailedError,
    MalformedResponseError,
    Provider,
)
from openai_compatible.testing.loopback import Loopback, Reply, event_stream, json_reply, loopback

from .conftest import ANSWER, FINISH, HELLO, delta

http = importlib.import_module("httpx2" if int(openai.__version__.split(".")[0]) >= 3 else "httpx")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="module")
def secure(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loopback]:
    folder = tmp_path_factory.mktemp("server")
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    with loopback(
        event_stream(delta("a"), FINISH), tls=(folder / "cert.pem", folder / "key.pem")
    ) as server:
        yield server


def only_own_tls(way: Any) -> None:
    if way.name == "httpx":
        pytest.skip("that client is the test's own: verify is its own too")


def test_a_ca_bundle_is_trusted(way: Any, secure: Loopback, bundle: str) -> None:
    only_own_tls(way)
    assert way.stream(base_url=secure.base_url, tls={"ca_bundle": bundle})[-1].text == "a"


def test_s4_04_a_model_at_an_address_of_its_own_has_tls_too(
    way: Any, secure: Loopback, bundle: str
) -> None:
    only_own_tls(way)
    models = {"apart": {"base_url": secure.base_url}}
    lab = Provider(
        name="lab", base_url="http://127.0.0.1:1/v1", tls={"ca_bundle": bundle}, models=models
    )
    assert way.stream(provider=lab, model="apart")[-1].text == "a"


def test_an_unknown_authority_is_refused_with_what_to_set(way: Any, secure: Loopback) -> None:
    only_own_tls(way)
    with pytest.raises(ConnectionFailedError, match=r"TLS failed.*set tls.ca_bundle to its CA bundle"):
        way.stream(base_url=secure.base_url, max_retries=0)


def test_verify_off_trusts_anybody(way: Any, secure: Loopback) -> None:
    only_own_tls(way)
    assert way.stream(base_url=secure.base_url, tls={"verify": False})[-1].text == "a"


def test_a_stream_over_tls_obeys_its_idle_limit(way: Any, secure: Loopback, bundle: str) -> None:
    from openai_compatible import IdleTimeoutError
    from openai_compatible.testing.loopback import HANG

    only_own_tls(way)
    app, secure.app = secure.app, event_stream(delta("a"), HANG)
    try:
        with pytest.raises(IdleTimeoutError):
            way.stream(base_url=secure.base_url, tls={"ca_bundle": bundle}, timeout={"idle": 0.2})
    finally:
        secure.app = app


def test_a_bundle_that_is_missing_is_named(way: Any, secure: Loopback) -> None:
    only_own_tls(way)
    with pytest.raises(ConfigError, match="cannot read the TLS files"):
        way.chat(base_url=secure.base_url, tls={"ca_bundle": "/nonexistent/ca.pem"})


def test_https_spoken_to_a_plain_server_says_so(way: Any) -> None:
    with loopback(json_reply(ANSWER)) as server:
        with pytest.raises(ConnectionFailedError, match=r"http://|closed the connection|https"):
            way.chat(base_url=server.base_url.replace("http:", "https:"), max_retries=0)


def test_an_own_http_client_is_used_and_stays_open() -> None:
    with loopback(json_reply(ANSWER)) as server, http.Client(headers={"X-Mine": "1"}) as own:
        with Client(base_url=server.base_url, model="m", http_client=own) as client:
            assert client.chat(HELLO).text == "hi"
        assert server.requests[0].headers["x-mine"] == "1"
        assert not own.is_closed


async def test_an_own_async_http_client_is_used_and_stays_open() -> None:
    with loopback(json_reply(ANSWER)) as server:
        async with http.AsyncClient(headers={"X-Mine": "1"}) as own:
            async with AsyncClient(base_url=server.base_url, model="m", http_client=own) as client:
                assert (await client.chat(HELLO)).text == "hi"
            assert server.requests[0].headers["x-mine"] == "1"
            assert not own.is_closed


def test_an_own_client_without_sockets_still_obeys_the_idle_limit() -> None:
    import time

    from openai_compatible import IdleTimeoutError

    def late() -> Iterator[bytes]:
        yield b"data: " + json.dumps(delta("a")).encode() + b"\n\n"
        time.sleep(0.3)
        yield b": nothing\n\n"

    class Late(http.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return late()

    own = http.Client(transport=http.MockTransport(lambda _request: http.Response(200, stream=Late())))
    with Client(
        base_url="http://host.example/v1", model="m", http_client=own, timeout={"idle": 0.1}
    ) as client:
        with pytest.raises(IdleTimeoutError):
            list(client.stream(HELLO))


def test_redirects_stay_refused_with_an_own_client_that_follows_them() -> None:
    from openai_compatible import RedirectRefusedError

    with loopback(json_reply(ANSWER)) as other:
        away = Reply(status=307, headers={"location": f"{other.base_url}/chat/completions"})
        with loopback(away) as server, http.Client(follow_redirects=True) as own:
            client = Client(base_url=server.base_url, model="m", http_client=own)
            with pytest.raises(RedirectRefusedError):
                client.chat(HELLO)
        assert other.requests == []


@pytest.mark.parametrize("wrong", ["a string", object()])
def test_what_is_no_http_client_is_a_setting_error(wrong: object) -> None:
    with pytest.raises(ConfigError, match="http_client"):
        Client(base_url="http://127.0.0.1:1/v1", model="m", http_client=wrong).chat(HELLO)
    with pytest.raises(ConfigError, match="http_client"):
        asyncio.run(_async_chat(wrong))


async def _async_chat(wrong: object) -> None:
    await AsyncClient(base_url="http://127.0.0.1:1/v1", model="m", http_client=wrong).chat(HELLO)


def test_a_compressed_answer_is_read(way: Any) -> None:
    packed = gzip.compress(json.dumps(ANSWER).encode())
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    with loopback(Reply(headers=headers, body=packed)) as server:
        assert way.chat(base_url=server.base_url).text == "hi"


def test_a_body_that_is_not_in_its_encoding_is_named(way: Any) -> None:
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    with loopback(Reply(headers=headers, body=b"not gzip at all")) as server:
        with pytest.raises(
            (MalformedResponseError, ConnectionFailedError), match=r"encoding|decod|gzip"
        ):
            way.chat(base_url=server.base_url, max_retries=0)


def test_a_request_that_has_no_json_form_is_refused_before_it_is_sent(way: Any) -> None:
    with loopback(json_reply(ANSWER)) as server:
        for value in (float("nan"), {1, 2}, object()):
            with pytest.raises(ConfigError, match="written as JSON"):
                way.use(
                    lambda ask, value=value: ask("chat", HELLO, temperature=value),
                    base_url=server.base_url,
                )
        assert server.requests == []


def test_half_surrogates_travel_as_escapes(way: Any) -> None:
    with loopback(json_reply(ANSWER)) as server:
        way.use(
            lambda ask: ask("chat", [{"role": "user", "content": "\ud83d"}]), base_url=server.base_url
        )
        assert b"\\ud83d" in server.requests[0].body


def test_the_client_reads_no_file_of_the_working_directory(
    way: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "providers.toml").write_text("this is no TOML")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login evil password evil")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with loopback(json_reply(ANSWER)) as server:
        way.chat(base_url=server.base_url)
        assert "authorization" not in server.requests[0].headers


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    way: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    if way.name == "httpx":
        pytest.skip("that client is the test's own: its proxies are its own too")
    with loopback(json_reply(ANSWER)) as server:
        assert way.chat(base_url=server.base_url).text == "hi"


@pytest.mark.parametrize("size", [8_200, 60_000])
def test_a_long_response_header_is_read(way: Any, size: int) -> None:
    with loopback(json_reply(ANSWER, 200, {"x-policy": "p" * size})) as server:
        assert way.chat(base_url=server.base_url).text
    with loopback(event_stream(delta("a"), FINISH, headers={"x-policy": "p" * size})) as server:
        assert way.stream(base_url=server.base_url)[-1].text == "a"


@pytest.mark.parametrize(
    "body",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x50",
    ],
)
def test_an_answer_that_is_no_http_is_named_as_such(way: Any, body: bytes) -> None:
    with loopback(Reply(body=[body], framing="raw")) as server:
        with pytest.raises(ConnectionFailedError) as caught:
            way.chat(base_url=server.base_url, max_retries=0)
    assert "not in proper HTTP" in str(caught.value), str(caught.value)
    assert "cannot reach" not in str(caught.value)
