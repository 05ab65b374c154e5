"""LlamaIndex messages -> OpenAI chat dicts."""

from __future__ import annotations

import base64
import io

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from llama_index.llms.openai_compatible.messages import to_wire
from openai_compatible.errors import ConfigError

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PNG_TEXT = base64.b64encode(PNG).decode()


def one(**fields):
    return to_wire([ChatMessage(**fields)])[0]


def user(*blocks):
    return one(role="user", blocks=list(blocks))["content"]


@pytest.mark.parametrize(
    ("role", "sent"),
    [
        ("system", "system"),
        ("developer", "developer"),
        ("user", "user"),
        ("assistant", "assistant"),
        ("chatbot", "assistant"),
        ("model", "assistant"),
        ("tool", "tool"),
    ],
)
def test_every_role_has_one_of_openai(role, sent):
    assert one(role=role, content="Hi") == {"role": sent, "content": "Hi"}


@pytest.mark.parametrize("role", ["system", "user", "assistant"])
def test_text_is_sent_as_a_string(role):
    assert one(role=role, blocks=[TextBlock(text="a"), TextBlock(text="b")])["content"] == "a\nb"


def test_a_message_without_blocks_has_empty_content():
    assert one(role="user") == {"role": "user", "content": ""}


def test_a_name_travels():
    assert one(role="user", content="Hi", additional_kwargs={"name": "ann"})["name"] == "ann"


def test_a_tool_result_names_its_call():
    wire = one(role="tool", content="3", additional_kwargs={"tool_call_id": "c1", "name": "add"})
    assert wire == {"role": "tool", "content": "3", "tool_call_id": "c1", "name": "add"}


@pytest.mark.parametrize("arguments", [{"städte": "Köln"}, '{"städte": "Köln"}'])
def test_tool_calls_are_sent_from_their_blocks(arguments):
    block = ToolCallBlock(tool_call_id="c1", tool_name="f", tool_kwargs=arguments)
    wire = one(role="assistant", blocks=[block])
    assert wire["content"] is None
    function = {"name": "f", "arguments": '{"städte": "Köln"}'}
    assert wire["tool_calls"] == [{"id": "c1", "type": "function", "function": function}]


def test_calls_of_both_kinds_are_sent_once():
    block = ToolCallBlock(tool_call_id="c1", tool_name="f", tool_kwargs={})
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    wire = one(role="assistant", blocks=[block], additional_kwargs={"tool_calls": [call]})
    assert wire["tool_calls"] == [call]


class SdkCall:
    def model_dump(self, **_):
        return {"id": "c1", "index": 0, "function": {"name": "f", "arguments": {"a": 1}}}


@pytest.mark.parametrize(
    "call", [SdkCall(), {"id": "c1", "function": {"name": "f", "arguments": '{"a": 1}'}}]
)
def test_calls_in_additional_kwargs_are_sent_in_openai_form(call):
    wire = one(role="assistant", content="", additional_kwargs={"tool_calls": [call]})
    function = {"name": "f", "arguments": '{"a": 1}'}
    assert wire["tool_calls"] == [{"id": "c1", "type": "function", "function": function}]


def test_a_call_of_another_type_is_an_error():
    with pytest.raises(ConfigError, match="tool call of type int"):
        one(role="assistant", content="", additional_kwargs={"tool_calls": [7]})


def test_reasoning_is_no_text_and_travels_under_its_own_key():
    wire = one(role="assistant", blocks=[ThinkingBlock(content="Hm"), TextBlock(text="Hi")])
    memory = {"text": "Hm", "field": "reasoning_content"}
    assert wire == {"role": "assistant", "content": "Hi", "reasoning_memory": memory}


def test_a_refusal_goes_back_as_text():
    wire = one(role="assistant", content="", additional_kwargs={"refusal": "I will not."})
    assert wire["content"] == "I will not."


def test_an_image_of_bytes_becomes_a_data_url():
    parts = user(TextBlock(text="What?"), ImageBlock(image=PNG, detail="low"))
    assert parts == [
        {"type": "text", "text": "What?"},
        {
            "type": "image_url",
            "image_url": {"url": f"data:image/png;base64,{PNG_TEXT}", "detail": "low"},
        },
    ]


def test_an_image_url_is_sent_as_it_is():
    parts = user(ImageBlock(url="https://example.com/a.png?b=c"))
    assert parts == [{"type": "image_url", "image_url": {"url": "https://example.com/a.png?b=c"}}]


