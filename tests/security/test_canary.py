"""Recognisable secrets go through everything; no place that people or programs look at shows one.

Places: objects as text, dumps and pickles; logs at DEBUG; warnings; exceptions with their causes and the
local variables of their frames; LangChain's tracers; LlamaIndex's events and spans; explanations.
"""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import openai
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumpd, dumps
from langchain_core.tracers import BaseTracer
from langchain_core.tracers.schemas import Run
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager
from llama_index.core.callbacks.base_handler import BaseCallbackHandler as OldHandler
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.span import SimpleSpan
from llama_index.core.instrumentation.span_handlers import BaseSpanHandler

from langchain_openai_compatible import ChatOpenAICompatible, OpenAICompatibleEmbeddings
from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import (
    AsyncClient,
    Client,
    ConfigError,
    ConnectionFailedError,
    Model,
    OpenAICompatibleError,
    Provider,
    create,
    explain,
    load_config,
    make_provider,
    targets,
)
from openai_compatible.config.edit import ProviderFile, edit
from openai_compatible.config.importers import import_from
from openai_compatible.testing.loopback import (
    CUT,
    HANG,
    Loopback,
    Reply,
    Seen,
    event_stream,
    json_reply,
    loopback,
)
from openai_compatible.testing.scripted import respond

from .conftest import (
    HEADER,
    KEY,
    PASSWORD,
    PROXY,
    QUERY,
    WAYS_TO_GIVE,
    Logs,
    Sinks,
    caught,
    seen_in,
)

HELLO = [{"role": "user", "content": "hello"}]
ASKED = [ChatMessage(role="user", content="hello")]
Lab = Callable[..., Provider]
Ask = Callable[[Provider], Any]


# ---------------------------------------------------------------------- everybody who asks


def client_chat(provider: Provider, **more: Any) -> Any:
    with Client(provider, model="m", **more) as client:
        return client.chat(HELLO)


def client_stream(provider: Provider, **more: Any) -> Any:
    with Client(provider, model="m", **more) as client, client.stream(HELLO) as events:
        return list(events)


def client_embed(provider: Provider) -> Any:
    with Client(provider, model="m") as client:
        return client.embed(["hello"])


def client_models(provider: Provider) -> Any:
    with Client(provider, model="m") as client:
        return client.models(), client.model_info()


def running(ask: Callable[[AsyncClient], Coroutine[Any, Any, Any]], *, httpx: bool = False) -> Ask:
    """An async call as a blocking one; on httpx, and not on aiohttp where that is installed."""

    async def run(provider: Provider) -> Any:
        own = openai.DefaultAsyncHttpxClient(proxy=provider.proxy) if httpx else None
        try:
            async with AsyncClient(provider, model="m", http_client=own) as client:
                return await ask(client)
        finally:
            if own is not None:
                await own.aclose()

    return lambda provider: asyncio.run(run(provider))


async def async_stream(client: AsyncClient) -> Any:
    async with client.stream(HELLO) as events:
        return [event async for event in events]


CORE: dict[str, Ask] = {
    "chat": client_chat,
    "stream": client_stream,
    "embed": client_embed,
    "models": client_models,
    "async chat": running(lambda client: client.chat(HELLO)),
    "async stream": running(async_stream),
    "async embed": running(lambda client: client.embed(["hello"])),
    "httpx chat": running(lambda client: client.chat(HELLO), httpx=True),
    "httpx stream": running(async_stream, httpx=True),
}


def chain(act: Callable[[Any], Any], **more: Any) -> Ask:
    """A call of the LangChain classes."""

    def ask(provider: Provider) -> Any:
        cls: Any = OpenAICompatibleEmbeddings if more.get("vectors") else ChatOpenAICompatible
        model = cls(model="m", provider=provider)
        try:
            return act(model)
        finally:
            model.close()

    return ask


def index(act: Callable[[Any], Any], **more: Any) -> Ask:
    """A call of the LlamaIndex classes."""

    def ask(provider: Provider) -> Any:
        if more.get("vectors"):
            model: Any = OpenAICompatibleEmbedding(model_name="m", provider=provider)
        else:
            model = OpenAICompatible(model="m", provider=provider)
        try:
            return act(model)
        finally:
            model.close()

    return ask


def run_closing(act: Callable[[Any], Coroutine[Any, Any, Any]]) -> Callable[[Any], Any]:
    async def run(model: Any) -> Any:
        try:
            return await act(model)
        finally:
            await model.aclose()

    return lambda model: asyncio.run(run(model))


