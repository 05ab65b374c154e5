"""``chat`` with nobody's prompt: one is asked for, and another, until Ctrl-D or ``/exit``."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

from openai_compatible.cli.answer import Answer, spent
from openai_compatible.cli.screen import Screen, escaped
from openai_compatible.types import Completion
from openai_compatible.urls import origin
from openai_compatible.wire.dialect.reasoning import MEMORY

__all__ = ["converse", "message_of"]

_LEAVE = ("/exit", "/quit")

Message = Mapping[str, Any]


def converse(
    screen: Screen, messages: list[Message], ask: Callable[[list[Message]], Answer], first: Any
) -> None:
    """Prompts and answers in turns. What was said stays in ``messages``.

    A turn that fails is told and taken back. One that is interrupted keeps what came of it. After a
    tool call the next line that is typed is its result.

    Args:
        screen: Where it is shown.
        messages: What stands before the first prompt.
        ask: Sends messages and prints the answer.
        first: Makes the content of the first user message from its text.
    """
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - input() edits lines with it

    screen.note("Ctrl-D or /exit ends the conversation.", style="dim")
    while True:
        prompt = _line("> ")
        if prompt is None or prompt.strip() in _LEAVE:
            return
        if not prompt.strip():
            continue
        turn: list[Message] = [{"role": "user", "content": first(prompt)}]
        if not _turn(screen, messages, turn, ask):
            return
        if turn:  # what goes with the first message is said
            first = str


def _turn(
    screen: Screen,
    messages: list[Message],
    turn: list[Message],
    ask: Callable[[list[Message]], Answer],
) -> bool:
    """Ask until there is an answer without calls; whether the conversation goes on."""
    while True:
        answer = ask([*messages, *turn])
        for line in spent(answer):
            screen.note(line, style="dim")
        if answer.error is not None:
            screen.error(answer.error)
            turn.clear()
            return True
        if answer.interrupted:
            screen.note("interrupted", style="yellow")
            if not answer.choices[0].text:
                turn.clear()
                return True
        calls = () if answer.interrupted else answer.choices[0].tool_calls
        turn.append(message_of(answer, calls=bool(calls)))
        for call in calls:
            result = _line(f"{escaped(call.name, lines=False)} returns: ")
            if result is None:
                return False
            turn.append({"role": "tool", "tool_call_id": call.id, "content": result})
        if not calls:
            messages += turn
            return True


def message_of(answer: Answer, *, calls: bool = True) -> dict[str, Any]:
    """An answer as the assistant's message of the next request.

    Args:
        answer: Whole, or what came.
        calls: Whether its tool calls are part of it: each needs a result.
    """
    choice = answer.choices[0]
    message: dict[str, Any] = {"role": "assistant", "content": choice.text or choice.refusal}
    if calls and choice.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in choice.tool_calls
        ]
        message["content"] = message["content"] or None
    memory = _memory(answer.completion)
    return {**message, MEMORY: memory} if memory else message


def _memory(completion: Completion | None) -> dict[str, Any]:
    """Reasoning and signatures in the core's neutral form; the dialect knows whether they go back."""
    if completion is None or completion.record is None or not completion.choices:
        return {}
    choice, found = completion.choices[0], dict[str, Any]()
    if choice.reasoning:
        found = {"text": choice.reasoning, "field": choice.reasoning_field or "reasoning_content"}
    for name in ("reasoning_details", "thinking_blocks"):
        if isinstance(choice.extra.get(name), list):
            found |= {"details": choice.extra[name], "detail_field": name}
            break
    extras = {call.id: dict(call.extra) for call in choice.tool_calls if call.extra}
    if extras:
        found["calls"] = extras
    record = completion.record
    return {**found, "origin": origin(record.url), "model": record.model} if found else {}


def _line(prompt: str) -> str | None:
    """A line that somebody types; ``None`` at the end."""
    try:
        if sys.stdout.isatty():
            return input(prompt)
        sys.stderr.write(prompt)
        sys.stderr.flush()
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else None
    except EOFError:
        print(file=sys.stderr)
        return None
