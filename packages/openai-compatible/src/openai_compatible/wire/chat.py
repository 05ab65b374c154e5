"""Chat answers: bytes to events to one :class:`Completion`. A whole body is a stream of one chunk."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from openai_compatible.config.tables import ResponseLimits
from openai_compatible.errors import APIStatusError, ProtocolError, ServerError
from openai_compatible.profiles.profile import Profile
from openai_compatible.types import Completion, Event, TextDelta
from openai_compatible.wire import answer_faults as faults
from openai_compatible.wire.answer_length import AnswerLength
from openai_compatible.wire.charset import find_transcoder
from openai_compatible.wire.choice import ChoiceState
from openai_compatible.wire.chunk import as_openai, entries, indexes
from openai_compatible.wire.decode import dump, strict_reader
from openai_compatible.wire.document import DONE, Document
from openai_compatible.wire.envelope import Envelope
from openai_compatible.wire.error_body import error_from_chunk, error_from_text
from openai_compatible.wire.halves import Halves
from openai_compatible.wire.malformed import malformed
from openai_compatible.wire.payload import read_texts
from openai_compatible.wire.sse import Decoder, Frame

__all__ = ["ChatStream", "fold"]

_HEARTBEATS = frozenset({b"ping", b"keep-alive", b"keepalive", b"heartbeat", b"null"})
_IGNORED_EVENTS = frozenset({"ping", "keep-alive", "keepalive", "heartbeat"})
_LIMITS = ResponseLimits()
_SPACE = b"\xef\xbb\xbf \t\r\n"
_new_tuple = tuple.__new__
_Error = TypeVar("_Error", bound=APIStatusError | ProtocolError)


class ChatStream:
    r"""Reader of one chat answer.

    ``feed`` takes bytes as they come, cut anywhere, and gives deltas. At the end of the body
    ``flush`` gives the deltas that only the end completes (a last line without a line end, a whole
    JSON body), then ``close`` gives the :class:`Completion` or raises.

    Args:
        profile: Dialect facts: ``stream_end``, ``reasoning_tags``, ``reasoning_place``.
        content_type: The answer's content type; its charset is obeyed.
        choices: How many choices were asked for (``n``); ``finished`` waits for that many.
        tools: Names of the offered tools, or a mapping of them to their JSON schemas: so that a name cut
            into pieces is joined, and calls written as text are recovered.

    A stream is complete if it brought ``[DONE]`` or a finish reason for each choice. With
    ``profile.stream_end == "none"`` a clean end is enough and ``Completion.extra`` says
    ``{"unverified_end": True}``.

    An error inside the stream is raised by ``feed`` or ``flush``, unless deltas came in the same
    bytes: then these are returned, ``done`` is set, and ``close`` raises. Its ``partial`` holds what
    had arrived.

    Wire:
        ``data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}\n\n`` ->
        ``[TextDelta(text='Hi', choice=0)]``
    """

    def __init__(
        self,
        profile: Profile,
        *,
        content_type: str | None = None,
        choices: int = 1,
        tools: Collection[str] = (),
        limits: ResponseLimits = _LIMITS,
    ) -> None:
        self._limits = limits
        self._from_json = strict_reader(limits.json_depth)
        self._length = AnswerLength(limits.answer)
        self._profile, self._content_type = profile, content_type
        self._transcoder = find_transcoder(content_type)
        self._halves = Halves(limits.json_depth)
        self._expected, self._tools = choices, tools
        self.done = False
        """Nothing more needs to be read: ``[DONE]`` came, or an error that ``close`` raises."""
        self._saw_done = False
        self._sse: Decoder | None = None
        self._document: Document | None = None
        self._text: list[bytes] | None = None
        self._broken: bytes | None = None
        self._garbage: bytes | None = None
        self._error: APIStatusError | ProtocolError | None = None
        self._choices: dict[int, ChoiceState] = {}
        self._chunks = 0
        self._whole = False
        self._raw: Mapping[str, Any] | None = None
        self._read: Any = None
        self._envelope = Envelope()

    @property
    def finished(self) -> bool:
        """Whether a finish reason came for every choice."""
        states = self._choices.values()
        return len(states) >= self._expected and all(state.finish is not None for state in states)

    def feed(self, data: bytes) -> list[Event]:
        """Take in bytes; returns the deltas they complete.

        Raises:
            APIStatusError: The server reported an error inside the answer.
            MalformedResponseError: A piece is not JSON.
            ResponseTooLargeError: The answer exceeds the limits.
        """
        if self.done:
            return []
        if self._transcoder is not None:
            data = self._transcoder.feed(data)
        if self._sse is None:
            return self._other(data)
        out: list[Event] = []
        from_json = self._from_json
        for payload in self._sse.feed(data):
            try:
                chunk = from_json(payload)  # type: ignore[arg-type]
            except (ValueError, TypeError):
                self._odd(payload, out)
            else:
                if not self._plain(chunk, out):
                    self._chunk(self._halves.join(chunk) if self._halves.pending else chunk, out)
            if self.done:
                break
        self._length.count(len(data), self._choices)
        return self._given(out)

    def flush(self) -> list[Event]:
        """The body is over: deltas that only its end completes. Calling it again gives nothing."""
        out: list[Event] = []
        if self._sse is not None and not self.done:
            for payload in self._sse.flush():
                self._odd(payload, out)
        elif self._document is not None and not self.done:
            for value in self._document.flush():
                self._value(value, out)
        self._settle(out)
        return self._given(out)

    def close(self, *, clean: bool = True) -> Completion:
        """The whole answer.

        Args:
            clean: The body ended in an orderly way; ``False``: the connection broke.

        Raises:
            StreamInterruptedError: The stream was cut; ``partial`` holds what had arrived.
            MalformedResponseError: The body is not a chat answer.
            APIStatusError: The server reported an error inside the answer.
        """
        self.flush()
        self._given([])
        self._length.check(self._choices)
        if self._broken is not None and not faults.looks_cut(self._broken):
            self._garbage = self._broken
        if self._garbage is not None:
            raise self._with_partial(malformed(self._garbage, self._content_type))
        if not self._choices:
            raise self._nothing(clean=clean)
        if self._sse is None:
            self._check_messages()
        verified = (
            self._saw_done or self._whole or all(s.finish is not None for s in self._choices.values())
        )
        if not verified and not (
            self._profile.stream_end == "none" and clean and faults.are_calls_whole(self._choices)
        ):
            raise faults.build_interruption(self.partial(), clean=clean)
        self._check_messages()
        if not verified:
            self._envelope.extra.last("unverified_end", True)
        for name, fact in faults.list_damage(self._halves, self._broken):
            self._envelope.extra.last(name, fact)
        completion = self._completion(interrupted=False)
        self._raise_if(faults.find_failure(completion, self._choices, self._halves))
        return completion

    def partial(self) -> Completion:
        """What has come so far, as of a stream that was cut. Never raises."""
        return self._completion(interrupted=True)

    # -- bytes to chunks

    def _other(self, data: bytes) -> list[Event]:
        """The first bytes, or a body that is no event stream."""
        out: list[Event] = []
        if self._document is not None:
            self._length.fed += len(data)
            for value in self._document.feed(data):
                self._value(value, out)
            return self._given(out)
        if self._text is not None:
            if len(self._text) < 64:
                self._text.append(data[:4096])
            return []
        start = data.lstrip(_SPACE)
        if not start:
            return []
        if start[:1] in (b"{", b"["):
            self._document = Document(self._halves, self._limits)
            return self._other(start)
        if start[:1] == b"<":
            self._text = []
            return self._other(start)
        self._sse, transcoder = Decoder(self._limits.line, self._limits.json_values), self._transcoder
        self._transcoder = None
        out = self.feed(start)
        self._transcoder = transcoder
        return out

    def _odd(self, payload: bytes | Frame, out: list[Event]) -> None:
        """A payload that is not plain JSON: the end, a named event, several lines, damage."""
        if isinstance(payload, Frame):
            if payload.event == "error":
                self._fail(error_from_text(payload.data))
                return
            if payload.event in _IGNORED_EVENTS:
                return
            payload = payload.data
        if payload.startswith(b"[DONE]"):
            self._end(out)
            return
        if payload.lower() in _HEARTBEATS:
            return
        values, joined = read_texts(payload, self._broken, self._limits.json_depth)
        if values is None:
            self._garbage, self._broken = self._broken or self._garbage, payload
            return
        self._broken = None if joined else self._broken
        for value in values:
            self._chunk(self._halves.join(value), out)

    def _value(self, value: Any, out: list[Event]) -> None:
        """One decoded JSON text of a body that is no event stream."""
        if self.done:
            return
        if value is DONE:
            self._end(out)
            return
        self._read = value
        self._chunk(value, out)
        if isinstance(value, dict):
            self._raw = value if self._chunks == 1 else None

    # -- chunks to deltas

    def _plain(self, chunk: Any, out: list[Event]) -> bool:
        """The short road: a chunk like the one before, whose only news is in one choice.

        Returns ``False``, having done nothing, for every other chunk.
        """
        try:
            (choice,) = chunk["choices"]
            state = self._choices[choice["index"]]
            delta = choice["delta"]
            text = delta.get("content")
            if tuple(chunk) != self._envelope.shape or self._broken is not None or "usage" in choice:
                return False
        except (KeyError, TypeError, ValueError, AttributeError):
            return False
        for key in self._envelope.still_empty:
            if chunk[key]:
                return False
        # Shorter still if beside the text, and beside index and delta, all is null: no finish
        # reason, no logprobs, nothing unknown.
        if (
            type(text) is str
            and text
            and state.marks is None
            and (state.text_calls is None or state.text_calls.passes(text))
            and (len(delta) == 1 or len(delta) - list(delta.values()).count(None) == 1)
            and len(choice) - list(choice.values()).count(None) == 2
        ):
            state.texts.append(text)
            out.append(_new_tuple(TextDelta, (text, state.index)))
        elif choice.get("error"):
            return False
        else:
            state.read(choice, out, later=True)
        return True

    def _chunk(self, chunk: Any, out: list[Event]) -> None:
        """The long road: any decoded value."""
        if self._broken is not None:
            self._garbage, self._broken = self._broken, None
        if isinstance(chunk, dict):
            self._object(as_openai(chunk), out)
        elif isinstance(chunk, list):
            for item in chunk:
                if isinstance(item, dict):
                    self._object(as_openai(item), out)
        elif chunk is not None:
            self._garbage = dump(chunk).encode()
        if self._halves.pending:
            self._envelope.shape = ()  # no short road before the other half came
        if self._halves.is_not_utf8 and self._error is None:
            self._fail(faults.build_unreadable("holds bytes that are no UTF-8"))

    def _object(self, chunk: dict[str, Any], out: list[Event]) -> None:
        choices = entries(chunk)
        if "error" in chunk or not choices:
            error = error_from_chunk(chunk)
            if error is not None:
                self._fail(error)
                return
        self._chunks += 1
        if not choices:
            self._read = chunk
        for index, choice in zip(indexes(choices), choices, strict=True):
            state = self._choices.get(index)
            if state is None:
                state = self._choices[index] = ChoiceState(index, self._profile, self._tools)
            whole = state.read(choice, out, later=self._chunks > 1)
            self._whole = self._whole or (whole and self._chunks == 1 and self._sse is None)
            if choice.get("usage"):
                self._envelope.read_usage(choice["usage"])
            if choice.get("error"):  # OpenRouter
                error = error_from_chunk({"error": choice["error"]})
                if error is not None:
                    self._fail(error)
        self._envelope.read(chunk)

    # -- endings

    def _end(self, out: list[Event]) -> None:
        """``[DONE]`` came."""
        if self._broken is not None and not self.finished:
            self._garbage = self._broken
        self.done = self._saw_done = True
        self._settle(out)

    def _settle(self, out: list[Event]) -> None:
        """No more deltas will come: give out what was held back."""
        ended = self._saw_done or self._whole or self._profile.stream_end == "none"
        for state in self._choices.values():
            state.settle(out, ended=ended)

    def _given(self, out: list[Event]) -> list[Event]:
        if self._error is not None and not out:
            raise self._error
        return out

    def _fail(self, error: APIStatusError | ProtocolError) -> None:
        self.done = True
        self._error = self._with_partial(error)

    def _with_partial(self, error: _Error) -> _Error:
        error.partial = self._completion(interrupted=True) if self._choices else None
        return error

    def _nothing(self, *, clean: bool) -> ProtocolError:
        """No choice came at all."""
        if not clean:
            return faults.build_interruption(self.partial(), clean=False)
        body = b"".join(self._text or ())
        if self._document is not None:
            body = self._document.body
        elif self._sse is not None:
            body = self._broken or self._sse.noise
        body = body or (b"" if self._read is None else dump(self._read).encode())
        stream = self._sse is not None or "event-stream" in (self._content_type or "")
        return malformed(body, self._content_type, stream=stream, value=self._read)

    def _check_messages(self) -> None:
        expected = None if self._sse is None else self._expected
        self._raise_if(faults.find_missing_message(self._choices, self._raw, expected))

    def _raise_if(self, error: ServerError | ProtocolError | None) -> None:
        if error is not None:
            raise self._with_partial(error)

    def _completion(self, *, interrupted: bool) -> Completion:
        choices = [self._choices[i].build(interrupted=interrupted) for i in sorted(self._choices)]
        return Completion(choices=tuple(choices), raw=self._raw, **self._envelope.fields())


def fold(
    body: bytes,
    profile: Profile,
    *,
    content_type: str | None = None,
    tools: Collection[str] = (),
    limits: ResponseLimits = _LIMITS,
) -> Completion:
    """Read a whole body: the same parser, fed once. An event stream instead of JSON is read too.

    Raises:
        MalformedResponseError: The body is not a chat answer.
        StreamInterruptedError: It is an event stream without an end.
        APIStatusError: It is an error, whatever the status said.

    Wire:
        ``{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}`` -> ``Completion`` with
        text ``Hi``
    """
    stream = ChatStream(profile, content_type=content_type, tools=tools, limits=limits)
    stream.feed(body)
    return stream.close()