async def gathered(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


async def index_astream(llm: Any) -> Any:
    return await gathered(await llm.astream_chat(ASKED))


FRAMEWORKS: dict[str, Ask] = {
    "langchain invoke": chain(lambda llm: llm.invoke("hello")),
    "langchain stream": chain(lambda llm: list(llm.stream("hello"))),
    "langchain ainvoke": chain(run_closing(lambda llm: llm.ainvoke("hello"))),
    "langchain astream": chain(run_closing(lambda llm: gathered(llm.astream("hello")))),
    "langchain embed": chain(lambda one: one.embed_query("hello"), vectors=True),
    "langchain aembed": chain(run_closing(lambda one: one.aembed_query("hello")), vectors=True),
    "llama_index chat": index(lambda llm: llm.chat(ASKED)),
    "llama_index stream": index(lambda llm: list(llm.stream_chat(ASKED))),
    "llama_index complete": index(lambda llm: llm.complete("hello")),
    "llama_index achat": index(run_closing(lambda llm: llm.achat(ASKED))),
    "llama_index astream": index(run_closing(index_astream)),
    "llama_index embed": index(lambda one: one.get_text_embedding("hello"), vectors=True),
    "llama_index aembed": index(run_closing(lambda one: one.aget_text_embedding("hello")), vectors=True),
}
ASKS = {**CORE, **FRAMEWORKS}


# ---------------------------------------------------------------------- what watches them


class Tracer(BaseTracer):
    """Keeps runs as LangSmith gets them."""

    def __init__(self, sinks: Sinks) -> None:
        super().__init__()
        self.sinks = sinks
        self.runs = 0

    def _persist_run(self, run: Run) -> None:
        self.runs += 1
        self.sinks.look_into("LangChain run", run.__dict__)
        self.sinks.look_into("LangChain run", run.serialized or {})


class Callbacks(BaseCallbackHandler):
    """Looks at every argument of every callback."""

    raise_error = True

    def __init__(self, sinks: Sinks) -> None:
        for name in dir(BaseCallbackHandler):
            if name.startswith("on_"):
                setattr(self, name, self._looking(sinks, name))
        self.names: set[str] = set()

    def _looking(self, sinks: Sinks, name: str) -> Callable[..., None]:
        def look(*args: Any, **kwargs: Any) -> None:
            self.names.add(name)
            sinks.look_into(name, list(args))
            sinks.look_into(name, kwargs)

        return look


class Events(BaseEventHandler):
    """Looks at every event of LlamaIndex's instrumentation."""

    sinks: Any
    count: int = 0

    @classmethod
    def class_name(cls) -> str:
        return "CanaryEvents"

    def handle(self, event: Any, **kwargs: Any) -> None:
        self.count += 1
        self.sinks.look(type(event).__name__, event, kwargs)
        self.sinks.look_into(type(event).__name__, event.model_dump())


class Spans(BaseSpanHandler[SimpleSpan]):
    """Looks at every span of LlamaIndex's instrumentation, with the arguments of its call."""

    sinks: Any = None
    count: int = 0

    def new_span(self, id_: str, bound_args: Any, instance: Any = None, **kwargs: Any) -> SimpleSpan:
        self.count += 1
        self.sinks.look("span", id_, bound_args, instance, kwargs)
        self.sinks.look_into("span", dict(bound_args.arguments))
        return SimpleSpan(id_=id_)

    def prepare_to_exit_span(self, id_: str, bound_args: Any, result: Any = None, **kwargs: Any) -> Any:
        self.sinks.look("span", id_, bound_args, result, kwargs)
        return self.open_spans.get(id_)

    def prepare_to_drop_span(self, id_: str, bound_args: Any, err: Any = None, **kwargs: Any) -> Any:
        self.sinks.look("span", id_, bound_args, err, kwargs)
        return self.open_spans.get(id_)


class OldCallbacks(OldHandler):
    """Looks at the payloads of LlamaIndex's older callbacks."""

    def __init__(self, sinks: Sinks) -> None:
        super().__init__([], [])
        self.sinks = sinks
        self.count = 0

    def on_event_start(self, event_type: Any, payload: Any = None, *args: Any, **kwargs: Any) -> str:
        self.count += 1
        self.sinks.look_into(f"payload of {event_type}", payload or {})
        return "event"

    def on_event_end(self, event_type: Any, payload: Any = None, *args: Any, **kwargs: Any) -> None:
        self.sinks.look_into(f"payload of {event_type}", payload or {})

    def start_trace(self, trace_id: str | None = None) -> None:
        pass

    def end_trace(self, trace_id: str | None = None, trace_map: Any = None) -> None:
        pass


@pytest.fixture
def spans(sinks: Sinks) -> Iterator[tuple[Events, Spans]]:
    """LlamaIndex's instrumentation, watched."""
    events, spans, root = Events(sinks=sinks), Spans(), get_dispatcher()
    spans.sinks = sinks
    root.add_event_handler(events)
    root.add_span_handler(spans)
    yield events, spans
    root.event_handlers.remove(events)
    root.span_handlers.remove(spans)


def answering(seen: Seen) -> Reply:
    return respond(seen.method, seen.path, seen.headers, seen.body)


def arrived(server: Loopback) -> set[str]:
    """The secrets that the server was sent."""
    sent = [f"{seen.target} {dict(seen.query)} {dict(seen.headers)}" for seen in server.requests]
    return {name for text in sent for name in seen_in(text)}


# ---------------------------------------------------------------------- objects


def objects(provider: Provider) -> Iterator[Any]:
    """One of everything that holds a key."""
    yield provider
    yield from provider.models.values()
    yield targets("m", provider=provider)
    yield Client(provider, model="m")
    yield AsyncClient(provider, model="m")
    spare = provider.changed(name="spare")
    yield ChatOpenAICompatible(model="m", provider=provider, fallbacks=[spare])
    yield ChatOpenAICompatible(model="m", provider=provider).bind(stop=["x"]).with_config(tags=["t"])
    yield OpenAICompatibleEmbeddings(model="m", provider=provider, fallbacks=[spare])
    yield OpenAICompatible(model="m", provider=provider, fallbacks=[spare])
    yield OpenAICompatibleEmbedding(model_name="m", provider=provider, fallbacks=[spare])
    direct: dict[str, Any] = {
        "base_url": f"{provider.base_url}?code={QUERY}",
        "api_key": KEY,
        "headers": {"X-Own": HEADER},
        "query": {"own": QUERY},
        "proxy": f"http://user:{PROXY}@127.0.0.1:9",
    }
    yield Client(model="m", **direct)
    yield ChatOpenAICompatible(model="m", **direct)
    yield OpenAICompatibleEmbeddings(model="m", **direct)
    yield OpenAICompatible(model="m", **direct)
    yield OpenAICompatibleEmbedding(model_name="m", **direct)
    for kind in ("langchain.chat", "langchain.embeddings", "llama_index.llm", "llama_index.embeddings"):
        yield create(kind, "m", **direct)


def look_at_object(sinks: Sinks, one: Any) -> None:
    """Every form in which an object leaves the process, or is shown."""
    place = type(one).__name__
    sinks.look(place, one, f"{one}", f"{one!s:>3}", copy.copy(one), copy.deepcopy(one))
    sinks.look(f"vars of {place}", getattr(one, "targets", ""), [*getattr(one, "_ready", list)()])
    for name in ("model_dump_json", "to_json", "to_dict", "to_payload", "asdict", "dict", "json"):
        # Of pydantic, LlamaIndex and ours; langchain's dict() and json() are deprecated names of these.
        if hasattr(type(one), name) and not (name in ("dict", "json") and hasattr(one, "lc_id")):
            sinks.look(f"{place}.{name}", getattr(one, name)())
    if hasattr(one, "model_dump"):
        sinks.look_into(f"{place}.model_dump", one.model_dump())
        sinks.look(f"{place}.model_dump", json.dumps(one.model_dump(mode="json"), default=repr))
    if hasattr(one, "lc_id"):
        sinks.look(f"dumps({place})", dumps(one))
        sinks.look_into(f"dumpd({place})", dumpd(one))
        sinks.look_into(f"serialized({place})", getattr(one, "_serialized", {}))
        if isinstance(one, ChatOpenAICompatible):
            sinks.look(f"parameters of {place}", one._get_llm_string(), one._get_ls_params())
            sinks.look(f"parameters of {place}", dict(one._identifying_params), one.lc_attributes)
    for dump in (pickle.dumps, cloudpickle.dumps):
        if not isinstance(one, tuple):
            sinks.look(f"{dump.__module__} of {place}", dump(one))


@pytest.mark.filterwarnings("ignore:.*deprecated.*")
@pytest.mark.parametrize("way", WAYS_TO_GIVE)
def test_no_object_shows_a_secret_or_takes_it_along(lab: Lab, sinks: Sinks, way: str) -> None:
    for one in objects(lab("http://127.0.0.1:9/v1", way)):
        look_at_object(sinks, one)
        if hasattr(one, "explain") or hasattr(one, "bound"):
            for streamed in (False, True):
                said = explain(one, "hello", stream=streamed)
                sinks.look("explain", said, said.curl(), json.dumps(said.to_dict(), default=repr))
                sinks.look_into("explain", said.to_dict())
    sinks.check()


def test_no_object_of_a_file_shows_a_secret(sinks: Sinks, tmp_path: Path, warned: None) -> None:
    file = tmp_path / "providers.toml"
    file.write_text(
        f"""
        allow_plain_keys = true
        [[providers]]
        name = "lab"
        base_url = "http://127.0.0.1:9/v1?code={QUERY}"
        api_key = "{KEY}"
        headers = {{ X-Own = "{HEADER}" }}
        query = {{ own = "{QUERY}" }}
        proxy = "http://user:{PROXY}@127.0.0.1:9"
        models.m = {{ api_key = "{KEY}", base_url = "http://127.0.0.1:9/m" }}
        """
    )
    config = load_config(file)
    sinks.look("config", config)
    for one in (
        *config.providers,
        Client("lab/m", config=config),
        ChatOpenAICompatible(model="lab/m", config=file),
        ChatOpenAICompatible(model="lab/m", config=config),
        OpenAICompatible(model="lab/m", config=file),
    ):
        look_at_object(sinks, one)
    sinks.check()


# ---------------------------------------------------------------------- calls that work


@pytest.mark.parametrize("way", WAYS_TO_GIVE)
def test_no_call_shows_a_secret(
    lab: Lab, sinks: Sinks, logs: Logs, warned: None, spans: tuple[Events, Spans], way: str
) -> None:
    with loopback(answering) as server:
        provider = lab(server.base_url, way)
        for name, ask in ASKS.items():
            sinks.look_into(f"answer to {name}", ask(provider))
        expected = {"password" if way == "basic style" else "key", "header", "query"}
        assert arrived(server) == expected
    assert {"openai"} & logs.names
    assert {"openai_compatible"} & logs.names
    assert {"httpx", "httpx2"} & logs.names
    assert all(watch.count for watch in spans)
    sinks.check()


@pytest.mark.parametrize("way", ["text", "basic style", "query style"])
@pytest.mark.parametrize("app", ["answers", "refuses"])
def test_no_tracer_of_langchain_gets_a_secret(lab: Lab, sinks: Sinks, way: str, app: str) -> None:
    tracer, callbacks = Tracer(sinks), Callbacks(sinks)
    config: Any = {"callbacks": [tracer, callbacks], "metadata": {"mine": 1}}
    with loopback(answering if app == "answers" else echoing(401)) as server:
        llm = ChatOpenAICompatible(model="m", provider=lab(server.base_url, way))
        for one in (llm, llm.bind_tools([]), llm | (lambda answer: answer), llm.with_retry()):
            for act in (
                lambda one=one: one.invoke("hello", config),
                lambda one=one: list(one.stream("hello", config)),
                lambda one=one: asyncio.run(run_async(llm, one, config)),
            ):
                with caught() as errors:
                    act()
                assert bool(errors) == (app == "refuses")
        llm.close()
    assert tracer.runs >= 12
    assert {
        "on_chat_model_start",
        "on_llm_end" if app == "answers" else "on_llm_error",
    } <= callbacks.names
    sinks.check()


def test_no_tracer_or_cache_of_langchain_gets_a_secret_of_one_call(sinks: Sinks) -> None:
    tracer, callbacks = Tracer(sinks), Callbacks(sinks)
    cache = InMemoryCache()
    call: dict[str, Any] = {"headers": {"X-Own": HEADER}, "query": {"own": QUERY}}
    with loopback(answering) as server:
        llm = ChatOpenAICompatible(model="m", base_url=server.base_url, cache=cache)
        config: Any = {"callbacks": [tracer, callbacks]}
        llm.bind(**call).invoke("hello", config)
        llm.invoke("hello", config, **call)
        list(llm.stream("hello", config, **call))
        assert arrived(server) == {"header", "query"}
        assert len(server.requests) == 2  # one came from the cache
        llm.invoke("hello", config, headers={"X-Own": "another"}, query={"own": QUERY})
        assert len(server.requests) == 3
        llm.close()
    assert tracer.runs == 4
    sinks.look_into("cache", [*cache._cache])
    sinks.check()


async def run_async(llm: Any, one: Any, config: Any) -> None:
    try:
        await one.ainvoke("hello", config)
        await gathered(one.astream("hello", config))
        await gathered(one.astream_events("hello", config, version="v2"))
    finally:
        await llm.aclose()


@pytest.mark.parametrize("app", ["answers", "refuses"])
def test_no_callback_of_llama_index_gets_a_secret(
    lab: Lab, sinks: Sinks, spans: tuple[Events, Spans], app: str
) -> None:
    old = OldCallbacks(sinks)
    with loopback(answering if app == "answers" else echoing(401)) as server:
        fields: Any = {"provider": lab(server.base_url), "callback_manager": CallbackManager([old])}
        llm = OpenAICompatible(model="m", **fields)
        vectors = OpenAICompatibleEmbedding(model_name="m", **fields)
        for act in (
            lambda: llm.chat(ASKED),
            lambda: llm.complete("hello"),
            lambda: list(llm.stream_chat(ASKED)),
            lambda: vectors.get_text_embedding("hello"),
            lambda: vectors.get_query_embedding("hello"),
        ):
            with caught() as errors:
                act()
            assert bool(errors) == (app == "refuses")
        llm.close()
        vectors.close()
    assert old.count
    sinks.check()


# ---------------------------------------------------------------------- calls that fail


def echoing(status: int, *, html: bool = False, own_id: bool = False) -> Callable[[Seen], Reply]:
    """Quotes all it was sent: as some proxies and frameworks do in their error pages."""

    def app(seen: Seen) -> Reply:
        said = f"wrong: {seen.target} {dict(seen.query)} {dict(seen.headers)}"
        # As x-request-id httpcore logs it, at DEBUG, like every header of an answer.
        headers = {"x-request-id": seen.headers.get("x-own", "") or "none"} if own_id else {}
        if html:
            import html as markup

            body = f"<html><body><h1>Oops</h1><pre>{markup.escape(said)}</pre></body></html>"
            return Reply(status, {"content-type": "text/html", **headers}, body.encode())
        error = {"message": said, "code": seen.query.get("own"), "param": seen.headers.get("x-own")}
        return json_reply({"error": error}, status, headers)

    return app


def leading(to: str, status: int) -> Callable[[Seen], Reply]:
    """Redirects and repeats the query, as servers do."""
    return lambda seen: Reply(status, {"location": f"{to}{seen.target}"})


def broken(seen: Seen) -> Reply:
    """No chat completion, and a lot of what was sent."""
    return json_reply({"choices": f"{dict(seen.headers)} {dict(seen.query)}", "data": seen.target})


def failing_stream(seen: Seen) -> Reply:
    """An error in the middle of a stream."""
    chunk = {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}]}
    return event_stream(
        chunk, {"error": {"message": f"{seen.target} {dict(seen.headers)}", "code": 500}}
    )


