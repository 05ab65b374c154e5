"""The page "When it does not work" shows the messages that users get: each is provoked here."""

from __future__ import annotations

import dataclasses
import logging
import os
import pickle
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from openai_compatible import Client, OpenAICompatibleError, Provider, errors, load_config, targets
from openai_compatible.testing.loopback import (
    CUT,
    HANG,
    App,
    Reply,
    event_stream,
    in_order,
    json_reply,
    loopback,
    routes,
)

PAGE = Path(__file__).parents[2] / "docs" / "when-it-does-not-work.md"
HELLO = [{"role": "user", "content": "Hello"}]
DELTA = {"choices": [{"index": 0, "delta": {"content": "Once upon"}, "finish_reason": None}]}
CASES: dict[str, Callable[[Path], Any]] = {}


def case(provoke: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """What provokes the message of that name on the page."""
    CASES[provoke.__name__.replace("_", "-")] = provoke
    return provoke


def asked(app: App, *, path: str = "/v1", stream: bool = False, **fields: Any) -> Any:
    """One question to a server that answers as ``app``."""
    with loopback(app) as server:
        fields = {"name": "local", "model": "qwen3", "max_retries": 0, **fields}
        with Client(base_url=f"{server.url}{path}", **fields) as client:
            return list(client.stream(HELLO)) if stream else client.chat(HELLO)


def refused(status: int, message: str, **more: Any) -> Reply:
    return json_reply({"error": {"message": message, **more}}, status)


def config(folder: Path, text: str) -> Any:
    path = folder / "providers.toml"
    path.write_text(text)
    return load_config(path)


@case
def nothing_named(folder: Path) -> Any:
    return targets(config=config(folder, ""))


@case
def no_scheme(_: Path) -> Any:
    return targets("m", base_url="llm.example.com/v1")


@case
def credentials_in_url(_: Path) -> Any:
    return targets("m", base_url="https://user:secret@llm.example.com/v1")


@case
def malformed_toml(folder: Path) -> Any:
    return config(folder, '[[providers]]\nname = "local"\nbase_url = http://127.0.0.1:8000\n')


@case
def unknown_key(folder: Path) -> Any:
    return config(folder, '[[providers]]\nname = "local"\nbase_ulr = "http://127.0.0.1:8000"\n')


@case
def wrong_value(folder: Path) -> Any:
    text = '[[providers]]\nname = "local"\nbase_url = "http://127.0.0.1:8000"\nmax_retries = "often"\n'
    return config(folder, text)


@case
def unknown_provider(folder: Path) -> Any:
    known = config(folder, '[[providers]]\nname = "local"\nbase_url = "http://127.0.0.1:8000"\n')
    return targets("locl/qwen3", config=known)


@case
def unknown_reference(folder: Path) -> Any:
    known = config(folder, '[[providers]]\nname = "local"\nbase_url = "http://127.0.0.1:8000"\n')
    return targets("qwen3", config=known)


@case
def missing_key(_: Path) -> Any:
    return asked(json_reply({}), api_key_env="LOCAL_API_KEY")


@case
def key_in_clear(_: Path) -> Any:
    with Client(base_url="http://llm.example.com/v1", model="m", name="local", api_key="k") as client:
        return client.chat(HELLO)


@case
def unreachable(_: Path) -> Any:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    fields = {"name": "local", "model": "qwen3", "max_retries": 0}
    with Client(base_url=f"http://127.0.0.1:{port}/v1", **fields) as client:
        return client.chat(HELLO)


@case
def closed_at_once(_: Path) -> Any:
    return asked(Reply(body=[CUT], framing="raw"))


@case
def no_first_event(_: Path) -> Any:
    silent = dataclasses.replace(json_reply({}), before=30.0)
    return asked(silent, stream=True, timeout={"first_event": 0.2})


@case
def wrong_path(_: Path) -> Any:
    return asked(routes({}), path="/api")


@case
def html(_: Path) -> Any:
    page = Reply(headers={"content-type": "text/html"}, body=b"<html><title>Log in</title></html>")
    return asked(page)


@case
def redirect(_: Path) -> Any:
    return asked(Reply(status=307, headers={"location": "https://login.example.com/"}))


@case
def missing_model(_: Path) -> Any:
    missing = refused(404, "The model `qwen3` does not exist.", code="model_not_found")
    listing = json_reply({"data": [{"id": "qwen3-8b"}, {"id": "bge-m3"}]})
    return asked(routes({"POST /v1/chat/completions": missing, "GET /v1/models": listing}))


@case
def wrong_key(_: Path) -> Any:
    return asked(refused(401, "Invalid API key"), api_key="not-the-right-one")


@case
def lost_key(_: Path) -> Any:
    made = Provider(name="local", base_url="http://127.0.0.1:8000", api_key="k", headers={"X-Team": "a"})
    with Client(pickle.loads(pickle.dumps(made)), model="m") as client:
        return client.chat(HELLO)


@case
def async_key(_: Path) -> Any:
    async def fetch() -> str:
        return "k"

    return asked(json_reply({}), api_key=fetch)


@case
def quota(_: Path) -> Any:
    said = "You exceeded your current quota, please check your plan and billing details."
    return asked(refused(429, said, code="insufficient_quota"))


@case
def all_failed(_: Path) -> Any:
    with loopback(refused(503, "Loading model", type="unavailable_error")) as other:
        spare = Provider(name="spare", base_url=other.url, max_retries=0)
        return asked(refused(429, "Too many requests"), fallbacks=[spare])


@case
def rate_limit(_: Path) -> Any:
    return asked(json_reply({"error": {"message": "Too many requests"}}, 429, {"retry-after": "20"}))


@case
def loading(_: Path) -> Any:
    return asked(refused(503, "Loading model", type="unavailable_error"))


@case
def context_overflow(_: Path) -> Any:
    said = (
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens. "
        "Please reduce the length of the messages."
    )
    return asked(refused(400, said))


@case
def tools_not_enabled(_: Path) -> Any:
    said = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
    return asked(refused(400, said, type="BadRequestError"))


@case
def cut_stream(_: Path) -> Any:
    return asked(event_stream(DELTA, CUT), stream=True)


@case
def idle_stream(_: Path) -> Any:
    return asked(event_stream(DELTA, HANG), stream=True, timeout={"idle": 0.2})


@case
def no_whole_answer(_: Path) -> Any:
    return asked(dataclasses.replace(json_reply({}), before=30.0), timeout={"call": 0.2})


@case
def permission(_: Path) -> Any:
    return asked(refused(403, "Project has no access to model qwen3"), api_key="of-another-team")


@case
def rejected(_: Path) -> Any:
    return asked(refused(400, "temperature must be at most 2", param="temperature"))


@case
def content_filter(_: Path) -> Any:
    said = "The response was filtered due to the prompt triggering our content management policy."
    return asked(refused(400, said, code="content_filter"))


@case
def failed_server(_: Path) -> Any:
    return asked(
        Reply(status=500, headers={"content-type": "text/plain"}, body=b"Internal Server Error")
    )


@case
def untrusted_certificate(folder: Path) -> Any:
    path = folder / "server.pem"
    trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(path)
    fields = {"name": "local", "model": "qwen3", "max_retries": 0}
    with loopback(json_reply({}), tls=(str(path), str(path))) as server:
        with Client(base_url=server.base_url, **fields) as client:
            return client.chat(HELLO)


@case
def unset_variable(folder: Path) -> Any:
    text = '[[providers]]\nname = "local"\nbase_url = "http://127.0.0.1:8000"\n'
    return config(folder, text + 'headers = { X-Team = "${LOCAL_TEAM}" }\n')


@case
def writable_file(folder: Path) -> Any:
    if os.name == "nt":
        pytest.skip("modes of POSIX")
    text = '[[providers]]\nname = "local"\nbase_url = "http://127.0.0.1:8000"\n'
    config(folder, text)
    path = folder / "providers.toml"
    path.write_text(text + 'api_key_command = ["pass", "show", "local"]\n')
    path.chmod(0o666)
    return load_config(path)


@case
def no_default_model(folder: Path) -> Any:
    known = config(folder, '[[providers]]\nname = "local"\nbase_url = "http://127.0.0.1:8000"\n')
    return targets("local", config=known)


@case
def broken_key(_: Path) -> Any:
    return asked(json_reply({}), api_key="first line\nsecond line")


def shown() -> dict[str, str]:
    """Messages on the page by their name: ``<!-- message: NAME -->`` and a text block."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(r"<!-- message: (\S+) -->\n```text\n(.*?)\n```", text, re.DOTALL)
    return {name: " ".join(message.split()) for name, message in found}


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("OPENAI_COMPATIBLE_BASE_URL", "LOCAL_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return


@pytest.mark.parametrize("name", CASES)
def test_the_page_shows_the_message_as_it_is(name: str, tmp_path: Path) -> None:
    with pytest.raises(OpenAICompatibleError) as caught:
        CASES[name](tmp_path)
    text = str(caught.value).replace(str(tmp_path), "~/.config/openai-compatible")
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8000", text)
    message = f"{type(caught.value).__name__}: {' '.join(text.split())}"
    assert shown().get(name) == message


def without_numbers(line: str) -> str:
    """A log line without port, seconds and bytes, which differ from run to run."""
    return re.sub(r"(?<=127\.0\.0\.1:)\d+|\d+\.\d+(?= s\b)|\d+(?= bytes)", "N", line)


def test_the_page_shows_log_lines_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    shown = re.search(r"<!-- log: .* -->\n```text\n(.*?)\n```", PAGE.read_text("utf-8"), re.DOTALL)
    assert shown is not None
    caplog.set_level(logging.DEBUG, "openai_compatible")
    answer = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
    asked(in_order(refused(503, "the model is loading"), json_reply(answer)), max_retries=1)
    lines = [f"{one.levelname} {one.name} {one.getMessage()}" for one in caplog.records]
    found = [line for line in lines if "openai_compatible local/" in line]
    assert [*map(without_numbers, found)] == [*map(without_numbers, shown[1].splitlines())]


def test_the_page_shows_nothing_else() -> None:
    assert set(shown()) == set(CASES)


@pytest.mark.parametrize("name", sorted(errors.__all__))
def test_the_page_names_every_error(name: str) -> None:
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8") or any(
        message.startswith(f"{name}: ") for message in shown().values()
    )


@pytest.mark.parametrize(
    "advice",
    [
        "curl http://127.0.0.1:8000/v1/models",
        "curl http://127.0.0.1:8000/v1/chat/completions",
        "read the server's log",
        "often ending in /v1",
        "needs its scheme",
        "firewall",
        "exactly as the server lists it",
        "`--served-model-name`",
        "needs no key",
        "`not-required`",
        "`not-needed`",
        "`EMPTY`",
        "`sk-no-key-required`",
        "`gsk_`",
        "x-api-key",
        "agents need tools",
        "`headers`",
        "`streaming = false`",
        "`extra_body`",
        "no WebSockets",
        "proxy_read_timeout 300s",
        "Pass `Authorization` on",
        "as many as you like",
    ],
)
def test_the_page_has_the_advice_that_guides_of_such_servers_give(advice: str) -> None:
    assert advice in " ".join(PAGE.read_text(encoding="utf-8").split())
