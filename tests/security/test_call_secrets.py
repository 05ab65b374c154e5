"""Secrets given to one call reach the server, and nothing else that looks at the call.

Every spelling of headers and query, keys in a body, bound or given, in both frameworks and the client,
blocking, async and streamed; tracers, callbacks, events, spans, caches, dumps, pickles, frames.
"""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import json
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import cloudpickle
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.load import dumpd, dumps, load
from langchain_core.messages import HumanMessage
from langchain_core.runnables import ConfigurableField, RunnableLambda
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel, SecretStr

from langchain_openai_compatible import ChatOpenAICompatible, OpenAICompatibleEmbeddings
from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import (
    AsyncClient,
    ChatRequest,
    Client,
    ConfigError,
    EmbeddingsRequest,
    MissingKeyError,
    OpenAICompatibleError,
    Provider,
    explain,
)
from openai_compatible.secret_mapping import SecretMapping, conceal, reveal
from openai_compatible.testing.loopback import Loopback, Seen, json_reply, loopback
from openai_compatible.testing.scripted import respond

from .conftest import HEADER, KEY, PROXY, QUERY, Sinks, caught, in_turn, seen_in
from .test_canary import Callbacks, Events, OldCallbacks, Spans, Tracer, answering, arrived, spans

__all__ = ["spans"]  # a fixture

ASK = [HumanMessage("hello")]
HELLO = [{"role": "user", "content": "hello"}]
ASKED = [ChatMessage(role="user", content="hello")]
BODY = {"api_key": KEY, "nested": [{"authentication": {"key": KEY}}], "note": "hf_canary0123456789abc"}

SPELLINGS: dict[str, dict[str, Any]] = {
    "headers, query": {"headers": {"X-Own": HEADER}, "query": {"own": QUERY}},
    "extra_headers, extra_query": {"extra_headers": {"X-Own": HEADER}, "extra_query": {"own": QUERY}},
    "headers, extra_query": {"headers": {"X-Own": HEADER}, "extra_query": {"own": QUERY}},
    "extra_headers, query": {"extra_headers": {"X-Own": HEADER}, "query": {"own": QUERY}},
    "body": {"extra_body": BODY},
}
APPS = ("answers", "refuses")
spelled = pytest.mark.parametrize("spelling", SPELLINGS)
CONSISTENT = ("headers, query", "extra_headers, extra_query", "body")


def came(server: Loopback) -> set[str]:
    """The secrets that the server was sent, in whatever part of the request."""
    return arrived(server) | {name for seen in server.requests for name in seen_in(seen.body)}


def expected(spelling: str) -> set[str]:
    return {"key"} if spelling == "body" else {"header", "query"}


def look_at_dump(sinks: Sinks, place: str, one: Any) -> None:
    """A runnable in all forms in which it leaves the process, or is shown."""
    sinks.look(place, one, copy.copy(one), copy.deepcopy(one))
    sinks.look(f"dumps({place})", dumps(one))
    sinks.look_into(f"dumpd({place})", dumpd(one))
    if isinstance(one, BaseModel):
        sinks.look_into(f"vars({place})", vars(one))
        sinks.look_into(f"{place}.model_dump", one.model_dump(exclude={"bound"}))
    for dump in (pickle.dumps, cloudpickle.dumps):
        sinks.look(f"{dump.__module__} of {place}", dump(one))


# ---------------------------------------------------------------------- LangChain


async def gather(stream: Any) -> list[Any]:
    return [one async for one in stream]


LANGCHAIN: dict[str, Callable[[Any, Any, dict[str, Any]], Any]] = {
    "invoke": lambda llm, config, call: llm.invoke("hello", config, **call),
    "stream": lambda llm, config, call: list(llm.stream("hello", config, **call)),
    "batch": lambda llm, config, call: llm.batch(["hello", "hello"], config, **call),
    "generate": lambda llm, config, call: llm.generate([ASK], callbacks=config["callbacks"], **call),
    "ainvoke": lambda llm, config, call: asyncio.run(closing(llm, llm.ainvoke("hello", config, **call))),
    "abatch": lambda llm, config, call: asyncio.run(closing(llm, llm.abatch(["hello"], config, **call))),
    "astream": lambda llm, config, call: asyncio.run(
        closing(llm, gather(llm.astream("hello", config, **call)))
    ),
    "astream_events": lambda llm, config, call: asyncio.run(
        closing(llm, gather(llm.astream_events("hello", config, version="v2", **call)))
    ),
}