APPS: dict[str, Any] = {
    "400": echoing(400),
    "401": echoing(401),
    "403": echoing(403),
    "404": echoing(404),
    "422": echoing(422),
    "429": echoing(429),
    "500": echoing(500),
    "500 html": echoing(500, html=True),
    "200 html": echoing(200, html=True),
    "200 error": echoing(200),
    "no completion": broken,
    "error in a stream": failing_stream,
    "cut": Reply(body=[CUT], framing="raw"),
    "cut stream": event_stream({"choices": [{"index": 0, "delta": {"content": "a"}}]}, CUT),
    "no HTTP": Reply(body=[b"SSH-2.0-OpenSSH_9.6\r\n"], framing="raw"),
    "hangs": Reply(body=[HANG], framing="raw"),
    "redirect to itself": lambda seen: Reply(307, {"location": seen.target}),
    "redirect away": leading("http://127.0.0.1:9", 307),
    "redirect within, then no": lambda seen: (
        echoing(400)(seen) if seen.path.endswith("/") else Reply(308, {"location": around(seen)})
    ),
}
FAST = {"timeout": {"connect": 5, "first_event": 0.3, "idle": 0.3, "call": 0.3}, "max_retries": 0}


def around(seen: Seen) -> str:
    path, _, query = seen.target.partition("?")
    return f"{path}/?{query}"


