"""A key that was written where a name belongs is shown in no description and no error."""

from __future__ import annotations

from typing import Any

import pytest

from openai_compatible.config.exporters import export_to
from openai_compatible.config.file import Config
from openai_compatible.config.keys import key_source
from openai_compatible.config.provider import Model, Provider
from openai_compatible.config.shown import masked
from openai_compatible.errors import ConfigError

CANARY = "sk-canary-0123456789"


def provider(**fields: Any) -> Provider:
    return Provider(**{"name": "lab", "base_url": "http://127.0.0.1:9/v1", **fields})


@pytest.mark.parametrize(
    "fields",
    [{"api_key_file": CANARY}, {"api_key_keyring": CANARY}, {"api_key_command": [CANARY]}],
)
def test_a_key_in_the_place_of_a_source_is_not_shown(fields: dict[str, Any]) -> None:
    source = key_source(provider(**fields))
    assert CANARY not in source.describe()
    with pytest.raises(ConfigError) as caught:
        source.get()
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("kind", ["litellm", "llm", "continue", "opencode"])
@pytest.mark.parametrize("field", ["api_key_env", "api_key_file", "api_key_keyring"])
def test_a_key_in_the_place_of_a_source_is_not_exported(kind: str, field: str) -> None:
    made = export_to(kind, Config((provider(**{field: CANARY, "models": {"m": Model()}}),)))
    assert CANARY not in made.text + "".join(made.notes)
    assert "LAB_API_KEY" in made.text + "".join(made.notes)


@pytest.mark.parametrize(
    "proxy",
    [
        f"http://ann:{CANARY}@127.0.0.1:1",
        f"http://ann:x@{CANARY}@127.0.0.1:1",
        f"http://ann:x/{CANARY}@127.0.0.1:1",
        f"http://ann:{CANARY}?x@127.0.0.1:1",
        f"ann:{CANARY}@127.0.0.1:1",
    ],
)
def test_a_password_of_a_proxy_may_hold_anything(proxy: str) -> None:
    shown = masked({"proxy": proxy})["proxy"]
    assert CANARY not in shown
    assert shown.endswith("***@127.0.0.1:1")
