"""What the scripted server says: pure functions from a request body to an answer.

The rules are in the docstring of :mod:`openai_compatible.testing.scripted`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from openai_compatible.testing.schema_example import example, schemas_in

__all__ = ["Answer", "ScriptedCall", "answer", "count_tokens", "embedding", "encode_vector", "tokens"]

_ECHO_LIMIT = 400
_DEFAULT_DIMENSIONS = 64


class ScriptedCall(NamedTuple):
    """A tool call: id, name of the function, arguments as JSON text."""

    id: str
    name: str
    arguments: str


class Answer(NamedTuple):
    """One choice: text, reasoning (or None), tool calls, and the finish reason."""

    text: str
    reasoning: str | None
    calls: tuple[ScriptedCall, ...]
    finish_reason: str


def tokens(text: str) -> list[str]:
    """Words with the white space before them; they join to the text.

    >>> tokens("Hello,  you.")
    ['Hello,', '  you.']
    """
    return re.findall(r"\s*\S+|\s+", text)


def count_tokens(messages: Sequence[Mapping[str, Any]]) -> int:
    """Words of all messages, plus four a message."""
    return sum(4 + len(tokens(text_of(message.get("content")))) for message in messages)


def text_of(content: Any) -> str:
    """The text of a message's content: a string, a list of parts, or null."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(str(part.get("text") or "") for part in parts if part.get("type") == "text")


def answer(body: Mapping[str, Any]) -> Answer:
    """What the script says to a chat completion request that was found valid."""
    messages = body["messages"]
    last = messages[-1]
    prompt = next((text_of(m.get("content")) for m in reversed(messages) if m["role"] == "user"), "")
    reasoning = f"The user says: {prompt[:_ECHO_LIMIT]}" if _reasons(body) else None
    calls = _calls(body, last["role"], prompt)
    if calls:
        named = isinstance(body.get("tool_choice"), Mapping)
        return Answer("", reasoning, calls, "stop" if named else "tool_calls")
    text = _structured(body, messages, prompt)
    if text is None and last["role"] == "tool":
        text = f"The tool said: {text_of(last.get('content'))[:_ECHO_LIMIT]}"
    elif text is None:
        text = f"You said: {prompt[:_ECHO_LIMIT]}"
    return _limited(body, text, reasoning)


def _reasons(body: Mapping[str, Any]) -> bool:
    switch = (body.get("chat_template_kwargs") or {}).get("enable_thinking", True)
    return bool(switch) and str(body.get("model", "")).startswith("scripted-reasoner")


def _calls(body: Mapping[str, Any], last_role: str, prompt: str) -> tuple[ScriptedCall, ...]:
    functions = [tool["function"] for tool in body.get("tools") or ()]
    choice = body.get("tool_choice") or "auto"
    if not functions or choice == "none" or (choice == "auto" and last_role != "user"):
        return ()
    if isinstance(choice, Mapping):
        functions = [f for f in functions if f["name"] == choice["function"]["name"]]
    mentioned = [f for f in functions if f["name"] in prompt] or functions
    chosen = mentioned[:1]
    if re.search(r"\btwice\b", prompt) and body.get("parallel_tool_calls") is not False:
        chosen = mentioned[:2] if len(mentioned) > 1 else mentioned * 2
    seed = f"{prompt}{len(body['messages'])}"
    return tuple(
        ScriptedCall(
            f"call_{_digest(f'{seed}{number}')}", function["name"], _arguments(function, prompt)
        )
        for number, function in enumerate(chosen)
    )


def _arguments(function: Mapping[str, Any], prompt: str) -> str:
    # The name of the function is no argument, even when the prompt puts it in quotes.
    prompt = prompt.replace(function["name"], "")
    filled = example({"type": "object", **(function.get("parameters") or {})}, prompt)
    return json.dumps(filled, ensure_ascii=False)


def _structured(
    body: Mapping[str, Any], messages: Sequence[Mapping[str, Any]], prompt: str
) -> str | None:
    wanted = body.get("response_format") or {}
    written = "\n".join(text_of(message.get("content")) for message in messages)
    schemas = schemas_in(written) if "json" in written.lower() else []
    if wanted.get("type") == "json_schema":
        value = example(wanted["json_schema"]["schema"], prompt)
    elif schemas:
        value = example(schemas[-1], "")
    elif wanted.get("type") == "json_object":
        keys = re.findall(r"['\"`]([A-Za-z_]\w*)['\"`]", written) or ["answer"]
        value = {key: f"scripted {key}" for key in keys}
    else:
        return None
    return json.dumps(value, ensure_ascii=False)


def _limited(body: Mapping[str, Any], text: str, reasoning: str | None) -> Answer:
    """Obey ``stop`` and the token limit; reasoning counts towards the limit."""
    stops = body.get("stop") or []
    for stop in [stops] if isinstance(stops, str) else stops:
        text = text.partition(stop)[0] if stop else text
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    thought = tokens(reasoning or "")
    if limit is None or limit >= len(thought) + len(tokens(text)):
        return Answer(text, reasoning, (), "stop")
    kept = None if reasoning is None else "".join(thought[:limit])
    return Answer("".join(tokens(text)[: max(0, limit - len(thought))]), kept, (), "length")


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def embedding(text: str, dimensions: int | None = None) -> list[float]:
    """A vector of length 1 in which texts that share words are near each other.

    Every word adds to one dimension, long words more than short ones.

    >>> cat, mat, sun = embedding("the cat sleeps"), embedding("a cat sleeps"), embedding("sunny")
    >>> sum(a * b for a, b in zip(cat, mat)) > sum(a * b for a, b in zip(cat, sun))
    True
    """
    size = dimensions or _DEFAULT_DIMENSIONS
    vector = [0.0] * size
    for word in re.findall(r"\w+", text.lower()):
        place = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
        vector[place % size] += (1.0 if place >> 63 else -1.0) * max(1, len(word) - 3)
    length = math.hypot(*vector)
    return [x / length for x in vector] if length else [1.0, *vector[1:]]


def encode_vector(vector: Sequence[float]) -> str:
    """Little-endian 32-bit floats in base64, as ``encoding_format: base64`` asks for."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