async def closing(llm: Any, call: Any) -> Any:
    try:
        return await call
    finally:
        await getattr(llm, "bound", llm).aclose()


def refusing(seen: Seen) -> Any:
    return json_reply({"error": {"message": f"no: {seen.target} {dict(seen.headers)}"}}, 400)


@pytest.mark.parametrize(("way", "spelling", "app"), in_turn(LANGCHAIN, CONSISTENT, APPS))
def test_no_tracer_callback_or_frame_of_langchain_gets_what_one_call_is_given(
    sinks: Sinks, spelling: str, way: str, app: str
) -> None:
    tracer, callbacks, call = Tracer(sinks), Callbacks(sinks), SPELLINGS[spelling]
    config = {"callbacks": [tracer, callbacks]}
    with loopback(answering if app == "answers" else refusing) as server:
        llm = ChatOpenAICompatible(model="m", base_url=server.base_url)
        bound = llm.bind(**call)
        for one, given in ((llm, call), (bound, {}), (llm.bind_tools([]), call)):
            with caught() as errors:
                # generate() of a binding is its model's: it knows nothing of what was bound.
                sinks.look_into(
                    "answer", LANGCHAIN[way](one, config, call if way == "generate" else given)
                )
            assert bool(errors) == (app == "refuses")
            for error in errors:
                assert isinstance(error, OpenAICompatibleError)
                sinks.look_at_error(error)
            assert came(server) == expected(spelling)
            server.requests.clear()
        llm.close()
    assert tracer.runs >= 3
    assert "on_chat_model_start" in callbacks.names
    sinks.check()


@spelled
def test_no_dump_of_a_bound_model_shows_what_was_bound(sinks: Sinks, spelling: str) -> None:
    call = SPELLINGS[spelling]
    llm = ChatOpenAICompatible(model="m", base_url="http://127.0.0.1:9/v1")

    def add(one: int) -> int:
        """Add."""
        return one

    for one in (
        llm.bind(**call),
        llm.bind(stop=["x"]).bind(**call),
        llm.bind_tools([add]).bind(**call),
        llm.bind_tools([add], **call),
        llm.with_config(tags=["t"]).bind(**call),
        llm.bind(**call).with_config(tags=["t"]).with_retry(),
        llm.bind(**call).with_types(input_type=str),
        llm.with_types(input_type=str).bind(**call),
        llm.bind(**call) | RunnableLambda(str),
        llm.bind(**call).with_fallbacks([llm.bind(**call)]),
        llm.with_structured_output({"title": "T", "type": "object"}, method="json_schema", **call),
    ):
        look_at_dump(sinks, type(one).__name__, one)
    auto = llm.with_structured_output({"title": "T", "type": "object", "properties": {}}, **call)
    sinks.look_into("structured", vars(auto))
    sinks.look_into("structured", dumpd(auto.bind(**call)))
    for streamed in (False, True):
        said = explain(llm.bind(**call), "hello", stream=streamed)
        sinks.look("explain", said, said.curl())
    sinks.check()


def test_what_was_bound_as_configurable_is_not_shown_and_works(sinks: Sinks) -> None:
    with loopback(answering) as server:
        llm = ChatOpenAICompatible(model="m", base_url=server.base_url, headers={"X-Other": HEADER})
        ready = llm.configurable_fields(
            headers=ConfigurableField(id="headers"), api_key=ConfigurableField(id="openai_api_key")
        )
        one = ready.with_config(configurable={"openai_api_key": KEY})
        two = ready.with_config(configurable={"headers": {"X-Own": HEADER}})
        for bound in (ready, one, two, one.bind(query={"own": QUERY})):
            sinks.look("configurable", bound, dumps(bound))
            sinks.look_into("configurable", dumpd(bound))
            assert bound.invoke("hello").content
        assert arrived(server) == {"key", "header", "query"}
        llm.close()
    sinks.check()


BETA = pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")


@BETA
@spelled
def test_a_bound_model_that_was_dumped_says_what_it_lost_and_works_with_it(spelling: str) -> None:
    call = SPELLINGS[spelling]
    with loopback(answering) as server:
        llm = ChatOpenAICompatible(model="m", base_url=server.base_url).bind(**call)
        allowed = [ChatOpenAICompatible, type(llm).__mro__[1]]
        loaded = load(
            dumpd(llm), valid_namespaces=["langchain_openai_compatible"], allowed_objects=allowed
        )
        for again in (loaded, pickle.loads(pickle.dumps(llm))):
            with pytest.raises(MissingKeyError, match="left its value behind"):
                again.invoke("hello")
            assert not server.requests
            assert again.invoke("hello", **call).content
            assert came(server) == expected(spelling)
            server.requests.clear()


