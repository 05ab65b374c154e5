"""Bodies that are no answer, or damaged ones: never an empty or a changed answer without a sign."""

import json
from typing import Any

import pytest

from openai_compatible.errors import (
    MalformedResponseError,
    ResponseTooLargeError,
    ServerError,
    StreamInterruptedError,
)
from openai_compatible.wire.charset import find_transcoder
from openai_compatible.wire.chat import ChatStream, fold
from openai_compatible.wire.halves import Halves
from openai_compatible.wire.malformed import native_format
from openai_compatible.wire.remarks import remarks


def whole(wire: Any, choice: Any, content_type: str | None = None) -> Any:
    data = choice if isinstance(choice, bytes) else json.dumps({"choices": [choice]}).encode()
    return fold(data, wire.generic, content_type=content_type)


WRONG = [None, [], [1], [{"content": "a"}], 7, 0.5, True, False]


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("key", ["message", "delta"])
@pytest.mark.parametrize("finish", ["stop", "length", None])
def test_a_message_of_the_wrong_type_is_malformed(wire: Any, key: str, wrong: Any, finish: Any) -> None:
    choice = {"index": 0, key: wrong, "finish_reason": finish}
    with pytest.raises(MalformedResponseError, match=r"no message in choices\[0\]") as caught:
        whole(wire, choice)
    if wrong not in (None, []):
        assert f"{key!r} is a" in str(caught.value)
    with pytest.raises(MalformedResponseError, match="no message"):
        wire.read(wire.sse({"choices": [choice]}, "[DONE]"))


def test_a_missing_message_is_malformed_in_every_choice(wire: Any) -> None:
    good = {"message": {"content": "a"}, "finish_reason": "stop"}
    for bad in ({"finish_reason": "stop"}, {}, {"text": 7}):
        for choices in ([bad], [good, bad], [bad, good]):
            with pytest.raises(MalformedResponseError, match="no message"):
                fold(json.dumps({"choices": choices}).encode(), wire.generic)


def test_a_wrong_delta_among_right_ones_is_malformed(wire: Any) -> None:
    for wrong in (7, ["a"], True):
        chunks = [wire.delta({"content": "a"}), wire.delta(wrong), wire.delta({}, "stop")]
        with pytest.raises(MalformedResponseError, match="'delta' is a") as caught:
            wire.read(wire.sse(*chunks, "[DONE]"))
        assert caught.value.partial is not None
        assert caught.value.partial.text == "a"


def test_chunks_without_a_delta_beside_others_are_no_fault(wire: Any) -> None:
    for empty in (None, [], {}):
        assert (
            wire.read(wire.sse(wire.delta({"content": "a"}), wire.delta(empty, "stop")))[1].text == "a"
        )


@pytest.mark.parametrize("finish", ["content_filter", "safety"])
def test_a_filtered_answer_needs_no_message(wire: Any, finish: str) -> None:
    done = whole(wire, {"message": None, "finish_reason": finish})
    assert done.finish_reason == "content_filter"


def test_a_text_in_the_place_of_a_message_is_its_content(wire: Any) -> None:
    assert whole(wire, {"message": "Hi", "finish_reason": "stop"}).text == "Hi"
    assert wire.read(wire.sse(wire.delta("H"), wire.delta("i"), wire.delta("", "stop")))[1].text == "Hi"
    assert whole(wire, {"text": "Hi", "finish_reason": "stop"}).text == "Hi"


@pytest.mark.parametrize(("content", "text"), [(42, "42"), (0, "0"), (-0.5, "-0.5"), ([1, " a"], "1 a")])
def test_content_that_is_a_number_is_text(wire: Any, content: Any, text: str) -> None:
    assert whole(wire, {"message": {"content": content}, "finish_reason": "stop"}).text == text
    chunks = [wire.delta({"content": content}), wire.delta({"content": content}, "stop")]
    assert wire.read(wire.sse(*chunks))[1].text == text * 2


@pytest.mark.parametrize("content", [True, False, {}, {"a": 1}, {"type": "text"}, [True], [{"a": 1}]])
def test_content_that_holds_no_text_is_malformed(wire: Any, content: Any) -> None:
    with pytest.raises(MalformedResponseError, match="'content' is a"):
        whole(wire, {"message": {"role": "assistant", "content": content}, "finish_reason": "stop"})
    for after in ({}, {"content": "a"}):
        chunks = [wire.delta({"content": content}), wire.delta(after, "stop")]
        with pytest.raises(MalformedResponseError, match="'content' is a"):
            wire.read(wire.sse(*chunks, "[DONE]"))


