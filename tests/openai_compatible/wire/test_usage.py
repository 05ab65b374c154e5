"""Usage: once, from wherever it is."""

import json
from typing import Any

import pytest

from openai_compatible.profiles.profile import Profile
from openai_compatible.types import Usage
from openai_compatible.wire.chat import fold
from openai_compatible.wire.usage import merge, read_usage

COUNTS = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def short(usage: Usage | None) -> tuple[int, int, int] | None:
    return None if usage is None else (usage.input_tokens, usage.output_tokens, usage.total_tokens)


@pytest.mark.parametrize(
    ("raw", "counts"),
    [
        (COUNTS, (7, 3, 10)),
        ({"prompt_tokens": 7, "completion_tokens": 3}, (7, 3, 10)),
        ({"prompt_tokens": 7, "completion_tokens": None}, (7, 0, 7)),
        ({"prompt_tokens": 7.0, "completion_tokens": "3", "total_tokens": True}, (7, 3, 10)),
        ({"input_tokens": 7, "output_tokens": 3}, (7, 3, 10)),
        ({"total_tokens": 10}, (10, 0, 10)),
        ({"total_tokens": 10, "completion_tokens": 3}, (7, 3, 10)),
        ({"prompt_tokens": 7, "total_tokens": 10}, (7, 3, 10)),
        ({"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 4}, (7, 3, 10)),
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, (0, 0, 0)),
        ({"prompt_tokens": -1, "completion_tokens": [], "total_tokens": "x"}, None),
        ({"prompt_n": 1, "cache_n": 18, "predicted_n": 7}, (19, 7, 26)),
        ({"prompt_n": 1, "predicted_n": None}, None),
        ({}, None),
        (None, None),
        ([], None),
        ("x", None),
    ],
)
def test_counts_are_read_and_completed(raw: Any, counts: tuple[int, int, int] | None) -> None:
    assert short(read_usage(raw)) == counts


def test_details_are_read() -> None:
    usage = read_usage(
        {
            **COUNTS,
            "prompt_tokens_details": {"cached_tokens": 2, "audio_tokens": 1, "cache_write_tokens": 4},
            "completion_tokens_details": {"reasoning_tokens": 2, "audio_tokens": 0},
        }
    )
    assert usage is not None
    assert (usage.cached_tokens, usage.cache_creation_tokens, usage.reasoning_tokens) == (2, 4, 2)
    assert (usage.audio_input_tokens, usage.audio_output_tokens) == (1, 0)
    assert usage.raw["prompt_tokens"] == 7


@pytest.mark.parametrize("details", [None, [], "x", {}, {"cached_tokens": None}])
def test_odd_details_mean_unknown(details: Any) -> None:
    usage = read_usage(
        {**COUNTS, "prompt_tokens_details": details, "completion_tokens_details": details}
    )
    assert usage is not None
    assert (usage.cached_tokens, usage.reasoning_tokens) == (None, None)


@pytest.mark.parametrize(
    "key", ["prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens", "cache_read_input_tokens"]
)
def test_cached_tokens_have_many_names(key: str) -> None:
    usage = read_usage({**COUNTS, key: 5})
    assert usage is not None
    assert usage.cached_tokens == 5


def test_cache_creation_of_anthropic_behind_gateways() -> None:
    usage = read_usage({"input_tokens": 7, "output_tokens": 3, "cache_creation_input_tokens": 4})
    assert usage is not None
    assert usage.cache_creation_tokens == 4


def test_reasoning_tokens_left_out_of_the_output_are_added() -> None:
    left_out = {
        "prompt_tokens": 7,
        "completion_tokens": 84,
        "completion_tokens_details": {"reasoning_tokens": 1081},
    }
    assert short(read_usage(left_out)) == (7, 1165, 1172)
    assert short(read_usage({**COUNTS, "total_tokens": 12, "reasoning_tokens": 2})) == (7, 5, 12)
    assert short(read_usage({**COUNTS, "reasoning_tokens": 2})) == (7, 3, 10)


def test_merge_never_loses_counts_to_zeros_or_halves() -> None:
    assert merge(None, None) is None
    assert merge(COUNTS, {}) is COUNTS
    assert merge(COUNTS, "x") is COUNTS
    assert merge(COUNTS, {"prompt_tokens": 0, "completion_tokens": 4, "new": None}) == {
        **COUNTS,
        "completion_tokens": 4,
        "new": None,
    }


def test_running_totals_are_counted_once(wire: Any) -> None:
    chunks = [
        wire.delta(
            {"content": "x"}, usage={"prompt_tokens": 7, "completion_tokens": i, "total_tokens": 7 + i}
        )
        for i in (1, 2, 3)
    ]
    _, done = wire.read(
        wire.sse(
            *chunks, wire.delta({}, "stop", usage={"prompt_tokens": 0, "completion_tokens": 0}), "[DONE]"
        )
    )
    assert short(done.usage) == (7, 3, 10)


@pytest.mark.parametrize(
    "chunk",
    [
        {"choices": [], "usage": COUNTS},
        {"usage": COUNTS},
        {"choices": [{"index": 0, "delta": {}}], "usage": COUNTS},
        {"choices": [{"index": 0, "delta": {}, "usage": COUNTS}]},
        {"choices": [], "x_groq": {"id": "r", "usage": COUNTS}},
    ],
)
def test_usage_is_found_wherever_it_is(wire: Any, chunk: dict[str, Any]) -> None:
    _, done = wire.read(
        wire.sse(wire.delta({"content": "a"}), wire.delta({}, "stop", usage=None), chunk, "[DONE]")
    )
    assert short(done.usage) == (7, 3, 10)
    assert len(done.choices) == 1


def test_usage_on_the_finish_chunk_and_in_whole_bodies(wire: Any, body: Any) -> None:
    assert short(wire.read(wire.sse(wire.delta({"content": "a"}, "stop", usage=COUNTS)))[1].usage) == (
        7,
        3,
        10,
    )
    assert short(fold(body({"content": "a"}, usage=COUNTS), Profile(name="g")).usage) == (7, 3, 10)
    assert fold(body({"content": "a"}, usage=None, x_groq=7), Profile(name="g")).usage is None


def test_llama_cpp_timings_stand_in_for_usage(wire: Any) -> None:
    timings = {"cache_n": 18, "prompt_n": 1, "predicted_n": 7, "prompt_ms": 2.5}
    _, done = wire.read(wire.sse(wire.delta({"content": "a"}, "stop", timings=timings)))
    assert short(done.usage) == (19, 7, 26)
    assert done.extra == {"timings": timings}
    assert json.dumps(dict(done.usage.raw)) == json.dumps(timings)