def fails(sinks: Sinks, ask: Ask, provider: Provider, place: str) -> None:
    """Look at the error of a call; that there is one is part of it."""
    with caught() as errors:
        ask(provider)
    if not errors:
        # What a server calls an answer may be one: of models, none are needed.
        assert place.partition(":")[0] in ("200 html", "200 error", "no completion", "error in a stream")
        return
    assert isinstance(errors[0], OpenAICompatibleError), place
    sinks.look_at_error(errors[0])


@pytest.mark.parametrize("app", APPS)
def test_no_error_shows_a_secret(lab: Lab, sinks: Sinks, logs: Logs, warned: None, app: str) -> None:
    with loopback(APPS[app]) as server:
        for name, ask in ASKS.items():
            fails(sinks, ask, lab(server.base_url, **FAST), f"{app}: {name}")
        assert server.requests
        for way in ("header style", "query style", "basic style", "model", "command"):
            for name in ("chat", "async stream"):
                fails(sinks, ASKS[name], lab(server.base_url, way, **FAST), f"{app}: {name}")
    sinks.check()


def test_no_error_of_a_route_shows_a_secret(lab: Lab, sinks: Sinks) -> None:
    with loopback(echoing(503, own_id=True)) as first, loopback(echoing(429)) as second:
        for ask in (client_chat, client_stream):
            with caught() as errors:
                ask(
                    lab(first.base_url, **FAST),
                    fallbacks=[lab(second.base_url, "basic style", name="spare", **FAST)],
                )
            assert type(errors[0]).__name__ == "AllProvidersFailedError"
            sinks.look_at_error(errors[0])
        assert first.requests
        assert second.requests
    sinks.check()


