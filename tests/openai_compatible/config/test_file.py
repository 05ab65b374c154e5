"""The TOML file: what it means, and for every mistake the file, the line and what to write instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.config.file import Config, Route, read
from openai_compatible.config.keys import key_source
from openai_compatible.config.provider import Auth, Model, Timeouts
from openai_compatible.errors import ConfigError, MissingKeyError, OpenAICompatibleError

SOURCE = Path("providers.toml")
ONE = '[[providers]]\nname = "local"\nbase_url = "http://127.0.0.1:8000"\n'
WHOLE = """
version = 1

[[providers]]
name = "vllm-local"
display_name = "vLLM Local"
base_url = "http://localhost:8000/v1"
profile = "vllm"
auth = "none"
priority = 1
default_model = "small"
timeout = 30

[providers.models.small]
id = "qwen3-0.6b"
context_window = 32_768
tools = true

[providers.models]
plain = "wire-id"

[[providers]]
name = "company"
base_url = "https://ai-api.company.com/v1?api-version=2024-10-21"
auth = { style = "header", name = "X-Api-Key" }
api_key_env = "COMPANY_KEY"
headers = { X-Team = "search" }
extra_body = { cache = true }
enabled = false
timeout = { idle = 20 }

[routes.main]
primary = "vllm-local/small"
fallback = ["company/large"]
description = "Local first"