@pytest.mark.parametrize("beside", ["refusal", "tool_calls", "filter"])
def test_what_explains_an_empty_answer_excuses_its_content(wire: Any, beside: str) -> None:
    call = {"id": "c", "function": {"name": "f", "arguments": "{}"}}
    more = {"refusal": {"refusal": "No."}, "tool_calls": {"tool_calls": [call]}, "filter": {}}[beside]
    finish = "content_filter" if beside == "filter" else "stop"
    choice = {"message": {"content": False, **more}, "finish_reason": finish}
    assert not whole(wire, choice).text


@pytest.mark.parametrize("content", ["", None, [], [{"type": "text", "text": ""}], {"text": ""}])
def test_an_empty_answer_in_the_right_form_is_one(wire: Any, content: Any) -> None:
    message = {"role": "assistant", "content": content}
    assert whole(wire, {"message": message, "finish_reason": "stop"}).text == ""
    assert wire.read(wire.sse(wire.delta(message), wire.delta({}, "stop"), "[DONE]"))[1].text == ""
    assert wire.read(wire.sse(wire.delta({}), wire.delta({}, "stop"), "[DONE]"))[1].text == ""


@pytest.mark.parametrize("nothing", [{"delta": None}, {"delta": []}, {}, {"message": None}])
def test_an_empty_delta_at_the_end_does_not_make_up_for_those_that_are_missing(
    wire: Any, nothing: Any
) -> None:
    lost = {"choices": [{"index": 0, **nothing}]}
    for chunks in ([lost, lost], [wire.delta({}), lost]):
        with pytest.raises(MalformedResponseError, match="no 'delta'"):
            wire.read(wire.sse(*chunks, wire.delta({}, "stop"), "[DONE]"))


# -- charsets and halves of characters


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("iso-8859-1", "latin-1"),
        ("ISO-8859-15", "iso-8859-15"),
        ("latin1", "latin-1"),
        ("windows-1252", "cp1252"),
        ('"latin-1"', "latin-1"),
        ("utf-16", "utf-16"),
        ("Shift_JIS", "shift_jis"),
    ],
)
def test_a_declared_charset_is_obeyed_however_the_bytes_are_cut(
    wire: Any, charset: str, codec: str
) -> None:
    text = "漢字" if codec == "shift_jis" else "Größe café"
    kind = f"application/json; charset={charset}"
    body = json.dumps({"choices": [{"message": {"content": text}}]}, ensure_ascii=False)
    assert whole(wire, body.encode(codec), kind).text == text
    chunk = json.dumps(wire.delta({"content": text}, "stop"), ensure_ascii=False)
    data = f"\n data: {chunk}\n\ndata: [DONE]\n\n".replace("\n data", "data").encode(codec)
    for size in (1, 3, 1000):
        stream = ChatStream(wire.generic, content_type=f"text/event-stream;charset={charset}")
        for at in range(0, len(data), size):
            stream.feed(data[at : at + size])
        assert stream.close().text == text


@pytest.mark.parametrize(
    "kind",
    [None, "a/b", "a/b; charset=utf-8", "a; charset=x", "a; charset=base64", "a;charset=us-ascii"],
)
def test_another_charset_changes_nothing(kind: str | None) -> None:
    assert find_transcoder(kind) is None


def test_bytes_that_are_not_in_the_declared_charset_are_malformed(wire: Any) -> None:
    body = b'{"choices":[{"message":{"content":"\x81\xff"}}]}'
    with pytest.raises(MalformedResponseError, match="charset shift_jis"):
        whole(wire, body, "application/json; charset=shift_jis")


def test_bytes_that_are_no_utf8_are_malformed(wire: Any) -> None:
    chunk = json.dumps(wire.delta({"content": "caf@ au lait"}, "stop")).encode().replace(b"@", b"\xe9")
    for data in (wire.sse(chunk, "[DONE]"), wire.sse(chunk)):
        with pytest.raises(MalformedResponseError, match="no UTF-8"):
            wire.read(data)
    body = b'{"choices":[{"message":{"content":"caf\xe9!"},"finish_reason":"stop"}]}'
    with pytest.raises(MalformedResponseError, match="no UTF-8"):
        whole(wire, body)