@pytest.mark.parametrize("name", ASKS)
def test_no_error_of_a_server_that_is_not_there_shows_a_secret(
    lab: Lab, sinks: Sinks, logs: Logs, name: str
) -> None:
    with loopback(answering) as server:
        pass
    for way in ("text", "query style"):
        fails(sinks, ASKS[name], lab(server.base_url, way, **FAST), "refused")
    sinks.check()


def test_no_error_of_tls_or_of_a_name_shows_a_secret(lab: Lab, sinks: Sinks, logs: Logs) -> None:
    with loopback(answering) as server:
        for address in (server.base_url.replace("http://", "https://"), "http://lab.invalid/v1"):
            for name in ("chat", "async chat", "stream", "async stream", "httpx chat"):
                provider = lab(address, "query style", allow_insecure=True, **FAST)
                with caught() as errors:
                    ASKS[name](provider)
                sinks.look_at_error(errors[0])
    sinks.check()


# ---------------------------------------------------------------------- proxies


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of aiohttp, about openai
@pytest.mark.parametrize("name", ["chat", "async chat", "async stream", "httpx chat", "httpx stream"])
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("app", ["answers", "407", "cut", "none"])
def test_the_password_of_a_proxy_is_not_shown(
    lab: Lab, sinks: Sinks, logs: Logs, app: str, scheme: str, name: str
) -> None:
    apps: dict[str, Any] = {
        "answers": answering,
        "407": echoing(407),
        "cut": Reply(body=[CUT], framing="raw"),
        "none": answering,
    }
    with loopback(apps[app]) as proxy:
        port = 9 if app == "none" else proxy.port
        provider = lab(
            f"{scheme}://llm.lab.example/v1",
            proxy=f"http://user:{PROXY}@127.0.0.1:{port}",
            allow_insecure=True,
            timeout=30,
            max_retries=0,
        )
        sinks.look("provider", provider)
        with caught() as errors:
            sinks.look_into("answer", ASKS[name](provider))
        if errors:
            sinks.look_at_error(errors[0])
        assert bool(errors) == ((app, scheme) != ("answers", "http"))
        if app != "none":
            assert "proxy" in arrived(proxy)
    sinks.check()


