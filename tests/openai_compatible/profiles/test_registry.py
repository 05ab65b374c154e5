"""Profiles by name: the shipped are loaded when asked for, the unknown told with the nearest."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

from openai_compatible.errors import ConfigError
from openai_compatible.profiles import registry
from openai_compatible.profiles.profile import Profile
from openai_compatible.profiles.registry import GENERIC, names, profile, register

FOLDER = Path(registry.__file__).parent
SHIPPED = sorted(
    ["generic", *(path.stem for path in FOLDER.glob("*.py") if "PROFILE = Profile(" in path.read_text())]
)


@pytest.fixture(autouse=True)
def _as_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_added", {})


def test_what_is_shipped() -> None:
    assert list(names()) == SHIPPED
    assert len(SHIPPED) > 40


@pytest.mark.parametrize("name", SHIPPED)
def test_a_profile_bears_the_name_it_is_found_by_and_is_always_the_same(name: str) -> None:
    assert profile(name).name == name
    assert profile(name) is profile(name)


def test_no_name_is_the_generic_profile() -> None:
    assert profile(None) is profile("generic") is GENERIC


def test_the_generic_profile_claims_nothing() -> None:
    assert (GENERIC.tools, GENERIC.json_schema, GENERIC.json_object) == (None, None, None)
    assert Profile(name="generic") == GENERIC


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("vlm", "there is no profile 'vlm'. Did you mean 'vllm'?"),
        ("llama.cpp", "there is no profile 'llama.cpp'. Did you mean 'llama_cpp'?"),
        ("zzz", "there is no profile 'zzz'. Known: anythingllm, azure,"),
        ("", "there is no profile ''. Known: "),
        ("registry", "there is no profile 'registry'."),
        ("../errors", "there is no profile '../errors'."),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(name: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        profile(name)
    assert str(caught.value).startswith(message)


def test_an_added_profile_is_found_and_does_not_replace_another() -> None:
    added = Profile(name="acme", tools=True)
    assert register(added)
    assert profile("acme") is added
    assert "acme" in names()
    assert not register(Profile(name="acme", tools=False))
    assert not register(Profile(name="vllm", tools=False))
    assert not register(Profile(name="generic", tools=False))
    assert profile("acme") is added
    assert profile("vllm").tools is None


def test_rows_are_loaded_when_they_are_asked_for() -> None:
    code = (
        "import sys\nfrom openai_compatible.profiles.registry import names, profile\n"
        "names(); profile('vllm')\n"
        "print(*sorted(m for m in sys.modules if m.startswith('openai_compatible.profiles.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rooms = [name.rpartition(".")[2] for name in done.stdout.split()]
    assert rooms == ["profile", "registry", "vllm"]


def test_the_examples_of_the_docstrings_are_true() -> None:
    assert doctest.testmod(registry).failed == 0
