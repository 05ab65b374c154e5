"""One choice of an answer: its deltas become events, its end a :class:`Choice`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from openai_compatible.profiles.profile import Profile
from openai_compatible.types import Choice, Event, ReasoningDelta, RefusalDelta, TextDelta
from openai_compatible.wire.content import (
    DETAIL_KEYS,
    REASONING_KEYS,
    find_odd_content,
    fold_details,
    read_parts,
    read_reasoning,
)
from openai_compatible.wire.extras import Extras, fold_values
from openai_compatible.wire.finish import normalise, raw_reason
from openai_compatible.wire.marks import Marks, Piece, unopened
from openai_compatible.wire.text_calls import TextCalls
from openai_compatible.wire.tool_calls import ToolCalls

__all__ = ["ChoiceState"]

_DELTA_KEYS = frozenset(
    {
        "role",
        "content",
        "refusal",
        "tool_calls",
        "function_call",
        "reasoning_content",
        "reasoning",
        "reasoning_text",
        "thinking",
        "reasoning_details",
        "thinking_blocks",
    }
)
_JSON_TYPES = {list: "a list", bool: "a boolean"}
_CHOICE_KEYS = frozenset({"index", "delta", "message", "text", "finish_reason", "logprobs", "usage"})


class ChoiceState:
    """What has come of one choice."""

    __slots__ = (
        "_counted",
        "_head",
        "_head_length",
        "_names",
        "_said",
        "calls",
        "extra",
        "finish",
        "finish_message",
        "has_message",
        "has_no_delta",
        "index",
        "logprobs",
        "marks",
        "odd_content",
        "odd_message",
        "profile",
        "reasoning",
        "reasoning_field",
        "recovered",
        "refusals",
        "text_calls",
        "texts",
    )

    def __init__(self, index: int, profile: Profile, names: Collection[str] = ()) -> None:
        self.index = index
        self.profile = profile
        self.marks = Marks.of(profile)
        """Looks for reasoning in the text; ``None`` once there can be none."""
        wanted = bool(names) and profile.calls_in_text is not False
        self.text_calls = TextCalls(names) if wanted else None
        """Looks for tool calls in the text; ``None`` where none were offered, or real ones came."""
        self.recovered: str | None = None
        self.texts: list[str] = []
        self._head: list[str] = []
        """The text as it came, as long as marks were looked for."""
        self._head_length = 0
        self._counted = (0, 0)
        """Pieces of ``texts`` that were counted, and their characters."""
        self._said = 0
        """How many characters of it were no reasoning."""
        self.reasoning: list[str] = []
        self.reasoning_field: str | None = None
        self.refusals: list[str] = []
        self.calls: ToolCalls | None = None
        self.finish: str | None = None
        self.finish_message: str | None = None
        self.has_message = False
        """A message or a delta came that could be read."""
        self.has_no_delta: bool | None = None
        """An entry came without any delta (``True``), or only empty ones did (``False``)."""
        self.odd_content = ""
        """What came in the place of content."""
        self.odd_message = ""
        """What came instead of one."""
        self.logprobs: list[Any] = []
        self.extra = Extras()
        self._names = names

    def read(self, choice: dict[str, Any], out: list[Event], *, later: bool) -> bool:
        """Take in one entry of ``choices``; says whether it was a whole message.

        ``delta`` and ``message`` are the same to us. A ``message`` in a later chunk of a stream
        may hold everything so far (Perplexity): then only what is new becomes an event.
        """
        delta, whole = choice.get("delta"), False
        if isinstance(delta, dict) and delta:
            self.has_message = True
        else:
            delta, whole = self._message(choice, delta)
        if delta:
            if whole and later and "message" in choice:
                delta = self._only_new(delta)
            self._delta(delta, out, whole=whole)
        self._rest(choice, out)
        return whole and "message" in choice

    def _message(self, choice: dict[str, Any], delta: Any) -> tuple[dict[str, Any], bool]:
        """What an entry without a filled ``delta`` says, and whether that is a whole message."""
        message = choice.get("message")
        found: tuple[dict[str, Any], bool] | None = None
        if isinstance(message, dict):
            found = message, True
        elif isinstance(delta, dict):
            found = delta, False
        elif isinstance(delta, str):
            found = {"content": delta}, False
        elif isinstance(
            text := message or choice.get("text") or message, str
        ):  # "text": legacy completions
            found = {"content": text}, True
        if found is not None:
            if found[0] or found[1]:
                self.has_message = True
            elif self.has_no_delta is None:
                self.has_no_delta = False
            return found
        self.has_no_delta = True
        for key in ("delta", "message"):
            if choice.get(key) not in (None, []):  # PHP writes {} as []
                self.odd_message = f"{key!r} is {_JSON_TYPES.get(type(choice[key]), 'a number')}"
        return {}, False

    def problem(self) -> str:
        """Why there is no message in what came; ``""`` if there is one, or its absence is explained."""
        if self.odd_message:
            return self.odd_message
        if normalise(self.finish, tool_calls=False) in ("content_filter", "error"):
            return ""
        if self.odd_content and not (self.calls or self.refusals):
            return f"'content' is {self.odd_content}"
        if self.has_message or self.has_no_delta is False:
            return ""
        return "there is no 'message' and no 'delta'"

    def length(self) -> int:
        """Characters of text, reasoning, refusal and arguments of tool calls so far."""
        kept = (self.texts, self.reasoning, self.refusals)
        held = 0 if self.text_calls is None else len(self.text_calls.held)
        calls = 0 if self.calls is None else self.calls.length()
        return sum(len(text) for texts in kept for text in texts) + held + calls

    def build(self, *, interrupted: bool) -> Choice:
        """The choice as a value. Of a cut stream no tool call is given as finished."""
        self._end_text([], recover=False)
        extra = self.extra.fold()
        for key in DETAIL_KEYS:
            if isinstance(extra.get(key), list):
                extra[key] = fold_details(extra[key])
        calls = self.calls.calls() if self.calls else ()
        if interrupted and self.calls:
            extra["unfinished_tool_calls"] = self.calls.unfinished()
            calls = ()
        text, reasoning = "".join(self.texts), "".join(self.reasoning)
        if not interrupted:
            extra.update(self._notes(text, reasoning, bool(calls)))
            nameless = self.calls.nameless() if self.calls else []
            if nameless:
                extra["nameless_tool_calls"] = nameless
        if self.recovered is not None:
            extra["recovered_tool_calls"] = self.recovered
        return Choice(
            index=self.index,
            text=text,
            reasoning=reasoning,
            refusal="".join(self.refusals),
            tool_calls=calls,
            finish_reason=normalise(self.finish, tool_calls=bool(calls)),
            raw_finish_reason=self.finish,
            logprobs=fold_values(self.logprobs) if self.logprobs else None,
            reasoning_field=self.reasoning_field,
            extra=extra,
        )

    def _notes(self, text: str, reasoning: str, calls: bool) -> dict[str, Any]:
        """What the reader of an answer should know: there is no text, or reasoning in it."""
        if reasoning and not (text.strip() or calls or self.refusals):
            return {"only_reasoning": True}
        if not reasoning and self.profile.reasoning_place == "start":
            found = unopened(text, self.profile.reasoning_tags) if "</" in text else None
            if found is not None:
                return {"unopened_reasoning": found[2]}
        return {}

    def settle(self, out: list[Event], *, ended: bool) -> None:
        """No more deltas will come; ``ended``: because the answer is whole."""
        self._end_text(out, recover=ended and self.calls is None)
        if self.calls is not None:
            cut = normalise(self.finish, tool_calls=False) in ("length", "content_filter")
            self.calls.settle(out, closed=ended and not cut)

    def _delta(self, delta: dict[str, Any], out: list[Event], *, whole: bool) -> None:
        content = delta.get("content")
        parts = None if content is None or isinstance(content, str) else read_parts(content)
        reasoning, field = read_reasoning(delta, self.extra)
        if parts is not None:
            self.odd_content = self.odd_content or find_odd_content(content)
            if parts.reasoning and not reasoning:
                reasoning, field = parts.reasoning, "content"
            for part in parts.unknown:
                self.extra.add("content_parts", [part])
        if reasoning:
            self.reasoning.append(reasoning)
            self.reasoning_field = self.reasoning_field or field
            out.append(ReasoningDelta(reasoning, self.index, field))
        text = content if parts is None else parts.text
        if text:
            self._text(text, out, whole=whole)
        refusal = delta.get("refusal") or (parts and parts.refusal)
        if isinstance(refusal, str) and refusal:
            self.refusals.append(refusal)
            out.append(RefusalDelta(refusal, self.index))
        elif refusal:
            self.extra.add("refusal", refusal)
        self._calls(delta, out, whole=whole)
        if not delta.keys() <= _DELTA_KEYS:
            for key, value in delta.items():
                if key not in _DELTA_KEYS:
                    self.extra.add(key, value)

    def _text(self, text: str, out: list[Event], *, whole: bool) -> None:
        """A piece of text, in which marks of reasoning may begin or end."""
        if self.marks is None:
            self._say(text, out)
            return
        self._head.append(text)
        self._head_length += len(text)
        if whole and len(self._head) == 1 and self.profile.reasoning_place == "start":
            found = unopened(text, self.profile.reasoning_tags)
            if found is not None:
                reasoning, text, mark = found
                self._piece(Piece(reasoning, mark), out)
        for piece in self.marks.feed(text):
            self._piece(piece, out)
        if self.marks.over:
            self.marks = None

    def _piece(self, piece: Piece, out: list[Event]) -> None:
        text, mark = piece
        if not mark:
            self._said += len(text)
            self._say(text, out)
        elif text:
            self.reasoning.append(text)
            self.reasoning_field = self.reasoning_field or mark
            out.append(ReasoningDelta(text, self.index, mark))

    def _say(self, text: str, out: list[Event]) -> None:
        """Give out text, unless it may be a tool call."""
        if self.text_calls is not None:
            text = self.text_calls.feed(text)
        if text:
            self.texts.append(text)
            out.append(TextDelta(text, self.index))

    def _end_text(self, out: list[Event], *, recover: bool) -> None:
        """No more text will come: what was held back is a tool call, or text after all."""
        if self.marks is not None:
            for piece in self.marks.flush():
                self._piece(piece, out)
            self.marks = None
        if self.text_calls is None:
            return
        raw = self._raw() if recover else ""
        read, self.text_calls = self.text_calls, None
        found, text = read.flush(recover=recover)
        if text:
            self._say(text, out)
        if found is not None:
            self.recovered = found.form
            self._head, self._said = [raw], sum(map(len, self.texts))
            self._head_length = len(raw)
            self.calls = ToolCalls(self.index, self._names)
            items = [{"function": {"name": n, "arguments": given}} for n, given in found.calls]
            self.calls.read(items, out, whole=True)

    def _calls(self, delta: dict[str, Any], out: list[Event], *, whole: bool) -> None:
        items, legacy = delta.get("tool_calls"), delta.get("function_call")
        if isinstance(items, dict):
            items = [items]
        if self.calls is None and (items or legacy):
            self._end_text(out, recover=False)
        if isinstance(items, list) and items:
            self.calls = self.calls or ToolCalls(self.index, self._names)
            self.calls.read(items, out, whole=whole)
        elif isinstance(legacy, dict) and legacy:
            self.calls = self.calls or ToolCalls(self.index, self._names)
            self.calls.read_legacy(legacy, out)
        for key, value, kind in (("tool_calls", items, list), ("function_call", legacy, dict)):
            if value and not isinstance(value, kind):
                self.extra.add(key, value)  # of a type that is no call

    def _rest(self, choice: dict[str, Any], out: list[Event]) -> None:
        """Everything of an entry that is not its delta."""
        logprobs = choice.get("logprobs")
        if isinstance(logprobs, dict) and logprobs:
            self.logprobs.append(logprobs)
        elif logprobs is not None:
            self.extra.add("logprobs", logprobs)
        raw = raw_reason(choice.get("finish_reason"))
        if raw is not None:
            self.finish = raw
            reason = choice["finish_reason"]
            if isinstance(reason, dict) and isinstance(reason.get("message"), str):
                self.finish_message = reason["message"]
            self.settle(out, ended=True)
        if not choice.keys() <= _CHOICE_KEYS:
            for key, value in choice.items():
                if key not in _CHOICE_KEYS:
                    self.extra.add(key, value)

    def _only_new(self, message: dict[str, Any]) -> dict[str, Any]:
        """A message without the text and the reasoning that had already come."""
        content = message.get("content")
        if not isinstance(content, str) or len(content) < self._raw_length():
            return message
        raw = self._raw()
        if not raw or not content.startswith(raw):
            return message
        new = {**message, "content": content[len(raw) :]}
        given = [key for key in REASONING_KEYS if isinstance(message.get(key), str) and message[key]]
        if given and len(message[given[0]]) >= len(self.reasoning):
            self.reasoning = ["".join(self.reasoning)]
            for key in given:
                new[key] = message[key].removeprefix(self.reasoning[0])
        return new

    def _raw_length(self) -> int:
        """Length of what :meth:`_raw` gives; each piece is counted once, so cost stays linear."""
        counted, length = self._counted
        length += sum(map(len, self.texts[counted:]))
        self._counted = len(self.texts), length
        held = 0 if self.text_calls is None else self.text_calls.held_length
        return self._head_length + max(length + held - self._said, 0)

    def _raw(self) -> str:
        """All text so far as the server sent it, with its marks and what is held back."""
        held = "" if self.text_calls is None else self.text_calls.held
        return "".join(self._head) + ("".join(self.texts) + held)[self._said :]
