"""Streams: complete or not, in every framing, with errors inside."""

import json
from typing import Any

import pytest

from openai_compatible.errors import (
    APIStatusError,
    ContextLengthExceededError,
    MalformedResponseError,
    OverloadedError,
    ProtocolError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from openai_compatible.profiles.profile import Profile
from openai_compatible.types import RefusalDelta, TextDelta
from openai_compatible.wire.chat import ChatStream

ROLE: dict[str, Any] = {"role": "assistant", "content": ""}


def test_text_deltas_and_one_completion(wire: Any) -> None:
    events, done = wire.read(
        wire.sse(
            wire.delta(ROLE),
            wire.delta({"content": "Hel"}),
            wire.delta({"content": "lo"}),
            wire.delta({}, "stop"),
            "[DONE]",
        )
    )
    assert events == [TextDelta("Hel"), TextDelta("lo")]
    assert (done.text, done.finish_reason, done.id, done.raw) == ("Hello", "stop", "c1", None)


def test_done_and_finished_tell_how_far_the_stream_is(wire: Any) -> None:
    stream = ChatStream(wire.generic)
    assert not stream.finished
    stream.feed(wire.sse(wire.delta({"content": "a"})))
    assert not stream.finished
    stream.feed(wire.sse(wire.delta({}, "stop")))
    assert stream.finished
    assert not stream.done
    stream.feed(wire.sse("[DONE]"))
    assert stream.done
    assert stream.feed(wire.sse(wire.delta({"content": "late"}))) == []
    assert stream.close().text == "a"


def test_finished_waits_for_the_choices_that_were_asked_for(wire: Any) -> None:
    stream = ChatStream(wire.generic, choices=2)
    stream.feed(wire.sse(wire.delta({"content": "a"}, "stop", 1)))
    assert not stream.finished
    stream.feed(wire.sse(wire.delta({"content": "b"}, "length", 0)))
    assert stream.finished
    done = stream.close()
    assert [(c.index, c.text, c.finish_reason) for c in done.choices] == [
        (0, "b", "length"),
        (1, "a", "stop"),
    ]


def test_a_finish_reason_without_done_is_complete(wire: Any) -> None:
    assert wire.read(wire.sse(wire.delta({"content": "a"}, "stop")))[1].text == "a"


def test_done_without_a_finish_reason_is_complete(wire: Any) -> None:
    assert wire.read(wire.sse(wire.delta({"content": "a"}), "[DONE]"))[1].finish_reason is None


@pytest.mark.parametrize("clean", [True, False])
def test_a_stream_without_an_end_is_interrupted_and_keeps_what_came(wire: Any, clean: bool) -> None:
    stream = ChatStream(wire.generic)
    stream.feed(wire.sse(wire.delta({"content": "Hello w"})))
    with pytest.raises(StreamInterruptedError) as caught:
        stream.close(clean=clean)
    assert caught.value.clean_end is clean
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Hello w"


@pytest.mark.parametrize("tail", [b'data: {"choices":[{"ind', b"data: [DO", b"data: "])
def test_a_last_line_cut_in_the_middle_is_an_interruption(wire: Any, tail: bytes) -> None:
    with pytest.raises(StreamInterruptedError):
        wire.read(wire.sse(wire.delta({"content": "a"})) + tail)


def test_a_cut_last_line_after_the_finish_reason_is_complete(wire: Any) -> None:
    assert wire.read(wire.sse(wire.delta({"content": "a"}, "stop")) + b"data: [DO")[1].text == "a"


def test_one_choice_of_two_without_a_finish_reason_is_an_interruption(wire: Any) -> None:
    with pytest.raises(StreamInterruptedError):
        wire.read(wire.sse(wire.delta({"content": "a"}, "stop"), wire.delta({"content": "b"}, None, 1)))


def test_a_cut_tool_call_is_never_a_finished_one(wire: Any) -> None:
    call = {"index": 0, "id": "x", "function": {"name": "f", "arguments": '{"a": 1}'}}
    with pytest.raises(StreamInterruptedError) as caught:
        wire.read(wire.sse(wire.calls(call)))
    assert caught.value.partial is not None
    (choice,) = caught.value.partial.choices
    assert choice.tool_calls == ()
    assert choice.finish_reason is None
    assert choice.extra["unfinished_tool_calls"] == [{"id": "x", "name": "f", "arguments": '{"a": 1}'}]


def test_a_server_that_never_ends_its_streams_gets_a_marked_answer(wire: Any) -> None:
    endless = Profile(name="endless", stream_end="none")
    _, done = wire.read(wire.sse(wire.delta({"content": "a"})), profile=endless)
    assert done.extra == {"unverified_end": True}
    _, done = wire.read(wire.sse(wire.delta({"content": "a"}, "stop")), profile=endless)
    assert done.extra == {}


def test_such_a_server_is_still_interrupted_when_a_call_or_the_connection_is_cut(wire: Any) -> None:
    endless = Profile(name="endless", stream_end="none")
    call = {"index": 0, "id": "x", "function": {"name": "f", "arguments": '{"a'}}
    with pytest.raises(StreamInterruptedError):
        wire.read(wire.sse(wire.calls(call)), profile=endless)
    stream = ChatStream(endless)
    stream.feed(wire.sse(wire.delta({"content": "a"})))
    with pytest.raises(StreamInterruptedError):
        stream.close(clean=False)


# -- errors inside a stream


@pytest.mark.parametrize(
    ("payload", "leaf", "code"),
    [
        (
            b'data: {"error": {"message": "Internal server error", "type": "X", "code": 500}}',
            ServerError,
            "500",
        ),
        (b'data: {"error": "The chat completion request failed."}', ServerError, None),
        (b'data: {"object": "error", "message": "boom", "code": 50001}', ServerError, "50001"),
        (
            b'event: error\ndata: {"message": "Overloaded", "type": "overloaded_error"}',
            OverloadedError,
            None,
        ),
        (b"event: error\ndata: it broke", ServerError, None),
        (b'error: {"message": "rate limit reached", "code": 429}', RateLimitError, "429"),
        (
            b'data: {"choices": [], "error": {"code": 502, "message": "upstream overloaded"}}',
            OverloadedError,
            "502",
        ),
        (
            b'data: {"choices": [{"delta": {}, "finish_reason": "error"}], "error": {"message": "x"}}',
            ServerError,
            None,
        ),
        (b'data: {"base_resp": {"status_code": 1004, "status_msg": "login fail"}}', ServerError, "1004"),
        (b'data: {"detail": "prompt is too long"}', ContextLengthExceededError, None),
        (b'data: {"code": 429, "message": "slow"}', RateLimitError, "429"),
        (b'data: [{"error": {"code": 503, "message": "later"}}]', OverloadedError, "503"),
    ],
)
def test_an_error_in_a_stream_is_raised_with_its_code(
    wire: Any, payload: bytes, leaf: type[APIStatusError], code: str | None
) -> None:
    stream = ChatStream(wire.generic)
    stream.feed(wire.sse(wire.delta(ROLE)))
    with pytest.raises(leaf) as caught:
        stream.feed(payload + b"\n\n")
    assert caught.value.code == code
    assert stream.done
    with pytest.raises(leaf):
        stream.close()


def test_deltas_before_an_error_are_given_out_first(wire: Any) -> None:
    stream = ChatStream(wire.generic)
    data = wire.sse(
        wire.delta({"content": "a"}),
        {"error": {"message": "boom"}},
        wire.delta({"content": "b"}),
        "[DONE]",
    )
    assert stream.feed(data) == [TextDelta("a")]
    assert stream.done
    with pytest.raises(ServerError, match="boom") as caught:
        stream.close()
    assert caught.value.partial is not None
    assert caught.value.partial.text == "a"


@pytest.mark.parametrize("nothing", [None, {}, "", {"message": "", "code": None}, False])
def test_an_empty_error_key_means_nothing(wire: Any, nothing: Any) -> None:
    _, done = wire.read(wire.sse({**wire.delta({"content": "a"}, "stop"), "error": nothing}))
    assert done.text == "a"


@pytest.mark.parametrize("reason", ["error", "network_error", "insufficient_system_resource"])
def test_a_failure_reported_as_finish_reason_is_raised(wire: Any, reason: str) -> None:
    with pytest.raises(ServerError) as caught:
        wire.read(wire.sse(wire.delta({"content": "a"}, reason), "[DONE]"))
    assert caught.value.code == reason
    assert caught.value.partial is not None
    assert caught.value.partial.text == "a"


def test_a_wrapped_finish_reason_brings_its_message(wire: Any) -> None:
    with pytest.raises(ServerError, match="out of memory"):
        wire.read(wire.sse(wire.delta({}, {"type": "abort", "message": "out of memory"})))


# -- bodies that are no stream


def test_a_json_answer_to_a_stream_request_is_read_whole(wire: Any, body: Any) -> None:
    events, done = wire.read(body({"role": "assistant", "content": "Hi"}), size=5)
    assert events == [TextDelta("Hi")]
    assert done.raw is not None
    assert done.finish_reason == "stop"


def test_a_json_answer_over_several_lines_is_read(wire: Any) -> None:
    text = json.dumps({"choices": [{"message": {"content": "Hi"}}]}, indent=2).encode()
    for size in (0, 3):
        events, done = wire.read(b"\n\n" + text + b"\n", size=size)
        assert events == [TextDelta("Hi")]
        assert done.finish_reason is None


def test_newline_delimited_chunks_are_read_as_they_come(wire: Any) -> None:
    stream = ChatStream(wire.generic)
    line = json.dumps(wire.delta({"content": "a"})).encode() + b"\n"
    assert stream.feed(line) == [TextDelta("a")]
    assert stream.feed(json.dumps(wire.delta({"content": "b"}, "stop")).encode()) == []
    assert stream.flush() == [TextDelta("b")]
    assert stream.close().text == "ab"


def test_newline_delimited_chunks_may_end_with_done_and_need_an_end(wire: Any) -> None:
    line = json.dumps(wire.delta({"content": "a"})).encode() + b"\n"
    assert wire.read(line + b"data: [DONE]\n" + line)[1].text == "a"
    with pytest.raises(StreamInterruptedError):
        wire.read(line + line)
    with pytest.raises(StreamInterruptedError):
        wire.read(line + b'{"choices": [{"del')


def test_blank_lines_between_newline_delimited_chunks_are_skipped(wire: Any) -> None:
    line = json.dumps(wire.delta({"content": "a"}, "stop")).encode()
    assert wire.read(line + b"\n\n \n" + line + b"\n\n")[1].text == "aa"


def test_ollamas_own_lines_are_read(wire: Any) -> None:
    lines = [
        {
            "model": "m",
            "created_at": "2026",
            "message": {"role": "assistant", "content": "Hi"},
            "done": False,
        },
        {
            "model": "m",
            "message": {"content": ""},
            "done": True,
            "done_reason": "stop",
            "prompt_eval_count": 5,
            "eval_count": 2,
        },
    ]
    events, done = wire.read(b"\n".join(json.dumps(line).encode() for line in lines))
    assert events == [TextDelta("Hi")]
    assert done.usage is not None
    assert (done.usage.input_tokens, done.usage.output_tokens, done.model) == (5, 2, "m")
    assert done.extra == {"created_at": "2026"}
    assert wire.read(b'{"message": {"content": "x"}, "done": true}')[1].finish_reason == "stop"


def test_a_json_error_answer_to_a_stream_request_is_raised(wire: Any) -> None:
    with pytest.raises(RateLimitError):
        wire.read(b'{"error": {"message": "rate limit", "code": 429}}')
    with pytest.raises(ServerError):
        wire.read(b'[{"error": {"message": "x"}}]\n')


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\n\n\n", "empty"),
        (b"<!doctype html><title>Login</title>", "web page"),
        (b"Bad gateway", "text"),
        (b"Bad gateway\nagain\n", "text"),
        (b'{"choices": null}', "JSON body is not"),
        (b'{"choices": []}', "JSON body is not"),
        (b"[]", "JSON body is not"),
        (b"[1, {}]", "JSON body is not"),
        (b'{"choices": [', "not valid JSON"),
        (b"{]\n{}\n", "not valid JSON"),
        (b"data: [DONE]\n\n", "ended without"),
        (b": ping\n\n", "ended without"),
        (b"data: null\n\ndata: ping\n\nevent: ping\ndata: {}\n\n", "ended without"),
        (b'data: {"usage": {"prompt_tokens": 1}}\n\ndata: [DONE]\n\n', "stream is not"),
        (
            b'event: message_start\ndata: {"type": "message_start", "message": {"id": "m"}}\n\n',
            "stream is not",
        ),
        (b'data: {"type": "response.created", "response": {}}\n\n', "stream is not"),
        (b"data: Internal Server Error\n\n", "text"),
        (b"data: 7\n\n", "text"),
    ],
)
def test_a_body_without_an_answer_is_malformed_and_says_so(wire: Any, data: bytes, words: str) -> None:
    with pytest.raises(MalformedResponseError, match=words) as caught:
        wire.read(data)
    assert caught.value.hint
    with pytest.raises(MalformedResponseError, match=words):
        wire.read(data, size=1)


