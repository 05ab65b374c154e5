"""Whatever comes, the end is a value or one of our errors, and cuts change nothing."""

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openai_compatible.errors import OpenAICompatibleError
from openai_compatible.profiles.profile import Profile
from openai_compatible.types import Completion, Event, ToolCallDelta
from openai_compatible.wire.chat import ChatStream, fold
from openai_compatible.wire.embeddings import read_embeddings
from openai_compatible.wire.error_body import error_from_response
from openai_compatible.wire.models import read_models

P = Profile(name="generic")
USAGE = {
    "prompt_tokens": 7,
    "completion_tokens": 3,
    "total_tokens": 10,
    "prompt_tokens_details": {"cached_tokens": 2},
}
CALL = {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": "ü"}'}}
MESSAGE = {
    "role": "assistant",
    "content": "Grüße 😀",
    "reasoning": "hm",
    "reasoning_content": "hm",
    "refusal": "no",
    "reasoning_details": [{"type": "reasoning.text", "text": "hm", "index": 0}],
    "tool_calls": [CALL, {**CALL, "index": 1, "id": "b"}],
    "function_call": {"name": "f", "arguments": "{}"},
    "audio": {"data": "x"},
}
BODY: dict[str, Any] = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": MESSAGE,
            "finish_reason": "stop",
            "logprobs": {"content": [{"token": "a"}]},
            "usage": USAGE,
        }
    ],
    "usage": USAGE,
    "x_groq": {"usage": USAGE},
    "timings": {"prompt_n": 1, "predicted_n": 2},
    "error": None,
}
TOOLS = {"f": {"properties": {"x": {"type": "string"}}, "required": ["x"]}}
IN_TEXT = '<think>hm</think><tool_call>{"name": "f", "arguments": {"x": "ü"}}</tool_call>'
TEXT_BODY: dict[str, Any] = {
    "choices": [{"index": 0, "message": {"content": IN_TEXT}, "finish_reason": "stop"}]
}
TEXT_CHUNKS: list[dict[str, Any]] = [
    {"choices": [{"index": 0, "delta": {"content": "<think>h"}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {"content": IN_TEXT[8:40]}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {"content": IN_TEXT[40:]}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {}, "message": {"content": IN_TEXT}, "finish_reason": "stop"}]},
]
PARTS = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
    {"type": "text", "text": "Hi"},
    {"type": "refusal", "refusal": "no"},
]
CHUNKS: list[dict[str, Any]] = [
    {
        "id": "c",
        "model": "m",
        "choices": [
            {"index": 0, "delta": {"role": "assistant", "content": None}, "finish_reason": None}
        ],
    },
    {
        "id": "c",
        "model": "m",
        "choices": [{"index": 0, "delta": {"content": "Grüße "}, "finish_reason": None}],
    },
    {
        "id": "c",
        "model": "m",
        "choices": [{"index": 0, "delta": {"content": "😀"}, "finish_reason": None}],
    },
    {"id": "c", "model": "m", "choices": [{"index": 0, "delta": MESSAGE, "finish_reason": None}]},
    {
        "id": "c",
        "model": "m",
        "choices": [{"index": 0, "delta": {"content": PARTS}, "finish_reason": None}],
    },
    {
        "id": "c",
        "model": "m",
        "choices": [
            {"index": 0, "delta": {"tool_calls": [{"index": 1, "function": {"arguments": "x"}}]}}
        ],
    },
    {
        "id": "c",
        "model": "m",
        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        "usage": USAGE,
    },
    {"id": "c", "choices": [], "usage": USAGE},
]
ERRORS: list[Any] = [
    {
        "error": {
            "message": "m",
            "type": "t",
            "param": "p",
            "code": 400,
            "metadata": {"raw": "x"},
            "details": [{"retryDelay": "3s"}],
        }
    },
    {"detail": [{"type": "extra_forbidden", "loc": ["body", "x"], "msg": "m"}]},
    {"object": "error", "message": {"detail": [{"loc": "x", "msg": "m"}]}, "code": 40301},
    [{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "try again in 3s"}}],
    {"base_resp": {"status_code": 1004, "status_msg": "m"}, "errors": [{"code": 1, "message": "m"}]},
]
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**40,
        1e308,
        float("nan"),
        float("inf"),
        "",
        "x",
        "0",
        "7",
        "{}",
        "\x00",
        "😀",
        [],
        {},
        [None],
        [[]],
        ["x"],
        [{}],
        {"type": "text", "text": "x"},
        {"a": None},
        {"message": "x"},
        [[[1.0]]],
        {"index": 0},
    ]
)
SLOW = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    pairs = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in pairs:
        found += places(inner, (*path, key))
    return found


