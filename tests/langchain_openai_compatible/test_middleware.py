"""What LangChain's own middleware makes of this package's answers, settings and errors."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool

from openai_compatible.errors import MalformedResponseError
from openai_compatible.testing.loopback import Reply, event_stream, json_reply

middleware = pytest.importorskip("langchain.agents.middleware")
agents = pytest.importorskip("langchain.agents")

CHINESE = "\u6c34\u5728\u6d41\u3002" * 40
SCHEMA = {
    "title": "Tools",
    "type": "object",
    "properties": {"tools": {"type": "array"}},
    "required": ["tools"],
}


def answer(seen: Any, message: dict[str, Any], finish: str | None, usage: Any = None) -> Reply:
    """One answer, as a stream where one is asked for."""
    base: dict[str, Any] = {"id": "1", "model": "m"}
    if usage:
        base["usage"] = usage
    if not seen.json.get("stream"):
        message = {"role": "assistant", "content": None, **message}
        return json_reply(
            {**base, "choices": [{"index": 0, "message": message, "finish_reason": finish}]}
        )
    delta = {**message}
    if "tool_calls" in delta:
        delta["tool_calls"] = [{"index": n, **call} for n, call in enumerate(delta["tool_calls"])]
    first = {"index": 0, "delta": delta, "finish_reason": None}
    last = {"index": 0, "delta": {}, "finish_reason": finish}
    return event_stream({"id": "1", "model": "m", "choices": [first]}, {**base, "choices": [last]})


def call(name: str, arguments: str) -> dict[str, Any]:
    return {
        "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": name, "arguments": arguments}}
        ]
    }


# -- who answered


@pytest.mark.parametrize("provider", [None, "groq", "openai"])
@pytest.mark.parametrize("streaming", [None, True])
def test_a_conversation_is_summarised_by_the_tokens_the_server_reports(
    server, chat, provider, streaming
):
    """The estimate counts four characters a token; of Chinese text it finds a fraction."""
    summaries = []

    def app(seen: Any) -> Reply:
        text = seen.json["messages"][-1]["content"]
        if "extraction" in text or "summar" in text.lower():
            summaries.append(text)
            return answer(seen, {"content": "\u6458\u8981"}, "stop")
        usage = {"prompt_tokens": 900, "completion_tokens": 200, "total_tokens": 1100}
        return answer(seen, {"content": CHINESE}, "stop", usage)

    server.app = app
    llm = chat(streaming=streaming, **({"provider": provider} if provider else {}))
    summarise = middleware.SummarizationMiddleware(
        model=llm, trigger=("tokens", 1000), keep=("messages", 2)
    )
    agent = agents.create_agent(llm, [], middleware=[summarise])
    messages: list[BaseMessage] = []
    for _ in range(5):
        messages = agent.invoke({"messages": [*messages, HumanMessage(CHINESE)]})["messages"]
    assert len(summaries) >= 3
    for each in messages:
        if isinstance(each, AIMessage):
            assert each.response_metadata["model_provider"] == llm._get_ls_params()["ls_provider"]


class Seen(BaseCallbackHandler):
    """Keeps the metadata of a run."""

    metadata: dict[str, Any]

    def on_chat_model_start(self, *_: Any, **more: Any) -> None:
        self.metadata = more["metadata"]


def test_a_run_names_the_provider_and_the_versions_of_core_langchain_and_this(chat):
    from importlib.metadata import version

    seen = Seen()
    own = {"lc_versions": {"mine": "1"}, "team": "a"}
    model = chat(provider="groq", metadata=own)
    model.bind(temperature=0).invoke("x", config={"callbacks": [seen]})
    packages = ("langchain-core", "langchain", "langchain-openai-compatible")
    assert seen.metadata["lc_versions"] == {"mine": "1", **{name: version(name) for name in packages}}
    assert seen.metadata["team"] == "a"
    assert seen.metadata["ls_provider"] == "groq"
    assert own == {"lc_versions": {"mine": "1"}, "team": "a"}
    assert model.model_copy()._targets == model._targets


# -- why an answer ended


@pytest.mark.parametrize(
    ("message", "finish", "said"),
    [
        ({"content": "x"}, "stop", "stop"),
        ({"content": "x"}, "eos_token", "stop"),
        ({"content": "x"}, "length", "length"),
        ({"content": "x"}, "content_filter", "content_filter"),
        ({"refusal": "No."}, "stop", "refusal"),
        (call("f", "{}"), "tool_calls", "tool_call"),
        (call("f", "{}"), "stop", "tool_call"),
        ({"content": "x"}, "unheard_of", "other"),
    ],
)
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_the_reason_an_answer_ended_is_told_once_in_the_words_of_langchain(
    server, chat, message, finish, said, version
):
    server.app = lambda seen: answer(seen, message, finish)
    model = chat(output_version=version)
    chunks = list(model.stream("x"))
    told = [one for one in chunks if "normalized_finish_reason" in one.response_metadata]
    assert len(told) == 1
    total = chunks[0]
    for chunk in chunks[1:]:
        total = total + chunk
    whole = model.invoke("x")
    streamed = chat(streaming=True, output_version=version).invoke("x")
    for found in (total, whole, streamed):
        assert found.response_metadata["normalized_finish_reason"] == said


# -- keys that LangChain keeps for itself


def test_no_key_of_langchain_itself_is_sent(server, chat):
    marks = {"lc_source": "s", "lc_data": {"a": 1}, "lc_gateway_metadata": {"b": 2}}
    text = {
        "type": "text",
        "text": "lc_source",
        "id": "lc_1",
        "index": "lc_txt_0",
        "extras": marks,
        **marks,
    }
    image = {
        "type": "image_url",
        "image_url": {"url": "https://e.org/a.png", **marks},
        "id": "lc_2",
        **marks,
    }
    arguments = {"lc_source": "an argument of its own"}
    chat().invoke(
        [
            SystemMessage("a", additional_kwargs=marks),
            HumanMessage("b", additional_kwargs=marks),
            HumanMessage([text, image]),
            AIMessage(
                [{"type": "text", "text": "c", **marks}],
                additional_kwargs=marks,
                response_metadata=marks,
                tool_calls=[{"name": "f", "args": arguments, "id": "1"}],
            ),
            ToolMessage(
                [{"type": "text", "text": "d", **marks}], tool_call_id="1", additional_kwargs=marks
            ),
        ]
    )
    sent = server.requests[-1].json["messages"]
    assert sent[3]["tool_calls"][0]["function"]["arguments"] == '{"lc_source": "an argument of its own"}'
    del sent[3]["tool_calls"]
    assert sent[2]["content"][0]["text"] == "lc_source"
    del sent[2]["content"][0]["text"]
    assert "lc_" not in str(sent)


# -- recovery of a consumer


@tool
def add(a: int) -> int:
    """Add."""
    return a


@tool
def sub(a: int) -> int:
    """Subtract."""
    return a


@pytest.mark.filterwarnings("ignore::openai_compatible.errors.AdaptationWarning")
@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize(
    ("said", "finish", "last"),
    [
        ('{"foo": 1}', "stop", {"foo": 1}),
        ('{"tools": "add"}', "stop", {"tools": "add"}),
        ('{"tools": ["ad', "length", None),
        ("", "stop", None),
        (None, "stop", None),
    ],
)
def test_the_tool_selector_recovers_from_a_selection_that_does_not_fit(
    server, chat, way, said, finish, last
):
    offered, got = [], []

    def app(seen: Any) -> Reply:
        names = [each["function"]["name"] for each in seen.json.get("tools") or ()]
        if seen.json["messages"][0]["role"] != "system":
            offered.append(names)
            return answer(seen, {"content": "done"}, "stop")
        return answer(
            seen, call(names[0], said) if names and said is not None else {"content": "Hm."}, finish
        )

    server.app = app

    def recover(response: Any) -> list[str]:
        got.append(response)
        return ["sub"]

    llm = chat()
    choice: Any
    for choice, names in (("all", ["add", "sub"]), ("none", []), (["add"], ["add"]), (recover, ["sub"])):
        selector = middleware.LLMToolSelectorMiddleware(on_parsing_failure=choice)
        agent = agents.create_agent(llm, [add, sub], middleware=[selector])
        asked: Any = {"messages": [("user", "x")]}
        if way == "sync":
            agent.invoke(asked)
        else:

            async def run(agent: Any = agent, asked: Any = asked) -> None:
                await agent.ainvoke(asked)
                await llm.aclose()

            asyncio.run(run())
        assert offered.pop() == names
    assert got == [last]
    selector = middleware.LLMToolSelectorMiddleware(on_parsing_failure="error")
    with pytest.raises(ValueError, match="malformed"):
        agents.create_agent(llm, [add, sub], middleware=[selector]).invoke(asked)


@pytest.mark.parametrize("finish", ["stop", "length"])
def test_a_caller_that_validates_nothing_gets_an_error_for_a_dict_that_does_not_fit(
    server, chat, finish
):
    server.app = lambda seen: answer(seen, call("Tools", '{"foo": 1}'), finish)
    structured = chat().with_structured_output(SCHEMA)
    with pytest.raises(OutputParserException) as caught:
        structured.invoke("x")
    assert isinstance(caught.value, MalformedResponseError)
    assert isinstance(caught.value, ValueError)


def test_fallbacks_and_retries_catch_an_object_that_does_not_fit(server, chat):
    server.app = lambda seen: answer(
        seen, call("Tools", '{"tools": []}' if seen.json["model"] == "good" else '{"foo": 1}'), "stop"
    )
    good, bad = (chat(model=name).with_structured_output(SCHEMA) for name in ("good", "bad"))
    fallback = bad.with_fallbacks([good], exceptions_to_handle=(OutputParserException,))
    assert fallback.invoke("x") == {"tools": []}
    retry = bad.with_retry(
        retry_if_exception_type=(OutputParserException,),
        stop_after_attempt=2,
        wait_exponential_jitter=False,
    )
    before = len(server.requests)
    with pytest.raises(OutputParserException):
        retry.invoke("x")
    assert len(server.requests) - before == 4