@pytest.mark.parametrize("name", ["chat", "async chat"])
def test_a_proxy_that_cannot_be_one_is_told_without_its_password(
    lab: Lab, sinks: Sinks, name: str
) -> None:
    for proxy in (f"foo://user:{PROXY}@127.0.0.1:9", f"http://user:{PROXY}@127.0.0.1:x", PROXY):
        with caught() as errors:
            ASKS[name](lab("http://127.0.0.1:8/v1", proxy=proxy, **FAST))
        assert isinstance(errors[0], ConfigError), repr(errors[0])
        sinks.look_at_error(errors[0])
    sinks.check()


# ---------------------------------------------------------------------- calls that are broken off


async def test_a_call_that_is_cancelled_shows_no_secret(lab: Lab, sinks: Sinks) -> None:
    with loopback(Reply(body=[HANG], framing="raw")) as server:
        for http in (None, openai.DefaultAsyncHttpxClient()):
            for act in (lambda client: client.chat(HELLO), async_stream):
                count = len(server.requests) + 1
                async with AsyncClient(lab(server.base_url), model="m", http_client=http) as client:
                    task = asyncio.create_task(act(client))
                    while len(server.requests) < count:
                        await asyncio.sleep(0.01)
                    task.cancel()
                    with caught() as errors:
                        await task
                assert isinstance(errors[0], asyncio.CancelledError)
                sinks.look_at_cancelled(errors[0])
            if http is not None:
                await http.aclose()
    sinks.check()


