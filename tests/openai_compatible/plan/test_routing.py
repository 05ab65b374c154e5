"""A model reference is read in one way only, or is an error that shows both readings."""

from __future__ import annotations

import pytest

from openai_compatible import (
    Config,
    ConfigError,
    Model,
    Provider,
    Route,
    UnknownModelReferenceError,
    UnknownProviderError,
    resolve,
)


def provider(name: str, **fields: object) -> Provider:
    return Provider(name=name, base_url=f"http://{name}:8000/v1", **fields)


CONFIG = Config(
    providers=(
        provider("vllm", models={"small": Model(id="org/qwen3-0.6b"), "both": Model()}),
        provider(
            "groq", default_model="fast", models={"fast": Model(id="llama"), "both": Model()}, priority=1
        ),
        provider("off", enabled=False, default_model="x", models={"both": Model(), "hidden": Model()}),
    ),
    routes={"main": Route("vllm/small", ("groq", "groq/org/other"))},
)


def found(reference: str) -> list[tuple[str, str]]:
    return [(target.provider.name, target.model) for target in resolve(reference, CONFIG)]


@pytest.mark.parametrize(
    ("reference", "targets"),
    [
        ("vllm/small", [("vllm", "org/qwen3-0.6b")]),
        ("vllm/org/model", [("vllm", "org/model")]),
        ("vllm/unlisted", [("vllm", "unlisted")]),
        ("small", [("vllm", "org/qwen3-0.6b")]),
        ("both", [("groq", "both"), ("vllm", "both")]),
        ("groq", [("groq", "llama")]),
        ("main", [("vllm", "org/qwen3-0.6b"), ("groq", "llama"), ("groq", "org/other")]),
    ],
)
def test_a_reference_has_one_reading(reference: str, targets: list[tuple[str, str]]) -> None:
    assert found(reference) == targets


def test_the_facts_of_an_alias_come_along() -> None:
    assert resolve("vllm/small", CONFIG)[0].facts.id == "org/qwen3-0.6b"


def test_a_provider_that_is_switched_off_is_never_chosen() -> None:
    assert "off" not in [name for name, _ in found("both")]
    for reference in ("off", "off/x"):
        with pytest.raises(ConfigError, match="switched off"):
            resolve(reference, CONFIG)


def test_a_provider_without_default_model_says_how_to_name_one() -> None:
    with pytest.raises(ConfigError, match="'vllm/MODEL'"):
        resolve("vllm", CONFIG)


def test_an_unknown_provider_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownProviderError, match="Did you mean 'vllm'"):
        resolve("vlm/small", CONFIG)


def test_an_unknown_provider_without_a_near_one_lists_all() -> None:
    with pytest.raises(UnknownProviderError, match="Known providers: vllm, groq, off"):
        resolve("something/else", CONFIG)
    with pytest.raises(UnknownProviderError, match="No provider is configured"):
        resolve("something/else", Config())


def test_an_unknown_name_is_named_with_what_is_near() -> None:
    with pytest.raises(UnknownModelReferenceError, match=r"'smal' is neither .* 'small'"):
        resolve("smal", CONFIG)


def test_an_unknown_name_without_a_near_one_lists_what_there_is() -> None:
    with pytest.raises(UnknownModelReferenceError, match="Known: vllm, groq, off"):
        resolve("zzzzzz", CONFIG)
    with pytest.raises(UnknownModelReferenceError, match="No provider is configured"):
        resolve("zzzzzz", Config())


def test_a_slash_with_nothing_after_it_names_no_model() -> None:
    with pytest.raises(UnknownProviderError):
        resolve("vllm/", CONFIG)
