"""The real server, asked with nothing but the standard library."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from openai_compatible.errors import ConfigError
from openai_compatible.testing.llama_cpp import llama_cpp
from openai_compatible.testing.tiny_model import ANSWER, THOUGHT

pytestmark = [pytest.mark.llama_cpp]
KEY = "sk-loopback"


def needs_wheel() -> None:
    for name in ("xllamacpp", "gguf", "numpy"):
        pytest.importorskip(name)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    needs_wheel()
    with llama_cpp(api_key=KEY) as base_url:
        yield base_url


def post(base_url: str, path: str, body: Any, key: str = KEY) -> bytes:
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}
    request = urllib.request.Request(base_url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def chat(base_url: str, prompt: str = "Hi", **more: Any) -> dict[str, Any]:
    body = {"messages": [{"role": "user", "content": prompt}], "max_tokens": 300, **more}
    return json.loads(post(base_url, "/chat/completions", body))["choices"][0]


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


def calls(choice: dict[str, Any]) -> list[tuple[str, Any]]:
    functions = [call["function"] for call in choice["message"].get("tool_calls") or []]
    return [(f["name"], json.loads(f["arguments"])) for f in functions]


@pytest.mark.parametrize("temperature", [0, 0.8])
def test_it_greets(server: str, temperature: float) -> None:
    choice = chat(server, temperature=temperature)
    assert choice["message"]["content"] == ANSWER
    assert choice["finish_reason"] == "stop"


def test_a_stream_brings_several_pieces(server: str) -> None:
    body = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}
    lines = post(server, "/chat/completions", body).decode().splitlines()
    chunks = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    pieces = [chunk["choices"][0]["delta"].get("content") for chunk in chunks if chunk["choices"]]
    assert "".join(piece for piece in pieces if piece) == ANSWER
    assert len([piece for piece in pieces if piece]) >= 3


def test_it_thinks_when_told_to(server: str) -> None:
    message = chat(server, "Please think.")["message"]
    assert message["reasoning_content"].strip() == THOUGHT
    assert message["content"] == ANSWER


def test_it_calls_a_tool(server: str) -> None:
    choice = chat(server, "What is the weather?", tools=[WEATHER])
    assert calls(choice) == [("get_weather", {"city": "Paris"})]
    assert choice["finish_reason"] == "tool_calls"


def test_it_calls_a_tool_twice(server: str) -> None:
    choice = chat(server, "Weather, twice", tools=[WEATHER])
    assert calls(choice) == [("get_weather", {"city": "Paris"}), ("get_weather", {"city": "Rome"})]


def test_a_forced_tool_gets_arguments_that_fit(server: str) -> None:
    add = {
        "type": "function",
        "function": {
            "name": "add",
            "parameters": {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "number"}},
                "required": ["a", "b"],
            },
        },
    }
    ((name, arguments),) = calls(chat(server, tools=[add], tool_choice="required"))
    assert name == "add"
    assert set(arguments) == {"a", "b"}


@pytest.mark.parametrize(
    "result, said",
    [
        ("It is 21.5 degrees and sunny in Paris.", "It is 21.5 degrees and sunny in Paris."),
        ("It rains. Take an umbrella.", "It rains."),
        ('{"degrees": 21}', '{"degrees": 21}'),
        ("Füße, 你好", "Füße, 你好"),
    ],
)
def test_it_repeats_the_result_of_a_tool(server: str, result: str, said: str) -> None:
    call = {"id": "a", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "What is the weather in Paris?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "a", "content": result},
    ]
    assert chat(server, messages=messages, tools=[WEATHER])["message"]["content"] == said


def test_of_several_results_it_repeats_the_last(server: str) -> None:
    called = [
        {"id": i, "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
        for i in "ab"
    ]
    messages = [
        {"role": "user", "content": "Weather, twice"},
        {"role": "assistant", "content": None, "tool_calls": called},
        {"role": "tool", "tool_call_id": "a", "content": "Paris is warm."},
        {"role": "tool", "tool_call_id": "b", "content": "Rome is wet."},
    ]
    said = chat(server, messages=messages, tools=[WEATHER])["message"]
    assert said["content"] == "Rome is wet."
    more = [{"role": "assistant", "content": "Rome is wet."}, {"role": "user", "content": "And now?"}]
    again = chat(server, messages=[*messages, *more], tools=[WEATHER])
    assert calls(again)[0] == ("get_weather", {"city": "Paris"})


@pytest.mark.parametrize("before", ["", "You are an expert. Use the context, not what you know.\n"])
def test_it_answers_from_the_context(server: str, before: str) -> None:
    prompt = (
        f"{before}Context information is below.\n---------------------\n"
        "The Eiffel Tower is 330 metres tall and stands in Paris. It was built in 1889.\n\n"
        "The Rhine flows through Basel.\n---------------------\n"
        "Given the context information and not prior knowledge, answer the query.\n"
        "Query: How tall is the Eiffel Tower?\nAnswer: "
    )
    said = chat(server, prompt)["message"]["content"]
    assert said == "The Eiffel Tower is 330 metres tall and stands in Paris."


def test_it_answers_from_tagged_context(server: str) -> None:
    prompt = "Answer from this:\n<context>\nThree ships, of Hamburg\n</context>\nHow many?"
    assert chat(server, prompt)["message"]["content"] == "Three ships, of Hamburg"


def test_json_mode_and_schema(server: str) -> None:
    content = chat(server, response_format={"type": "json_object"})["message"]["content"]
    assert json.loads(content) == {"answer": ANSWER}
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "kind": {"enum": ["a", "b"]},
            "ok": {"type": "boolean"},
        },
        "required": ["name", "age", "tags", "kind", "ok"],
        "additionalProperties": False,
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    value = json.loads(chat(server, response_format=wanted)["message"]["content"])
    assert set(value) == set(schema["properties"])
    assert isinstance(value["age"], int)


def test_the_nearest_text_is_the_one_that_shares_words(server: str) -> None:
    texts = [
        "The Eiffel Tower stands in Paris and is 330 metres tall.",
        "Photosynthesis lets plants turn sunlight into sugar.",
        "The Rhine flows from the Alps through Basel to the North Sea.",
    ]
    questions = [
        "How tall is the Eiffel Tower?",
        "What do plants make from sunlight?",
        "Where does the Rhine flow?",
    ]
    rows = json.loads(post(server, "/embeddings", {"input": texts + questions}))["data"]
    vectors = [row["embedding"] for row in sorted(rows, key=lambda row: row["index"])]

    def near(a: list[float], b: list[float]) -> float:
        return sum(x * y for x, y in zip(a, b, strict=True))

    for number, question in enumerate(vectors[3:]):
        scores = [near(question, text) for text in vectors[:3]]
        assert scores.index(max(scores)) == number
        assert max(scores) > sorted(scores)[1] + 0.1


def test_texts_embedded_together_get_what_they_get_alone(server: str) -> None:
    texts = ["Paris is 18 degrees warm today.", "Rome.", "The library opens at nine."]
    together = json.loads(post(server, "/embeddings", {"input": texts}))["data"]
    for row in together:
        alone = json.loads(post(server, "/embeddings", {"input": texts[row["index"]]}))["data"][0]
        assert row["embedding"] == pytest.approx(alone["embedding"], abs=0.01)


def status_of(base_url: str, path: str, body: Any, key: str = KEY) -> int:
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(base_url, path, body, key)
    caught.value.close()
    return caught.value.code


def test_a_wrong_key_and_a_long_prompt_are_refused(server: str) -> None:
    body = {"messages": [{"role": "user", "content": "x" * 9000}]}
    assert status_of(server, "/chat/completions", body) == 400
    assert status_of(server, "/chat/completions", body, key="wrong") == 401


def is_gone(base_url: str) -> bool:
    try:
        urllib.request.urlopen(base_url + "/models", timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return True
    return False


def test_it_stops_when_the_block_raises() -> None:
    needs_wheel()
    with pytest.raises(LookupError), llama_cpp(embeddings=False) as base_url:
        assert status_of(base_url, "/embeddings", {"input": "x"}) == 501
        raise LookupError
    assert is_gone(base_url)


PARENT = """
import time
from openai_compatible.testing.llama_cpp import llama_cpp
with llama_cpp() as base_url:
    print(base_url, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills with a POSIX signal")
def test_it_stops_when_the_process_that_wanted_it_is_killed() -> None:
    needs_wheel()
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        base_url = parent.stdout.readline().strip()
        assert not is_gone(base_url)
        parent.send_signal(signal.SIGKILL)
        deadline = time.monotonic() + 10
        while not is_gone(base_url) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert is_gone(base_url)


def test_a_missing_wheel_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "xllamacpp" else find(name)
    )
    with pytest.raises(ConfigError, match=r"xllamacpp.*openai-compatible\[demo\]"), llama_cpp():
        pass


def test_a_server_that_does_not_start_says_why() -> None:
    needs_wheel()
    expected = pytest.raises(ConfigError, match=r"did not start: AttributeError")
    with expected, llama_cpp(reasoning_format="no such format"):  # type: ignore[arg-type]
        pass
