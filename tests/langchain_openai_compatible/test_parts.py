"""Content blocks: what a block says is in the request, or is an error or a notice."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from langchain_openai_compatible.messages import to_wire
from langchain_openai_compatible.parts import to_parts
from openai_compatible import OpenAICompatibleWarning
from openai_compatible.errors import ConfigError
from openai_compatible.wire.dialect.omissions import OMISSIONS

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
HEADS = {
    "image/png": base64.b64decode(PNG),
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "image/gif": b"GIF89a\x01\x00",
    "image/webp": b"RIFF\x1a\x00\x00\x00WEBPVP8 ",
}
IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}


def text64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text-plain", "text": "notes", "mime_type": "text/plain"},
        {"type": "text-plain", "base64": text64("notes"), "mime_type": "text/plain"},
        {"type": "text-plain", "source_type": "base64", "data": text64("notes")},
        {"type": "text-plain", "url": f"data:text/plain;base64,{text64('notes')}"},
        {"type": "file", "source_type": "text", "text": "notes", "mime_type": "text/plain"},
    ],
)
def test_a_text_document_is_sent_as_its_text(block):
    assert to_parts(block) == [{"type": "text", "text": "notes"}]


def test_title_and_context_of_a_text_document_stand_before_its_text():
    block = {"type": "text-plain", "text": "c", "title": "a", "context": "b", "mime_type": "text/plain"}
    assert to_parts(block) == [{"type": "text", "text": "a\nb\nc"}]


def test_a_text_document_by_id_is_a_file():
    block = {"type": "text-plain", "file_id": "f1", "mime_type": "text/plain"}
    assert to_parts(block) == [{"type": "file", "file": {"file_id": "f1"}}]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text-plain", "url": "https://x.org/a.txt"},
        {"type": "text-plain", "base64": "/w=="},
        {"type": "text-plain", "base64": "no base64!"},
        {"type": "text-plain"},
        {"type": "image", "url": "https://x.org/a.png", "base64": PNG},
        {"type": "image", "file_id": "f1"},
        {"type": "image", "base64": "AAAA"},
        {"type": "image", "base64": ""},
        {"type": "image", "url": 3},
        {"type": "image_url"},
        {"type": "audio", "base64": "AAAA"},
        {"type": "audio", "file_id": "f1", "mime_type": "audio/wav"},
        {"type": "file", "base64": "AAAA"},
        {"type": "video", "file_id": "f1"},
        {"type": "non_standard"},
    ],
)
def test_what_has_no_form_is_an_error_of_ours(block):
    with pytest.raises(ConfigError, match="cannot be sent"):
        to_parts(block)


@pytest.mark.parametrize(
    ("mime_type", "sent"),
    [
        ("audio/mpeg", "mp3"),
        ("audio/mp3", "mp3"),
        ("audio/x-wav", "wav"),
        ("audio/vnd.wave", "wav"),
        ("audio/mp4", "m4a"),
        ("audio/x-m4a", "m4a"),
        ("audio/ogg; codecs=opus", "ogg"),
        ("audio/flac", "flac"),
        ("audio/webm", "webm"),
        ("audio/aac", "aac"),
    ],
)
def test_a_format_of_sound_is_named_as_servers_know_it(mime_type, sent):
    (part,) = to_parts({"type": "audio", "base64": "AAAA", "mime_type": mime_type})
    assert part["input_audio"] == {"data": "AAAA", "format": sent}


@pytest.mark.parametrize("kind", HEADS)
@pytest.mark.parametrize("key", ["base64", "data"])
async def test_the_first_bytes_of_a_picture_say_its_type(server, chat, kind, key):
    data = base64.b64encode(HEADS[kind]).decode()
    source = {"base64": data} if key == "base64" else {"source_type": "base64", "data": data}
    asked = [HumanMessage([{"type": "image", **source}])]
    model = chat()
    model.invoke(asked)
    await model.ainvoke(asked)
    list(model.stream(asked))
    model.generate([asked])
    part = {"type": "image_url", "image_url": {"url": f"data:{kind};base64,{data}"}}
    assert [request.json["messages"][0]["content"] for request in server.requests] == [[part]] * 4


async def test_a_picture_of_no_type_is_an_error_of_ours_in_every_call(chat):
    asked = [HumanMessage([{"type": "image", "base64": "AAAA"}])]
    model = chat()
    for call in (model.invoke, lambda asked: list(model.stream(asked)), lambda a: model.generate([a])):
        with pytest.raises(ConfigError, match="mime_type"):
            call(asked)
    with pytest.raises(ConfigError, match="mime_type"):
        await model.ainvoke(asked)


def test_openais_parts_pass_langchain_unchanged(server, chat):
    parts: list[Any] = [
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}, "x": 1},
        {"type": "file", "file": {"file_data": f"data:text/csv;base64,{PNG}", "filename": "a.csv"}},
        {"type": "file", "file": {"file_id": "f1", "filename": "a"}, "cache_control": {"type": "e"}},
        {"type": "file", "file": {"file_data": "https://x.org/a.pdf", "filename": "a.pdf"}},
        {"type": "image_url", "image_url": {"url": "https://x.org/a.png", "detail": "low"}, "y": 2},
    ]
    chat().invoke([HumanMessage(parts)])
    assert server.requests[-1].json["messages"][0]["content"] == parts


def test_texts_of_an_answer_keep_their_keys():
    part = {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}
    (wire,) = to_wire([AIMessage([part, {"type": "text", "text": "b"}])])
    assert wire["content"] == [part, {"type": "text", "text": "b"}]


def test_a_refusal_of_an_answer_keeps_its_keys():
    marked = {"cache_control": {"type": "ephemeral"}}
    (wire,) = to_wire([AIMessage([{"type": "refusal", "refusal": "No.", **marked}])])
    assert wire["content"] == [{"type": "text", "text": "No.", **marked}]
    (wire,) = to_wire([AIMessage([{"type": "refusal", "refusal": "No."}])])
    assert wire["content"] == "No."


@pytest.mark.parametrize("mark", ["cache_control", "prompt_cache_breakpoint"])
@pytest.mark.parametrize(
    "block",
    [
        {"type": "reasoning", "reasoning": "hm"},
        {"type": "thinking", "thinking": "hm"},
        {"type": "audio", "base64": "AAAA"},
        {"type": "tool_use", "id": "c1", "name": "f", "input": {}},
    ],
)
def test_a_cache_mark_that_no_part_can_carry_is_named(block, mark):
    (wire,) = to_wire([AIMessage([{**block, mark: {"type": "ephemeral"}}])])
    assert wire[OMISSIONS] == [f"{mark} of a block of type {block['type']!r}"]


def test_what_an_answer_of_another_service_noted_beside_its_text_is_not_sent():
    block = {"type": "text", "text": "a", "annotations": [], "id": "x", "extras": {"signature": "s"}}
    (wire,) = to_wire([AIMessage([block])])
    assert wire == {"role": "assistant", "content": "a"}


def test_blocks_that_are_not_sent_are_named(server, chat):
    call = {"type": "server_tool_call", "name": "web_search", "args": {}, "id": "s1"}
    thought = {"type": "reasoning", "reasoning": "hm"}
    asked = [HumanMessage([thought, "x"]), AIMessage([call, {"type": "text", "text": "a"}])]
    with pytest.warns(OpenAICompatibleWarning, match="left out"):
        answer = chat().invoke([*asked, HumanMessage("y")])
    changes = answer.response_metadata["openai_compatible"]["changes"]
    assert len(changes) == 2
    sent = server.requests[-1].json["messages"]
    assert sent[:2] == [{"role": "user", "content": "x"}, {"role": "assistant", "content": "a"}]


@pytest.mark.parametrize("policy", ["omit", "images", "as_given"])
@pytest.mark.filterwarnings("ignore::openai_compatible.OpenAICompatibleWarning")
def test_pictures_of_answers_go_back_as_the_dialect_says(server, chat, policy):
    answer = AIMessage(
        [{"type": "text", "text": "See"}, {"type": "image", "url": "https://x.org/a.png"}]
    )
    told = chat(dialect={"assistant_media": policy}).invoke([HumanMessage("x"), answer])
    sent = server.requests[-1].json["messages"][1]
    part = {"type": "image_url", "image_url": {"url": "https://x.org/a.png"}}
    assert (
        sent
        == {
            "omit": {"role": "assistant", "content": "See"},
            "images": {"role": "assistant", "content": "See", "images": [part]},
            "as_given": {"role": "assistant", "content": [{"type": "text", "text": "See"}, part]},
        }[policy]
    )
    changes = told.response_metadata["openai_compatible"]["changes"]
    assert any("pictures" in change for change in changes) == (policy == "omit")


def test_results_of_tools_keep_their_pictures_and_the_rest_of_their_message():
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [IMAGE], "is_error": True}
    marked = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
    first, second = to_wire([HumanMessage([result, marked])])
    assert first["content"] == [IMAGE]
    assert first["omissions"] == ["is_error of a tool result"]
    assert second == {"role": "user", "content": [marked]}


LEAF = st.sampled_from(["leaf-a", "leaf-b", "leaf-c"]) | st.just({"deep": "leaf-d"})
EXTRA = st.dictionaries(
    st.sampled_from(["cache_control", "prompt_cache_breakpoint", "detail", "min_pixels", "vendor"]),
    LEAF,
    max_size=3,
)
SOURCES: dict[str, list[dict[str, Any]]] = {
    "text": [{"text": "leaf-t"}],
    "text-plain": [{"text": "leaf-t"}, {"base64": text64("leaf-t")}, {"file_id": "leaf-t"}],
    "image": [{"url": "leaf-t"}, {"base64": PNG, "mime_type": "image/png"}, {"file_id": "leaf-t"}],
    "audio": [{"base64": "AAAA", "mime_type": "audio/wav"}, {"url": "leaf-t"}],
    "file": [{"base64": "AAAA", "mime_type": "a/b", "filename": "leaf-t"}, {"file_id": "leaf-t"}],
    "video": [{"url": "leaf-t"}, {"base64": "leaf-t"}],
    "image_url": [{"image_url": "leaf-t"}, {"image_url": {"url": "leaf-t", "detail": "low"}}],
    "non_standard": [{"value": {"type": "x", "a": "leaf-t"}}],
    "unknown": [{"a": "leaf-t"}],
}
BLOCK = st.sampled_from(sorted(SOURCES)).flatmap(
    lambda kind: st.builds(
        lambda source, beside, extras: {
            "type": kind,
            **source,
            **beside,
            **({"extras": extras} if extras else {}),
        },
        st.sampled_from(SOURCES[kind]),
        EXTRA,
        EXTRA,
    )
)


def leaves(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {leaf for each in value.values() for leaf in leaves(each)}
    return {value} if isinstance(value, str) and value.startswith("leaf") else set()


@settings(max_examples=300, deadline=None)
@given(BLOCK, st.sampled_from(["user", "assistant", "tool"]))
def test_every_leaf_of_a_block_is_sent_or_named(block: dict[str, Any], role: str) -> None:
    message = {
        "user": HumanMessage([block]),
        "assistant": AIMessage([block]),
        "tool": ToolMessage([block], tool_call_id="c"),
    }[role]
    # A key beside the block wins over the same key in its extras.
    beside = {key: value for key, value in block.items() if key != "extras"}
    said = {**{k: v for k, v in block.get("extras", {}).items() if k not in beside}, **beside}
    try:
        (wire,) = to_wire([message])
    except ConfigError:
        return
    if role == "assistant" and block["type"] == "audio":
        assert "audio_memory" in wire, "the dialect sends it or says that it is left out"
        return
    sent = json.dumps(wire)
    assert not [leaf for leaf in leaves(said) if leaf not in sent]