@pytest.mark.parametrize("finish", ["stop", "tool_calls", None])
def test_a_finished_answer_that_ends_in_half_a_character_is_no_utf8(
    wire: Any, finish: str | None
) -> None:
    """Latin-1 without a declaration: its last letter looks like the first byte of a character."""
    chunk = json.dumps(wire.delta({"content": "caf@"}, finish)).encode().replace(b"@", b"\xe9")
    with pytest.raises(MalformedResponseError, match="no UTF-8"):
        wire.read(wire.sse(chunk, "[DONE]"))
    message = {"choices": [{"message": {"content": "caf@"}, "finish_reason": finish}]}
    with pytest.raises(MalformedResponseError, match="no UTF-8"):
        whole(wire, json.dumps(message).encode().replace(b"@", b"\xe9"))


def test_a_message_that_is_an_empty_string_is_an_empty_answer(wire: Any) -> None:
    assert whole(wire, b'{"choices":[{"message":"","finish_reason":"stop"}]}').text == ""
    assert whole(wire, b'{"choices":[{"message":"","text":"a","finish_reason":"stop"}]}').text == "a"


def raw_delta(text: bytes, key: bytes = b"content", finish: bytes = b"null") -> bytes:
    return (
        b'{"id":"c1","choices":[{"index":0,"delta":{"'
        + key
        + b'":"'
        + text
        + b'"},"finish_reason":'
        + finish
        + b"}]}"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (b"\\ud83d", b"\\ude00"),
        (b"\xf0\x9f", b"\x98\x80"),
        (b"\xf0", b"\x9f\x98\x80"),
        (b"\xf0\x9f\x98", b"\x80"),
    ],
)
@pytest.mark.parametrize("key", [b"content", b"reasoning_content"])
def test_halves_of_a_character_in_two_deltas_are_joined(
    wire: Any, first: bytes, second: bytes, key: bytes
) -> None:
    chunks = [raw_delta(b"a", key), raw_delta(b"b" + first, key), raw_delta(second + b"c", key)]
    for data in (
        wire.sse(*chunks, wire.delta({}, "stop")),
        b"\n".join([*chunks, raw_delta(b"", key, b'"stop"')]),
    ):
        events, done = wire.read(data)
        assert done.text + done.reasoning == "ab😀c"
        assert "".join(event.text for event in events) == "ab😀c"
        assert "unreadable_characters" not in done.extra


def test_a_charset_is_read_beside_white_space_before_the_stream(wire: Any) -> None:
    data = b"\n\n" + wire.sse(wire.delta({"content": "a"}, "stop"))
    stream = ChatStream(wire.generic, content_type="text/event-stream; charset=latin-1")
    stream.feed(data)
    stream.feed(wire.sse("[DONE]"))
    assert stream.close().text == "a"


def test_halves_wait_for_their_own_place(wire: Any) -> None:
    def chunk(index: int, text: bytes, finish: bytes = b"null") -> bytes:
        return raw_delta(text, b"content", finish).replace(b'"index":0', b'"index":%d' % index)

    chunks = [chunk(0, b"\\ud83d"), chunk(1, b"x\\ud83d"), chunk(0, b"\\ude00"), chunk(1, b"\\ude01")]
    _, done = wire.read(wire.sse(*chunks, chunk(0, b"", b'"stop"'), chunk(1, b"", b'"stop"')), choices=2)
    assert [choice.text for choice in done.choices] == ["😀", "x😁"]


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([b"a\\ud83d", b"b"], "a\ufffdb"),
        ([b"a\\ude00b"], "a\ufffdb"),
        ([b"a\\ud83d"], "a"),
        ([b"a\xf0\x9f"], "a"),
    ],
)
def test_a_half_that_stays_alone_is_counted(wire: Any, pieces: list[bytes], text: str) -> None:
    _, done = wire.read(wire.sse(*map(raw_delta, pieces), wire.delta({}, "length")))
    assert done.text == text
    assert done.extra["unreadable_characters"] == 1
    assert "1 characters" in " ".join(fact for fact, _ in remarks(done))


def test_values_that_are_nested_too_deeply_are_malformed(wire: Any) -> None:
    deep = b'{"choices":[{"message":{"content":"\n","x":' + b"[" * 300 + b"]" * 300 + b"}}]}"
    with pytest.raises(MalformedResponseError):
        whole(wire, deep)
    nested = json.loads("[" * 290 + "]" * 290)
    with pytest.raises(ResponseTooLargeError):
        Halves().join(nested)
    assert Halves(300).join(nested) == nested


