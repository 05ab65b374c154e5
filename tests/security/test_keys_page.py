"""The token examples of docs/keys.md fetch tokens and make calls, here of servers on loopback."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from openai_compatible import CachedToken, Client
from openai_compatible.config.key_store import get_key
from openai_compatible.testing.loopback import Seen, json_reply, loopback
from openai_compatible.testing.scripted import respond

from .conftest import Ring

PAGE = (Path(__file__).parents[2] / "docs" / "keys.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
HELLO = [{"role": "user", "content": "Hello"}]


def block(part: str) -> str:
    return next(text for text in BLOCKS if part in text)


@pytest.mark.parametrize("way", ["with_secret", "with_workload_identity"])
def test_the_example_of_a_token_server_works(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forms: list[str] = []

    def tokens(seen: Seen) -> Any:
        forms.append(seen.body.decode())
        assert seen.path == "/YOUR-TENANT/oauth2/v2.0/token"
        return json_reply({"access_token": "of-entra", "expires_in": 3599, "token_type": "Bearer"})

    def model(seen: Seen) -> Any:
        assert seen.headers["authorization"] == "Bearer of-entra"
        return respond(seen.method, seen.path, seen.headers, seen.body)

    (tmp_path / "token").write_text("signed")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "s3cret")
    monkeypatch.setenv("AZURE_CLIENT_ID", "id")
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "token"))
    with loopback(tokens) as entra, loopback(model) as azure:
        text = block("oauth2/v2.0/token").replace("https://login.microsoftonline.com", entra.url)
        names: dict[str, Any] = {"__name__": "__example__"}
        exec(text.replace("https://NAME.openai.azure.com", azure.url), names)
        token = names["token"] if way == "with_secret" else CachedToken(names[way])
        with Client(base_url=f"{azure.url}/openai/v1", model="gpt-4o", api_key=token) as client:
            client.chat(HELLO)
            client.chat(HELLO)
        names["client"].close()
        assert azure.requests[0].path == "/openai/v1/chat/completions"
    assert len(forms) == 1
    assert ("client_secret=s3cret" in forms[0]) == (way == "with_secret")
    assert ("client_assertion=signed" in forms[0]) == (way == "with_workload_identity")


def test_the_example_with_azure_identity_works(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    identity = types.ModuleType("azure.identity")
    identity.DefaultAzureCredential = object  # type: ignore[attr-defined]

    def provider(credential: object, *scopes: str) -> Any:
        return lambda: asked.append(scopes) or "of-azure"

    identity.get_bearer_token_provider = provider  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "azure", types.ModuleType("azure"))
    monkeypatch.setitem(sys.modules, "azure.identity", identity)
    with loopback(lambda seen: respond(seen.method, seen.path, seen.headers, seen.body)) as server:
        names: dict[str, Any] = {"__name__": "__example__"}
        exec(block("DefaultAzureCredential").replace("https://NAME.openai.azure.com", server.url), names)
        names["llm"].invoke("Hello")
        names["llm"].close()
        assert server.requests[0].headers["authorization"] == "Bearer of-azure"
    assert asked == [("https://cognitiveservices.azure.com/.default",)]


def test_the_example_of_the_keyring_works(ring: Ring) -> None:
    names: dict[str, Any] = {"__name__": "__example__"}
    exec(block("key_store import"), names)
    for key in ("first", "second"):
        names["replace"](key)
        assert get_key("openai-compatible", "desk", base_url="http://127.0.0.1:8000") == key


@pytest.mark.parametrize("program", re.findall(r"`(\[\"\w+\".*?\])`", PAGE))
def test_every_command_of_the_page_is_a_list_of_words(program: str) -> None:
    import tomllib

    words = tomllib.loads(f"x = {program}")["x"]
    assert all(isinstance(word, str) for word in words)
