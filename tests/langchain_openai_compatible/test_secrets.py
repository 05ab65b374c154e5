"""Keys and other secrets: sent, and seen nowhere else."""

from __future__ import annotations

import copy
import json
import pickle

import cloudpickle
import pytest
from langchain_core.load import dumpd, dumps, load
from pydantic import SecretStr

from langchain_openai_compatible import ChatOpenAICompatible
from openai_compatible import Provider
from openai_compatible.errors import ConfigError, MissingKeyError

SECRET = "sk-very-secret"


def secretive(server, **fields):
    """A model that holds a secret in every place that can hold one."""
    return ChatOpenAICompatible(
        **{
            "model": "m",
            "base_url": server.base_url + f"?code={SECRET}",
            "api_key": SECRET,
            "headers": {"X-Own": SECRET},
            "query": {"own": SECRET},
            "fallbacks": [Provider(name="spare", base_url=server.base_url, api_key=SECRET)],
            **fields,
        }
    )


def test_no_secret_is_shown_or_serialised(server):
    model = secretive(server)
    model.invoke("Hi")
    bound = model.bind_tools([]).with_config(tags=["x"])
    shown = [
        repr(model),
        str(model),
        repr(bound),
        dumps(model),
        dumps(bound),
        json.dumps(dumpd(model)),
        json.dumps(model.model_dump(), default=str),
        model.model_dump_json(),
        json.dumps(model.asdict(), default=str),
        str(model._identifying_params),
        model._get_llm_string(),
        str(model._get_ls_params()),
        repr(model.targets),
        repr(model.client),
    ]
    for text in shown:
        assert SECRET not in text


def test_a_provider_with_a_key_is_not_shown_either(server):
    provider = Provider(
        name="p",
        base_url=server.base_url,
        api_key=SECRET,
        headers={"X-Key": SECRET},
        query={"token": SECRET},
    )
    model = ChatOpenAICompatible(model="m", provider=provider)
    for text in (repr(model), dumps(model), model.model_dump_json(), repr(dumpd(model))):
        assert SECRET not in text
    assert SECRET.encode() not in pickle.dumps(model)


@pytest.mark.parametrize("how", [pickle, cloudpickle], ids=lambda module: module.__name__)
def test_a_pickled_model_holds_no_secret_and_says_so_when_used(server, how):
    model = secretive(server)
    model.invoke("Hi")
    data = how.dumps(model)
    assert SECRET.encode() not in data
    again = pickle.loads(data)
    with pytest.raises(MissingKeyError, match="pickled without its secrets: api_key"):
        again.invoke("Hi")


def test_a_pickled_model_works_once_it_has_its_secrets_again(server):
    model = ChatOpenAICompatible(model="m", base_url=server.base_url, api_key=SECRET)
    again = pickle.loads(pickle.dumps(model))
    again.api_key = "sk-other"
    assert again.invoke("Hi").content == "Hello!"
    assert server.requests[-1].headers["authorization"] == "Bearer sk-other"


def test_harmless_headers_survive_a_pickle(server):
    model = ChatOpenAICompatible(
        model="m", base_url=server.base_url, headers={"X-Title": "app"}, query={"api-version": "1"}
    )
    pickle.loads(pickle.dumps(model)).invoke("Hi")
    assert server.requests[0].headers["x-title"] == "app"
    assert server.requests[0].query == {"api-version": "1"}


def test_a_header_that_may_be_a_secret_is_missed_not_forgotten(server):
    model = ChatOpenAICompatible(model="m", base_url=server.base_url, headers={"X-Own": SECRET})
    again = pickle.loads(pickle.dumps(model))
    with pytest.raises(MissingKeyError, match=r"headers.'X-Own'"):
        again.invoke("Hi")
    again.headers = {"X-Own": "x"}
    again.invoke("Hi")
    assert server.requests[0].headers["x-own"] == "x"