[routes.alone]
primary = "company"
"""


def test_a_whole_file_means_what_it_says() -> None:
    config = read(WHOLE, SOURCE)
    vllm, company = config.providers
    assert (vllm.name, vllm.display_name, vllm.base_url, vllm.profile, vllm.priority) == (
        "vllm-local",
        "vLLM Local",
        "http://localhost:8000/v1",
        "vllm",
        1,
    )
    assert vllm.auth == Auth(style="none")
    assert vllm.timeout == Timeouts.of(30)
    assert vllm.models["small"] == Model(id="qwen3-0.6b", context_window=32768, tools=True)
    assert vllm.wire_id("plain") == "wire-id"
    assert company.auth == Auth(style="header", name="X-Api-Key")
    assert (company.enabled, company.priority, company.api_key_env) == (False, 3, "COMPANY_KEY")
    assert company.base_url == "https://ai-api.company.com/v1"
    assert company.query == {"api-version": "2024-10-21"}
    assert company.headers == {"X-Team": "search"}
    assert company.extra_body == {"cache": True}
    assert company.timeout == Timeouts(idle=20)
    assert config.routes == {
        "main": Route("vllm-local/small", ("company/large",), "Local first"),
        "alone": Route("company"),
    }
    assert config.source == SOURCE


@pytest.mark.parametrize("text", ["", "# nothing\n", "version = 1\n", "providers = []\n[routes]\n"])
def test_an_empty_file_configures_nothing(text: str) -> None:
    assert read(text, SOURCE) == Config((), {}, SOURCE)


WRONG = [
    # no TOML: file, line, column
    ("a = \n", "1:5: Invalid value. Text needs quotes in TOML"),
    ('[[providers]]\nname = "x"\nbase_url = http://h\n', "3:12: Invalid value. Text needs"),
    ('a = 1\nb = "open\n', "2:10: Illegal character '\\n'"),
    ("[a\n", "1:3: Expected ']' at the end of a table declaration. It must be TOML"),
    ("a = 1\na = 2\n", "2:6: Cannot overwrite a value. It must be TOML"),
    ("a = '''never closed\n\n", "1:20: Expected"),
    ("\ufeffa", "1:1: Invalid statement"),
    ("x = " + "[" * 20_000, "the values are nested too deeply"),
    # unknown words: file, line, nearest
    (
        f"{ONE}base_ulr = 1\n",
        "4: provider 'local' has an unknown key 'base_ulr'. Did you mean 'base_url'?",
    ),
    (
        f"{ONE}[providers.models.m]\nid = 'x'\ncontext_windw = 1\n",
        "6: model 'm' of provider "
        "'local' has an unknown key 'context_windw'. Did you mean 'context_window'?",
    ),
    (
        f"{ONE}timeout = {{ idel = 1 }}\n",
        "4: provider 'local': timeout.idel: unknown setting. Did you mean 'idle'?",
    ),
    (f"{ONE}[providers.timeout]\nconnect = 1\nidel = 1\n", "6: provider 'local': timeout.idel"),
    (
        f"{ONE}auth = {{ stile = 'bearer' }}\n",
        "4: provider 'local': auth.stile: unknown setting. Did you mean 'style'?",
    ),
    (
        f"{ONE}[provider]\nname = 'x'\n",
        "4: the file has an unknown key 'provider'. Did you mean 'providers'?",
    ),
    (
        f"{ONE}[routes.r]\nprimary = 'x'\nfallbacks = []\n",
        "6: route 'r' has an unknown key 'fallbacks'. Did you mean 'fallback'?",
    ),
    # the second of two providers with the same mistake further up in order
    (
        f"{ONE}priority = 1\n{ONE.replace('local', 'other')}priority = 'x'\n",
        "8: provider 'other': priority: Input should be a valid integer",
    ),
    # values
    (f"{ONE}enabled = 'perhaps'\n", "4: provider 'local': enabled: Input should be a valid boolean"),
    (f"{ONE}max_retries = -1\n", "4: provider 'local': max_retries: Input should be greater than or"),
    (f"{ONE}timeout = 'long'\n", "4: provider 'local': timeout: Input should be"),
    (f"{ONE}auth = 'bearrer'\n", "4: provider 'local': auth.style: Input should be 'bearer', 'header'"),
    (f"{ONE}rate_limit = [1]\n", "4: provider 'local': rate_limit: must be requests in a minute"),
    (f"{ONE}api_key = 5\n", "4: provider 'local': api_key: must be text"),
    (f"{ONE}headers = {{ X = 5 }}\n", "4: provider 'local': headers.X: Input should be a valid string"),
    (f"{ONE}models = ['m']\n", "4: provider 'local': models: Input should be a valid dictionary"),
    (f"{ONE}[providers.models.'a.b']\nid = 5\n", "5: provider 'local': models.a.b.id: Input should"),
    (
        f"{ONE}[providers.models.m]\ncontext_window = 0\n",
        "5: provider 'local': models.m.context_window: Input should be greater than 0",
    ),
    # base URLs and names
    ("[[providers]]\nname = 'p'\n", "1: provider 'p': base_url: is missing"),
    (
        "[[providers]]\nname = 'p'\nbase_url = 'h.com/v1'\n",
        "3: provider 'p': the base URL 'h.com/v1' has no scheme. Write https://h.com/v1",
    ),
    ("[[providers]]\nbase_url = 'http://h'\n", "1: a provider has no name. Write name = "),
    ("[[providers]]\nname = 5\nbase_url = 'http://h'\n", "2: a provider's name is no text"),
    (
        "[[providers]]\nname = 'vLLM Local'\nbase_url = 'http://h'\n",
        "2: provider 'vLLM Local': "
        "name: a provider name is lower case without spaces or '/': 'vllm-local'",
    ),
    (f"{ONE}\n{ONE}", "6: two providers are named 'local'. Give each its own name."),
    # shapes
    ("providers = 3\n", "1: providers is no list of tables. Begin each provider with [[providers]]"),
    ("\n[providers.vllm]\nbase_url = 'http://h'\n", "2: providers is no list of tables"),
    (f"{ONE}routes = 3\n".replace(ONE, ""), "1: routes is no table"),
    (f"{ONE}[routes]\nr = 'local'\n", "5: route 'r' is no table. Begin it with [routes.r]."),
    (f"{ONE}[routes.r]\nfallback = []\n", "4: route 'r' has no primary. Write primary = "),
    (f"{ONE}[routes.r]\nprimary = 5\n", "5: route 'r' has no primary"),
    (f"{ONE}[routes.r]\nprimary = 'x'\nfallback = 'y'\n", "6: fallback of route 'r' is no list"),
    (f"{ONE}[routes.r]\nprimary = 'x'\nfallback = [5]\n", "6: fallback of route 'r' is no list"),
    ("version = 3\n", "1: version = 3, and this release reads versions 1 to 2. Upgrade"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_mistake_is_told_with_its_line_and_what_to_write(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text, SOURCE)
    assert str(caught.value).removeprefix("providers.toml:").lstrip().startswith(message)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "line",
    [
        'api_key = "s3cret\\nmore"\nheaders = { X = 5 }',
        'api_key = ["s3cret"]',
        'headers = { Authorization = ["s3cret"] }',
        'proxy = ["http://user:s3cret@h"]',
        'query = { key = ["s3cret"] }',
        'base_ulr = "s3cret"',
        'timeout = "s3cret"',
        'models = { m = { api_key = ["s3cret"] } }',
        'api_key = "s3cret',
        "api_key = s3cret",
    ],
)
def test_no_message_shows_a_value(line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(f"{ONE}{line}\n", SOURCE)
    error: BaseException | None = caught.value
    while error is not None:
        if isinstance(error, OpenAICompatibleError):
            assert "s3cret" not in f"{error}{error!r}{vars(error)}"
        error = error.__cause__


# ---------------------------------------------------------------------- references to the environment


def test_a_variable_is_filled_in_at_any_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "127.0.0.1:8000")
    monkeypatch.setenv("TEAM", "search")
    text = (
        '[[providers]]\nname = "p"\nbase_url = "http://${HOST}/v1"\n'
        'headers = { X-Team = "team ${TEAM}" }\n'
        'extra_body = { a = ["${TEAM}", 1, { b = "$${TEAM}" }] }\n'
    )
    (provider,) = read(text, SOURCE).providers
    assert provider.base_url == "http://127.0.0.1:8000/v1"
    assert provider.headers == {"X-Team": "team search"}
    assert provider.extra_body == {"a": ["search", 1, {"b": "${TEAM}"}]}


def test_a_variable_that_is_not_set_is_told_with_its_line() -> None:
    text = f'{ONE}priority = 1\nheaders = {{ X = "${{NOT_SET_ANYWHERE}}" }}\n'
    with pytest.raises(MissingKeyError) as caught:
        read(text, SOURCE)
    assert str(caught.value) == (
        "providers.toml:5: the variable NOT_SET_ANYWHERE is not set. Run: export NOT_SET_ANYWHERE=..., "
        "or write the value instead of ${NOT_SET_ANYWHERE}."
    )


def test_a_provider_that_is_switched_off_may_lack_its_variables() -> None:
    text = f'{ONE}enabled = false\nheaders = {{ X = "${{NOT_SET_ANYWHERE}}", Y = "$${{PATH}}" }}\n'
    (provider,) = read(text, SOURCE).providers
    assert provider.enabled is False
    assert provider.headers == {"X": "${NOT_SET_ANYWHERE}", "Y": "${PATH}"}


@pytest.mark.parametrize(
    "line",
    [
        *('default_model = "{}"', 'display_name = "{}"', 'profile = "{}"', 'api_version = "{}"'),
        *('drop_params = ["{}"]', 'auth = {{ style = "header", prefix = "{}" }}', 'api_key_env = "{}"'),
        *('api_key_keyring = "{}"', 'api_key_command = ["{}"]', 'models = {{ m = "{}" }}'),
        *('models = {{ m = {{ id = "{}", display_name = "{}" }} }}', 'models = {{ "{}" = {{}} }}'),
        'query = {{ "{}" = "x" }}',
    ],
)
@pytest.mark.parametrize("text", ["${PATH}", "${NOT_SET_ANYWHERE}", "$${PATH}"])
def test_a_reference_in_any_other_field_is_plain_text(line: str, text: str) -> None:
    (provider,) = read(f"{ONE}{line.format(text, text)}\n", SOURCE).providers
    assert repr(text) in f"{provider!r}{provider.query!r}"


def test_a_key_that_is_one_reference_stays_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f'{ONE}api_key = "${{LATER}}"\n[providers.models.m]\napi_key = "${{LATER_STILL}}"\n'
    (provider,) = read(text, SOURCE).providers
    assert (provider.api_key, provider.api_key_env) == (None, "LATER")
    with pytest.raises(MissingKeyError, match="LATER"):
        key_source(provider).get()
    monkeypatch.setenv("LATER", "key")
    monkeypatch.setenv("LATER_STILL", "of-model")
    assert key_source(provider).get() == "key"
    assert key_source(provider, provider.models["m"]).get() == "of-model"


def test_a_key_with_a_reference_inside_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAIL", "4711")
    (provider,) = read(f'{ONE}api_key = "tb_${{TAIL}}"\n', SOURCE).providers
    assert key_source(provider).get() == "tb_4711"


# ---------------------------------------------------------------------- any text

LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "[[providers]]",
                "name = 'p'",
                "name = 5",
                "base_url = 'http://h'",
                "base_url = 'h.com'",
                "[providers.models.m]",
                "id = 'x'",
                "[routes.r]",
                "primary = 'p'",
                "fallback = ['p/m']",
                "timeout = { idle = 3 }",
                "auth = 'none'",
                "version = 1",
                "enabled = 0",
                "x = 1",
                "[providers]",
                "models = 3",
                "headers = { a = '${HOME}' }",
                'text = """',
                '"""',
                "[[routes]]",
                "routes = 1",
            ]
        ),
        st.text(max_size=12),
    ),
    max_size=10,
)


@given(LINES)
def test_any_text_is_a_config_or_an_error_of_ours(lines: list[Any]) -> None:
    try:
        assert isinstance(read("\n".join(lines), SOURCE), Config)
    except ConfigError as error:
        told = str(error)
    else:
        told = "providers.toml"
    assert told.startswith("providers.toml")
