"""Where keys come from: which source wins, what an empty one says, and where no key ever goes."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import cloudpickle
import pytest
from pydantic import SecretStr

from openai_compatible.config.keys import KeySource, conventional_variable, key_source
from openai_compatible.config.load import make_provider
from openai_compatible.config.provider import Model, Provider, slug
from openai_compatible.errors import ConfigError, MissingKeyError, OpenAICompatibleError

CANARY = "sk-canary-4711"


def source(model: Model | None = None, **fields: Any) -> KeySource:
    return key_source(Provider(**{"name": "my-vllm", "base_url": "http://127.0.0.1:1", **fields}), model)


def both(one: KeySource) -> list[str | None]:
    """What blocking and async callers get."""
    return [one.get(), asyncio.run(one.aget())]


# ---------------------------------------------------------------------- which source


def test_no_source_is_no_key() -> None:
    assert both(source()) == [None, None]
    assert source().describe() == "none"


@pytest.mark.parametrize("empty", ["", "   ", SecretStr(""), SecretStr(" \n"), None])
def test_an_empty_key_is_no_key(empty: Any) -> None:
    assert both(source(api_key=empty)) == [None, None]


@pytest.mark.parametrize("key", ["EMPTY", "not-needed", "lm-studio", "tb_x", "gsk_x", SecretStr("k")])
def test_a_literal_key_is_taken_as_it_is(key: Any) -> None:
    plain = key if isinstance(key, str) else key.get_secret_value()
    assert both(source(api_key=key)) == [plain, plain]
    assert source(api_key=key).describe() == "argument"


def test_a_named_variable_is_read_at_each_use(monkeypatch: pytest.MonkeyPatch) -> None:
    found = source(api_key_env="SOME_KEY")
    assert found.describe() == "$SOME_KEY"
    for value in ("one", "two"):
        monkeypatch.setenv("SOME_KEY", f" {value}\n")
        assert both(found) == [value, value]


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_named_variable_that_holds_nothing_is_an_error(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOME_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("SOME_KEY", value)
    with pytest.raises(
        MissingKeyError, match="my-vllm: the variable SOME_KEY, .* is not set. Run: export"
    ):
        source(api_key_env="SOME_KEY").get()


def test_the_models_source_comes_before_the_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_MODEL", "of-model")
    monkeypatch.setenv("OF_PROVIDER", "of-provider")
    assert source(Model(api_key_env="OF_MODEL"), api_key_env="OF_PROVIDER").get() == "of-model"
    assert source(Model(api_key="literal"), api_key_env="OF_PROVIDER").get() == "literal"
    assert source(Model(), api_key_env="OF_PROVIDER").get() == "of-provider"


def test_within_one_provider_references_come_before_a_literal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_PROVIDER", "of-variable")
    assert source(api_key_env="OF_PROVIDER", api_key="literal").get() == "of-variable"
    assert source(api_key_keyring="svc", api_key="literal").describe() == "keyring 'svc'"


# ---------------------------------------------------------------------- the convention


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("groq", "GROQ_API_KEY"),
        ("my-vllm", "MY_VLLM_API_KEY"),
        ("vllm-local", "VLLM_LOCAL_API_KEY"),
        ("host.example.com", "HOST_EXAMPLE_COM_API_KEY"),
        ("a__b..c", "A_B_C_API_KEY"),
        ("vLLM Local (GPU 2)", "VLLM_LOCAL_GPU_2_API_KEY"),
        (slug("Größe"), "GR_E_API_KEY"),
        ("4server", "4SERVER_API_KEY"),
    ],
)
def test_the_conventional_variable_of_a_name(name: str, variable: str) -> None:
    assert conventional_variable(name) == variable


def test_the_conventional_variable_is_used_when_nothing_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert source().describe() == "none"
    monkeypatch.setenv("MY_VLLM_API_KEY", "by-name")
    assert both(source()) == ["by-name", "by-name"]
    assert source().describe() == "$MY_VLLM_API_KEY"
    assert source(api_key="literal").get() == "literal"


def test_an_empty_conventional_variable_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_VLLM_API_KEY", " ")
    assert source().get() is None


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://api.openai.com/v1", CANARY),
        ("https://API.OpenAI.com:443", CANARY),
        ("http://api.openai.com/v1", None),
        ("https://api.openai.com.evil.com/v1", None),
        ("https://evil.com/?x=https://api.openai.com", None),
        ("https://evil.com/api.openai.com/v1", None),
        ("http://127.0.0.1:8000", None),
    ],
)
def test_openais_key_goes_to_openai_only(
    url: str, key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    assert source(name="openai", base_url=url).get() == key


def test_openais_key_goes_elsewhere_when_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    assert source(api_key_env="OPENAI_API_KEY").get() == CANARY


def test_the_environments_key_belongs_to_the_environments_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", CANARY)
    assert source(name="openai-compatible").get() is None
    assert source(name="openai_compatible").get() is None


def test_a_replaced_base_url_has_no_conventional_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", CANARY)
    groq = Provider(name="groq", base_url="https://api.groq.com/openai/v1")
    assert key_source(groq).get() == CANARY
    moved = groq.changed(base_url="https://evil.com/v1")
    for one in (
        moved,
        moved.changed(timeout=5),
        moved.model_copy(),
        copy.deepcopy(moved),
        pickle.loads(pickle.dumps(moved)),
        make_provider(provider=groq, base_url="http://127.0.0.1:8000"),
    ):
        assert key_source(one).get() is None
    assert key_source(groq.changed(base_url="https://api.groq.com/v2")).get() == CANARY
    assert key_source(moved.changed(api_key="new")).get() == "new"


# ---------------------------------------------------------------------- callables


def test_a_callable_is_asked_at_each_use() -> None:
    keys = iter(["one", SecretStr("two")])
    found = source(api_key=lambda: next(keys))
    assert found.describe() == "callable"
    assert both(found) == ["one", "two"]


async def test_an_async_callable_is_awaited_for_async_callers_only() -> None:
    async def fetch() -> str:
        return "fetched"

    assert await source(api_key=fetch).aget() == "fetched"
    with pytest.raises(ConfigError, match="async callable.*blocking call. Use the async methods"):
        source(api_key=fetch).get()


@pytest.mark.parametrize("answer", [None, "", "  ", 5, b"bytes", SecretStr("")])
def test_a_callable_that_returns_no_text_is_an_error(answer: Any) -> None:
    async def later() -> Any:
        return answer

    with pytest.raises(MissingKeyError, match="callable returned .* must return the key as text"):
        source(api_key=lambda: answer).get()
    with pytest.raises(MissingKeyError, match="must return the key as text"):
        asyncio.run(source(api_key=later).aget())


def test_a_callable_that_fails_is_an_error_of_ours_with_its_cause() -> None:
    def fail() -> str:
        raise KeyError(CANARY)

    async def fail_later() -> str:
        raise KeyError(CANARY)

    for ask in (source(api_key=fail).get, partial(asyncio.run, source(api_key=fail_later).aget())):
        with pytest.raises(ConfigError, match="callable failed with KeyError") as caught:
            ask()
        assert isinstance(caught.value.__cause__, KeyError)
        assert CANARY not in str(caught.value)


def test_an_error_of_ours_passes_a_callable_as_it_is() -> None:
    def missing() -> str:
        raise MissingKeyError("no token yet")

    async def missing_later() -> str:
        raise MissingKeyError("no token yet")

    with pytest.raises(MissingKeyError, match="^no token yet$"):
        source(api_key=missing).get()
    with pytest.raises(MissingKeyError, match="^no token yet$"):
        asyncio.run(source(api_key=missing_later).aget())


# ---------------------------------------------------------------------- the wrong place


def test_a_key_that_was_written_as_the_name_of_a_variable_is_not_shown() -> None:
    misplaced = source(api_key_env=CANARY)
    assert misplaced.describe() == "$***"
    with pytest.raises(
        MissingKeyError, match=r"variable \*\*\*, .* takes the name of a variable"
    ) as caught:
        misplaced.get()
    assert CANARY not in str(caught.value)


def test_a_callable_that_fails_is_named_with_its_line_and_without_its_frames() -> None:
    def fetch() -> str:
        raise KeyError(CANARY)

    with pytest.raises(ConfigError, match=r"cause of this one, raised at .*test_keys\.py:\d+") as caught:
        source(api_key=fetch).get()
    cause = caught.value.__cause__
    assert isinstance(cause, KeyError)
    assert cause.__traceback__ is None


# ---------------------------------------------------------------------- copies and pickles

DUMPS: list[Callable[[Any], bytes]] = [pickle.dumps, cloudpickle.dumps]


@pytest.mark.parametrize("dumps", DUMPS)
@pytest.mark.parametrize(
    "key", [CANARY, SecretStr(CANARY), lambda: CANARY], ids=["str", "secret", "call"]
)
def test_a_pickle_leaves_a_literal_key_behind_and_says_so(key: Any, dumps: Any) -> None:
    for one in (source(api_key=key), source(Model(api_key=key))):
        data = dumps(one)
        assert CANARY.encode() not in data
        again = pickle.loads(data)
        assert again.describe() == "lost in pickling"
        for ask in (again.get, partial(asyncio.run, again.aget())):
            with pytest.raises(MissingKeyError, match="left behind .* pickled. Set api_key_env"):
                ask()
        assert pickle.loads(dumps(again)).describe() == "lost in pickling"


@pytest.mark.parametrize("dumps", DUMPS)
def test_a_pickle_of_a_reference_is_the_reference(dumps: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data = [dumps(source(api_key_env="SOME_KEY")), dumps(source()), dumps(source(api_key_keyring="svc"))]
    named, conventional, ring = map(pickle.loads, data)
    with pytest.raises(MissingKeyError, match="SOME_KEY"):
        named.get()
    assert conventional.get() is None
    monkeypatch.setenv("SOME_KEY", "there")
    monkeypatch.setenv("MY_VLLM_API_KEY", "by-name")
    assert named.get() == "there"
    assert conventional.get() == "by-name"
    assert ring.describe() == "keyring 'svc'"


def test_a_pickled_provider_or_model_makes_a_source_that_says_so() -> None:
    found = pickle.loads(pickle.dumps(Provider(name="p", base_url="http://h", api_key=CANARY)))
    with pytest.raises(MissingKeyError, match="pickled"):
        key_source(found).get()
    model = pickle.loads(pickle.dumps(Model(api_key=lambda: CANARY)))
    with pytest.raises(MissingKeyError, match="pickled"):
        source(model).get()


def test_copies_in_the_same_process_keep_the_key() -> None:
    found = source(api_key=CANARY)
    assert [copy.copy(found).get(), copy.deepcopy([found])[0].get()] == [CANARY, CANARY]


def test_no_repr_or_error_shows_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", CANARY)
    for one in (source(api_key=CANARY), source(api_key_env="SOME_KEY"), source(api_key=lambda: CANARY)):
        assert CANARY not in f"{one!r}{one}{one.describe()}"


def test_every_failure_names_the_provider() -> None:
    with pytest.raises(OpenAICompatibleError) as caught:
        source(api_key=lambda: "").get()
    assert caught.value.provider == "my-vllm"


def test_a_copy_with_another_base_url_takes_no_key_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", CANARY)
    fields = {"api_key": CANARY, "headers": {"X-Own": CANARY}}
    groq = Provider(name="groq", base_url="https://api.groq.com/openai/v1", **fields)
    moved = groq.model_copy(update={"base_url": "https://evil.example/v1"})
    assert (key_source(moved).get(), moved.headers) == (None, {})
    assert key_source(groq.model_copy(update={"priority": 1})).get() == CANARY
    with pytest.raises(ConfigError, match="priority: Input should be a valid integer"):
        groq.model_copy(update={"priority": "high"})


@pytest.mark.parametrize("written", ["gsk_a1b2c3d4e5f6g7h8", "sk_live_0123456789abcdef"])
def test_a_key_that_reads_like_a_variable_is_not_shown(written: str) -> None:
    source = key_source(Provider(name="p", base_url="http://127.0.0.1:1", api_key_env=written))
    assert source.describe() == "$***"
    with pytest.raises(MissingKeyError) as told:
        source.get()
    assert written not in f"{told.value}{told.value!r}"
