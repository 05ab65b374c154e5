"""Profiles are found by name: the shipped ones, and those that were added."""

from __future__ import annotations

import pytest

from openai_compatible.errors import ConfigError
from openai_compatible.profiles import registry
from openai_compatible.profiles.profile import Profile

SHIPPED = ("generic", "litellm", "llama_cpp", "ollama", "openai", "transformers_serve", "vllm")


@pytest.fixture(autouse=True)
def _only_the_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Profiles of installed plugins, and those that a test adds, stay out of the others' way."""
    monkeypatch.setattr(registry, "_added", {})


def test_the_shipped_names_are_sorted() -> None:
    assert registry.names() == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_each_shipped_name_leads_to_the_profile_of_that_name(name: str) -> None:
    found = registry.profile(name)
    assert isinstance(found, Profile)
    assert found.name == name
    assert registry.profile(name) is found


def test_a_server_nobody_knows_gets_the_generic_profile() -> None:
    assert registry.profile(None) is registry.GENERIC
    assert Profile(name="generic") == registry.GENERIC


def test_an_added_profile_is_found_by_its_name() -> None:
    added = Profile(name="acme", max_tokens_field="max_completion_tokens")
    registry.register(added)
    assert registry.profile("acme") is added
    assert "acme" in registry.names()


@pytest.mark.parametrize("taken", ["generic", "vllm", "acme"])
def test_a_name_that_is_taken_stays_with_who_has_it(taken: str) -> None:
    registry.register(Profile(name="acme"))
    before = registry.profile(taken)
    registry.register(Profile(name=taken, max_tokens_field="max_completion_tokens"))
    assert registry.profile(taken) is before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("vlm", "there is no profile 'vlm'. Did you mean 'vllm'?"),
        ("llama-cpp", "there is no profile 'llama-cpp'. Did you mean 'llama_cpp'?"),
        ("VLLM", "there is no profile 'VLLM'. Known: generic, litellm, "),
        ("", "there is no profile ''. Known: generic, litellm, "),
        ("registry", "there is no profile 'registry'. Known: "),
        ("../errors", "there is no profile '../errors'. Known: "),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(name: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        registry.profile(name)
    assert str(caught.value).startswith(message)
