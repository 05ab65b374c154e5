"""The same tool calls, in the ways of many servers, are always the same calls."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_compatible.profiles.profile import Profile
from openai_compatible.types import ToolCallDelta
from openai_compatible.wire.chat import ChatStream

Call = tuple[str, str, list[str]]
"""Id, name, arguments in pieces."""

VALUES = st.recursive(
    st.sampled_from([1, "a", "{}", '{"a":', "é", None, "}", ""]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
    ),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(st.sampled_from(["a", "b"]), VALUES, max_size=3)


@st.composite
def pieces(draw: st.DrawFn) -> list[str]:
    text = json.dumps(
        draw(ARGUMENTS), separators=draw(st.sampled_from([(",", ":"), (", ", ": ")])), ensure_ascii=False
    )
    cuts = sorted(set(draw(st.lists(st.integers(1, max(len(text) - 1, 1)), max_size=5))))
    return [piece for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True) if (piece := text[a:b])]


@st.composite
def several(draw: st.DrawFn) -> list[Call]:
    names = draw(st.lists(st.sampled_from(["f", "g", "get_weather"]), min_size=1, max_size=3))
    return [(f"call_{n}", name, draw(pieces())) for n, name in enumerate(names)]


def item(arguments: str | None = None, **fields: Any) -> dict[str, Any]:
    function = {"name": fields.pop("name", None), "arguments": arguments}
    return {**fields, "function": {key: value for key, value in function.items() if value is not None}}


def openai(calls: list[Call]) -> Iterator[list[dict[str, Any]]]:
    for n, (call_id, name, parts) in enumerate(calls):
        yield [item("", index=n, id=call_id, name=name)]
        yield from ([item(part, index=n)] for part in parts)


def vllm(calls: list[Call]) -> Iterator[list[dict[str, Any]]]:
    for n, (call_id, name, parts) in enumerate(calls):
        yield [item(index=n, id=call_id, name=name, type="function")]
        yield from ([item(part, index=n)] for part in parts)


def index_0_for_all(calls: list[Call]) -> Iterator[list[dict[str, Any]]]:
    for call_id, name, parts in calls:
        yield [item("", index=0, id=call_id, name=name)]
        yield from ([item(part, index=0)] for part in parts)


def without_index(calls: list[Call]) -> Iterator[list[dict[str, Any]]]:
    for call_id, name, parts in calls:
        yield [item(parts[0], id=call_id, name=name)]
        yield from ([item(part)] for part in parts[1:])


def id_and_name_repeated(calls: list[Call]) -> Iterator[list[dict[str, Any]]]:
    for n, (call_id, name, parts) in enumerate(calls):
        yield from ([item(part, index=n, id=call_id, name=name)] for part in parts)


def interleaved(calls: list[Call]) -> Iterator[list[dict[str, Any]]]:
    yield [item("", index=n, id=call_id, name=name) for n, (call_id, name, _) in enumerate(calls)]
    for step in range(max(len(parts) for _, _, parts in calls)):
        yield [item(parts[step], index=n) for n, (_, _, parts) in enumerate(calls) if step < len(parts)]


def growing(calls: list[Call]) -> Iterator[list[dict[str, Any]]]:
    for n, (call_id, name, parts) in enumerate(calls):
        for size in range(1, len(parts) + 1):
            yield [item("".join(parts[:size]), index=n, id=call_id, name=name)]


def said_again_at_the_end(calls: list[Call]) -> Iterator[list[dict[str, Any]]]:
    yield from openai(calls)
    yield [
        item("".join(parts), index=n, id=call_id, name=name)
        for n, (call_id, name, parts) in enumerate(calls)
    ]


def whole_in_one(calls: list[Call]) -> Iterator[list[dict[str, Any]]]:
    yield [item("".join(parts), id=call_id, name=name) for call_id, name, parts in calls]


def as_object(calls: list[Call]) -> Iterator[list[dict[str, Any]]]:
    for n, (call_id, name, parts) in enumerate(calls):
        yield [
            {
                "index": n,
                "id": call_id,
                "function": {"name": name, "arguments": json.loads("".join(parts))},
            }
        ]


DIALECTS = [
    openai,
    vllm,
    index_0_for_all,
    without_index,
    id_and_name_repeated,
    interleaved,
    growing,
    said_again_at_the_end,
    whole_in_one,
]


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=60, deadline=None)
@given(calls=several())
def test_every_dialect_gives_the_same_calls(dialect: Any, calls: list[Call]) -> None:
    chunks = [{"choices": [{"index": 0, "delta": {"tool_calls": items}}]} for items in dialect(calls)]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    stream = ChatStream(Profile(name="generic"))
    events = (
        stream.feed("".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode())
        + stream.flush()
    )
    wanted = [(call_id, name, "".join(parts)) for call_id, name, parts in calls]
    assert [(call.id, call.name, call.arguments) for call in stream.close().tool_calls] == wanted
    for n, (_, _, text) in enumerate(wanted):
        assert (
            "".join(e.arguments for e in events if isinstance(e, ToolCallDelta) and e.index == n) == text
        )


@settings(max_examples=50, deadline=None)
@given(calls=several())
def test_arguments_as_objects_mean_the_same(calls: list[Call]) -> None:
    chunks = [{"choices": [{"index": 0, "delta": {"tool_calls": items}}]} for items in as_object(calls)]
    stream = ChatStream(Profile(name="generic"))
    stream.feed(
        "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode() + b"data: [DONE]\n\n"
    )
    found = [json.loads(call.arguments) for call in stream.close().tool_calls]
    assert found == [json.loads("".join(parts)) for _, _, parts in calls]
