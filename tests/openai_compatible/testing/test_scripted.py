from __future__ import annotations

import base64
import json
import struct
from typing import Any

import openai
import pytest

from openai_compatible.testing.loopback import END, Reply
from openai_compatible.testing.schema_example import example
from openai_compatible.testing.scripted import MODELS, respond, scripted

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
            "required": ["city"],
        },
    },
}
NOTHING = {"type": "function", "function": {"name": "nothing"}}


def post(path: str, **body: Any) -> Reply:
    return respond("POST", f"/v1/{path}", {}, json.dumps(body).encode())


def body_of(reply: Reply) -> dict[str, Any]:
    return json.loads(b"".join(p for p in reply.pieces() if isinstance(p, bytes)))


def chat(prompt: str = "Hello", **body: Any) -> dict[str, Any]:
    reply = post("chat/completions", **{"messages": [{"role": "user", "content": prompt}], **body})
    assert reply.status == 200, reply.body
    return body_of(reply)


def chunks_of(reply: Reply) -> list[dict[str, Any]]:
    text = b"".join(p for p in reply.pieces() if isinstance(p, bytes)).decode()
    datas = [event.removeprefix("data: ") for event in text.split("\n\n") if event]
    return [json.loads(data) for data in datas if data != "[DONE]"]


def test_it_repeats_what_the_user_said_and_echoes_the_model() -> None:
    body = chat("Hello there", model="any/name")
    assert body["model"] == "any/name"
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "You said: Hello there"}
    assert body["choices"][0]["finish_reason"] == "stop"
    usage = body["usage"]
    assert usage["prompt_tokens"] + usage["completion_tokens"] == usage["total_tokens"]


def test_the_same_request_gets_the_same_answer() -> None:
    assert chat("a") == chat("a")
    assert chat("a")["id"] != chat("b")["id"]


def test_a_stream_says_the_same_as_the_whole_answer() -> None:
    request = {"messages": [{"role": "user", "content": "naïve 你好 tokens"}], "model": "m"}
    whole = chat(**request)
    options = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = chunks_of(post("chat/completions", **request, **options))
    text = "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"])
    assert text == whole["choices"][0]["message"]["content"]
    assert [c["usage"] for c in chunks if c["usage"]] == [whole["usage"]]
    assert chunks[-1]["choices"] == []
    assert {c["model"] for c in chunks} == {"m"}


def test_without_include_usage_a_stream_has_none() -> None:
    request = {"messages": [{"role": "user", "content": "x"}], "stream": True}
    assert not any("usage" in c for c in chunks_of(post("chat/completions", **request)))


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_is_called_with_arguments_from_the_prompt(stream: bool) -> None:
    request = {
        "messages": [{"role": "user", "content": "Weather in San Francisco, for 3 days?"}],
        "tools": [WEATHER],
        "stream": stream,
    }
    reply = post("chat/completions", **request)
    if stream:
        chunks = chunks_of(reply)
        parts = [p for c in chunks for p in c["choices"][0]["delta"].get("tool_calls", [])]
        assert parts[0]["function"]["name"] == "get_weather"
        assert parts[0]["id"].startswith("call_")
        arguments = "".join(p["function"]["arguments"] for p in parts)
        assert len(parts) > 3
        finish = chunks[-1]["choices"][0]["finish_reason"]
    else:
        choice = body_of(reply)["choices"][0]
        assert choice["message"]["content"] is None
        arguments = choice["message"]["tool_calls"][0]["function"]["arguments"]
        finish = choice["finish_reason"]
    assert json.loads(arguments) == {"city": "San Francisco", "days": 3}
    assert finish == "tool_calls"


def calls(prompt: str = "Hello", **body: Any) -> list[str]:
    message = chat(prompt, **body)["choices"][0]["message"]
    return [call["function"]["name"] for call in message.get("tool_calls", [])]


def test_tool_choice_is_obeyed() -> None:
    tools = [WEATHER, NOTHING]
    named = {"type": "function", "function": {"name": "nothing"}}
    assert calls(tools=tools) == ["get_weather"]
    assert calls("use nothing", tools=tools) == ["nothing"]
    assert calls(tools=tools, tool_choice=named) == ["nothing"]
    assert calls(tools=tools, tool_choice="none") == []
    assert calls("twice", tools=tools) == ["get_weather", "nothing"]
    assert calls("twice", tools=[NOTHING], tool_choice="required") == ["nothing", "nothing"]
    assert calls("twice", tools=tools, parallel_tool_calls=False) == ["get_weather"]


def test_a_tool_without_parameters_gets_an_empty_object() -> None:
    call = chat(tools=[NOTHING])["choices"][0]["message"]["tool_calls"][0]
    assert call["function"]["arguments"] == "{}"


def test_after_a_tool_result_comes_text() -> None:
    first = chat("Weather in Paris?", tools=[WEATHER])["choices"][0]["message"]
    history = [
        {"role": "user", "content": "Weather in Paris?"},
        first,
        {"role": "tool", "tool_call_id": first["tool_calls"][0]["id"], "content": "sunny"},
    ]
    message = chat(messages=history, tools=[WEATHER])["choices"][0]["message"]
    assert message == {"role": "assistant", "content": "The tool said: sunny"}


