"""A serialised object, or any mapping, describes an endpoint and brings its own key at most.

It runs no program, reads no file, keyring, variable or configuration, and changes nobody's TLS. Whoever
wrote it also wrote the address to which a key would be sent.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.load import dumpd, dumps, load, loads
from langchain_core.runnables import ConfigurableField
from pydantic import BaseModel, ConfigDict, ValidationError

from langchain_openai_compatible import ChatOpenAICompatible, OpenAICompatibleEmbeddings
from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import ConfigError, Model, OpenAICompatibleError, Provider, Tls
from openai_compatible.testing.loopback import Loopback, loopback

from .conftest import KEY, Ring
from .test_canary import answering

pytestmark = pytest.mark.filterwarnings(
    "ignore::langchain_core._api.beta_decorator.LangChainBetaWarning"
)

NAMESPACE = ["langchain_openai_compatible"]
ID = [*NAMESPACE, "chat_model", "ChatOpenAICompatible"]


class Holder(BaseModel):
    """A model of somebody's that has one of ours as a field."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    llm: ChatOpenAICompatible


def loaded(fields: dict[str, Any], **options: Any) -> Any:
    data = {"lc": 1, "type": "constructor", "id": ID, "kwargs": fields}
    return load(data, valid_namespaces=NAMESPACE, allowed_objects=[ChatOpenAICompatible], **options)


def loaded_from_text(fields: dict[str, Any]) -> Any:
    data = {"lc": 1, "type": "constructor", "id": ID, "kwargs": fields}
    return loads(json.dumps(data), valid_namespaces=NAMESPACE, allowed_objects=[ChatOpenAICompatible])


def embedding(fields: dict[str, Any]) -> dict[str, Any]:
    return {"model_name" if name == "model" else name: value for name, value in fields.items()}


ROUTES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "load": loaded,
    "loads": loaded_from_text,
    "load with secrets from the environment": lambda f: loaded(f, secrets_from_env=True),
    "model_validate": ChatOpenAICompatible.model_validate,
    "model_validate_json": lambda f: ChatOpenAICompatible.model_validate_json(json.dumps(f)),
    "model_construct": lambda f: ChatOpenAICompatible.model_construct(**f),
    "embeddings": OpenAICompatibleEmbeddings.model_validate,
    "a field": lambda f: Holder(llm=f).llm,  # type: ignore[arg-type]
    "a field of JSON": lambda f: Holder.model_validate_json(json.dumps({"llm": f})).llm,
    "from_dict": OpenAICompatible.from_dict,
    "from_json": lambda f: OpenAICompatible.from_json(json.dumps(f)),
    "llama_index model_validate": OpenAICompatible.model_validate,
    "embedding from_dict": lambda f: OpenAICompatibleEmbedding.from_dict(embedding(f)),
    "embedding from_json": lambda f: OpenAICompatibleEmbedding.from_json(json.dumps(embedding(f))),
}
MAPPED: dict[str, Callable[[dict[str, Any]], Any]] = {
    **ROUTES,
    "constructor": lambda f: ChatOpenAICompatible(**f),
    "constructor of llama_index": lambda f: OpenAICompatible(**f),
    "set later": lambda f: changed(ChatOpenAICompatible(model="m", base_url="http://127.0.0.1:9"), f),
}
"""Ways in which a mapping can become a provider; also those of which code writes the rest."""


def changed(llm: Any, fields: dict[str, Any]) -> Any:
    for name, value in fields.items():
        setattr(llm, name, value)
    return llm


def use(one: Any) -> None:
    """Make a request; how it ends is no part of the test."""
    for name, given in (("invoke", "hi"), ("complete", "hi"), ("get_text_embedding", "hi")):
        if hasattr(one, name):
            getattr(one, name)(given)
            return
    one.embed_query("hi")


@pytest.fixture
def evil() -> Iterator[Loopback]:
    """The server that the mapping names."""
    with loopback(answering) as server:
        yield server


@pytest.fixture
def touched(tmp_path: Path) -> Path:
    """A file that the command of a mapping would write."""
    return tmp_path / "touched"


