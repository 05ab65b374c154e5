"""A model server that thinks between tool calls, and is strict about getting its thoughts back.

::

    with loopback(reasoning_loop("demands")) as server:
        ...  # an agent with the tool `step`, asked anything at model "thinker"

Each user turn is a loop: five calls of the tool ``step`` with ``{"number": 1}`` to
``{"number": 5}`` (two calls at once in the third), each with a thought of its own, then the text
:data:`FINAL`. The server keeps no state: what it says follows from the messages alone.

What it refuses, with the words of real servers (reasoning-must-echo, reasoning-must-strip and
gemini-thought-signature of the quirk catalogue)
    =============  ======================================================================
    ``demands``    400 if an assistant message with tool calls, after the last user message
                   (``every_turn``: anywhere), lacks the exact thought it had
    ``refuses``    400 if any assistant message has a thought
    ``accepts``    nothing
    =============  ======================================================================

Always refused: tools not offered, and tool messages that do not answer the calls before them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from openai_compatible.testing.replies import App, Reply, Seen, event_stream, json_reply

__all__ = ["FINAL", "MODEL", "TOOL", "TOOL_TURNS", "calls", "final_thought", "reasoning_loop", "thought"]

Mode = Literal["demands", "refuses", "accepts"]

MODEL: Final = "thinker"
TOOL: Final = "step"
"""Name of the tool that is called, with ``{"number": N}``."""
TOOL_TURNS: Final = 5
FINAL: Final = "All five steps are done."

_DETAILS = ("reasoning_details", "thinking_blocks")


def thought(user: int, turn: int) -> str:
    """What the model thinks before tool turn ``turn`` of user message ``user``, both from 1.

    >>> thought(1, 2)
    'Thought 1.2: step 2 comes next.'
    """
    return f"Thought {user}.{turn}: step {turn} comes next."


def final_thought(user: int) -> str:
    """What it thinks before the last answer of a user turn."""
    return f"Thought {user}.{TOOL_TURNS + 1}: nothing is left."


def calls(user: int, turn: int) -> list[dict[str, Any]]:
    """The tool calls of one tool turn, as sent.

    >>> [call["id"] for call in calls(1, 3)]
    ['call_1_3_0', 'call_1_3_1']
    """
    function = {"name": TOOL, "arguments": json.dumps({"number": turn})}
    return [
        {"id": f"call_{user}_{turn}_{index}", "type": "function", "function": dict(function)}
        for index in range(2 if turn == 3 else 1)
    ]


def reasoning_loop(
    mode: Mode = "demands", *, field: str = "reasoning_content", every_turn: bool = False
) -> App:
    """The server, to be given to ``loopback``.

    Args:
        mode: What it refuses.
        field: Where thoughts are: a key of the message (``reasoning_content``, ``reasoning``);
            ``reasoning_details`` or ``thinking_blocks`` (items with a signature); ``content`` (a
            thinking part before the text); ``<think>`` (marks in the text); ``thought_signature``
            (``reasoning_content``, of which only the signature in the turn's first tool call has
            to come back).
        every_turn: Also thoughts of earlier user turns are demanded.
    """

    def respond(seen: Seen) -> Reply:
        if seen.method != "POST" or not seen.path.endswith("/chat/completions"):
            return _refused(f"no route {seen.method} {seen.path}", status=404)
        request = seen.json
        messages = request["messages"]
        said = _protocol(request) or _verdict(messages, mode, field, every_turn=every_turn)
        if said is not None:
            return said
        user = sum(message["role"] == "user" for message in messages)
        turn = 1 + sum(_is_call(message) for message in messages[_loop(messages) :])
        return _answer(request, user, turn, field)

    return respond


def _loop(messages: Sequence[Mapping[str, Any]]) -> int:
    """Index after the last user message."""
    return max((i + 1 for i, message in enumerate(messages) if message["role"] == "user"), default=0)


def _is_call(message: Mapping[str, Any]) -> bool:
    return message["role"] == "assistant" and bool(message.get("tool_calls"))


def _protocol(request: Mapping[str, Any]) -> Reply | None:
    """Complaint about the conversation itself."""
    names = [tool["function"]["name"] for tool in request.get("tools") or ()]
    if TOOL not in names:
        return _refused(f"the tool {TOOL!r} is not offered")
    due: set[str] = set()
    for message in request["messages"]:
        if message["role"] == "tool":
            if message.get("tool_call_id") not in due:
                return _refused(f"tool_call_id {message.get('tool_call_id')!r} answers no call")
            due.discard(message["tool_call_id"])
        elif due:
            return _refused(f"no tool message answers {sorted(due)}")
        due |= {call["id"] for call in message.get("tool_calls") or ()}
    return _refused(f"no tool message answers {sorted(due)}") if due else None


def _verdict(
    messages: Sequence[Mapping[str, Any]], mode: Mode, field: str, *, every_turn: bool
) -> Reply | None:
    """Complaint about thoughts that are missing, or that nobody wants."""
    loop, user, turn = _loop(messages), 0, 0
    for index, message in enumerate(messages):
        if message["role"] == "user":
            user, turn = user + 1, 0
        if message["role"] != "assistant":
            continue
        turn += 1
        if mode == "refuses":
            key = _thought_key(message, field)
            if key is not None:
                return _extra_forbidden(index, key)
        elif mode == "demands" and _is_call(message) and (every_turn or index >= loop):
            sent = _message(user, turn, field)
            if not _same_thought(message, sent, field):
                return _missing(field, index)
    return None


def _thought_key(message: Mapping[str, Any], field: str) -> str | None:
    """The key of a message that holds a thought, if one does."""
    keys = {"reasoning_content", "reasoning", "reasoning_text", "thinking", *_DETAILS} & set(message)
    if keys:
        return min(keys)
    if "Thought " in json.dumps(message.get("content")):
        return "content"
    if any(set(call) - {"id", "type", "function"} for call in message.get("tool_calls") or ()):
        return "tool_calls"
    return None


def _same_thought(message: Mapping[str, Any], sent: Mapping[str, Any], field: str) -> bool:
    if field == "thought_signature":
        signed = [call.get("extra_content") for call in message["tool_calls"]]
        return signed == [call.get("extra_content") for call in sent["tool_calls"]]
    key = "content" if field in ("content", "<think>") else field
    return bool(message.get(key) == sent.get(key))


def _missing(field: str, index: int) -> Reply:
    if field == "thought_signature":
        text = f"Function call is missing a thought_signature in functionCall parts. Position {index}."
        error = {"code": 400, "message": text, "status": "INVALID_ARGUMENT"}
        return json_reply([{"error": error}], status=400)
    name = field if field not in ("content", "<think>") else "reasoning_content"
    return _refused(f"The {name} in the thinking mode must be passed back to the API.")


def _extra_forbidden(index: int, key: str) -> Reply:
    loc = ["body", "messages", index, "assistant", key]
    item = {"type": "extra_forbidden", "loc": loc, "msg": "Extra inputs are not permitted"}
    return json_reply({"object": "error", "message": {"detail": [item]}}, status=400)


def _refused(text: str, status: int = 400) -> Reply:
    return json_reply({"error": {"message": text, "type": "invalid_request_error"}}, status=status)


def _message(user: int, turn: int, field: str) -> dict[str, Any]:
    """The whole message of one turn, as a body has it."""
    last = turn > TOOL_TURNS
    text = final_thought(user) if last else thought(user, turn)
    message: dict[str, Any] = {"role": "assistant", "content": FINAL if last else None}
    if not last:
        message["tool_calls"] = calls(user, turn)
    if field in _DETAILS:
        message[field] = _details(user, turn, text, field)
    elif field == "content":
        part = {"type": "thinking", "thinking": [{"type": "text", "text": text}]}
        message["content"] = [part, *([{"type": "text", "text": FINAL}] if last else [])]
    elif field == "<think>":
        message["content"] = f"<think>{text}</think>\n\n{FINAL if last else ''}"
    elif field == "thought_signature":
        message["reasoning_content"] = text
        if not last:
            google = {"thought_signature": f"signature {user}.{turn}"}
            message["tool_calls"][0]["extra_content"] = {"google": google}
    else:
        message[field] = text
    return message


def _details(user: int, turn: int, text: str, field: str) -> list[dict[str, Any]]:
    signature = f"signature {user}.{turn}"
    if field == "thinking_blocks":
        return [{"type": "thinking", "thinking": text, "signature": signature}]
    return [
        {"type": "reasoning.text", "text": text, "signature": signature, "index": 0},
        {"type": "reasoning.encrypted", "data": f"encrypted {user}.{turn}", "index": 1},
    ]


def _answer(request: Mapping[str, Any], user: int, turn: int, field: str) -> Reply:
    message = _message(user, turn, field)
    finish = "tool_calls" if "tool_calls" in message else "stop"
    head = {"id": f"chatcmpl-{user}-{turn}", "created": 1_700_000_000, "model": request["model"]}
    details = {"reasoning_tokens": 7}
    usage: dict[str, Any] = {"prompt_tokens": 10 * turn, "completion_tokens": 12}
    usage.update(total_tokens=10 * turn + 12, completion_tokens_details=details)
    if not request.get("stream"):
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return json_reply({**head, "object": "chat.completion", "choices": [choice], "usage": usage})
    head["object"] = "chat.completion.chunk"
    chunks = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in _deltas(message)
    ]
    chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if (request.get("stream_options") or {}).get("include_usage"):
        chunks.append({**head, "choices": [], "usage": usage})
    return event_stream(*chunks)


def _deltas(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A message in pieces: thoughts, then text, then calls."""
    yield {"role": "assistant", "content": ""}
    for key, value in message.items():
        if key in ("role", "content", "tool_calls"):
            continue
        for piece in _cut(value) if isinstance(value, str) else _cut_items(value):
            yield {key: piece}
    content = message["content"]
    if isinstance(content, str):
        yield from ({"content": piece} for piece in _cut(content))
    for part in content if isinstance(content, list) else ():
        yield {"content": [part]}
    for index, call in enumerate(message.get("tool_calls") or ()):
        arguments = call["function"]["arguments"]
        yield {"tool_calls": [{**call, "index": index, "function": {"name": TOOL, "arguments": ""}}]}
        for piece in _cut(arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _cut(text: str) -> list[str]:
    return [text[at : at + 6] for at in range(0, len(text), 6)]


def _cut_items(items: Sequence[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Items as OpenRouter streams them: the text in pieces, the signature with the last."""
    for item in items:
        key = next((name for name in ("text", "thinking") if name in item), None)
        if key is None:
            yield [dict(item)]
            continue
        rest = {name: value for name, value in item.items() if name not in (key, "signature")}
        pieces = _cut(item[key])
        for piece in pieces[:-1]:
            yield [{**rest, key: piece}]
        yield [{**rest, key: pieces[-1], "signature": item["signature"]}]