def test_harmless_headers_of_a_bound_model_survive_a_dump() -> None:
    llm = ChatOpenAICompatible(model="m", base_url="http://127.0.0.1:9/v1")
    assert dumpd(llm.bind(headers={"X-Title": "app"}))["kwargs"]["kwargs"]["headers"] == {
        "X-Title": "app"
    }


@spelled
def test_a_cache_holds_no_secret_of_a_call_and_tells_callers_apart(sinks: Sinks, spelling: str) -> None:
    cache, call = InMemoryCache(), SPELLINGS[spelling]
    other = json.loads(json.dumps(call).replace("canary", "other"))
    with loopback(answering) as server:
        llm = ChatOpenAICompatible(model="m", base_url=server.base_url, cache=cache)
        for given, count in ((call, 1), (call, 1), (other, 2), (other, 2), ({}, 3), (call, 3)):
            llm.invoke("hello", **given)
            assert len(server.requests) == count
            llm.bind(**given).invoke("hello")
            assert len(server.requests) == count
        llm.close()
    sinks.look_into("cache", [*cache._cache])
    sinks.check()


def test_a_cache_tells_models_with_other_headers_apart(sinks: Sinks) -> None:
    cache = InMemoryCache()
    with loopback(answering) as server:
        for secret in (HEADER, "another"):
            llm = ChatOpenAICompatible(
                model="m", base_url=server.base_url, cache=cache, headers={"X-Own": secret}
            )
            llm.invoke("hello")
            llm.close()
        assert len(server.requests) == 2
    sinks.look_into("cache", [*cache._cache])
    sinks.check()


# ---------------------------------------------------------------------- LlamaIndex


class City(BaseModel):
    """A city."""

    name: str = "Paris"


def weather(city: str) -> str:
    """Tell the weather."""
    return city


TOOL = FunctionTool.from_defaults(weather)
PROMPT = PromptTemplate("A city of {query}, with {token}")


async def stream_of(call: Any) -> list[Any]:
    return [one async for one in await call]


INDEX: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "chat": lambda llm, call: llm.chat(ASKED, **call),
    "stream_chat": lambda llm, call: list(llm.stream_chat(ASKED, **call)),
    "complete": lambda llm, call: llm.complete("hello", **call),
    "stream_complete": lambda llm, call: list(llm.stream_complete("hello", **call)),
    "chat_with_tools": lambda llm, call: llm.chat_with_tools([TOOL], "hello", **call),
    "stream_chat_with_tools": lambda llm, call: list(llm.stream_chat_with_tools([TOOL], "hi", **call)),
    "structured_predict": lambda llm, call: llm.structured_predict(
        City, PROMPT, llm_kwargs=call, query="x", token="y"
    ),
    "structured_predict by position": lambda llm, call: llm.structured_predict(
        City, PROMPT, call, query="x", token="y"
    ),
    "stream_structured_predict": lambda llm, call: list(
        llm.stream_structured_predict(City, PROMPT, llm_kwargs=call, query="x", token="y")
    ),
    "as_structured_llm, chat": lambda llm, call: llm.as_structured_llm(City).chat(ASKED, **call),
    "as_structured_llm, complete": lambda llm, call: llm.as_structured_llm(City).complete("x", **call),
    "achat": lambda llm, call: asyncio.run(closing(llm, llm.achat(ASKED, **call))),
    "astream_chat": lambda llm, call: asyncio.run(
        closing(llm, stream_of(llm.astream_chat(ASKED, **call)))
    ),
    "acomplete": lambda llm, call: asyncio.run(closing(llm, llm.acomplete("hello", **call))),
    "astream_complete": lambda llm, call: asyncio.run(
        closing(llm, stream_of(llm.astream_complete("hello", **call)))
    ),
    "achat_with_tools": lambda llm, call: asyncio.run(
        closing(llm, llm.achat_with_tools([TOOL], "hello", **call))
    ),
    "astructured_predict": lambda llm, call: asyncio.run(
        closing(llm, llm.astructured_predict(City, PROMPT, llm_kwargs=call, query="x", token="y"))
    ),
}


@pytest.fixture
def old(sinks: Sinks) -> OldCallbacks:
    return OldCallbacks(sinks)