def test_a_model_without_literal_secrets_pickles_and_works(server, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-env")
    model = ChatOpenAICompatible(
        model="m", base_url=server.base_url, api_key_env="MY_KEY", temperature=0.5, timeout=5
    )
    model.invoke("Hi")
    for data in (pickle.dumps(model), cloudpickle.dumps(model)):
        assert b"sk-env" not in data
        again = pickle.loads(data)
        assert again.model_dump() == model.model_dump()
        again.invoke("Hi")
        assert server.requests[-1].headers["authorization"] == "Bearer sk-env"
        assert server.requests[-1].json["temperature"] == 0.5


def test_the_pickle_of_a_pickled_model_still_knows_what_it_lost(server):
    model = pickle.loads(pickle.dumps(secretive(server)))
    with pytest.raises(MissingKeyError):
        pickle.loads(pickle.dumps(model)).invoke("Hi")


BETA = pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")


@BETA
def test_serialisation_round_trips_with_the_class_allowed(server):
    model = secretive(server, temperature=0.3, provider="mine", fallbacks=(), organization="org")
    again = load(
        dumpd(model),
        secrets_map={"OPENAI_COMPATIBLE_API_KEY": "sk-again"},
        valid_namespaces=["langchain_openai_compatible"],
        allowed_objects=[ChatOpenAICompatible],
    )
    assert again.asdict() == model.asdict()
    assert again.api_key == SecretStr("sk-again")
    assert again.provider_name == "mine"


@BETA
def test_serialisation_keeps_a_provider_and_its_facts(server):
    provider = Provider(
        name="p", base_url=server.base_url, models={"m": {"context_window": 5}}, timeout=7
    )
    model = ChatOpenAICompatible(model="m", provider=provider, fallbacks=[provider])
    again = load(
        dumpd(model),
        valid_namespaces=["langchain_openai_compatible"],
        allowed_objects=[ChatOpenAICompatible],
    )
    assert again.targets == model.targets


def test_lc_secrets_names_the_variable_of_the_key(server):
    model = ChatOpenAICompatible(model="m", base_url=server.base_url, api_key=SECRET)
    assert model.lc_secrets == {"api_key": "OPENAI_COMPATIBLE_API_KEY"}
    secret = {"lc": 1, "type": "secret", "id": ["OPENAI_COMPATIBLE_API_KEY"]}
    assert dumpd(model)["kwargs"]["api_key"] == secret


def test_a_callable_key_is_asked_for_each_request(server):
    keys = iter(["sk-1", "sk-2"])
    model = ChatOpenAICompatible(model="m", base_url=server.base_url, api_key=lambda: next(keys))
    model.invoke("Hi")
    model.invoke("Hi")
    sent = [seen.headers["authorization"] for seen in server.requests]
    assert sent == ["Bearer sk-1", "Bearer sk-2"]


async def test_an_async_callable_key_works_in_async_calls(server):
    async def key():
        return "sk-async"

    model = ChatOpenAICompatible(model="m", base_url=server.base_url, api_key=key)
    await model.ainvoke("Hi")
    assert server.requests[0].headers["authorization"] == "Bearer sk-async"
    with pytest.raises(ConfigError):
        model.invoke("Hi")
    await model.aclose()


@pytest.mark.parametrize("key", [None, "", "  "])
def test_without_a_key_there_is_no_authorization_header(server, monkeypatch, key):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_ORG_ID", SECRET)
    ChatOpenAICompatible(model="m", base_url=server.base_url, api_key=key).invoke("Hi")
    assert "authorization" not in server.requests[0].headers
    assert SECRET not in str(server.requests[0].headers)


def test_a_copy_with_another_server_goes_there(server):
    from openai_compatible.testing.loopback import loopback

    with loopback(server.app) as other:
        model = ChatOpenAICompatible(model="m", base_url=server.base_url)
        model.invoke("Hi")
        model.model_copy(update={"base_url": other.base_url}).invoke("Hi")
        model.model_copy(update={"temperature": 0.5}).invoke("Hi")
        copy.deepcopy(model).invoke("Hi")
        assert len(other.requests) == 1
        assert [seen.json.get("temperature") for seen in server.requests] == [None, 0.5, None]
        model.base_url = other.base_url
        model.invoke("Hi")
        assert len(other.requests) == 2


def test_own_http_clients_are_used(server):
    import openai

    asked = []
    client = openai.DefaultHttpxClient(event_hooks={"request": [lambda r: asked.append(r.url)]})
    with client:
        ChatOpenAICompatible(model="m", base_url=server.base_url, http_client=client).invoke("Hi")
    assert len(asked) == 1


def test_own_headers_stand_beside_the_providers_and_reach_no_fallback(server):
    from openai_compatible.testing.loopback import json_reply, loopback

    with loopback(json_reply({"error": {"message": "busy"}}, status=503)) as busy:
        first = Provider(name="first", base_url=busy.base_url, headers={"X-A": "1"}, max_retries=0)
        spare = Provider(name="spare", base_url=server.base_url)
        model = ChatOpenAICompatible(
            model="m",
            provider=first,
            headers={"X-B": SECRET},
            query={"q": SECRET},
            organization="org",
            fallbacks=[spare],
        )
        assert model.invoke("Hi").content == "Hello!"
        assert busy.requests[0].headers["x-a"] == "1"
        assert busy.requests[0].headers["x-b"] == SECRET
        assert busy.requests[0].query == {"q": SECRET}
        assert SECRET not in str(server.requests[0].headers)
        assert server.requests[0].query == {}
        assert "openai-organization" not in server.requests[0].headers


def test_timeouts_come_in_every_usual_form(server):
    import openai

    def timeout(value):
        model = ChatOpenAICompatible(model="m", base_url=server.base_url, timeout=value)
        return model.targets[0].provider.timeout

    assert timeout(5).idle == timeout(5).call == 5.0
    assert (timeout((1, 2)).connect, timeout((1, 2)).idle) == (1.0, 2.0)
    assert timeout({"total": 9}).total == 9.0
    assert timeout(openai.Timeout(7, connect=3)).connect == 3.0
    assert timeout(openai.Timeout(7, connect=3)).first_event == 7.0
    assert timeout(timeout(5)) == timeout(5)