@st.composite
def damaged(draw: st.DrawFn, value: Any) -> Any:
    """The value with some keys deleted, repeated, or replaced by something of another type."""
    box = {"root": copy.deepcopy(value)}
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(places(box)[1:]))
        holder: Any = box
        for key in path[:-1]:
            holder = holder[key]
        act = draw(st.sampled_from(["delete", "replace", "repeat"]))
        if act == "replace" or path == ("root",):
            holder[path[-1]] = copy.deepcopy(draw(ODD))
        elif act == "repeat" and isinstance(holder, list):
            holder.insert(path[-1], copy.deepcopy(holder[path[-1]]))
        else:
            del holder[path[-1]]
        if set(box) != {"root"} or len(places(box)) < 2:
            break
    return box.get("root")


def as_sse(chunks: list[Any], done: bool = True) -> bytes:
    payloads = [json.dumps(chunk, ensure_ascii=False) for chunk in chunks] + ["[DONE]"] * done
    return "".join(f"data: {payload}\n\n" for payload in payloads).encode()


def outcome(pieces: list[bytes]) -> tuple[list[Event], Completion | tuple[type, str]]:
    """Events and end, with invented ids made equal."""
    stream = ChatStream(P)
    events: list[Event] = []
    end: Completion | tuple[type, str]
    try:
        for piece in pieces:
            events += stream.feed(piece)
        events += stream.flush()
        end = stream.close()
    except OpenAICompatibleError as error:
        end = (type(error), str(error))
    return [e._replace(id="") if isinstance(e, ToolCallDelta) and e.id else e for e in events], end


def check_agreement(events: list[Event], done: Completion) -> None:
    """What the deltas say is what the completion says."""
    for choice in done.choices:
        mine = [e for e in events if getattr(e, "choice", None) == choice.index]
        assert "".join(e.text for e in mine if type(e).__name__ == "TextDelta") == choice.text  # type: ignore[union-attr]
        assert "".join(e.text for e in mine if type(e).__name__ == "ReasoningDelta") == choice.reasoning  # type: ignore[union-attr]
        for number, call in enumerate(choice.tool_calls):
            given = [e for e in mine if isinstance(e, ToolCallDelta) and e.index == number]
            assert "".join(e.arguments for e in given) == call.arguments
            assert (given[0].id, given[0].name) == (call.id, call.name)
        ids = [call.id for call in choice.tool_calls]
        assert len(set(ids)) == len(ids)


@SLOW
@given(st.sampled_from([BODY, TEXT_BODY]).flatmap(damaged))
def test_damaged_bodies_end_in_a_value_or_one_of_our_errors(body: Any) -> None:
    data = json.dumps(body).encode()
    try:
        done = fold(data, P, tools=TOOLS)
    except OpenAICompatibleError:
        pass
    else:
        repr(done)
    stream = ChatStream(P, tools=TOOLS)
    try:
        events = stream.feed(data) + stream.flush()
        check_agreement(events, stream.close())
    except OpenAICompatibleError:
        pass