def test_an_image_is_read_from_its_path(tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    parts = user(ImageBlock(path=tmp_path / "a.png"))
    assert parts[0]["image_url"]["url"] == f"data:image/png;base64,{PNG_TEXT}"


def test_an_open_file_is_read_each_time():
    block = ImageBlock(image=io.BytesIO(PNG), image_mimetype="image/png")
    for _ in range(2):
        assert user(block)[0]["image_url"]["url"] == f"data:image/png;base64,{PNG_TEXT}"


def test_sound_is_sent_as_input_audio():
    parts = user(AudioBlock(audio=b"RIFF\x00\x00WAVE", format="mp3"))
    data = base64.b64encode(b"RIFF\x00\x00WAVE").decode()
    assert parts == [{"type": "input_audio", "input_audio": {"data": data, "format": "mp3"}}]


def test_video_is_sent_as_video_url():
    parts = user(VideoBlock(video=b"\x00\xff", video_mimetype="video/webm"))
    data = base64.b64encode(b"\x00\xff").decode()
    assert parts == [{"type": "video_url", "video_url": {"url": f"data:video/webm;base64,{data}"}}]


def test_a_document_is_sent_as_a_file():
    parts = user(DocumentBlock(data=b"%PDF-1.4", title="a.pdf", document_mimetype="application/pdf"))
    data = "data:application/pdf;base64," + base64.b64encode(b"%PDF-1.4").decode()
    assert parts == [{"type": "file", "file": {"filename": "a.pdf", "file_data": data}}]


def test_a_text_document_is_sent_as_text():
    content = user(DocumentBlock(data="Grüße".encode(), document_mimetype="text/plain"))
    assert content == "Grüße"


def test_citable_and_cited_text_is_sent_as_text():
    assert user(CitableBlock(title="t", source="s", content="fact")) == "fact"
    cited = CitationBlock(
        cited_content="fact", source="s", title="t", additional_location_info={"page": 1}
    )
    assert user(cited) == "fact"


def test_a_cache_point_marks_the_part_before_it():
    point = CachePoint(cache_control=CacheControl(type="ephemeral"))
    control = {"type": "ephemeral", "ttl": "5m"}
    assert user(TextBlock(text="Hi"), point, TextBlock(text="x")) == [
        {"type": "text", "text": "Hi", "cache_control": control},
        {"type": "text", "text": "x"},
    ]
    assert one(role="user", blocks=[point])["omissions"] == ["a CachePoint with no content before it"]


def test_what_a_citable_block_says_beside_its_content_is_named_as_left_out():
    block = CitableBlock(title="t", source="s", content="fact")
    assert one(role="user", blocks=[block])["omissions"] == ["title and source of a CitableBlock"]


def test_calls_and_thoughts_outside_of_answers_are_named_as_left_out():
    wire = one(role="user", blocks=[ThinkingBlock(content="hm"), ToolCallBlock(tool_name="f")])
    assert len(wire["omissions"]) == 2


@pytest.mark.parametrize(
    ("given", "sent"), [("mpeg", "mp3"), ("audio/x-wav", "wav"), (".ogg", "ogg"), ("mp4", "m4a")]
)
def test_a_format_of_sound_is_named_as_servers_know_it(given, sent):
    (part,) = user(AudioBlock(audio=b"\x00\xff", format=given))
    assert part["input_audio"]["format"] == sent


def test_frames_and_detail_of_a_video_stand_beside_it():
    (part,) = user(VideoBlock(url="https://x.org/a.mp4", fps=2, detail="low"))
    assert (part["fps"], part["detail"]) == (2, "low")


@pytest.mark.parametrize(
    "block",
    [
        ImageBlock(image=b"\x00\xff"),
        AudioBlock(audio=b"\x00\xff"),
        DocumentBlock(data=b"\x00\xff"),
        DocumentBlock(data=b"\xff", document_mimetype="text/plain"),
    ],
    ids=["image", "audio", "document", "text"],
)
def test_bytes_of_no_known_type_are_an_error(block):
    with pytest.raises(ConfigError, match="cannot be sent"):
        user(block)


def test_a_text_file_is_sent_as_text_and_with_its_title(tmp_path):
    (tmp_path / "a.txt").write_text("Hi")
    assert user(DocumentBlock(path=tmp_path / "a.txt")) == "Hi"
    assert user(DocumentBlock(path=tmp_path / "a.txt", title="Notes")) == "Notes\nHi"
    assert user(DocumentBlock(data=b"Hi")) == "Hi"


@pytest.mark.parametrize(
    "block", [ImageBlock(), AudioBlock(), DocumentBlock(path="/no/such/file.pdf")], ids=repr
)
def test_what_cannot_be_read_is_an_error(block):
    with pytest.raises(ConfigError, match="cannot be read"):
        user(block)


def test_a_tool_result_may_hold_an_image():
    wire = one(role="tool", blocks=[ImageBlock(image=PNG)], additional_kwargs={"tool_call_id": "c"})
    assert wire["content"][0]["type"] == "image_url"
    assert wire["tool_call_id"] == "c"
