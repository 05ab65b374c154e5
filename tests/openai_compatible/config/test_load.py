"""Which file is read, what the environment says, and providers from code."""

from __future__ import annotations

import doctest
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from openai_compatible.config import environment, load, provider
from openai_compatible.config.keys import key_source
from openai_compatible.config.load import Config, default_path, load_config, make_provider
from openai_compatible.config.provider import Auth, Model, Provider, RateLimit, Timeouts, Tls
from openai_compatible.errors import ConfigError, UnknownProviderError

ONE = '[[providers]]\nname = "my-vllm"\nbase_url = "http://127.0.0.1:8000/v1"\n'
CANARY = "sk-canary-4711"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and no variables of ours."""
    for name in os.environ:
        if name.startswith(("OPENAI", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def written(path: Path, text: str = ONE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# ---------------------------------------------------------------------- which file


def test_without_a_file_nothing_is_configured() -> None:
    assert load_config() == Config()


def test_the_users_own_file_is_found() -> None:
    written(default_path())
    config = load_config()
    assert config.providers[0].name == "my-vllm"
    assert config.source == default_path()


def test_nothing_is_read_from_the_working_directory_unasked(tmp_path: Path) -> None:
    for name in ("providers.toml", "openai-compatible.toml", ".env"):
        written(tmp_path / name)
    assert load_config().providers == ()


def test_an_argument_comes_before_the_variable_and_that_before_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(default_path(), ONE.replace("my-vllm", "own"))
    by_variable = written(tmp_path / "v.toml", ONE.replace("my-vllm", "variable"))
    by_argument = written(tmp_path / "a.toml", ONE.replace("my-vllm", "argument"))
    assert load_config().providers[0].name == "own"
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(by_variable))
    assert load_config().providers[0].name == "variable"
    for path in (by_argument, str(by_argument), os.path.relpath(by_argument)):
        assert load_config(path).providers[0].name == "argument"


def test_a_path_may_begin_at_home(home: Path) -> None:
    written(home / "p.toml")
    assert load_config("~/p.toml").source == home / "p.toml"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing.toml", "there is no config file missing.toml. Check the path"),
        (".", "cannot read .: Is a directory. It must be a readable text file"),
        ("a\0b", r"cannot read a\x00b: embedded null byte"),
        ("~no-such-user-here/p.toml", "cannot read ~no-such-user-here/p.toml: Could not determine home"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(path: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value).startswith(message)


def test_a_missing_file_that_the_variable_names_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", "missing.toml")
    with pytest.raises(ConfigError, match=r"no config file missing.toml.*\$OPENAI_COMPATIBLE_CONFIG"):
        load_config()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\xef\xbb\xbf" + ONE.encode(), "my-vllm"),
        (ONE.replace("\n", "\r\n").encode(), "my-vllm"),
        ("\ufeff# größe\n".encode() + ONE.encode(), "my-vllm"),
    ],
    ids=["byte order mark", "Windows line ends", "both"],
)
def test_files_of_windows_editors_are_read(data: bytes, name: str, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(data)
    assert load_config(path).providers[0].name == name


def test_a_file_in_another_encoding_is_an_error_that_shows_none_of_it(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(f'api_key = "{CANARY}"'.encode("utf-16"))
    with pytest.raises(ConfigError, match="it is no UTF-8 text. Save it as UTF-8") as caught:
        load_config(path)
    assert caught.value.__cause__ is None
    assert CANARY not in str(caught.value)


# ---------------------------------------------------------------------- the environment


def test_a_base_url_in_the_environment_makes_a_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "http://localhost:8000/v1")
    (found,) = load_config().providers
    assert (found.name, found.base_url, found.default_model) == ("env", "http://localhost:8000/v1", None)
    assert key_source(found).get() is None
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", "its-key")
    monkeypatch.setenv("OPENAI_COMPATIBLE_MODEL", "its-model")
    (found,) = load_config().providers
    assert found.default_model == "its-model"
    assert key_source(found).get() == "its-key"
    assert key_source(found).describe() == "$OPENAI_COMPATIBLE_API_KEY"


def test_the_environments_provider_comes_after_those_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "http://localhost:8000/v1")
    found = load_config(written(tmp_path / "p.toml"))
    assert [one.name for one in found.providers] == ["my-vllm", "env"]


def test_a_provider_of_the_file_that_is_named_like_the_environments_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "p.toml", ONE.replace("my-vllm", "env"))
    assert load_config(path).providers[0].name == "env"
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "http://localhost:8000/v1")
    with pytest.raises(
        ConfigError, match="has a provider 'env', and OPENAI_COMPATIBLE_BASE_URL makes another"
    ):
        load_config(path)


def test_a_wrong_base_url_in_the_environment_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "api.example.com")
    with pytest.raises(
        ConfigError, match=r"^\$OPENAI_COMPATIBLE_BASE_URL: .* has no scheme. Write https:"
    ):
        load_config()


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("BASE_URL", "http://127.0.0.1:8000/v2", "http://127.0.0.1:8000/v2"),
        ("TIMEOUT", "30", Timeouts.of(30)),
        ("TIMEOUT", "{idle = 5}", Timeouts(idle=5)),
        ("ENABLED", "false", False),
        ("PRIORITY", "1", 1),
        ("AUTH", "none", Auth(style="none")),
        ("AUTH", '{style = "header", name = "X"}', Auth(style="header", name="X")),
        ("HEADERS", '{X-Team = "search"}', {"X-Team": "search"}),
        ("DEFAULT_MODEL", "4711", "4711"),
        ("DEFAULT_MODEL", "true", "true"),
        ("DISPLAY_NAME", '"quoted"', '"quoted"'),
        ("TLS", "{verify = false}", Tls(verify=False)),
        ("RATE_LIMIT", "60", RateLimit(requests_per_minute=60)),
        ("MODELS", '{small = "qwen3"}', {"small": Model(id="qwen3")}),
    ],
)
def test_a_variable_overrides_a_field_of_the_file(
    field: str, value: str, expected: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"OPENAI_COMPATIBLE__MY_VLLM__{field}", value)
    (found,) = load_config(written(tmp_path / "p.toml")).providers
    assert getattr(found, field.lower()) == expected


def test_a_key_of_digits_in_a_variable_is_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE__MY_VLLM__API_KEY", "12345")
    (found,) = load_config(written(tmp_path / "p.toml", f'{ONE}api_key_env = "OTHER"\n')).providers
    assert key_source(found).get() == "12345"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (
            "BASE_ULR",
            "x",
            r"\$OPENAI_COMPATIBLE__MY_VLLM__BASE_ULR sets an unknown field 'base_ulr'. Did you",
        ),
        ("NAME", "x", "sets an unknown field 'name'"),
        (
            "PRIORITY",
            CANARY,
            r"\$OPENAI_COMPATIBLE__MY_VLLM__PRIORITY: priority: Input should be a valid int",
        ),
        (
            "TIMEOUT",
            "{idel = 3}",
            r"\$OPENAI_COMPATIBLE__MY_VLLM__TIMEOUT: timeout.idel: unknown setting. Did",
        ),
        (
            "BASE_URL",
            "h.com",
            r"\$OPENAI_COMPATIBLE__MY_VLLM__BASE_URL: the base URL 'h.com' has no scheme",
        ),
        ("HEADERS", "[" * 20_000, r"\$OPENAI_COMPATIBLE__MY_VLLM__HEADERS: headers: Input should be"),
    ],
)
def test_a_wrong_variable_is_named(
    field: str, value: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"OPENAI_COMPATIBLE__MY_VLLM__{field}", value)
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(written(tmp_path / "p.toml"))
    assert CANARY not in str(caught.value)


def test_a_base_url_that_a_variable_replaces_takes_no_key_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(
        tmp_path / "p.toml",
        f'{ONE}api_key_env = "FILE_KEY"\nheaders = {{ X-Key = "{CANARY}" }}\n'
        '[providers.models.m]\napi_key_env = "FILE_KEY"\n'
        '[providers.models.own]\napi_key_env = "FILE_KEY"\nbase_url = "http://127.0.0.1:9000/v1"\n',
    )
    monkeypatch.setenv("FILE_KEY", CANARY)
    monkeypatch.setenv("MY_VLLM_API_KEY", CANARY)
    monkeypatch.setenv("OPENAI_COMPATIBLE__MY_VLLM__BASE_URL", "https://other.example.com/v1")
    (found,) = load_config(path).providers
    assert key_source(found).get() is None
    assert key_source(found, found.models["m"]).get() is None
    assert key_source(found, found.models["own"]).get() == CANARY
    assert found.headers == {}
    monkeypatch.setenv("OPENAI_COMPATIBLE__MY_VLLM__API_KEY", "for-the-other")
    (found,) = load_config(path).providers
    assert key_source(found).get() == "for-the-other"


def test_a_variable_may_give_the_base_url_that_the_file_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "p.toml", '[[providers]]\nname = "my-vllm"\napi_key_env = "K"\n')
    monkeypatch.setenv("OPENAI_COMPATIBLE__MY_VLLM__BASE_URL", "http://127.0.0.1:1")
    (found,) = load_config(path).providers
    assert (found.base_url, found.api_key_env) == ("http://127.0.0.1:1", "K")


def test_variables_of_the_openai_sdk_configure_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    assert load_config() == Config()


# ---------------------------------------------------------------------- from code


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://localhost:8000", "localhost-8000"),
        ("https://api.groq.com/openai/v1", "api.groq.com"),
        ("http://[::1]:8000/v1", "1-8000"),
        ("http://bücher.example/v1", "b-cher.example"),
    ],
)
def test_a_provider_from_code_is_named_after_its_host(url: str, name: str) -> None:
    assert make_provider(base_url=url).name == name
    assert make_provider(base_url=url, name=None).name == name
    assert make_provider(base_url=url, name="mine").name == "mine"


def test_short_forms_are_taken() -> None:
    made = make_provider(base_url="http://h", auth="none", timeout=5, models={"m": "wire-id"})
    assert (made.auth.style, made.timeout, made.wire_id("m")) == ("none", Timeouts.of(5), "wire-id")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "no base URL was given. Set base_url, e.g. http://localhost:8000/v1."),
        ({"base_url": None}, "no base URL was given"),
        ({"base_url": 5}, "base_url: Input should be a valid string"),
        ({"base_url": "h.com"}, "the base URL 'h.com' has no scheme"),
        (
            {"base_url": "http://h", "base_ulr": 1},
            "unknown setting 'base_ulr'. Did you mean 'base_url'?",
        ),
        (
            {"base_url": "http://h", "api_key": [CANARY]},
            "api_key: must be text, a SecretStr or a callable",
        ),
        (
            {"base_url": "http://h", "headers": {"X": [CANARY]}},
            "headers.X: Input should be a valid string",
        ),
        ({"base_url": "http://h", "name": "A b"}, "name: a provider name is lower case"),
        ({"base_url": "http://h", "name": ""}, "name: a provider name is lower case"),
        (
            {"base_url": "http://h", "timeout": {"idel": 1}},
            "timeout.idel: unknown setting. Did you mean 'idle'?",
        ),
    ],
)
def test_a_mistake_in_code_is_told_without_values(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_provider(**fields)
    assert str(caught.value).startswith(message)
    assert CANARY not in f"{caught.value}{vars(caught.value)}{caught.value.__context__}"


@pytest.mark.parametrize(
    ("cls", "fields", "message"),
    [
        (Provider, {"nmae": "x"}, "nmae: unknown setting. Did you mean 'name'?"),
        (Provider, {"name": "x", "base_url": "http://u:p@h"}, "the base URL contains credentials"),
        (Timeouts, {"idle": 0}, "idle: Input should be greater than 0"),
        (Timeouts, {"idle": "soon"}, "idle: Input should be a valid number"),
        (Model, {"api_key": 5}, "api_key: must be text"),
        (
            Auth,
            {"style": "beer"},
            "style: Input should be 'bearer', 'header', 'query', 'basic' or 'none'",
        ),
    ],
)
def test_the_classes_raise_our_error_too(cls: type[Any], fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        cls(**fields)
    assert str(caught.value).startswith(message)
    assert pickle.loads(pickle.dumps(caught.value)).param == caught.value.param


def test_a_query_of_a_base_url_is_kept_apart_and_not_shown() -> None:
    made = Provider(name="p", base_url=f"http://h/v1?key={CANARY}&v=1#x", query={"v": "2"})
    assert made.base_url == "http://h/v1"
    assert made.query == {"key": CANARY, "v": "2"}
    assert CANARY not in f"{made!r}{made}{made.model_dump_json()}"
    assert CANARY.encode() not in pickle.dumps(made)


def test_a_known_provider_gets_other_fields() -> None:
    known = Provider(
        name="p", base_url="http://h/v1", api_key="k", headers={"A": "1"}, query={"q": "1"}, timeout=5
    )
    config = Config((known,))
    for given in (known, "p"):
        made = make_provider(provider=given, config=config, headers={"B": "2"}, priority=1)
        assert made.headers == {"A": "1", "B": "2"}
        assert made.query == {"q": "1"}
        assert (made.priority, made.timeout, key_source(made).get()) == (1, Timeouts.of(5), "k")
    assert make_provider(provider=known) == known


def test_a_new_key_source_replaces_the_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K", "of-variable")
    known = Provider(name="p", base_url="http://h", api_key="literal")
    assert key_source(known.changed(api_key_env="K")).get() == "of-variable"
    assert key_source(known.changed(api_key_env="K").changed(api_key="again")).get() == "again"
    assert key_source(known.changed(api_key="")).get() is None


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://h:80/other", True),
        ("http://H/v2?x=1", True),
        ("https://h/v1", False),
        ("http://h:8080/v1", False),
        ("http://h.evil.com/v1", False),
    ],
)
def test_what_was_given_for_one_host_stays_with_it(url: str, kept: bool) -> None:
    known = Provider(
        name="p",
        base_url="http://h/v1",
        api_key="k",
        headers={"A": "1"},
        query={"q": "1"},
        tls={"verify": False},
        api_version="v",
    )
    made = known.changed(base_url=url)
    assert (key_source(made).get() == "k") is kept
    assert (made.headers == {"A": "1"}) is kept
    assert ("q" in made.query) is kept
    assert made.tls.verify is not kept
    assert (made.api_version == "v") is kept


def test_what_was_lost_in_pickling_stays_lost_until_it_is_set_again() -> None:
    known = Provider(
        name="p", base_url="http://h/v1", headers={"X-Own": CANARY, "Accept": "a"}, proxy="http://u:p@x"
    )
    again = pickle.loads(pickle.dumps(known))
    assert again.headers == {"Accept": "a"}
    assert again.changed(timeout=5).lost == ("headers['X-Own']", "proxy")
    assert again.changed(headers={"X-Own": "new"}).lost == ("proxy",)
    assert again.changed(headers={"X-Own": "new"}, proxy="http://y").lost == ()
    assert again.changed(base_url="http://other").lost == ("proxy",)


def test_an_unknown_provider_is_told_with_the_nearest() -> None:
    config = Config((Provider(name="groq", base_url="http://h"),))
    with pytest.raises(UnknownProviderError, match="no provider is named 'grok'. Did you mean 'groq'?"):
        make_provider(provider="grok", config=config)
    with pytest.raises(UnknownProviderError, match="None is configured: pass base_url, or write"):
        make_provider(provider="grok", config=Config())
    with pytest.raises(UnknownProviderError, match="None is configured"):
        make_provider(provider="grok")


@pytest.mark.parametrize("module", [load, environment, provider])
def test_the_examples_of_the_docstrings_are_true(module: Any) -> None:
    assert doctest.testmod(module).failed == 0