@SLOW
@given(st.sampled_from([CHUNKS, TEXT_CHUNKS]).flatmap(damaged), st.booleans())
def test_damaged_streams_end_in_a_value_or_one_of_our_errors(chunks: Any, done: bool) -> None:
    data = as_sse(chunks if isinstance(chunks, list) else [chunks], done)
    stream = ChatStream(P, tools=TOOLS)
    try:
        events = stream.feed(data) + stream.flush()
        check_agreement(events, stream.close())
    except OpenAICompatibleError:
        return


@SLOW
@given(st.data())
def test_damaged_bytes_end_in_a_value_or_one_of_our_errors(data: st.DataObject) -> None:
    body = bytearray(
        data.draw(
            st.sampled_from(
                [as_sse(CHUNKS), json.dumps(BODY).encode(), as_sse(CHUNKS).replace(b"\n", b"\r\n")]
            )
        )
    )
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(
            st.sampled_from([b"", b"\xff", b"\n", b"\r", b'"', b"{", b"}", b"\\ud800", b"\x00"])
        )
    outcome([bytes(body)])


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n", b"\r\r", b"\n"])
def test_a_stream_cut_at_every_byte_gives_the_same_events(end: bytes) -> None:
    data = as_sse(CHUNKS).replace(b"\n\n", end)
    whole = outcome([data])
    assert isinstance(whole[1], Completion)
    for at in range(len(data)):
        assert outcome([data[:at], data[at:]]) == whole


@SLOW
@given(st.lists(st.integers(0, 4000), max_size=12), st.sampled_from([0, 1, 2]))
def test_a_body_cut_anywhere_gives_the_same_events(cuts: list[int], kind: int) -> None:
    lines = b"\n".join(json.dumps(chunk).encode() for chunk in CHUNKS)
    data = [as_sse(CHUNKS), json.dumps(BODY, indent=1).encode(), lines][kind]
    at = sorted({min(cut, len(data)) for cut in cuts})
    assert outcome([data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True)]) == outcome(
        [data]
    )


@SLOW
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_at_all_end_in_a_value_or_one_of_our_errors(data: bytes, sse: bool) -> None:
    outcome([b"data: " + data] if sse else [data])
    error_from_response(500, {}, data, endpoint="/chat/completions", url="http://h/v1")


@SLOW
@given(
    damaged(
        {"data": [{"index": i, "embedding": [0.5, 1.0]} for i in range(3)], "model": "m", "usage": USAGE}
    )
)
def test_damaged_embeddings_end_in_vectors_or_one_of_our_errors(body: Any) -> None:
    try:
        found = read_embeddings(json.dumps(body).encode(), 3)
    except OpenAICompatibleError:
        return
    assert len(found.vectors) == 3
    assert len({len(vector) for vector in found.vectors}) == 1


@SLOW
@given(
    damaged(
        {
            "data": [{"id": "a", "created": 1, "meta": {"n_ctx": 4096}}, {"id": "b"}],
            "models": [{"name": "a"}],
        }
    )
)
def test_damaged_model_lists_end_in_a_list_or_one_of_our_errors(body: Any) -> None:
    try:
        found = read_models(json.dumps(body).encode())
    except OpenAICompatibleError:
        return
    assert all(model.id for model in found)


@SLOW
@given(
    st.sampled_from(ERRORS).flatmap(damaged),
    st.sampled_from([300, 400, 401, 403, 404, 413, 422, 429, 500, 501, 503, 599]),
    ODD,
    ODD,
)
def test_damaged_error_bodies_end_in_one_of_our_errors(
    body: Any, status: int, header: Any, date: Any
) -> None:
    headers = {
        "retry-after": str(header),
        "date": str(date),
        "retry-after-ms": str(date),
        "x-request-id": str(header),
    }
    error = error_from_response(
        status, headers, json.dumps(body).encode(), endpoint="/embeddings", url=str(header)
    )
    assert error.status_code == status
    assert error.retry_after is None or error.retry_after >= 0
    assert str(error)
