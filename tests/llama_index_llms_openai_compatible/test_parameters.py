"""What of the constructor and of a call reaches the request and the metadata."""

from __future__ import annotations

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.constants import DEFAULT_CONTEXT_WINDOW
from llama_index.core.prompts import PromptTemplate

import openai_compatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import Provider, errors
from openai_compatible.config.provider import Timeouts

ASKED = [ChatMessage(role="user", content="Hi")]
URL = "http://127.0.0.1:1/v1"


def test_a_request_of_defaults_holds_model_and_messages_alone(server, llm):
    llm().chat(ASKED)
    messages = [{"role": "user", "content": "Hi"}]
    assert server.requests[0].json == {"model": "m", "messages": messages}


def test_a_system_prompt_goes_before_a_prompt(server, llm):
    llm(system_prompt="Be brief.").predict(PromptTemplate("Hi"))
    assert [m["content"] for m in server.requests[0].json["messages"]] == ["Be brief.", "Hi"]


def test_a_number_as_timeout_bounds_each_phase(llm):
    assert llm(timeout=5.0, max_retries=1).targets[0].provider.timeout == Timeouts.of(5.0)
    assert llm(timeout=5.0, max_retries=1).targets[0].provider.max_retries == 1


def test_without_reuse_no_connection_stays_open(server, llm):
    model = llm(reuse_client=False)
    model.chat(ASKED)
    list(model.stream_complete("Hi"))
    assert server.wait_for_open_connections(0)
    assert len({seen.connection for seen in server.requests}) == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"model_name": "other"}, "twice"),
        ({"context_window": 0}, "context_window"),
        ({"temperature": "hot"}, "temperature"),
        ({"timeout": "soon"}, "timeout"),
        ({"provider": {"name": "p"}}, "base_url"),
        ({"tokenizer": object()}, "Settings.tokenizer"),
        ({"use_responses_api": True}, "chat completions only"),
        ({"is_chat_model": False}, r"complete\(\) asks the chat endpoint"),
    ],
)
def test_a_wrong_setting_is_a_config_error(llm, fields, said):
    with pytest.raises(errors.ConfigError, match=said):
        llm(**fields)


