"""One answer on its way: printed as it comes, gathered, and whole or partial at the end.

Standard output gets the answer and the tool calls and nothing else. Reasoning, what it took and notes go
to standard error: dimmed on a terminal, elsewhere after a line ``[reasoning]`` and before ``[answer]``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from openai_compatible.cli.screen import Screen, error_fields
from openai_compatible.client import Client
from openai_compatible.errors import OpenAICompatibleError
from openai_compatible.types import (
    ChatRequest,
    Choice,
    Completion,
    Event,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
)

__all__ = ["Answer", "ask", "call_line", "spent"]


@dataclass
class Answer:
    """What came: all of it, or what there was before Ctrl-C or an error."""

    completion: Completion | None = None
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: dict[int, ToolCall] = field(default_factory=dict)
    error: OpenAICompatibleError | None = None
    interrupted: bool = False
    seconds: float = 0.0

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The choices of a whole answer; of another one what came of the first."""
        if self.completion is not None and self.completion.choices:
            return self.completion.choices
        calls = tuple(self.calls[index] for index in sorted(self.calls))
        return (
            Choice(text=self.text, reasoning=self.reasoning, refusal=self.refusal, tool_calls=calls),
        )

    def take(self, event: Event) -> None:
        """Keep an event; of several choices the first counts, the whole answer has all."""
        if isinstance(event, Completion):
            self.completion = event
        elif event.choice:
            return
        elif isinstance(event, TextDelta):
            self.text += event.text
        elif isinstance(event, ReasoningDelta):
            self.reasoning += event.text
        elif isinstance(event, RefusalDelta):
            self.refusal += event.text
        else:
            self._take_call(event)

    def _take_call(self, delta: ToolCallDelta) -> None:
        known = self.calls.get(delta.index, ToolCall("", "", ""))
        self.calls[delta.index] = ToolCall(
            known.id or delta.id or "",
            known.name or delta.name or "",
            known.arguments + delta.arguments,
        )

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        whole, first = self.completion, self.choices[0]
        record = None if whole is None or whole.record is None else whole.record.to_dict()
        usage = None if whole is None or whole.usage is None else asdict(whole.usage)
        if usage is not None:
            del usage["raw"]
        made = {
            **_choice(first),
            "model": None if whole is None else whole.model,
            "usage": usage,
            "record": record,
            "seconds": round(self.seconds, 3),
            "interrupted": self.interrupted,
        }
        if len(self.choices) > 1:
            made["choices"] = [_choice(choice) for choice in self.choices]
        if self.error is not None:
            made["error"] = error_fields(self.error)
        return made


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "text": choice.text,
        "reasoning": choice.reasoning,
        "refusal": choice.refusal,
        "tool_calls": [
            {"id": call.id, "name": call.name, "arguments": call.arguments} for call in choice.tool_calls
        ],
        "finish_reason": choice.finish_reason,
    }


def ask(client: Client, request: ChatRequest, screen: Screen, *, streamed: bool = True) -> Answer:
    """Send a request and print its answer. Ctrl-C and errors of ours end it; what came is kept."""
    answer, page = Answer(), _Page(screen)
    start = time.monotonic()
    try:
        if streamed:
            with client.stream(request) as events:
                _follow(events, answer, page)
        else:
            answer.take(client.chat(request))
            page.show(answer.choices[0])
    except KeyboardInterrupt:
        answer.interrupted = True
    except OpenAICompatibleError as error:
        answer.error = error
    answer.seconds = time.monotonic() - start
    page.end(answer)
    return answer


def _follow(events: Iterable[Event], answer: Answer, page: _Page) -> None:
    for event in events:
        answer.take(event)
        if isinstance(event, TextDelta | RefusalDelta) and not event.choice:
            page.text(event.text)
        elif isinstance(event, ReasoningDelta) and not event.choice:
            page.reasoning(event.text)


class _Page:
    """Where an answer is printed: which part is being written, and whether its line is open."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._part = ""
        self._open = False

    def text(self, text: str) -> None:
        """A piece of the answer."""
        if text:
            self._begin("answer")
            self._open = not text.endswith("\n")  # before it is written: Ctrl-C may come right after
            self._screen.piece(text)

    def reasoning(self, text: str) -> None:
        """A piece of the reasoning."""
        if text:
            self._begin("reasoning")
            self._open = not text.endswith("\n")
            self._screen.piece(text, error=True, style="dim")

    def show(self, choice: Choice) -> None:
        """An answer that came in one piece."""
        self.reasoning(choice.reasoning)
        self.text(choice.text)
        self.text(choice.refusal)

    def end(self, answer: Answer) -> None:
        """The rest: the end of the line, tool calls, further choices."""
        self._close(last=True)
        first, *others = answer.choices
        self._calls(first)
        for choice in others:
            self._screen.note(f"[choice {choice.index + 1}]")
            self._part = ""
            self.show(choice)
            self._close(last=True)
            self._calls(choice)

    def _calls(self, choice: Choice) -> None:
        for call in choice.tool_calls:
            self._screen.line(call_line(call), style="cyan")

    def _begin(self, part: str) -> None:
        if part == self._part:
            return
        self._close()
        plain = not self._screen.as_json and not self._screen.styled(error=True)
        if plain and (part == "reasoning" or self._part):
            self._screen.note(f"[{part}]")
        self._part = part

    def _close(self, *, last: bool = False) -> None:
        """End an open line. In a file the answer stays as it is until its own end."""
        if self._open and self._part == "reasoning":
            self._screen.piece("\n", error=True)
        elif self._open and (last or sys.stdout.isatty()):
            self._screen.piece("\n")
        self._open = False


def call_line(call: ToolCall) -> str:
    """A call in one line.

    >>> call_line(ToolCall("c", "get_weather", '{"city": \\n"Paris"}'))
    'get_weather({"city": "Paris"})'
    """
    arguments = call.arguments
    try:
        arguments = json.dumps(json.loads(arguments), ensure_ascii=False)
    except (ValueError, RecursionError):
        arguments = json.dumps(arguments)[1:-1].replace('\\"', '"')
    return f"{call.name}({arguments})"


def spent(answer: Answer) -> list[str]:
    """What an answer took, and what else is to be said of it; lines for people."""
    whole, parts, lines = answer.completion, [], []
    usage = None if whole is None else whole.usage
    if usage is not None:
        reasoned = f" ({usage.reasoning_tokens} reasoning)" if usage.reasoning_tokens else ""
        parts.append(f"{usage.input_tokens} tokens in, {usage.output_tokens} out{reasoned}")
    parts.append(f"{answer.seconds:.2f} s")
    reason = answer.choices[0].finish_reason
    if reason not in (None, "stop", "tool_calls"):
        parts.append(f"finish reason: {reason}")
    record = None if whole is None else whole.record
    if record is not None:
        if record.fallbacks:
            failed = ", ".join(record.fallbacks)
            parts.append(f"answered by {record.provider}/{record.model}, after {failed} failed")
        lines = [f"note: {change}" for change in record.changes]
    return [*lines, ", ".join(parts)]