def test_an_empty_stream_names_its_media_type_and_cause(wire: Any) -> None:
    with pytest.raises(MalformedResponseError, match="text/event-stream") as caught:
        wire.read(b"", content_type="text/event-stream")
    assert "log" in str(caught.value)


def test_a_broken_connection_before_any_choice_is_an_interruption(wire: Any) -> None:
    for data in (b"", b": ping\n", b'{"choices": [{"mess', b"<html"):
        stream = ChatStream(wire.generic)
        stream.feed(data)
        with pytest.raises(StreamInterruptedError) as caught:
            stream.close(clean=False)
        assert not caught.value.clean_end


def test_a_long_web_page_is_cut(wire: Any) -> None:
    stream = ChatStream(wire.generic)
    stream.feed(b"<html>")
    for _ in range(200):
        stream.feed(b"x" * 10_000)
    with pytest.raises(MalformedResponseError) as caught:
        stream.close()
    assert caught.value.body is not None
    assert len(caught.value.body) <= 2_000


def test_an_unreadable_piece_between_chunks_is_not_passed_over(wire: Any) -> None:
    for tail in (wire.delta({"content": "b"}, "stop"), wire.delta({"content": "b"})):
        with pytest.raises(MalformedResponseError) as caught:
            wire.read(wire.sse(wire.delta({"content": "a"}), '{"choices": [{"index', tail, "[DONE]"))
        assert caught.value.partial is not None
        assert caught.value.partial.text == "ab"