def fitting(seen: Seen) -> Any:
    """Answers that hold an object, so that structured calls end well."""
    if seen.json.get("stream"):
        return respond(seen.method, seen.path, seen.headers, seen.body)
    message = {"role": "assistant", "content": '{"name": "Paris"}'}
    return json_reply({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})


@pytest.mark.parametrize(("way", "spelling", "app"), in_turn(INDEX, CONSISTENT, APPS))
def test_no_event_span_callback_or_frame_of_llama_index_gets_what_one_call_is_given(
    sinks: Sinks, spans: tuple[Events, Spans], old: OldCallbacks, spelling: str, way: str, app: str
) -> None:
    with loopback(fitting if app == "answers" else refusing) as server:
        llm = OpenAICompatible(
            model="m", base_url=server.base_url, callback_manager=CallbackManager([old])
        )
        with caught() as errors:
            sinks.look_into("answer", INDEX[way](llm, SPELLINGS[spelling]))
        for error in errors:
            assert isinstance(error, OpenAICompatibleError), repr(error)
            sinks.look_at_error(error)
        assert errors or app == "answers"
        assert came(server) == expected(spelling)
        llm.close()
    assert all(watch.count for watch in spans)
    assert old.count
    sinks.check()


def test_variables_of_a_prompt_are_no_arguments_of_a_call() -> None:
    with loopback(fitting) as server:
        llm = OpenAICompatible(model="m", base_url=server.base_url)
        llm.predict(PROMPT, query="France", token="bread")
        llm.structured_predict(City, PROMPT, query="France", token="bread")
        llm.close()
        for seen in server.requests:
            assert "A city of France, with bread" in json.dumps(seen.json["messages"])


# ---------------------------------------------------------------------- the client


CLIENT: dict[str, Callable[[str, dict[str, Any]], Any]] = {
    "chat": lambda url, call: Client(base_url=url, model="m").chat(HELLO, **call),
    "stream": lambda url, call: [*Client(base_url=url, model="m").stream(HELLO, **call)],
    "embed": lambda url, call: Client(base_url=url, model="m").embed(["hello"], **call),
    "request": lambda url, call: Client(base_url=url, model="m").chat(ChatRequest("m", HELLO, **call)),
    "async chat": lambda url, call: asyncio.run(achat(url, call)),
}


async def achat(url: str, call: dict[str, Any]) -> Any:
    async with AsyncClient(base_url=url, model="m") as client:
        return await client.chat(HELLO, **call)


@pytest.mark.parametrize(
    ("way", "spelling", "app"),
    [
        *in_turn(CLIENT, ("headers, query", "body"), APPS),
        *in_turn([way for way in CLIENT if way != "request"], ["extra_headers, extra_query"], APPS),
    ],
)
def test_no_frame_or_record_of_a_client_holds_what_one_call_is_given(
    sinks: Sinks, spelling: str, way: str, app: str
) -> None:
    with loopback(answering if app == "answers" else refusing) as server:
        with caught() as errors:
            sinks.look_into("answer", CLIENT[way](server.base_url, SPELLINGS[spelling]))
        assert bool(errors) == (app == "refuses")
        for error in errors:
            sinks.look_at_error(error)
        assert came(server) == expected(spelling)
    sinks.check()


def test_no_form_of_a_request_shows_what_it_carries(sinks: Sinks) -> None:
    call: dict[str, Any] = {**SPELLINGS["headers, query"], "extra_body": BODY}
    for one in (ChatRequest("m", HELLO, **call), EmbeddingsRequest("m", ["hello"], **call)):
        sinks.look("request", one, dataclasses.asdict(one), dataclasses.astuple(one))
        sinks.look_into("request", dataclasses.asdict(one))
        sinks.look("request", json.dumps(dataclasses.asdict(one)), pickle.dumps(one))
        again = copy.deepcopy(dataclasses.replace(one, model="other"))
        assert again.headers == {"X-Own": HEADER}
        with pytest.raises(MissingKeyError, match="left its value behind"):
            Client(base_url="http://127.0.0.1:9", model="m").explain(pickle.loads(pickle.dumps(one)))
    sinks.check()


# ---------------------------------------------------------------------- objects


