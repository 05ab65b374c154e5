"""The chat model against a loopback server: answers, metadata, settings."""

from __future__ import annotations

import asyncio

from langchain_core.caches import InMemoryCache
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.rate_limiters import InMemoryRateLimiter

from openai_compatible.testing.loopback import event_stream, json_reply

USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


def body(message=None, finish="stop", **fields):
    """A whole chat completion."""
    message = {"role": "assistant", "content": "Hello!", **(message or {})}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "created": 1,
        "model": "m",
        "choices": [choice],
        "usage": USAGE,
        **fields,
    }


def chunk(delta, finish=None, **fields):
    """One chunk of a stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "chatcmpl-1", "created": 1, "model": "m", "choices": [choice], **fields}


def usage_chunk():
    return {**chunk({}), "choices": [], "usage": USAGE}


def total(chunks):
    message = None
    for piece in chunks:
        message = piece if message is None else message + piece
    return message


async def collected(stream):
    return [piece async for piece in stream]


def four_ways(model, *args, **kwargs):
    """invoke, ainvoke, and the sums of stream and astream."""

    async def asynchronous():
        whole = await model.ainvoke(*args, **kwargs)
        streamed = total(await collected(model.astream(*args, **kwargs)))
        await model.aclose()
        return whole, streamed

    return [
        model.invoke(*args, **kwargs),
        total(model.stream(*args, **kwargs)),
        *asyncio.run(asynchronous()),
    ]


def test_the_four_ways_to_ask_give_the_same_answer(chat):
    for message in four_ways(chat(), "Hi"):
        assert message.content == "Hello!"
        assert message.usage_metadata == {"input_tokens": 9, "output_tokens": 3, "total_tokens": 12}
        metadata = dict(message.response_metadata)
        record = metadata.pop("openai_compatible")
        assert metadata == {
            "model_name": "m",
            "model_provider": "openai_compatible",
            "id": "chatcmpl-1",
            "created": 1,
            "finish_reason": "stop",
            "normalized_finish_reason": "stop",
            "token_usage": USAGE,
        }
        assert record["attempts"] == 1
        assert record["model"] == "m"


def test_none_of_the_four_ways_runs_in_a_thread(chat, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("run_in_executor")

    async def run():
        loop = asyncio.get_running_loop()
        model = chat()
        await model.ainvoke("Hi")
        monkeypatch.setattr("langchain_core.language_models.chat_models.run_in_executor", refuse)
        monkeypatch.setattr(loop, "run_in_executor", refuse)
        await model.ainvoke("Hi")
        await collected(model.astream("Hi"))
        await model.aclose()

    asyncio.run(run())
    for name in ("_generate", "_agenerate", "_stream", "_astream"):
        assert getattr(type(chat()), name) is not getattr(BaseChatModel, name)


def test_a_chain_streams_through(chat):
    chain = ChatPromptTemplate.from_template("Say {word}") | chat() | StrOutputParser()
    assert chain.invoke({"word": "hi"}) == "Hello!"
    assert [piece for piece in chain.stream({"word": "hi"}) if piece] == ["Hel", "lo!"]


def test_usage_comes_with_exactly_one_chunk_even_when_the_server_repeats_it(server, chat):
    running = {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}
    server.app = lambda _: event_stream(
        chunk({"content": "a"}, usage=running),
        chunk({"content": "b"}, usage=running),
        chunk({}, "stop", usage=USAGE),
        usage_chunk(),
    )
    chunks = list(chat().stream("Hi"))
    assert sum(piece.usage_metadata is not None for piece in chunks) == 1
    assert total(chunks).usage_metadata["total_tokens"] == 12
    assert total(chunks).response_metadata["finish_reason"] == "stop"
    assert total(chunks).response_metadata["model_name"] == "m"


def test_usage_details_are_langchains(server, chat):
    usage = {
        **USAGE,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    server.app = lambda _: json_reply(body(usage=usage))
    metadata = chat().invoke("Hi").usage_metadata
    assert metadata["input_token_details"] == {"cache_read": 4}
    assert metadata["output_token_details"] == {"reasoning": 2}


def test_several_choices_are_generations(server, chat):
    choices = [
        {"index": i, "message": {"role": "assistant", "content": t}, "finish_reason": "stop"}
        for i, t in enumerate("ab")
    ]
    server.app = lambda _: json_reply(body(choices=choices))
    result = chat(n=2).generate([[HumanMessage("x")]])
    assert [generation.text for generation in result.generations[0]] == ["a", "b"]
    message = chat(n=2).invoke("x")
    assert message.content == "a"
    assert message.response_metadata["choices"][0]["text"] == "b"


def test_streams_of_several_choices_are_the_first_ones(server, chat):
    def delta(index, text, finish=None):
        one = chunk({"content": text} if text else {}, finish)
        one["choices"][0]["index"] = index
        return one

    server.app = lambda _: event_stream(
        delta(0, "a"), delta(1, "x"), delta(0, "b"), delta(0, "", "stop"), delta(1, "", "length")
    )
    message = total(chat(n=2).stream("x"))
    assert message.content == "ab"
    (other,) = message.response_metadata["choices"]
    assert (other["text"], other["finish_reason"]) == ("x", "length")


def test_logprobs_are_kept(server, chat):
    logprobs = {"content": [{"token": "Hi", "logprob": -0.1, "bytes": None, "top_logprobs": []}]}
    answer = body()
    answer["choices"][0]["logprobs"] = logprobs
    server.app = lambda _: json_reply(answer)
    assert chat(logprobs=True).invoke("x").response_metadata["logprobs"] == logprobs


def test_fields_only_this_server_has_are_reachable(server, chat):
    server.app = lambda _: json_reply(body({"annotations": [{"u": 1}]}, citations=["https://x.org"]))
    message = chat().invoke("x")
    assert message.additional_kwargs["server_fields"]["annotations"] == [{"u": 1}]
    assert message.response_metadata["server_fields"]["citations"] == ["https://x.org"]


def test_messages_get_langchains_ids_not_the_servers(chat):
    first, second = chat().invoke("x"), chat().invoke("x")
    assert first.id != second.id
    assert first.id.startswith(("run-", "lc_run-"))
    assert first.response_metadata["id"] == second.response_metadata["id"] == "chatcmpl-1"


TOOL = {
    "type": "function",
    "function": {
        "name": "add",
        "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}},
    },
}


def test_a_rate_limiter_is_asked_once_per_call(server, chat):
    class Counting(InMemoryRateLimiter):
        asked = 0

        def acquire(self, *, blocking=True):
            Counting.asked += 1
            return True

    model = chat(rate_limiter=Counting(requests_per_second=1))
    model.invoke("Hi")
    list(model.stream("Hi"))
    assert Counting.asked == 2


def test_a_cached_answer_is_given_again_and_costs_nothing(server, chat):
    model = chat(cache=InMemoryCache())
    assert model.invoke("Hi").content == model.invoke("Hi").content == "Hello!"
    assert len(server.requests) == 1


def test_providers_do_not_share_cached_answers(server, chat):
    cache = InMemoryCache()
    chat(cache=cache, provider="one").invoke("Hi")
    chat(cache=cache, provider="two").invoke("Hi")
    chat(cache=cache, provider="two", temperature=1).invoke("Hi")
    assert len(server.requests) == 3


def test_traces_name_our_provider_and_the_model_of_the_call(chat):
    model = chat(provider="my-vllm", temperature=0.5, max_tokens=7, stop=["x"])
    assert model._get_ls_params_with_defaults()["ls_provider"] == "my-vllm"
    assert model._get_ls_params() == {
        "ls_provider": "openai_compatible",
        "ls_model_type": "chat",
        "ls_model_name": "m",
        "ls_temperature": 0.5,
        "ls_max_tokens": 7,
        "ls_stop": ["x"],
    }
    called = model._get_ls_params(stop=["y"], model="other", temperature=0, max_tokens=1)
    assert called["ls_model_name"] == "other"
    assert called["ls_temperature"] == 0
    assert called["ls_max_tokens"] == 1
    assert called["ls_stop"] == ["y"]


def test_the_profile_tells_what_is_known_of_the_model(server):
    from langchain_openai_compatible import ChatOpenAICompatible

    facts = {
        "context_window": 8192,
        "max_output_tokens": 1024,
        "tools": True,
        "structured_output": False,
        "reasoning": True,
        "image_inputs": False,
    }
    provider = {"name": "p", "base_url": server.base_url, "models": {"m": facts}}
    assert ChatOpenAICompatible(model="m", provider=provider).profile == {
        "max_input_tokens": 8192,
        "max_output_tokens": 1024,
        "tool_calling": True,
        "structured_output": False,
        "reasoning_output": True,
        "image_inputs": False,
    }
    assert ChatOpenAICompatible(model="other", provider=provider).profile is None
    own = {"max_input_tokens": 5}
    assert ChatOpenAICompatible(model="m", provider=provider, profile=own).profile == own


def test_tokens_are_counted_without_a_network(chat):
    model = chat()
    assert model.get_num_tokens("Hello, world!") == 4
    messages = [
        HumanMessage("Hello, world!"),
        AIMessage("", tool_calls=[{"name": "a", "args": {}, "id": "1"}]),
    ]
    alone = model.get_num_tokens_from_messages(messages)
    assert 10 < alone < 30
    assert model.get_num_tokens_from_messages(messages, tools=[TOOL]) > alone + 10
    picture = HumanMessage([{"type": "image", "url": "https://x.org/a.png"}])
    assert model.get_num_tokens_from_messages([picture]) > 100
    exact = chat(custom_get_token_ids=lambda text: list(text.encode()))
    assert exact.get_num_tokens("abc") == 3


def test_images_reach_the_server(server, chat):
    chat().invoke([HumanMessage([{"type": "image", "base64": "AAA=", "mime_type": "image/png"}])])
    (part,) = server.requests[0].json["messages"][0]["content"]
    assert part == {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAA="}}


def test_fallbacks_answer_when_the_first_cannot(server, chat):
    from openai_compatible import Provider

    spare = Provider(name="spare", base_url=server.base_url, default_model="spare-model")
    model = chat(base_url="http://127.0.0.1:9/v1", provider="first", max_retries=0, fallbacks=[spare])
    message = model.invoke("Hi")
    assert message.content == "Hello!"
    assert message.response_metadata["openai_compatible"]["fallbacks"] == ["first"]
    assert server.requests[0].json["model"] == "spare-model"


def test_a_configuration_file_says_where_to_go(server, tmp_path):
    from langchain_openai_compatible import ChatOpenAICompatible

    path = tmp_path / "providers.toml"
    path.write_text(
        f'[[providers]]\nname = "mine"\nbase_url = "{server.base_url}"\n'
        '[providers.models.small]\nid = "qwen"\ncontext_window = 4096\n'
    )
    model = ChatOpenAICompatible(model="mine/small", config=path)
    assert model.invoke("Hi").content == "Hello!"
    assert server.requests[0].json["model"] == "qwen"
    assert model.profile == {"max_input_tokens": 4096}
    assert model.model_name == "qwen"
    assert model.provider_name == "mine"


def test_configurable_fields_make_a_new_model(server, chat):
    from langchain_core.runnables import ConfigurableField

    model = chat(temperature=0.1, api_key="sk-1").configurable_fields(
        temperature=ConfigurableField(id="t"), model=ConfigurableField(id="m")
    )
    model.invoke("Hi", config={"configurable": {"t": 0.9, "m": "other"}})
    list(model.stream("Hi", config={"configurable": {"t": 0.8}}))
    first, second = server.requests
    assert (first.json["temperature"], first.json["model"]) == (0.9, "other")
    assert first.headers["authorization"] == "Bearer sk-1"
    assert second.json["stream"] is True


def test_a_model_is_made_by_validation_too(server):
    from langchain_openai_compatible import ChatOpenAICompatible

    fields = {"model_name": "m", "openai_api_base": server.base_url}
    model = ChatOpenAICompatible.model_validate(fields)
    assert model.invoke("Hi").content == "Hello!"


def test_settings_can_be_changed_afterwards(server, chat):
    model = chat()
    model.temperature = 0.7
    model.model = "other"
    model.invoke("Hi")
    assert server.requests[0].json["temperature"] == 0.7
    assert server.requests[0].json["model"] == "other"
    assert model._get_ls_params()["ls_model_name"] == "other"


def test_langchains_retries_and_fallbacks_know_our_errors(server, chat):
    from langchain_core.exceptions import ModelRateLimitError

    from openai_compatible.testing.loopback import in_order

    limited = json_reply({"error": {"message": "slow down"}}, status=429)
    server.app = in_order(limited, json_reply(body()))
    retrying = chat(max_retries=0).with_retry(
        retry_if_exception_type=(ModelRateLimitError,), wait_exponential_jitter=False
    )
    assert retrying.invoke("Hi").content == "Hello!"
    server.app = in_order(limited, json_reply(body()))
    spare = chat(max_retries=0)
    assert chat(max_retries=0).with_fallbacks([spare]).invoke("Hi").content == "Hello!"
