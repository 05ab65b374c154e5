"""What the fingerprint of an endpoint is made of, and what not."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from openai_compatible import Provider
from openai_compatible.config.model import Model
from openai_compatible.plan.fingerprint import EndpointKey, endpoint_key, fingerprint, with_call
from openai_compatible.plan.routing import Target

FIELDS: dict[str, Any] = {"name": "p", "base_url": "http://127.0.0.1:1/v1"}


def key(model: str = "m", **fields: Any) -> EndpointKey:
    return endpoint_key(Target.at(Provider(**{**FIELDS, **fields}), model))


DIFFERENT: dict[str, dict[str, Any]] = {
    "name": {"name": "q"},
    "host": {"base_url": "http://127.0.0.2:1/v1"},
    "path": {"base_url": "http://127.0.0.1:1/v2"},
    "query of the URL": {"base_url": "http://127.0.0.1:1/v1?deployment=a"},
    "query": {"query": {"deployment": "b"}},
    "api_version": {"api_version": "2024-10-21"},
    "header": {"headers": {"X-Deployment": "a"}},
    "another header": {"headers": {"X-Deployment": "b"}},
    "organization": {"headers": {"OpenAI-Organization": "o"}},
    "credential header": {"headers": {"X-Api-Key": "a"}},
    "extra_body": {"extra_body": {"adapter": "a"}},
    "another extra_body": {"extra_body": {"adapter": "b"}},
    "hidden extra_body": {"extra_body": {"api_key": "a"}},
    "another hidden extra_body": {"extra_body": {"api_key": "b"}},
    "model's extra_body": {"models": {"m": Model(extra_body={"adapter": "c"})}},
    "profile": {"profile": "vllm"},
    "dialect": {"dialect": {"max_tokens_field": "max_completion_tokens"}},
    "model's dialect": {"models": {"m": Model(dialect={"reasoning_replay": "always"})}},
    "model's base_url": {"models": {"m": Model(base_url="http://127.0.0.3:1/v1")}},
    "model's query": {"models": {"m": Model(base_url="http://127.0.0.1:1/v1?api-version=1")}},
    "query_prefix": {"models": {"m": Model(query_prefix="query: ")}},
    "document_prefix": {"models": {"m": Model(document_prefix="query: ")}},
    "wire id": {"models": {"m": Model(id="n")}},
}


def test_all_that_selects_a_deployment_or_changes_the_request_tells_endpoints_apart() -> None:
    found = {name: fingerprint([key(**fields)]) for name, fields in {"": {}, **DIFFERENT}.items()}
    assert len(set(found.values())) == len(found)


SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "spelling of the URL": ({"base_url": "http://127.0.0.1:1"}, {"base_url": "HTTP://127.0.0.1:1/v1/"}),
    "query in the URL or beside it": (
        {"base_url": "http://127.0.0.1:1/v1?a=1"},
        {"query": {"a": "1"}},
    ),
    "api_version or query": ({"api_version": "1"}, {"query": {"api-version": "1"}}),
    "order of headers": ({"headers": {"X-A": "1", "X-B": "2"}}, {"headers": {"X-B": "2", "X-A": "1"}}),
    "case and white space of headers": ({"headers": {"X-A": "1"}}, {"headers": {"x-a": " 1 "}}),
    "order of bodies": ({"extra_body": {"a": 1, "b": 2}}, {"extra_body": {"b": 2, "a": 1}}),
    "lists or tuples": (
        {"dialect": {"drops": ["seed"]}},
        {"dialect": {"drops": ("seed",)}},
    ),
    "generic profile or none": ({"profile": "generic"}, {"profile": None}),
    "model's body or the provider's": (
        {"extra_body": {"a": 1}},
        {"models": {"m": Model(extra_body={"a": 1})}},
    ),
    "headers of the sender": ({"headers": {"X-Title": "app", "User-Agent": "a"}}, {}),
    "key": ({"api_key": "one"}, {"api_key": "two"}),
    "source of the key": ({"api_key_env": "A_KEY"}, {"api_key_command": ["key"]}),
    "how a key travels": ({"auth": {"style": "basic", "username": "u"}}, {"auth": "none"}),
    "time limits": ({"timeout": 5}, {"max_retries": 0}),
    "the way there": ({"proxy": "http://127.0.0.1:3128"}, {"tls": {"verify": False}}),
    "facts of the model": ({"models": {"m": Model(context_window=5)}}, {"display_name": "P"}),
}


@pytest.mark.parametrize("case", SAME)
def test_what_does_not_matter_is_left_out(case: str) -> None:
    one, other = SAME[case]
    assert key(**one) == key(**other)


def test_a_server_is_the_same_for_all_its_models_and_bodies() -> None:
    assert key("m").server == key("n").server == key(extra_body={"a": 1}).server
    assert key().server != key(headers={"X-Deployment": "a"}).server
    assert key().server != key(query={"deployment": "a"}).server


def test_a_call_with_headers_or_query_of_its_own_is_apart() -> None:
    one = key()
    assert with_call(one, {}, {}) == with_call(one, {"traceparent": "00-1"}, {}) == one
    found = {
        one,
        with_call(one, {"X-Deployment": "a"}, {}),
        with_call(one, {"X-Deployment": "b"}, {}),
        with_call(one, {}, {"X-Deployment": "b"}),
    }
    assert len(found) == 4


def test_additions_that_are_not_set_do_not_count() -> None:
    assert fingerprint([key()], {"dimensions": None}) == fingerprint([key()])
    assert fingerprint([key()], {"dimensions": 5}) != fingerprint([key()])
    assert fingerprint([key("a"), key("b")]) != fingerprint([key("b"), key("a")])


def test_what_is_no_json_equals_nothing() -> None:
    looped: list[Any] = []
    looped.append(looped)
    for value in (object(), looped, {1: 1, "1": 1}):
        first, second = (fingerprint([key()], {"extra_body": {"a": value}}) for _ in range(2))
        assert first != second


def test_text_that_is_no_unicode_has_a_fingerprint() -> None:
    assert len(fingerprint([key(extra_body={"a": "\ud800"})])) == 64


def test_a_fingerprint_is_the_same_in_another_process() -> None:
    code = (
        "from openai_compatible import Provider\n"
        "from openai_compatible.plan.routing import Target\n"
        "from openai_compatible.plan.fingerprint import endpoint_key, fingerprint\n"
        "p = Provider(name='p', base_url='http://127.0.0.1:1/v1', headers={'X-Own': 's3cret'},"
        " extra_body={'b': ['x'], 'api_key': 'k'})\n"
        "print(fingerprint([endpoint_key(Target.at(p, 'm'))]))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    fields = {"headers": {"X-Own": "s3cret"}, "extra_body": {"b": ["x"], "api_key": "k"}}
    assert found == {fingerprint([key(**fields)])}