def objects() -> Iterator[Any]:
    direct: dict[str, Any] = {
        "base_url": f"http://127.0.0.1:9/v1?code={QUERY}",
        "api_key": KEY,
        "headers": {"X-Own": HEADER},
        "query": {"own": QUERY},
        "proxy": f"http://user:{PROXY}@127.0.0.1:9",
    }
    yield Provider(name="lab", extra_body=BODY, models={"m": {"extra_body": BODY}}, **direct)
    yield Client(model="m", extra_body=BODY, **direct)
    yield ChatOpenAICompatible(model="m", extra_body=BODY, model_kwargs=BODY, **direct)
    yield OpenAICompatibleEmbeddings(model="m", query_extra_body=BODY, model_kwargs=BODY, **direct)
    yield OpenAICompatible(model="m", extra_body=BODY, additional_kwargs=BODY, **direct)
    yield OpenAICompatibleEmbedding(model_name="m", additional_kwargs=BODY, **direct)


def test_vars_and_dict_of_an_object_show_no_secret(sinks: Sinks) -> None:
    for one in objects():
        name = type(one).__name__
        sinks.look(name, one)
        sinks.look_into(f"vars({name})", vars(one))
        for target in getattr(one, "targets", ()):
            sinks.look_into(f"vars of the provider of {name}", vars(target.provider))
            sinks.look_into(f"vars of the model of {name}", vars(target.facts))
        if isinstance(one, BaseModel):
            sinks.look_into(f"dict({name})", dict(one))
            sinks.look_into(f"{name}.__pydantic_private__", one.__pydantic_private__)
            sinks.look_into(f"{name}.model_dump", one.model_dump())
            sinks.look(f"{name}.model_dump_json", one.model_dump_json())
        if isinstance(one, ChatOpenAICompatible):
            sinks.look_into("dumpd", dumpd(one))
            sinks.look_into("parameters", one._get_invocation_params())
            sinks.look("parameters", one._get_llm_string(), one._identifying_params)
        sinks.look(f"pickle of {name}", pickle.dumps(one))
    sinks.check()


def test_objects_send_what_they_hide() -> None:
    with loopback(answering) as server:
        llm = ChatOpenAICompatible(model="m", base_url=server.base_url, model_kwargs=BODY)
        llm.invoke("hello")
        index = OpenAICompatible(model="m", base_url=server.base_url, extra_body=BODY)
        index.complete("hello")
        provider = Provider(name="lab", base_url=server.base_url, extra_body=BODY)
        Client(provider, model="m").chat(HELLO)
        vectors = OpenAICompatibleEmbeddings(model="m", base_url=server.base_url, extra_body=BODY)
        vectors.embed_query("hello")
        for seen in server.requests:
            assert {name: seen.json[name] for name in BODY} == BODY
        for one in (llm, index, vectors):
            one.close()


# ---------------------------------------------------------------------- the mapping itself


def test_a_secret_mapping_shows_no_value_and_gives_all(sinks: Sinks) -> None:
    one = SecretMapping({"X-Own": HEADER, "X-Title": "app"})
    sinks.look("mapping", one, [one], {"x": one}, json.dumps(one), f"{one}", pickle.dumps(one))
    sinks.look_into("mapping", {**one})
    sinks.look_into("mapping", [*one.values(), *one.items(), one.get("X-Own"), one["X-Own"], one | {}])
    sinks.look("mapping", one.digest())
    sinks.check()
    assert reveal(one, "headers") == one == {"X-Own": HEADER, "X-Title": "app"}
    assert one == SecretMapping(one) == copy.deepcopy(one)
    assert one != SecretMapping({"X-Own": "another", "X-Title": "app"})
    assert one.digest() != SecretMapping({"X-Own": "another"}).digest()
    with pytest.raises(TypeError, match="assign a new mapping"):
        one["X-Own"] = "x"


@pytest.mark.parametrize("wrong", ["X-Own: s3cret", [("X-Own", "s3cret")], {"X-Own": ["s3cret"]}, 5])
@pytest.mark.parametrize("name", ["headers", "extra_headers", "query", "extra_query"])
def test_headers_of_another_kind_are_refused_without_their_value(wrong: Any, name: str) -> None:
    url = "http://127.0.0.1:9/v1"
    for act in (
        lambda: ChatOpenAICompatible(model="m", base_url=url).invoke("hello", **{name: wrong}),
        lambda: ChatOpenAICompatible(model="m", base_url=url).bind(**{name: wrong}).invoke("hello"),
        lambda: OpenAICompatible(model="m", base_url=url).complete("hello", **{name: wrong}),
        lambda: Client(base_url=url, model="m").chat("hello", **{name: wrong}),
    ):
        with pytest.raises(ConfigError) as error:
            act()
        assert "s3cret" not in str(error.value)
        assert name.removeprefix("extra_") in str(error.value)


