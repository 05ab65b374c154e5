"""Model references: every form, what comes first, and what is said of one that fits nothing."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.config.load import Config, Route
from openai_compatible.config.provider import Model, Provider
from openai_compatible.errors import (
    ConfigError,
    OpenAICompatibleError,
    UnknownModelReferenceError,
    UnknownProviderError,
)
from openai_compatible.plan.routing import Target, resolve


def provider(name: str, **fields: Any) -> Provider:
    return Provider(**{"name": name, "base_url": "http://127.0.0.1:1/v1", **fields})


VLLM = provider(
    "vllm-local",
    default_model="meta-llama/Llama-3.1-8B",
    models={"small": Model(id="qwen3-0.6b", context_window=32768), "org/alias": Model()},
)
GROQ = provider("groq", priority=1, models={"small": "llama-small", "big": "llama-big"})
OFF = provider("off", enabled=False, default_model="m", models={"resting": "m", "small": "m"})
BARE = provider("bare")
CONFIG = Config(
    (VLLM, GROQ, OFF, BARE),
    {
        "main": Route("vllm-local/small", ("groq/big", "bare/any")),
        "everyone": Route("small", ("vllm-local/small", "groq")),
        "some-off": Route("off/m", ("groq/big", "resting")),
        "all-off": Route("off/m", ("resting",)),
        "typo": Route("vllm-local/small", ("grok/big",)),
        "groq": Route("vllm-local"),
    },
)


def places(reference: str, config: Config = CONFIG) -> list[tuple[str, str]]:
    return [(target.provider.name, target.model) for target in resolve(reference, config)]


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("vllm-local/any-id", [("vllm-local", "any-id")]),
        ("vllm-local/small", [("vllm-local", "qwen3-0.6b")]),
        ("vllm-local/org/model:free", [("vllm-local", "org/model:free")]),
        ("vllm-local//odd", [("vllm-local", "/odd")]),
        ("vllm-local", [("vllm-local", "meta-llama/Llama-3.1-8B")]),
        ("small", [("groq", "llama-small"), ("vllm-local", "qwen3-0.6b")]),
        ("org/alias", [("vllm-local", "org/alias")]),
        ("big", [("groq", "llama-big")]),
        ("main", [("vllm-local", "qwen3-0.6b"), ("groq", "llama-big"), ("bare", "any")]),
        ("some-off", [("groq", "llama-big")]),
        ("groq", [("vllm-local", "meta-llama/Llama-3.1-8B")]),
    ],
)
def test_a_reference_leads_to(reference: str, found: list[tuple[str, str]]) -> None:
    assert places(reference) == found


def test_a_target_that_a_route_leads_to_twice_comes_once() -> None:
    config = Config((VLLM, GROQ), {"r": Route("small", ("vllm-local/small", "groq/small"))})
    assert places("r", config) == [("groq", "llama-small"), ("vllm-local", "qwen3-0.6b")]


def test_providers_of_equal_priority_keep_the_declared_order() -> None:
    three = [provider(name, models={"m": "m"}) for name in ("b", "a", "c")]
    assert places("m", Config(tuple(three))) == [("b", "m"), ("a", "m"), ("c", "m")]


def test_a_target_has_the_facts_of_its_model_by_alias_and_by_wire_id() -> None:
    for reference in ("vllm-local/small", "vllm-local/qwen3-0.6b"):
        assert resolve(reference, CONFIG)[0].facts.context_window == 32768
    assert resolve("vllm-local/unknown", CONFIG)[0].facts == Model()


def test_a_default_model_may_be_an_alias() -> None:
    one = provider("p", default_model="small", models={"small": "wire-id"})
    assert places("p", Config((one,))) == [("p", "wire-id")]


@pytest.mark.parametrize("reference", ["off", "off/m", "resting", "all-off"])
def test_what_is_switched_off_is_never_a_target(reference: str) -> None:
    with pytest.raises(ConfigError, match="off: the provider is switched off. Set enabled = true"):
        resolve(reference, CONFIG)


def test_a_provider_alone_without_default_model_is_an_error() -> None:
    with pytest.raises(
        ConfigError, match="has no default model. Write 'bare/MODEL', or set default_model"
    ):
        resolve("bare", CONFIG)


@pytest.mark.parametrize(
    ("reference", "error", "message"),
    [
        (
            "vlm-local/small",
            UnknownProviderError,
            "'vlm-local/small' is neither model 'small' of a provider 'vlm-local' nor an alias. "
            "Did you mean 'vllm-local'?",
        ),
        (
            "org/alais",
            UnknownProviderError,
            "'org/alais' is neither model 'alais' of a provider 'org' nor an alias. "
            "Did you mean 'org/alias'?",
        ),
        (
            "zzz/x",
            UnknownProviderError,
            "'zzz/x' is neither model 'x' of a provider 'zzz' nor an alias. "
            "Known providers: vllm-local, groq, off, bare.",
        ),
        (
            "smal",
            UnknownModelReferenceError,
            "'smal' is neither a provider nor an alias nor a route. Did you mean 'small'? "
            "A model id alone needs provider= or base_url= beside it.",
        ),
        (
            "groq/",
            UnknownModelReferenceError,
            "'groq/' names no model after the slash. Write 'groq/MODEL'",
        ),
        (
            "",
            UnknownModelReferenceError,
            "'' is neither a provider nor an alias nor a route. Known: ",
        ),
        ("typo", UnknownProviderError, "route 'typo': 'grok/big' is neither"),
    ],
)
def test_a_reference_that_fits_nothing_is_told_with_both_readings_and_near_names(
    reference: str, error: type[ConfigError], message: str
) -> None:
    with pytest.raises(error) as caught:
        resolve(reference, CONFIG)
    assert str(caught.value).startswith(message)


def test_without_any_provider_the_error_says_how_to_get_one() -> None:
    for reference in ("m", "p/m"):
        with pytest.raises(
            ConfigError, match="No provider is configured: write one into providers.toml"
        ):
            resolve(reference, Config())


def test_the_key_of_a_target_stays_out_of_its_pickle_and_repr() -> None:
    target = Target.at(provider("p", api_key="s3cret"), "m")
    assert b"s3cret" not in pickle.dumps(target)
    assert "s3cret" not in repr(target)


NAMES = st.sampled_from(["vllm-local", "groq", "off", "bare", "small", "big", "main", "", "x", "org"])


@given(st.lists(NAMES, min_size=1, max_size=3).map("/".join))
def test_any_reference_gives_enabled_targets_or_an_error_of_ours(reference: str) -> None:
    try:
        found = resolve(reference, CONFIG)
    except OpenAICompatibleError:
        return
    assert found
    assert all(target.provider.enabled for target in found)
    assert len({(target.provider.name, target.model) for target in found}) == len(found)


def test_a_route_that_leads_to_a_route_is_told() -> None:
    provider = Provider(name="p", base_url="http://127.0.0.1:1")
    config = Config((provider,), {"a": Route("b"), "b": Route("p/m")})
    with pytest.raises(UnknownModelReferenceError, match="a route leads to the route 'b'"):
        resolve("a", config)
