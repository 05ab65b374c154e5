"""Presets and native paths of an installed plugin: found by every way to name them, isolated in use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from openai_compatible.testing.loopback import json_reply, loopback, routes

PLUGIN = """
import json
from openai_compatible import ModelInfo
from openai_compatible.hookspecs import hookimpl
from openai_compatible.presets.preset import Preset
from openai_compatible.presets.registry import presets
from openai_compatible.profiles.profile import Profile
from openai_compatible.wire.native import NativePath

presets()  # while it is loaded: must not load it again

def cards(body, model):
    return [ModelInfo(one["name"], context_window=one["ctx"], tools=one["tools"])
            for one in json.loads(body)["cards"]]

@hookimpl
def openai_compatible_profiles():
    return [Profile(name="acme", max_tokens_field="max_completion_tokens")]

@hookimpl
def openai_compatible_presets():
    yield Preset(name="acme", display_name="Acme", kind="cloud", tier="documented", profile="acme",
                 base_url="https://api.acme.example/v1", api_key_env=("ACME_API_KEY",))
    yield Preset(name="ollama", display_name="A thief", kind="cloud", tier="documented",
                 base_url="https://thief.example/v1")
    yield "no preset"

@hookimpl
def openai_compatible_native_paths():
    return [
        NativePath(profile="acme", path="/acme/cards", about="all", read=cards),
        NativePath(profile="acme", path="/acme/odd", about="only", read=lambda body, model: None),
        NativePath(profile="acme", path="/acme/none", about="loaded", read=lambda body, model: [7]),
        NativePath(profile="acme", path="/acme/wrong", about="one", read=lambda body, model: 1 / 0),
        NativePath(profile="ollama", path="/api/show", about="one", read=cards),
        NativePath(profile="vllm", path="/more", about="only", read=cards),
        "no path",
    ]
"""
USE = """
import asyncio, json, sys, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from openai_compatible import (
        AsyncClient, Client, ConfigError, Provider, load_config, make_provider, targets,
    )
    found = {}
    made = Provider(preset="acme")
    found["preset"] = [made.name, made.base_url, made.api_key_env, made.profile]
    found["moved"] = Provider(preset="acme", base_url="https://other.example/v1").api_key_env
    found["reference"] = targets("acme/large")[0].provider.base_url
    found["file"] = [one.base_url for one in load_config(sys.argv[2]).providers]
    found["provider"] = make_provider(provider="acme").name
    from openai_compatible.presets.registry import for_url, preset, presets
    found["listed"] = "acme" in presets()
    found["address"] = for_url("https://api.acme.example/v1").name
    found["ollama"] = preset("ollama").base_url
    try:
        Provider(preset="acmee")
    except ConfigError as error:
        found["near"] = str(error)
    local = make_provider(name="mine", base_url=sys.argv[1], profile="acme", api_key="k", max_retries=0)
    with Client(local, model="m") as client:
        found["models"] = [[one.id, one.context_window, one.tools] for one in client.models()]
        info = client.model_info()
        found["info"] = [info.id, info.context_window, info.tools]
    async def other():
        async with AsyncClient(local, model="m") as client:
            return [one.id for one in await client.models()]
    found["async"] = asyncio.run(other())
    from openai_compatible.wire.native import native_paths
    families = ("acme", "ollama", "vllm")
    found["paths"] = {name: [one.path for one in native_paths(name)] for name in families}
found["warnings"] = [str(one.message) for one in caught]
print(json.dumps(found))
"""


def wheel(folder: Path) -> Path:
    """A wheel made by hand, as a third party's build would make it."""
    path = folder / "acme_plugin-1.0-py3-none-any.whl"
    contents = {
        "acme_plugin.py": PLUGIN,
        "acme_plugin-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: acme_plugin\nVersion: 1.0\n",
        "acme_plugin-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
        "acme_plugin-1.0.dist-info/entry_points.txt": "[openai_compatible]\nacme = acme_plugin\n",
        "acme_plugin-1.0.dist-info/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in contents.items():
            archive.writestr(name, text)
    return path


LISTED = {"data": [{"id": "m"}, {"id": "n"}]}
CARDS = {"cards": [{"name": "m", "ctx": 4096, "tools": True}, {"name": "x", "ctx": 1, "tools": False}]}


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process sees that has the plugin installed, and what its server saw."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel(folder)) as archive:
        archive.extractall(folder)
    config = folder / "providers.toml"
    config.write_text('[[providers]]\npreset = "acme"\n', encoding="utf-8")
    config.chmod(0o600)
    app = routes({
        "GET /v1/models": json_reply(LISTED),
        "GET /acme/cards": json_reply(CARDS),
        "GET /acme/odd": json_reply({}),
        "GET /acme/none": json_reply({}),
        "POST /acme/wrong": json_reply({}),
    })  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(folder), "ACME_API_KEY": "of-acme", "HOME": str(folder)}
    env.pop("OPENAI_COMPATIBLE_CONFIG", None)
    with loopback(app) as server:
        done = subprocess.run(
            [sys.executable, "-c", USE, server.base_url, str(config)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=env,
        )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    found["asked"] = [(seen.method, seen.path) for seen in server.requests]
    found["keys"] = {seen.headers.get("authorization") for seen in server.requests}
    return found


def test_a_preset_of_a_plugin_is_found_however_it_is_named(used: dict[str, Any]) -> None:
    """Hook openai_compatible_presets."""
    assert used["preset"] == ["acme", "https://api.acme.example/v1", "ACME_API_KEY", "acme"]
    assert used["reference"] == "https://api.acme.example/v1"
    assert used["file"] == ["https://api.acme.example/v1"]
    assert used["provider"] == used["address"] == "acme"
    assert used["listed"] is True
    assert "Did you mean 'acme'?" in used["near"]


def test_a_key_of_a_plugins_preset_goes_to_no_other_host(used: dict[str, Any]) -> None:
    assert used["moved"] is None


def test_a_native_path_of_a_plugin_is_asked_with_the_key_of_the_server(used: dict[str, Any]) -> None:
    """Hook openai_compatible_native_paths."""
    assert used["models"] == [["m", 4096, True], ["n", None, None]]
    assert used["info"] == ["m", 4096, True]
    assert used["async"] == ["m", "n"]
    assert used["keys"] == {"Bearer k"}
    assert ("POST", "/acme/wrong") in used["asked"], "what its reader raises loses nothing"
    assert ("GET", "/acme/odd") not in used["asked"], "there are two models"
    assert used["asked"].count(("GET", "/acme/cards")) == 3


def test_what_is_shipped_stays_and_what_is_no_row_is_named(used: dict[str, Any]) -> None:
    assert used["ollama"] == "http://localhost:11434/v1"
    assert used["paths"]["ollama"] == ["/api/tags", "/api/show", "/api/ps"]
    assert used["paths"]["vllm"] == ["/more"]
    for reason in (
        "the preset 'ollama' is taken",
        "str is no Preset",
        "the path '/api/show' of the profile 'ollama' is taken",
        "str is no NativePath",
    ):
        assert len([text for text in used["warnings"] if reason in text]) == 1, used["warnings"]
    assert len(used["warnings"]) == 4


def test_every_hook_has_its_row_in_the_documentation() -> None:
    from openai_compatible import hookspecs

    page = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
    hooks = [name for name in vars(hookspecs) if name.startswith("openai_compatible_")]
    assert all(f"| `{name}` |" in page and f"def {name}()" in page for name in hooks)