def test_nothing_to_connect_to_says_what_to_set(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(errors.ConfigError):
        OpenAICompatible(model="m")


def test_a_call_overrides_the_settings_of_the_object_once(server, llm):
    model = llm(temperature=0.5, max_tokens=9, stop=["a"], additional_kwargs={"top_k": 5})
    model.chat(ASKED, temperature=0.1, max_tokens=3, stop="b", model="other", extra_body={"top_k": 6})
    model.complete("Hi", seed=4)
    first, second = (seen.json for seen in server.requests)
    names = ("model", "temperature", "max_tokens", "stop", "top_k", "seed")
    assert [first.get(name) for name in names] == ["other", 0.1, 3, ["b"], 6, None]
    assert [second.get(name) for name in names] == ["m", 0.5, 9, ["a"], 5, 4]


@pytest.mark.parametrize("way", ["chat", "stream_chat", "complete", "stream_complete"])
def test_an_unknown_argument_of_a_call_is_an_error_before_anything_is_sent(server, llm, way):
    asked = ASKED if "chat" in way else "Hi"
    with pytest.raises(errors.ConfigError, match=r"'temprature'.*'temperature'"):
        getattr(llm(), way)(asked, temprature=1)
    assert server.requests == []


def test_headers_of_a_call_are_sent_with_that_call(server, llm):
    model = llm(default_headers={"X-A": "1"})
    model.chat(ASKED, extra_headers={"X-B": "2"})
    model.chat(ASKED)
    sent = [(seen.headers.get("x-a"), seen.headers.get("x-b")) for seen in server.requests]
    assert sent == [("1", "2"), ("1", None)]


def test_usage_is_asked_for_in_streams_unless_told_otherwise(server, llm):
    list(llm().stream_chat(ASKED))
    list(llm(stream_usage=False).stream_chat(ASKED))
    asked, quiet = (seen.json for seen in server.requests)
    assert asked["stream_options"] == {"include_usage": True}
    assert "stream_options" not in quiet


def test_a_prompt_goes_through_completion_to_prompt_unless_formatted(server, llm):
    model = llm(completion_to_prompt=lambda prompt: f"<{prompt}>")
    model.complete("Hi")
    model.complete("Hi", formatted=True)
    assert [seen.json["messages"][0]["content"] for seen in server.requests] == ["<Hi>", "Hi"]


def test_metadata_without_facts():
    found = OpenAICompatible(model="m", base_url=URL).metadata
    assert found.context_window == DEFAULT_CONTEXT_WINDOW
    assert found.num_output == -1
    assert found.is_chat_model
    assert found.is_function_calling_model
    assert found.model_name == "m"


def provider(**facts):
    return Provider(name="p", base_url=URL, models={"small": {"id": "wire/small", **facts}})


def test_settings_come_before_the_facts_of_the_model():
    facts = provider(context_window=2048, max_output_tokens=512, tools=False)
    found = OpenAICompatible(model="small", provider=facts).metadata
    assert (found.context_window, found.num_output) == (2048, 512)
    assert found.model_name == "wire/small"
    assert not found.is_function_calling_model
    own = {"context_window": 100, "max_tokens": 10, "is_function_calling_model": True}
    found = OpenAICompatible(model="small", provider=facts, **own).metadata
    assert (found.context_window, found.num_output) == (100, 10)
    assert found.is_function_calling_model


@pytest.mark.parametrize(
    ("fact", "asked", "by_schema"),
    [
        (None, None, False),
        (True, None, True),
        (False, None, False),
        (False, True, True),
        (True, False, False),
    ],
)
def test_structured_output_goes_by_schema_where_it_is_said_to(fact, asked, by_schema):
    facts = provider(structured_output=fact)
    model = OpenAICompatible(model="small", provider=facts, should_use_structured_outputs=asked)
    assert (model._chosen_ways()[0] == "json_schema") is by_schema


def test_one_configured_provider_is_enough(server, tmp_path):
    file = tmp_path / "providers.toml"
    file.write_text(
        f'[[providers]]\nname = "p"\nbase_url = "{server.base_url}"\n'
        '[providers.models.fast]\nid = "wire-id"\ncontext_window = 1234\n'
    )
    model = OpenAICompatible(model="p/fast", config=file)
    assert model.complete("Hi").text == "Hello!"
    assert model.metadata.context_window == 1234
    stored = OpenAICompatible(model="fast", provider="p", config=str(file)).to_json()
    assert OpenAICompatible.from_json(stored, config=file).complete("Hi").text == "Hello!"
    assert [seen.json["model"] for seen in server.requests] == ["wire-id", "wire-id"]


def test_a_fallback_answers_where_the_first_choice_cannot(server):
    spare = Provider(name="spare", base_url=server.base_url, default_model="other")
    model = OpenAICompatible(model="m", provider="first", base_url=URL, max_retries=0, fallbacks=[spare])
    record = model.chat(ASKED).additional_kwargs["openai_compatible"]
    assert (record["provider"], record["fallbacks"]) == ("spare", ["first"])


def test_a_setting_changed_later_counts(server, llm):
    model = llm()
    model.chat(ASKED)
    model.model = "other"
    model.temperature = 0.25
    model.model_copy(update={"headers": {"X-B": "2"}}).chat(ASKED)
    model.chat(ASKED)
    assert [seen.json["model"] for seen in server.requests] == ["m", "other", "other"]
    assert [seen.json.get("temperature") for seen in server.requests] == [None, 0.25, 0.25]
    assert [seen.headers.get("x-b") for seen in server.requests] == [None, "2", None]


def test_create_makes_the_class():
    made = openai_compatible.create("llama_index.llm", "m", base_url=URL)
    assert isinstance(made, OpenAICompatible)
    assert made.model == "m"
