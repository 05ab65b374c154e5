"""Every class of ours finds its servers in one way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openai_compatible import (
    Config,
    ConfigError,
    Model,
    Provider,
    Route,
    UnknownModelReferenceError,
    targets,
)

CONFIG = Config(
    providers=(
        Provider(name="one", base_url="http://one:1/v1", headers={"X-Team": "a"}, api_key="key-one"),
        Provider(name="two", base_url="http://two:2/v1", models={"m": Model(id="wire-m")}),
    ),
    routes={"main": Route("one/x", ("two/m", "one/y"))},
)


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("OPENAI_COMPATIBLE_BASE_URL", "OPENAI_COMPATIBLE_CONFIG", "OPENAI_COMPATIBLE_MODEL"):
        monkeypatch.delenv(name, raising=False)


def test_with_a_base_url_the_model_is_the_wire_id() -> None:
    (target,) = targets("org/model:free", base_url="http://h:1/v1")
    assert (target.model, target.provider.name) == ("org/model:free", "h-1")


def test_a_name_beside_a_base_url_is_what_records_show() -> None:
    (target,) = targets("m", base_url="http://h:1/v1", provider="lab")
    assert target.provider.name == "lab"


def test_with_a_provider_an_alias_becomes_its_wire_id() -> None:
    (target,) = targets("m", provider="two", config=CONFIG)
    assert target.model == "wire-m"
    (target,) = targets("m", provider=CONFIG.providers[1])
    assert target.model == "wire-m"


def test_a_named_provider_at_another_origin_loses_its_key_and_headers() -> None:
    (target,) = targets("m", provider="one", base_url="http://evil:1/v1", config=CONFIG)
    assert target.provider.api_key is None
    assert target.provider.headers == {}


def test_a_named_provider_at_the_same_origin_keeps_them() -> None:
    (target,) = targets("m", provider="one", base_url="http://one:1/other/v1", config=CONFIG)
    assert target.provider.api_key is not None
    assert target.provider.headers == {"X-Team": "a"}


def test_headers_given_in_code_join_the_providers_own() -> None:
    (target,) = targets("m", provider="one", config=CONFIG, headers={"X-Own": "b"})
    assert target.provider.headers == {"X-Team": "a", "X-Own": "b"}


def test_a_key_given_in_code_goes_to_the_first_provider_only() -> None:
    first, second, third = targets(
        "main", config=CONFIG, api_key="own", headers={"X-Own": "b"}, timeout=7
    )
    assert first.provider.api_key.get_secret_value() == "own"
    assert second.provider.api_key is None
    assert second.provider.headers == {}
    assert third.provider.name == "one"
    assert third.provider.api_key.get_secret_value() == "own"
    assert {target.provider.timeout.call for target in (first, second, third)} == {7.0}


def test_fallbacks_are_references_or_providers() -> None:
    other = Provider(name="three", base_url="http://three:3/v1")
    found = targets("m", base_url="http://h:1/v1", config=CONFIG, fallbacks=["two/m", other])
    assert [(t.provider.name, t.model) for t in found] == [
        ("h-1", "m"),
        ("two", "wire-m"),
        ("three", "m"),
    ]


def test_a_path_is_read_as_a_configuration(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[[providers]]\nname = "p"\nbase_url = "http://p:1"\n')
    assert targets("p/m", config=path)[0].provider.name == "p"


def test_the_only_provider_needs_no_reference(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[[providers]]\nname = "p"\nbase_url = "http://p:1"\ndefault_model = "d"\n')
    assert targets(config=path)[0].model == "d"


def test_several_providers_need_a_reference() -> None:
    with pytest.raises(ConfigError, match=r"2 providers.*'one/MODEL'"):
        targets(config=CONFIG)


def test_nothing_at_all_says_what_to_set() -> None:
    with pytest.raises(ConfigError, match="OPENAI_COMPATIBLE_BASE_URL"):
        targets()


def test_the_environments_provider_takes_a_bare_model_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "http://h:1/v1")
    for model in ("m", "org/m", "env/m"):
        (target,) = targets(model)
        assert (target.provider.name, target.model) == ("env", model.removeprefix("env/"))


def test_beside_configured_providers_a_bare_id_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[[providers]]\nname = "p"\nbase_url = "http://p:1"\n')
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "http://h:1/v1")
    with pytest.raises(UnknownModelReferenceError):
        targets("m", config=path)


def test_unknown_settings_are_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"'timeoutt'.*'timeout'"):
        targets("m", base_url="http://h:1/v1", timeoutt=3)


def test_numbers_in_headers_and_query_are_sent_as_text() -> None:
    (target,) = targets("m", base_url="http://h:1/v1", headers={"X-Tenant": 5}, query={"v": 2})
    assert (target.provider.headers, target.provider.query) == ({"X-Tenant": "5"}, {"v": "2"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": 5}, "model must be text, not int"),
        ({"model": 5, "base_url": "http://one:1"}, "model must be text, not int"),
        ({"model": "m", "provider": {"name": "x"}}, "provider must be a Provider or the name"),
        ({"model": "one/x", "config": 5}, "config must be a Config or the path of a file, not int"),
        ({"model": "one/x", "config": CONFIG, "fallbacks": "two/m"}, "fallbacks must be a list"),
        ({"model": "one/x", "config": CONFIG, "fallbacks": [5]}, "fallbacks must be a list"),
        ({"model": "m", "base_url": 5}, "base_url: Input should be a valid string"),
    ],
)
def test_an_argument_of_another_type_is_an_error_of_ours(
    arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        targets(**arguments)
    assert str(caught.value).startswith(message)


def test_a_provider_object_that_is_switched_off_is_never_a_target() -> None:
    off = Provider(name="off", base_url="http://off:1/v1", enabled=False)
    with pytest.raises(ConfigError, match="off: the provider is switched off. Set enabled = true"):
        targets("m", provider=off)
    assert [one.provider.name for one in targets("m", base_url="http://h:1", fallbacks=[off])] == ["h-1"]
