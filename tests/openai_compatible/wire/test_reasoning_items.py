"""Reasoning items that come in pieces are whole items again, each with its signature."""

from __future__ import annotations

from typing import Any

from openai_compatible.profiles.profile import Profile
from openai_compatible.testing.replies import sse
from openai_compatible.wire.chat import ChatStream


def items(key: str, *pieces: dict[str, Any]) -> Any:
    """What a stream of the pieces leaves under the key."""
    chunks: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": {key: [piece]}, "finish_reason": None}]} for piece in pieces
    ]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    stream = ChatStream(Profile(name="x"))
    stream.feed(sse(*chunks))
    return stream.close().choices[0].extra[key]


def test_thinking_blocks_are_joined_up_to_their_signatures() -> None:
    def block(text: str, **more: Any) -> dict[str, Any]:
        return {"type": "thinking", "thinking": text, **more}

    found = items(
        "thinking_blocks",
        block("a", signature=None),
        block("b"),
        block("", signature="s1"),
        block("c"),
        block("d", signature="s2"),
        {"type": "redacted_thinking", "data": "x"},
    )
    assert found == [
        block("ab", signature="s1"),
        block("cd", signature="s2"),
        {"type": "redacted_thinking", "data": "x"},
    ]


def test_pieces_with_an_index_belong_to_it_also_after_a_signature() -> None:
    def piece(text: str, index: int) -> dict[str, Any]:
        return {"type": "reasoning.text", "text": text, "index": index, "signature": f"s{index}"}

    found = items("reasoning_details", piece("a", 0), piece("b", 0), piece("c", 1))
    assert found == [piece("ab", 0), piece("c", 1)]