def test_json_schema_gets_an_instance() -> None:
    schema = {
        "type": "object",
        "properties": {"who": {"$ref": "#/$defs/Who"}, "kind": {"enum": ["a", "b"]}},
        "$defs": {"Who": {"type": "object", "properties": {"name": {"type": "string"}}}},
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    content = chat("I am 'Ada' and b", response_format=wanted)["choices"][0]["message"]["content"]
    assert json.loads(content) == {"who": {"name": "Ada"}, "kind": "b"}


def test_json_object_gets_the_keys_of_the_prompt() -> None:
    text = chat("JSON with 'setup' and 'punchline' keys", response_format={"type": "json_object"})
    content = json.loads(text["choices"][0]["message"]["content"])
    assert content == {"setup": "scripted setup", "punchline": "scripted punchline"}


def test_a_schema_written_into_the_prompt_is_obeyed() -> None:
    schema = json.dumps({"properties": {"n": {"type": "integer"}}, "required": ["n"]})
    content = chat(f"Answer in JSON like this: {schema}")["choices"][0]["message"]["content"]
    assert json.loads(content) == {"n": 1}


@pytest.mark.parametrize(
    "model, key", [("scripted-reasoner", "reasoning_content"), ("scripted-reasoner-plain", "reasoning")]
)
def test_reasoning_is_apart_from_the_answer(model: str, key: str) -> None:
    message = chat("Why?", model=model)["choices"][0]["message"]
    assert message[key] == "The user says: Why?"
    assert message["content"] == "You said: Why?"
    request = {"messages": [{"role": "user", "content": "Why?"}], "model": model, "stream": True}
    deltas = [c["choices"][0]["delta"] for c in chunks_of(post("chat/completions", **request))]
    assert "".join(d.get(key, "") for d in deltas) == "The user says: Why?"


def test_reasoning_can_be_tagged_text() -> None:
    message = chat("Why?", model="scripted-reasoner-tags")["choices"][0]["message"]
    assert message["content"] == "<think>\nThe user says: Why?\n</think>\n\nYou said: Why?"


def test_stop_and_token_limit_are_obeyed() -> None:
    assert chat("one two", stop=["two"])["choices"][0]["message"]["content"] == "You said: one "
    choice = chat("one two", max_tokens=3)["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("You said: one", "length")


def test_several_choices() -> None:
    assert [c["index"] for c in chat(n=3)["choices"]] == [0, 1, 2]
    request = {"messages": [{"role": "user", "content": "x"}], "stream": True, "n": 2}
    chunks = chunks_of(post("chat/completions", **request))
    assert [c["choices"][0]["index"] for c in chunks[-2:]] == [0, 1]


def test_content_parts_are_taken() -> None:
    parts = [
        {"type": "text", "text": "see"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
        {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}},
        {"type": "file", "file": {"file_data": "x"}},
    ]
    body = chat(messages=[{"role": "user", "content": parts}])
    assert body["choices"][0]["message"]["content"] == "You said: see"


USER = {"role": "user", "content": "x"}
ASSISTANT = {"role": "assistant", "content": None, "tool_calls": [{"id": "a"}]}


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"messages": []},
        {"messages": [{"role": "boss", "content": "x"}]},
        {"messages": [{"role": "user", "content": None}]},
        {"messages": [{"role": "user", "content": [{"type": "thinking"}]}]},
        {"messages": ["x"]},
        {"messages": [USER], "tools": []},
        {"messages": [USER], "tools": [{"name": "x"}]},
        {"messages": [USER], "tool_choice": "auto"},
        {"messages": [USER], "tools": [NOTHING], "tool_choice": "any"},
        {"messages": [USER], "tools": [NOTHING], "tool_choice": {"function": {"name": "x"}}},
        {"messages": [USER], "stream_options": {"include_usage": True}},
        {"messages": [USER, ASSISTANT, {"role": "tool", "tool_call_id": "b", "content": ""}]},
        {"messages": [USER], "model": 3},
    ],
    ids=repr,
)
def test_bad_requests_are_refused(request_: dict[str, Any]) -> None:
    reply = post("chat/completions", **request_)
    assert reply.status == 400
    assert body_of(reply)["error"]["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]"])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    assert respond("POST", "/v1/chat/completions", {}, body).status == 400


def test_faults_can_be_asked_for() -> None:
    messages = [{"role": "user", "content": "x"}]
    limited = post("chat/completions", model="scripted-429", messages=messages)
    assert (limited.status, limited.headers["retry-after"]) == (429, "0")
    overflow = post("chat/completions", model="scripted-context", messages=messages)
    assert body_of(overflow)["error"]["code"] == "context_length_exceeded"
    cut = post("chat/completions", model="scripted-cut", messages=messages, stream=True)
    assert list(cut.pieces())[-1] is END
    failing = post("chat/completions", model="scripted-failing", messages=messages, stream=True)
    assert chunks_of(failing)[-1]["error"]["code"] == 500