class Interrupted(BaseException):
    """As Ctrl-C, in the middle of the HTTP library."""


@pytest.mark.parametrize("kind", [RuntimeError, Interrupted])
def test_an_error_of_an_own_http_client_shows_no_secret(
    lab: Lab, sinks: Sinks, kind: type[BaseException]
) -> None:
    def hook(request: Any) -> None:
        raise kind("in the middle")

    with openai.DefaultHttpxClient(event_hooks={"request": [hook]}) as http:
        for ask in (client_chat, client_stream):
            with caught() as errors:
                ask(lab("http://127.0.0.1:9/v1", "query style", max_retries=0), http_client=http)
            sinks.look_at_cancelled(errors[0])
    sinks.check()


# ---------------------------------------------------------------------- settings that are wrong


WRONG: dict[str, dict[str, Any]] = {
    "timeout": {"timeout": "never"},
    "setting": {"no_such_setting": 1},
    "auth": {"auth": {"style": "telepathy"}},
    "header": {"headers": {"X-Own": 5, "X-Other": HEADER}},
    "headers": {"headers": HEADER},
    "query": {"query": {"own": [QUERY]}},
    "key": {"api_key": [KEY]},
    "profile": {"profile": "nowhere"},
    "dialect": {"dialect": {"no_fact": 1}},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_no_error_of_settings_shows_a_secret(sinks: Sinks, wrong: str) -> None:
    fields: dict[str, Any] = {
        "api_key": KEY,
        "headers": {"X-Own": HEADER},
        "query": {"own": QUERY},
        "proxy": f"http://user:{PROXY}@127.0.0.1:9",
        **WRONG[wrong],
    }
    url = f"http://127.0.0.1:9/v1?code={QUERY}"
    named = {"server_profile" if name == "profile" else name: value for name, value in fields.items()}
    good = Provider(name="lab", base_url=url)
    acts: list[Callable[[], Any]] = [
        lambda: Provider(name="lab", base_url=url, **fields),
        lambda: Provider(name="lab", base_url="http//", api_key=KEY),
        lambda: good.changed(**fields),
        lambda: good.model_copy(update=fields),
        lambda: make_provider(base_url=url, **fields),
        lambda: targets("m", base_url=url, **fields),
        lambda: Client(base_url=url, model="m", **fields).chat(HELLO),
        lambda: AsyncClient(base_url=url, model="m", **fields).explain(HELLO),
        lambda: ChatOpenAICompatible(model="m", base_url=url, **named).invoke("hello"),
        lambda: OpenAICompatibleEmbeddings(model="m", base_url=url, **named).embed_query("hello"),
        lambda: OpenAICompatible(model="m", base_url=url, **named).complete("hello"),
        lambda: OpenAICompatibleEmbedding(model_name="m", base_url=url, **named).get_text_embedding("h"),
        lambda: create("langchain.chat", "m", base_url=url, **named).invoke("hello"),
    ]
    told = 0
    for number, act in enumerate(acts):
        with caught() as errors:
            act()
        if not errors or isinstance(errors[0], ConnectionFailedError):
            continue  # not every way in takes this for wrong
        assert isinstance(errors[0], ConfigError), (number, repr(errors[0]))
        sinks.look_at_error(errors[0])
        told += 1
    assert told >= 5
    sinks.check()


def test_no_setting_that_is_changed_to_something_wrong_shows_a_secret(sinks: Sinks) -> None:
    for cls in (ChatOpenAICompatible, OpenAICompatible):
        for name, value in (("api_key", [KEY]), ("headers", [HEADER]), ("proxy", 5)):
            model: Any = cls(model="m", base_url="http://127.0.0.1:9/v1", api_key=KEY)
            with caught() as errors:
                setattr(model, name, value)
                model.client.chat(HELLO)
            assert isinstance(errors[0], ConfigError), (cls, name, repr(errors[0]))
            sinks.look_at_error(errors[0])
    sinks.check()


@pytest.mark.parametrize(
    "line",
    [
        "no_such = 1",
        "timeout = 'never'",
        "models.m = { api_key = 5 }",
        "= broken",
        'default_model = "${NOT_SET}"',
        'models.m = { api_key = "' + KEY + '", no_such = 1 }',
    ],
)
def test_no_error_of_a_file_shows_a_secret(sinks: Sinks, tmp_path: Path, line: str) -> None:
    file = tmp_path / "providers.toml"
    file.write_text(
        f'[[providers]]\nname = "lab"\nbase_url = "http://127.0.0.1:9/v1"\napi_key = "{KEY}"\n'
        f'headers = {{ X-Own = "{HEADER}" }}\n{line}\n'
    )
    acts: list[Callable[[], Any]] = [
        lambda: load_config(file),
        lambda: Client("lab/m", config=file),
        lambda: ChatOpenAICompatible(model="lab/m", config=file),
        lambda: OpenAICompatible(model="lab/m", config=str(file)),
    ]
    for act in acts:
        with caught() as errors:
            act()
        assert isinstance(errors[0], ConfigError)
        sinks.look_at_error(errors[0])
    sinks.check()


def test_no_error_of_an_edit_or_an_import_shows_a_secret(sinks: Sinks, tmp_path: Path) -> None:
    file = tmp_path / "providers.toml"
    file.write_text(f'[[providers]]\nname = "lab"\nbase_url = "http://h"\napi_key = "{KEY}"\n')
    fields = {"name": "new", "base_url": "http://h", "api_key": KEY, "headers": {"X-Own": HEADER}}
    foreign = json.dumps({"ProviderCredentials": [{"ApiKey": KEY}]})
    acts: list[Callable[[], Any]] = [
        lambda: edit(lambda provider_file: provider_file.add({**fields, "no_such": 1}), file),
        lambda: edit(lambda provider_file: provider_file.patch("lab", {**fields, "no_such": 1}), file),
        lambda: edit(lambda provider_file: provider_file.remove("nobody"), file),
        lambda: ProviderFile(f'api_key = "{KEY}"\n= broken'),
        lambda: import_from("conduit", {"appsettings.json": foreign[:-2]}),
        lambda: import_from("litellm", {"config.yaml": f"model_list: {KEY}"}),
        lambda: import_from("nothing", {"file": KEY}),
    ]
    for number, act in enumerate(acts):
        with caught() as errors:
            act()
        assert errors, number
        assert isinstance(errors[0], ConfigError), repr(errors[0])
        sinks.look_at_error(errors[0])
    sinks.check()


@pytest.mark.parametrize("bad", ["\n", "\x00", "\u2019"])
@pytest.mark.parametrize("name", ["chat", "async chat"])
def test_a_secret_that_cannot_travel_is_told_and_not_shown(
    sinks: Sinks, logs: Logs, bad: str, name: str
) -> None:
    where: list[dict[str, Any]] = [
        {"api_key": KEY + bad + "more"},
        {"api_key": lambda: KEY + bad + "more"},
        {"headers": {"X-Own": HEADER + bad + "more"}},
        {"api_key": KEY + bad + "more", "auth": {"style": "header", "name": "X-Key"}},
        {"api_key": KEY, "auth": {"style": "header", "name": "no header name"}},
        {"models": {"m": Model(api_key=KEY + bad + "more")}},
    ]
    for fields in where:
        with caught() as errors:
            ASKS[name](Provider(name="lab", base_url="http://127.0.0.1:9/v1", max_retries=0, **fields))
        assert isinstance(errors[0], ConfigError), repr(errors[0])
        sinks.look_at_error(errors[0])
    sinks.check()


@pytest.mark.parametrize("name", ["chat", "stream", "async chat", "async stream"])
def test_a_request_that_cannot_be_made_shows_no_secret(lab: Lab, sinks: Sinks, name: str) -> None:
    for fields in ({"extra_body": {"x": {1, 2}}}, {"allow_insecure": False}):
        provider = lab("http://api.lab.example/v1", **{"allow_insecure": True, **fields})
        with caught() as errors:
            ASKS[name](provider)
        assert isinstance(errors[0], ConfigError)
        sinks.look_at_error(errors[0])
    sinks.check()


def test_the_canaries_are_recognised_in_every_spelling(sinks: Sinks) -> None:
    import base64
    from urllib.parse import quote_plus

    for text in (
        f"Bearer {KEY}",
        f"?code={quote_plus(KEY)}&x=1",
        base64.b64encode(f"u:{PASSWORD}".encode()).decode(),
        base64.b64encode(f"user:{PROXY}".encode()).decode(),
        json.dumps({"x": HEADER}),
    ):
        assert seen_in(text), text
    local = {"headers": {"x": KEY}}
    sinks.look_into("a frame", local)
    assert sinks.leaks