def test_two_unreadable_pieces_are_malformed(wire: Any) -> None:
    with pytest.raises(MalformedResponseError):
        wire.read(wire.sse(wire.delta({"content": "a"}, "stop"), "{x", "{y"))


def test_a_json_text_cut_over_two_data_lines_that_look_whole_is_joined(wire: Any) -> None:
    first, second = '{"choices":[{"delta":{"content":"a"}', '"finish_reason":"stop"}]}'
    assert wire.read(f"data: {first}\ndata: ,{second}\n\n".encode())[1].text == "a"


def test_several_whole_texts_in_one_event_are_read_one_by_one(wire: Any) -> None:
    one, two = (
        json.dumps([wire.delta({"content": "a"})]),
        json.dumps([wire.delta({"content": "b"}, "stop")]),
    )
    assert wire.read(f"data: {one}\ndata: {two}\n\n".encode())[1].text == "ab"


def test_an_event_with_another_name_is_read_like_one_without(wire: Any) -> None:
    assert (
        wire.read(b"event: completion.chunk\n" + wire.sse(wire.delta({"content": "a"}, "stop")))[1].text
        == "a"
    )


# -- chunks


def test_a_stream_of_messages_instead_of_deltas_is_read(wire: Any) -> None:
    def chunk(text: str, finish: str | None = None) -> dict[str, Any]:
        return {"choices": [{"index": 0, "message": {"content": text}, "finish_reason": finish}]}

    assert wire.read(wire.sse(chunk("Hel"), chunk("lo", "stop")))[1].text == "Hello"
    assert wire.read(wire.sse(chunk("Hello"), chunk("lo", "stop")))[1].text == "Hellolo"
    events, done = wire.read(wire.sse(chunk("Hel"), chunk("Hello"), chunk("Hello", "stop")))
    assert events == [TextDelta("Hel"), TextDelta("lo")]
    assert done.text == "Hello"
    with pytest.raises(StreamInterruptedError):
        wire.read(wire.sse(chunk("Hel")))