def test_paths_methods_and_keys_are_checked() -> None:
    assert respond("GET", "/v1/chat/completions", {}, b"").status == 405
    assert respond("POST", "/v1/nothing", {}, b"{}").status == 404
    assert respond("GET", "/v1/models", {}, b"", api_key="k").status == 401
    assert respond("GET", "/v1/models", {"authorization": "Bearer k"}, b"", api_key="k").status == 200
    assert respond("GET", "/v1/models/scripted", {}, b"").status == 200
    assert respond("GET", "/v1/models/other", {}, b"").status == 404


def cosine(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def embed(*texts: str, **more: Any) -> list[list[float]]:
    rows = body_of(post("embeddings", input=list(texts), model="e", **more))["data"]
    assert [row["index"] for row in rows] == list(reversed(range(len(texts))))
    return [row["embedding"] for row in reversed(rows)]


def test_texts_that_share_words_are_near() -> None:
    cats, query, ships = embed("Cats sleep all day.", "Do cats sleep?", "Ships cross the ocean.")
    assert cosine(query, cats) > cosine(query, ships) + 0.3
    assert cosine(cats, cats) == pytest.approx(1)


def test_embeddings_obey_dimensions_and_base64() -> None:
    (plain,) = embed("some text", dimensions=8)
    (packed,) = embed("some text", dimensions=8, encoding_format="base64")
    assert len(plain) == 8
    unpacked = struct.unpack("<8f", base64.b64decode(packed))  # type: ignore[arg-type]
    assert list(unpacked) == pytest.approx(plain, abs=1e-6)


@pytest.mark.parametrize("given", [None, [], "", [""], [1.5], [["a"]], {}])
def test_bad_embedding_input_is_refused(given: Any) -> None:
    assert post("embeddings", input=given).status == 400


@pytest.mark.parametrize("given, rows", [("a", 1), (["a", "b"], 2), ([1, 2], 1), ([[1], [2, 3]], 2)])
def test_embedding_input_forms(given: Any, rows: int) -> None:
    assert len(body_of(post("embeddings", input=given))["data"]) == rows


def test_legacy_completions() -> None:
    assert body_of(post("completions", prompt="x"))["choices"][0]["text"] == "You said: x"
    chunks = chunks_of(
        post("completions", prompt="x", stream=True, stream_options={"include_usage": True})
    )
    assert "".join(c["choices"][0]["text"] for c in chunks if c["choices"]) == "You said: x"
    assert chunks[-1]["usage"]["total_tokens"] > 0
    assert post("completions", prompt=["x"]).status == 400


def test_the_sdk_reads_it() -> None:
    with scripted(api_key="k") as server:
        with openai.OpenAI(base_url=server.base_url, api_key="k", max_retries=0) as client:
            assert [m.id for m in client.models.list()] == list(MODELS)
            stream = client.chat.completions.create(
                model="scripted",
                messages=[{"role": "user", "content": "Hi"}],
                stream=True,
            )
            assert "".join(c.choices[0].delta.content or "" for c in stream) == "You said: Hi"
            vectors = client.embeddings.create(model="e", input=["a", "b"])
            assert sorted(row.index for row in vectors.data) == [0, 1]
        with (
            openai.OpenAI(base_url=server.base_url, api_key="x", max_retries=0) as client,
            pytest.raises(openai.AuthenticationError),
        ):
            client.models.list()


@pytest.mark.parametrize(
    "schema, prompt, value",
    [
        ({"type": "integer", "exclusiveMinimum": 5}, "3", 6),
        ({"type": "integer", "maximum": 2}, "3", 2),
        ({"type": "number"}, "0.5", 0.5),
        ({"type": ["null", "boolean"]}, "", True),
        ({"type": "null"}, "", None),
        ({"const": 4}, "", 4),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, "'a'", "a"),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3}, "1 2 3", [1, 2, 3]),
        ({"type": "array", "prefixItems": [{"type": "integer"}]}, "7", [7]),
        ({"type": "string", "format": "date"}, "", "2026-01-31"),
        ({"type": "string", "maxLength": 3}, "", "scr"),
        ({"type": "string", "minLength": 20}, "", "scripted value......"),
        ({"allOf": [{"type": "object", "properties": {"a": {"const": 1}}}]}, "", {"a": 1}),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "", {}),
        ({"$ref": "#/$defs/missing"}, "", "scripted value"),
        (True, "", "scripted value"),
    ],
    ids=repr,
)
def test_schema_examples(schema: Any, prompt: str, value: Any) -> None:
    assert example(schema, prompt) == value


def test_a_recursive_schema_ends() -> None:
    tree = {
        "$ref": "#/$defs/Tree",
        "$defs": {
            "Tree": {
                "type": "object",
                "properties": {
                    "children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
                    "next": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}]},
                },
                "required": ["children", "next"],
            }
        },
    }
    assert set(example(tree)) == {"children", "next"}