def test_a_header_of_a_call_may_be_a_secret_str(sinks: Sinks) -> None:
    with loopback(answering) as server:
        llm = ChatOpenAICompatible(model="m", base_url=server.base_url)
        llm.invoke("hello", headers={"X-Own": SecretStr(HEADER)})
        assert arrived(server) == {"header"}
        llm.close()


@pytest.mark.parametrize("name", ["extra_body", "model_kwargs", "headers", "query", "proxy"])
def test_what_is_set_on_an_object_later_is_hidden_too(sinks: Sinks, name: str) -> None:
    secret = f"http://user:{PROXY}@127.0.0.1:9" if name == "proxy" else {"api_key": KEY}
    llm = ChatOpenAICompatible(model="m", base_url="http://127.0.0.1:9/v1")
    other = llm.model_copy(update={name: secret})
    setattr(llm, name, secret)
    for one in (llm, other):
        sinks.look_into("vars", vars(one))
        sinks.look("object", one, dumps(one), one._get_llm_string(), pickle.dumps(one))
        assert getattr(one, name) == secret
    sinks.check()


def test_a_body_that_contains_itself_is_hidden_in_finite_time() -> None:
    body: dict[str, Any] = {"token": KEY}
    body.update(a=body, b=[body] * 100, c={"d": body})
    deep: dict[str, Any] = {"token": KEY}
    for _ in range(3_000):
        deep = {"a": deep}
    llm = ChatOpenAICompatible(model="m", base_url="http://127.0.0.1:9/v1")
    for extra in (body, deep):
        bound = llm.bind(extra_body=extra)
        assert seen_in(repr(bound) + dumps(bound) + llm._get_llm_string(extra_body=extra)) == []
        with pytest.raises(ConfigError, match="cannot be written as JSON"):
            bound.invoke("hello")


def test_keys_among_unknown_arguments_are_hidden_too() -> None:
    found = conceal({"api_key": KEY, "openai_api_key": KEY, "access_token": KEY, "max_tokens": 5})
    assert seen_in(repr(found)) == []
    assert found["max_tokens"] == 5
    assert isinstance(found["api_key"], SecretStr)


def test_arguments_that_other_programs_have_for_secrets_are_hidden_too() -> None:
    given = {"cookies": {"a": KEY}, "http_headers": {"X-Own": KEY}, "proxy": f"http://u:{KEY}@h:1"}
    found = conceal({**given, "metadata": {"api_key": KEY, "note": "n"}, "proxies": [KEY]})
    assert seen_in(repr(found)) == []
    assert dict(found["metadata"]) == {"api_key": "***", "note": "n"}


@pytest.mark.parametrize("name", ["audio", "metadata", "prediction"])
def test_a_parameter_with_a_key_in_it_is_sent_as_it_is(name: str) -> None:
    with loopback(answering) as server, Client(base_url=server.base_url, model="scripted") as client:
        client.chat(HELLO, **{name: {"api_key": KEY}})
        assert json.loads(server.requests[-1].body)[name] == {"api_key": KEY}


@pytest.mark.parametrize("wrong", [{}, b"x", ["x"], object()])
def test_a_header_of_a_wrong_type_shows_neither_itself_nor_the_others(sinks: Sinks, wrong: Any) -> None:
    for name in ("headers", "extra_query"):
        llm = ChatOpenAICompatible(model="scripted", base_url="http://127.0.0.1:9/v1")
        given = {"X-Own": HEADER, "X-Other": [KEY] if wrong == ["x"] else wrong}
        with pytest.raises(ConfigError, match="must be text") as error:
            llm.invoke("hello", **{name: given})
        sinks.look("error", error.value)


@pytest.mark.parametrize("body", [{"api_key": KEY}, {"a": [{"token": KEY}]}, {"b": f"Bearer {KEY}"}])
def test_a_key_in_a_body_that_a_server_quotes_is_masked(sinks: Sinks, body: dict[str, Any]) -> None:
    def quoting(seen: Seen) -> Any:
        return json_reply({"detail": [{"msg": f"bad {seen.body.decode()}", "input": body}]}, status=422)

    with loopback(quoting) as server, Client(base_url=server.base_url, model="scripted") as client:
        with pytest.raises(OpenAICompatibleError) as error:
            client.chat(HELLO, extra_body=body)
        sinks.look("error", error.value, str(error.value), vars(error.value))
