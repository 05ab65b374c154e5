"""LangChain's caches share an answer only between objects that lead to the same deployment."""

from __future__ import annotations

import json
import pickle
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.caches import BaseCache, InMemoryCache

from langchain_openai_compatible import ChatOpenAICompatible, OpenAICompatibleEmbeddings
from openai_compatible.testing.loopback import Loopback, json_reply, loopback

ANSWER = {"choices": [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}


class FileCache(BaseCache):
    """A cache in a file, as langchain-community's ``SQLiteCache`` is one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._run("CREATE TABLE IF NOT EXISTS answers (prompt, llm, answer)")

    def _run(self, command: str, *values: str | bytes) -> list[Any]:
        connection = sqlite3.connect(self.path)
        try:
            with connection:
                return connection.execute(command, values).fetchall()
        finally:
            connection.close()

    def lookup(self, prompt: str, llm_string: str) -> Any:
        rows = self._run("SELECT answer FROM answers WHERE prompt=? AND llm=?", prompt, llm_string)
        return pickle.loads(rows[0][0]) if rows else None

    def update(self, prompt: str, llm_string: str, return_val: Any) -> None:
        self._run("INSERT INTO answers VALUES (?, ?, ?)", prompt, llm_string, pickle.dumps(return_val))

    def clear(self, **_: Any) -> None:
        self._run("DELETE FROM answers")


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback(lambda seen: json_reply(ANSWER)) as running:
        yield running


@pytest.fixture(params=["memory", "file"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], BaseCache]:
    """Make the cache; one in a file is opened anew each time."""
    shared = InMemoryCache()
    return (lambda: shared) if request.param == "memory" else lambda: FileCache(tmp_path / "cache.db")


def same(field: str, one: Any, other: Any) -> Callable[[str, Path], list[dict[str, Any]]]:
    return lambda url, folder: [{"model": "m", "base_url": url, field: value} for value in (one, other)]


def address(url: str, folder: Path) -> list[dict[str, Any]]:
    return [{"model": "m", "base_url": f"{url}?deployment={name}"} for name in "ab"]


def written(one: str, other: str) -> Callable[[str, Path], Iterator[dict[str, Any]]]:
    """The same reference into a file that is changed between two objects."""

    def make(url: str, folder: Path) -> Iterator[dict[str, Any]]:
        for text in (one, other):
            path = folder / "providers.toml"
            path.write_text(f'[[providers]]\nname = "local"\nbase_url = "{url}"\n{text}')
            yield {"model": "local/qwen3", "config": str(path)}

    return make


SPLIT: dict[str, Any] = {
    "header": same("headers", {"X-Deployment": "a"}, {"X-Deployment": "b"}),
    "query": same("query", {"deployment": "a"}, {"deployment": "b"}),
    "address": address,
    "extra_body": same("extra_body", {"adapter": "a"}, {"adapter": "b"}),
    "hidden extra_body": same("extra_body", {"api_key": "s3cret-a"}, {"api_key": "s3cret-b"}),
    "hidden model_kwargs": same("model_kwargs", {"api_key": "s3cret-a"}, {"api_key": "s3cret-b"}),
    "dialect": same("dialect", {"call_content": "empty"}, {"call_content": "omit"}),
    "organization": same("organization", "a", "b"),
    "api_version": same("api_version", "1", "2"),
    "model id of the file": written('models.qwen3 = "a"', 'models.qwen3 = "b"'),
    "header of the file": written('headers.X-Deployment = "a"', 'headers.X-Deployment = "b"'),
    "query of the file": written('query.deployment = "a"', 'query.deployment = "b"'),
    "body of the file": written('extra_body.adapter = "a"', 'extra_body.adapter = "b"'),
    "model's body of the file": written(
        'models.qwen3 = { extra_body = { adapter = "a" } }',
        'models.qwen3 = { extra_body = { adapter = "b" } }',
    ),
    "dialect of the file": written('dialect.call_content = "empty"', 'dialect.call_content = "omit"'),
    "profile of the file": written('profile = "vllm"', 'profile = "ollama"'),
}


@pytest.mark.parametrize("case", SPLIT)
async def test_deployments_share_no_cached_answer(
    server: Loopback, cache: Callable[[], BaseCache], tmp_path: Path, case: str
) -> None:
    for count, fields in enumerate(SPLIT[case](server.base_url, tmp_path), start=1):
        for _ in range(2):
            llm = ChatOpenAICompatible(**fields, cache=cache())
            llm.invoke("hello")
            await llm.ainvoke("hello")
            assert len(server.requests) == count, "the second object finds the first one's answer"
            llm.close()
            await llm.aclose()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"headers": {"X-A": "1", "X-B": "2"}}, {"headers": {"x-b": "2", "x-a": "1"}}),
        ({"headers": {"X-A": "1"}, "query": None}, {"default_headers": {"X-A": "1"}}),
        ({"extra_body": {"a": 1, "b": 2}}, {"extra_body": {"b": 2, "a": 1}}),
        ({"api_key": "key-one"}, {"api_key": "key-two"}),
        ({"dialect": None, "profile": None}, {}),
    ],
)
def test_equal_settings_share_cached_answers(server: Loopback, one: Any, other: Any) -> None:
    cache = InMemoryCache()
    for fields in (one, other):
        llm = ChatOpenAICompatible(model="m", base_url=server.base_url, cache=cache, **fields)
        llm.invoke("hello")
        llm.close()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ({"headers": {"X-A": "1", "X-B": "2"}}, {"headers": {"x-b": "2", "x-a": "1"}}, True),
        ({"query": {"a": "1", "b": "2"}}, {"query": {"b": "2", "a": "1"}}, True),
        ({"headers": {"X-Request-Id": "1"}}, {"headers": {"X-Request-Id": "2"}}, True),
        ({"headers": {}, "query": None}, {}, True),
        ({"headers": {"X-A": "1"}}, {"headers": {"X-A": "2"}}, False),
        ({"query": {"a": "1"}}, {"query": {"A": "1"}}, False),
        ({"extra_body": {"token": "a"}}, {"extra_body": {"token": "b"}}, False),
    ],
)
def test_equal_calls_share_cached_answers(server: Loopback, one: Any, other: Any, shared: bool) -> None:
    llm = ChatOpenAICompatible(model="m", base_url=server.base_url, cache=InMemoryCache())
    llm.invoke("hello", **one)
    llm.bind(**other).invoke("hello")
    assert len(server.requests) == (1 if shared else 2)
    llm.close()


def test_an_object_that_is_changed_finds_no_answer_of_its_former_endpoint(server: Loopback) -> None:
    llm = ChatOpenAICompatible(model="m", base_url=server.base_url, cache=InMemoryCache())
    for count, (name, value) in enumerate(
        [("seed", None), ("headers", {"X-Deployment": "b"}), ("query", {"deployment": "b"})], start=1
    ):
        setattr(llm, name, value)
        llm.invoke("hello")
        assert len(server.requests) == count
    llm.close()


def test_a_fallback_takes_part(server: Loopback) -> None:
    cache = InMemoryCache()
    for path in ("/v1", "/v2"):
        spare = {"name": "spare", "base_url": f"http://127.0.0.1:9{path}", "default_model": "m"}
        llm = ChatOpenAICompatible(model="m", base_url=server.base_url, cache=cache, fallbacks=[spare])
        llm.invoke("hello")
        llm.close()
    assert len(server.requests) == 2


CACHE_KEY = """
import json, sys
from langchain_openai_compatible import ChatOpenAICompatible
print(ChatOpenAICompatible(**json.loads(sys.argv[1]))._get_llm_string())
"""


def test_a_cache_key_is_the_same_in_another_process_and_holds_no_secret(server: Loopback) -> None:
    fields = {
        "model": "m",
        "base_url": f"{server.base_url}?deployment=s3cret-query",
        "api_key": "s3cret-key",
        "headers": {"X-Own": "s3cret-header"},
        "extra_body": {"token": "s3cret-body"},
    }
    key = ChatOpenAICompatible(**fields)._get_llm_string()
    run = [sys.executable, "-c", CACHE_KEY, json.dumps(fields)]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip() == key
    assert "s3cret" not in key
    assert key == ChatOpenAICompatible(**{**fields, "api_key": "another"})._get_llm_string()


def test_a_trace_has_no_fingerprint(server: Loopback) -> None:
    llm = ChatOpenAICompatible(model="m", base_url=server.base_url, headers={"X-Own": "s3cret"})
    assert llm.fingerprint not in repr((llm._identifying_params, llm._get_invocation_params()))


EMBEDDINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "model": ({"model": "m"}, {"model": "n"}),
    "header": ({"headers": {"X-Deployment": "a"}}, {"headers": {"X-Deployment": "b"}}),
    "query": ({"query": {"deployment": "a"}}, {"query": {"deployment": "b"}}),
    "dimensions": ({"dimensions": 2}, {"dimensions": 3}),
    "document_prefix": ({"document_prefix": "a"}, {"document_prefix": "b"}),
    "family's prefixes": ({"model": "e5-base-v2", "prefixes": "auto"}, {"model": "e5-base-v2"}),
    "document_extra_body": ({"document_extra_body": {"a": 1}}, {"document_extra_body": {"a": 2}}),
    "model_kwargs": ({"model_kwargs": {"token": "a"}}, {"model_kwargs": {"token": "b"}}),
}


@pytest.mark.parametrize("case", EMBEDDINGS)
def test_embeddings_that_make_other_vectors_have_another_fingerprint(case: str) -> None:
    fields: dict[str, Any] = {"model": "m", "base_url": "http://127.0.0.1:9/v1"}
    one, other = (OpenAICompatibleEmbeddings(**{**fields, **more}) for more in EMBEDDINGS[case])
    assert one.fingerprint != other.fingerprint
    again = OpenAICompatibleEmbeddings(**{**fields, **EMBEDDINGS[case][0], "api_key": "key"})
    assert again.fingerprint == one.fingerprint