@pytest.fixture
def hostile(
    evil: Loopback, touched: Path, tmp_path: Path, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> dict[str, dict[str, Any]]:
    """Fields that take what is the user's, by what they take."""
    monkeypatch.setenv("CANARY_VARIABLE", KEY)
    ring.held["openai-compatible", "lab"] = KEY
    (tmp_path / "key").write_text(KEY)
    code = f"open({str(touched)!r}, 'w').close(); print('key')"
    return {
        "command": {"api_key_command": [sys.executable, "-c", code]},
        "file": {"api_key_file": str(tmp_path / "key")},
        "keyring": {"api_key_keyring": "openai-compatible"},
        "variable": {"api_key_env": "CANARY_VARIABLE"},
        "authorities": {"tls": {"ca_bundle": str(tmp_path / "key")}},
        "certificate": {"tls": {"client_cert": str(tmp_path / "key")}},
        "certificates unchecked": {"tls": {"verify": False}},
    }


WHAT = ("command", "file", "keyring", "variable")
TLS = ("authorities", "certificate", "certificates unchecked")


def refused(act: Callable[[], Any], evil: Loopback, touched: Path, setting: str) -> None:
    with pytest.raises((ConfigError, ValidationError)) as error:
        use(act())
    assert setting in str(error.value)
    assert not touched.exists()
    assert not any(KEY in str(dict(seen.headers)) for seen in evil.requests)


@pytest.mark.parametrize(
    ("place", "what"),
    [
        *((place, what) for place in ("provider", "fallbacks") for what in (*WHAT, *TLS)),
        *(("models", what) for what in WHAT),
    ],
)
@pytest.mark.parametrize("route", MAPPED)
def test_a_mapping_of_a_provider_brings_no_place_of_a_key_and_no_tls_file(
    evil: Loopback, touched: Path, hostile: Any, route: str, what: str, place: str
) -> None:
    fields = hostile[what]
    provider: dict[str, Any] = {"name": "lab", "base_url": evil.base_url}
    provider.update({"models": {"m": fields}} if place == "models" else fields)
    given: dict[str, Any] = {"model": "m", "provider": provider}
    if place == "fallbacks":
        given = {"model": "m", "base_url": "http://127.0.0.1:9", "fallbacks": [provider]}
    setting = next(iter(fields))
    refused(lambda: MAPPED[route](given), evil, touched, setting)


@pytest.mark.parametrize("what", ["variable", *TLS])
@pytest.mark.parametrize("route", ROUTES)
def test_a_serialised_object_names_no_variable_and_no_tls_file(
    evil: Loopback, touched: Path, hostile: Any, route: str, what: str
) -> None:
    given = {"model": "m", "base_url": evil.base_url, **hostile[what]}
    refused(lambda: ROUTES[route](given), evil, touched, next(iter(hostile[what])))


@pytest.mark.parametrize("route", ROUTES)
def test_a_serialised_object_names_no_configuration_and_no_proxy(
    evil: Loopback, touched: Path, tmp_path: Path, route: str
) -> None:
    file = tmp_path / "providers.toml"
    file.write_text(f'[[providers]]\nname = "lab"\nbase_url = "{evil.base_url}"\n')
    for setting, value in (("config", str(file)), ("proxy", "http://127.0.0.1:9")):
        given = {"model": "lab/m", setting: value}
        refused(lambda given=given: ROUTES[route](given), evil, touched, setting)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("form", ["name", "mapping", "host"])
def test_no_variable_is_read_because_a_mapping_chose_a_name(
    evil: Loopback, monkeypatch: pytest.MonkeyPatch, route: str, form: str
) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", KEY)
    monkeypatch.setenv("LOCALHOST_API_KEY", KEY)
    monkeypatch.setenv(f"127_0_0_1_{evil.port}_API_KEY", KEY)
    address = evil.base_url
    given: dict[str, Any] = {
        "name": {"model": "m", "provider": "stripe", "base_url": address},
        "mapping": {"model": "m", "provider": {"name": "stripe", "base_url": address}},
        "host": {"model": "m", "base_url": address.replace("127.0.0.1", "localhost")},
    }[form]
    use(ROUTES[route](given))
    assert evil.requests
    assert not any(KEY in str(dict(seen.headers)) for seen in evil.requests)


def test_a_provider_from_a_mapping_reads_no_variable_after_changes_and_copies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import copy
    import pickle

    monkeypatch.setenv("STRIPE_API_KEY", KEY)
    from openai_compatible.config.keys import key_source

    one = ChatOpenAICompatible(
        model="m", provider={"name": "stripe", "base_url": "http://127.0.0.1:9"}, timeout=5
    )
    first = one.targets[0].provider
    for provider in (
        first,
        first.changed(timeout=3),
        copy.deepcopy(first),
        pickle.loads(pickle.dumps(first)),
        pickle.loads(pickle.dumps(one)).targets[0].provider,
        one.model_copy(update={"timeout": 4}).targets[0].provider,
        Provider.model_validate({"name": "stripe", "base_url": "http://127.0.0.1:9"}),
    ):
        assert key_source(provider).describe() == "none"
    given = Provider(name="stripe", base_url="http://127.0.0.1:9")
    assert key_source(given).describe() == "$STRIPE_API_KEY"
    assert given == first.changed(timeout=given.timeout)


@pytest.mark.parametrize("route", ROUTES)
def test_references_to_variables_are_text(
    evil: Loopback, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    monkeypatch.setenv("CANARY_VARIABLE", KEY)
    reference = "${CANARY_VARIABLE}"
    given: dict[str, Any] = {
        "model": reference,
        "api_key": reference,
        "headers": {"X-Own": reference},
        "query": {"own": reference},
        "provider": {
            "name": "lab",
            "base_url": evil.base_url,
            "headers": {"X-Other": reference},
            "extra_body": {"x": reference},
            "api_key": reference,
            "default_model": reference,
        },
    }
    use(ROUTES[route](given))
    for seen in evil.requests:
        assert KEY not in f"{dict(seen.headers)} {seen.target} {seen.body!r}"
        assert seen.headers["x-own"] == reference
        assert seen.headers["x-other"] == reference


@pytest.mark.parametrize("field", ["base_url", "proxy"])
def test_references_in_addresses_are_not_expanded(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    monkeypatch.setenv("CANARY_VARIABLE", "http://127.0.0.1:9/canary-of-a-url")
    provider = {"name": "lab", "base_url": "http://127.0.0.1:9/v1", field: "${CANARY_VARIABLE}"}
    with pytest.raises(OpenAICompatibleError) as error:
        use(loaded({"model": "m", "provider": provider}))
    assert "canary-of-a-url" not in str(error.value)


def test_a_web_request_that_configures_a_model_brings_no_command(
    evil: Loopback, touched: Path, hostile: Any
) -> None:
    llm = ChatOpenAICompatible(model="m", base_url="http://127.0.0.1:9").configurable_fields(
        provider=ConfigurableField(id="provider"), base_url=ConfigurableField(id="base_url")
    )
    for what in WHAT:
        provider = {"name": "lab", "base_url": evil.base_url, **hostile[what]}
        asked: Any = {"configurable": {"provider": provider, "base_url": None}}
        with pytest.raises(ConfigError, match="a mapping may not set"):
            llm.invoke("hello", asked)
    assert not touched.exists()
    assert not evil.requests


@pytest.mark.parametrize("what", WHAT)
def test_pydantic_validates_no_provider_or_model_that_names_a_place_of_a_key(
    hostile: Any, what: str
) -> None:
    class Body(BaseModel):
        provider: Provider

    fields = {"name": "lab", "base_url": "http://127.0.0.1:9", **hostile[what]}
    for act in (
        lambda: Provider.model_validate(fields),
        lambda: Provider.model_validate_json(json.dumps(fields)),
        lambda: Provider.model_construct(**fields),
        lambda: Body(provider=fields),  # type: ignore[arg-type]
        lambda: Body.model_validate_json(json.dumps({"provider": fields})),
        lambda: Model.model_validate(hostile[what]),
        lambda: Model.model_construct(**hostile[what]),
    ):
        with pytest.raises((ConfigError, ValidationError), match="a mapping may not set"):
            act()
    assert Provider(**fields).model_dump()[next(iter(hostile[what]))]
    assert Body(provider=Provider(**fields)).provider == Provider(**fields)


def test_no_error_of_a_mapping_shows_its_values() -> None:
    given = {"model": "m", "base_url": "http://127.0.0.1:9", "api_key": KEY, "api_key_env": "X"}
    for route in ("load", "model_validate", "from_dict", "model_validate_json"):
        with pytest.raises(ConfigError) as error:
            ROUTES[route]({**given})
        assert KEY not in repr(error.value)


# ---------------------------------------------------------------------- what still works


def test_code_may_set_all_of_it(evil: Loopback, tmp_path: Path, hostile: Any) -> None:
    file = tmp_path / "providers.toml"
    file.write_text(f'[[providers]]\nname = "lab"\nbase_url = "{evil.base_url}"\n')
    stored = {"model": "m", "base_url": evil.base_url}
    for one in (
        ChatOpenAICompatible(**stored, api_key_env="CANARY_VARIABLE"),
        OpenAICompatible(**stored, api_key_env="CANARY_VARIABLE"),
        OpenAICompatible.from_dict(stored, api_key_env="CANARY_VARIABLE"),
        OpenAICompatible.from_json(json.dumps(stored), api_key_env="CANARY_VARIABLE"),
        ChatOpenAICompatible(
            model="m", provider=Provider(name="lab", base_url=evil.base_url, **hostile["file"])
        ),
        ChatOpenAICompatible(model="m", base_url=evil.base_url, api_key=KEY, tls={"verify": False}),
        ChatOpenAICompatible(
            model="m",
            base_url=evil.base_url,
            api_key=KEY,
            tls=Tls(ca_bundle=str(tmp_path / "unused")),
        ),
        ChatOpenAICompatible(model="lab/m", config=str(file), api_key=KEY),
        OpenAICompatible.from_dict({"model": "lab/m"}, config=file, api_key=KEY),
    ):
        use(one)
        assert evil.requests[-1].headers["authorization"] == f"Bearer {KEY}"
        one.close()


def test_a_loaded_object_may_be_given_the_rest_by_code(
    evil: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_VARIABLE", KEY)
    llm = loaded({"model": "m", "base_url": evil.base_url})
    llm.api_key_env = "CANARY_VARIABLE"
    use(llm)
    assert evil.requests[-1].headers["authorization"] == f"Bearer {KEY}"


class Wrapped(ChatOpenAICompatible):
    """A class of somebody's with a constructor of its own."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)


def test_a_subclass_is_held_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_openai_compatible.wrapped", sys.modules[__name__])
    data = {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain_openai_compatible", "wrapped", "Wrapped"],
        "kwargs": {"model": "m", "base_url": "http://127.0.0.1:9", "api_key_env": "X"},
    }
    options: Any = {
        "valid_namespaces": NAMESPACE,
        "additional_import_mappings": {tuple(data["id"]): tuple(data["id"])},
        "allowed_objects": "all",
    }
    with pytest.raises(ConfigError, match="may not set api_key_env"):
        load(data, **options)
    assert Wrapped(**data["kwargs"]).api_key_env == "X"  # type: ignore[arg-type]


def test_a_module_that_is_imported_by_load_constructs_its_own_objects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imported_by_load.py").write_text(
        "from langchain_openai_compatible import ChatOpenAICompatible\n"
        "LLM = ChatOpenAICompatible(model='m', base_url='http://127.0.0.1:9', api_key_env='X')\n"
        "Loaded = ChatOpenAICompatible\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    path = ("imported_by_load", "Loaded")
    data = {
        "lc": 1,
        "type": "constructor",
        "id": [*path],
        "kwargs": {"model": "m", "base_url": "http://h"},
    }
    again = load(
        data,
        valid_namespaces=["imported_by_load"],
        additional_import_mappings={path: path},
        allowed_objects="all",
    )
    assert again.model_name == "m"
    assert sys.modules["imported_by_load"].LLM.api_key_env == "X"


ROUND: dict[str, Callable[[str], Any]] = {
    "key": lambda url: ChatOpenAICompatible(model="m", base_url=url, api_key="sk-first"),
    "variable": lambda url: ChatOpenAICompatible(model="m", base_url=url, api_key_env="CANARY_VARIABLE"),
    "provider": lambda url: ChatOpenAICompatible(
        model="m", provider=Provider(name="lab", base_url=url, api_key_env="CANARY_VARIABLE")
    ),
    "file": lambda url: ChatOpenAICompatible(
        model="m", provider=Provider(name="lab", base_url=url, api_key_file="/no/such")
    ),
    "model": lambda url: ChatOpenAICompatible(
        model="m",
        provider=Provider(name="lab", base_url=url, models={"m": Model(api_key_env="CANARY_VARIABLE")}),
    ),
    "convention": lambda url: ChatOpenAICompatible(model="m", base_url=url, provider="lab"),
    "rest": lambda url: ChatOpenAICompatible(
        model="m",
        base_url=url,
        api_key_env="CANARY_VARIABLE",
        tls={"verify": False},
        fallbacks=[Provider(name="spare", base_url=url, api_key_command=("no-such-program",))],
        temperature=0.5,
        timeout=7,
    ),
}


@pytest.mark.parametrize("what", ROUND)
@pytest.mark.parametrize("how", [dumpd, lambda one: json.loads(dumps(one))])
def test_what_dumpd_gives_load_takes_with_the_key_in_its_map_of_secrets(
    evil: Loopback, monkeypatch: pytest.MonkeyPatch, what: str, how: Callable[[Any], Any]
) -> None:
    monkeypatch.setenv("CANARY_VARIABLE", KEY)
    monkeypatch.setenv("LAB_API_KEY", KEY)
    one = ROUND[what](evil.base_url)
    data = how(one)
    assert data["kwargs"]["api_key"]["type"] == "secret"
    (name,) = data["kwargs"]["api_key"]["id"]
    options: Any = {"valid_namespaces": NAMESPACE, "allowed_objects": [ChatOpenAICompatible]}
    again = load(data, secrets_map={name: "sk-again"}, **options)
    use(again)
    assert evil.requests[-1].headers["authorization"] == "Bearer sk-again"
    assert again.model_name == one.model_name
    assert (again.temperature, again.timeout) == (one.temperature, one.timeout)
    use(load(data, **options))
    assert "authorization" not in evil.requests[-1].headers


def test_the_dump_of_an_object_that_was_unpickled_without_its_secrets_works() -> None:
    import pickle

    one = ChatOpenAICompatible(model="m", base_url="http://127.0.0.1:9", api_key="sk-of-mine")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert dumpd(pickle.loads(pickle.dumps(one)))["kwargs"]["model"] == "m"