def test_a_delta_beside_a_message_wins(wire: Any) -> None:
    chunk = {
        "choices": [
            {
                "index": 0,
                "delta": {"content": "a"},
                "message": {"content": "all"},
                "finish_reason": "stop",
            }
        ]
    }
    assert wire.read(wire.sse(chunk))[1].text == "a"


def test_a_message_chunk_of_tool_calls_sent_twice_is_one_call(wire: Any) -> None:
    message = {
        "content": None,
        "tool_calls": [{"id": "x", "function": {"name": "f", "arguments": "{}"}}],
    }
    chunk = {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    assert len(wire.read(wire.sse(chunk, chunk))[1].tool_calls) == 1


@pytest.mark.parametrize("choices", [None, [], {}, "x", [None], [7], [[]]])
def test_chunks_without_choices_are_passed_over(wire: Any, choices: Any) -> None:
    first = {"id": "", "choices": choices, "model": "", "prompt_filter_results": [{"a": 1}]}
    _, done = wire.read(wire.sse(first, wire.delta({"content": "a"}, "stop", model="m")))
    assert (done.text, done.id, done.model) == ("a", "c1", "m")
    assert done.extra == {"prompt_filter_results": [{"a": 1}]}


def test_one_choice_that_is_an_object_instead_of_a_list_is_read(wire: Any) -> None:
    assert (
        wire.read(wire.sse({"choices": {"delta": {"content": "a"}, "finish_reason": "stop"}}))[1].text
        == "a"
    )


@pytest.mark.parametrize("chunk", [{"delta": None}, {"delta": []}, {}, {"delta": {}, "message": None}])
def test_choices_without_a_delta_say_nothing(wire: Any, chunk: dict[str, Any]) -> None:
    assert wire.read(wire.sse({"choices": [chunk]}, wire.delta({"content": "a"}, "stop")))[1].text == "a"


def test_legacy_text_is_read(wire: Any) -> None:
    assert wire.read(wire.sse({"choices": [{"text": "a", "finish_reason": "stop"}]}))[1].text == "a"


def test_refusals_are_apart_from_the_text(wire: Any) -> None:
    events, done = wire.read(
        wire.sse(wire.delta({"refusal": "No"}), wire.delta({"refusal": "."}, "stop"))
    )
    assert events == [RefusalDelta("No"), RefusalDelta(".")]
    assert (done.text, done.choices[0].refusal) == ("", "No.")


def test_logprobs_are_gathered_over_the_chunks(wire: Any) -> None:
    def chunk(token: str, finish: str | None = None) -> dict[str, Any]:
        choice = {
            "index": 0,
            "delta": {"content": token},
            "logprobs": {"content": [{"token": token}], "refusal": None},
        }
        return {"choices": [{**choice, "finish_reason": finish}]}

    _, done = wire.read(wire.sse(chunk("a"), chunk("b", "stop")))
    assert done.choices[0].logprobs == {"content": [{"token": "a"}, {"token": "b"}], "refusal": None}


def test_odd_logprobs_are_kept_as_extra(wire: Any) -> None:
    choice = {"index": 0, "delta": {}, "logprobs": [1], "finish_reason": "stop"}
    assert wire.read(wire.sse({"choices": [choice]}))[1].choices[0].extra == {"logprobs": [1]}


def test_unknown_keys_are_kept_where_they_were(wire: Any) -> None:
    first = wire.delta(
        {"content": "a", "audio": {"id": "x", "data": "QQ"}, "annotations": [1], "nothing": None}
    )
    second = wire.delta(
        {"audio": {"id": "x", "data": "Qg"}, "annotations": [2]}, "stop", timings={"n": 2}, empty=None
    )
    second["choices"][0]["stop_reason"] = 7
    first["timings"] = {"n": 1}
    _, done = wire.read(wire.sse(first, second))
    assert done.extra == {"timings": {"n": 2}}
    assert done.choices[0].extra == {
        "audio": {"id": "x", "data": "QQQg"},
        "annotations": [1, 2],
        "stop_reason": 7,
    }


def test_head_fields_come_from_the_first_chunk_that_has_them(wire: Any) -> None:
    first = {
        "id": "",
        "created": 0,
        "model": None,
        "system_fingerprint": None,
        "choices": [{"index": 0, "delta": {"content": "a"}}],
    }
    second = {
        **first,
        "id": "i",
        "created": 1.0,
        "model": "m",
        "system_fingerprint": "f",
        "service_tier": "on_demand",
    }
    third = {**second, "id": "other", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    _, done = wire.read(wire.sse(first, first, second, third))
    assert (done.id, done.created, done.model, done.system_fingerprint, done.service_tier) == (
        "i",
        1,
        "m",
        "f",
        "on_demand",
    )
    assert done.text == "aaa"


def test_head_fields_of_wrong_types_are_none(wire: Any) -> None:
    _, done = wire.read(
        wire.sse({**wire.delta({"content": "a"}, "stop"), "id": 7, "created": "soon", "model": ["m"]})
    )
    assert (done.id, done.created, done.model) == (None, None, None)


def test_the_short_road_gives_what_the_long_road_gives(wire: Any) -> None:
    texts = [f"t{i}" for i in range(20)]
    plain = [wire.delta({"content": text}) for text in texts]
    odd = [{**wire.delta({"content": text}), f"x{i}": 1} for i, text in enumerate(texts)]
    end = wire.delta({}, "stop")
    assert wire.read(wire.sse(*plain, end))[0] == wire.read(wire.sse(*odd, end))[0]


@pytest.mark.parametrize(
    "change",
    [
        {"choices": []},
        {
            "choices": [
                {"index": 0, "delta": {"content": "b"}, "finish_reason": None},
                {"index": 1, "delta": {}, "finish_reason": "stop"},
            ]
        },
        {"choices": [{"index": 1, "delta": {"content": "b"}, "finish_reason": "stop"}]},
        {"choices": [{"index": [], "delta": {"content": "b"}, "finish_reason": None}]},
        {
            "choices": [
                {"index": 0, "delta": {"content": "b", "role": "assistant"}, "finish_reason": None}
            ]
        },
        {
            "choices": [
                {"index": 0, "delta": {"content": "b", "reasoning_content": None}, "finish_reason": None}
            ]
        },
        {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {"content": ["b"]}, "finish_reason": None}]},
        {"choices": None, "usage": None},
        {"choices": [{"index": 0, "delta": {"reasoning": "b"}, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": [], "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {"content": "b"}, "usage": {"prompt_tokens": 1}}]},
    ],
)
def test_a_chunk_unlike_the_last_is_read_in_full(wire: Any, change: dict[str, Any]) -> None:
    plain = wire.delta({"content": "a"})
    chunks = [plain, plain, {**plain, **change}, plain, wire.delta({}, "stop")]
    short, done = wire.read(wire.sse(*chunks))
    # A key that was never there before makes every chunk take the long road.
    long, same = wire.read(wire.sse(*({**chunk, f"x{n}": 1} for n, chunk in enumerate(chunks))))
    assert (short, done.choices, done.usage) == (long, same.choices, same.usage)


def test_a_null_that_stops_being_null_is_seen(wire: Any) -> None:
    quiet = {**wire.delta({"content": "a"}), "usage": None}
    loud = {**quiet, "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
    _, done = wire.read(wire.sse(quiet, quiet, loud, wire.delta({}, "stop")))
    assert done.usage is not None
    assert done.usage.total_tokens == 5


def test_errors_in_streams_keep_the_protocol_class_apart(wire: Any) -> None:
    with pytest.raises(ProtocolError):
        wire.read(b"")