def test_values_too_deep_for_the_stack_that_is_left_are_an_error_of_ours() -> None:
    nested = json.loads("[" * 290 + "]" * 290)

    def descend() -> None:
        try:
            descend()
        except RecursionError:
            Halves(300).join(nested)

    with pytest.raises(ResponseTooLargeError, match="nested"):
        descend()


# -- damaged events


@pytest.mark.parametrize(
    "damaged", ['{"choices":[{"index":0,"delta":{"content":"10', "{]}", '{"a":tru}', "x"]
)
def test_a_damaged_last_event_before_done_is_malformed(wire: Any, damaged: str) -> None:
    good = wire.delta({"content": "Do NOT take more than "})
    with pytest.raises(MalformedResponseError) as caught:
        wire.read(wire.sse(good, damaged, "[DONE]"))
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Do NOT take more than "
    with pytest.raises((MalformedResponseError, StreamInterruptedError)):
        wire.read(wire.sse(good, damaged))


def test_a_damaged_event_behind_the_finish_reason_is_kept(wire: Any) -> None:
    _, done = wire.read(wire.sse(wire.delta({"content": "a"}, "stop"), '{"usage":{"prompt', "[DONE]"))
    assert done.extra["damaged_event"] == '{"usage":{"prompt'
    assert "could not be read" in " ".join(fact for fact, _ in remarks(done))


# -- a choice's own error, a message's name


@pytest.mark.parametrize(
    "error", [{"code": 502, "message": "Provider disconnected"}, "Provider disconnected"]
)
@pytest.mark.parametrize("finish", ["error", "stop", None])
def test_an_error_in_a_choice_is_raised(wire: Any, error: Any, finish: Any) -> None:
    for message in ({"content": "ha"}, None):
        with pytest.raises(ServerError, match="Provider disconnected"):
            whole(wire, {"message": message, "finish_reason": finish, "error": error})
    last = wire.delta({"content": ""}, finish)
    last["choices"][0]["error"] = error
    chunks = [wire.delta({"content": "ha"}), wire.delta({"content": "ha"}), last]
    with pytest.raises(ServerError, match="Provider disconnected") as caught:
        wire.read(wire.sse(*chunks, "[DONE]"))
    assert caught.value.partial is not None
    assert caught.value.partial.text == "haha"


def test_an_empty_or_odd_error_in_a_choice_is_none(wire: Any) -> None:
    for error in (None, {}, "", [1], True):
        assert (
            whole(wire, {"message": {"content": "a"}, "finish_reason": "stop", "error": error}).text
            == "a"
        )


def test_the_name_in_a_message_is_kept(wire: Any) -> None:
    message = {"role": "assistant", "name": "bot", "content": "a"}
    assert whole(wire, {"message": message, "finish_reason": "stop"}).choices[0].extra == {"name": "bot"}
    chunks = [wire.delta({**message}), wire.delta({**message}, "stop")]
    assert wire.read(wire.sse(*chunks))[1].choices[0].extra == {"name": "bot"}


# -- other formats

NATIVE = [
    ({"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Hi"}]}, "Anthropic"),
    ({"object": "response", "output": [{"type": "message"}]}, "Responses"),
    ({"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]}, "Gemini"),
    ({"model": "m", "response": "Hi", "done": True}, "Ollama"),
]


@pytest.mark.parametrize(("body", "name"), NATIVE)
def test_a_body_of_another_api_is_named(wire: Any, body: Any, name: str) -> None:
    for value in (body, [body]):
        with pytest.raises(MalformedResponseError, match=name) as caught:
            fold(json.dumps(value).encode(), wire.generic)
        assert "base_url" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("types", "name"),
    [
        (
            ["message_start", "ping", "content_block_start", "content_block_delta", "message_stop"],
            "Anthropic",
        ),
        (["response.created", "response.output_text.delta", "response.completed"], "Responses"),
    ],
)
def test_a_stream_of_another_api_is_named(wire: Any, types: list[str], name: str) -> None:
    data = b"".join(
        b"event: " + kind.encode() + b"\ndata: " + json.dumps({"type": kind}).encode() + b"\n\n"
        for kind in types
    )
    with pytest.raises(MalformedResponseError, match=name):
        wire.read(data)


@pytest.mark.parametrize("value", [None, [], 7, {}, {"type": 7}, {"type": "x"}, {"done": True}])
def test_anything_else_is_not_named(value: Any) -> None:
    assert native_format(value) is None
