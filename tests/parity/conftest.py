"""Recordings as test parameters, one server that replays them, and what an answer must say.

A test that takes ``recording`` runs once for each recording of the kinds its ``recordings`` mark
names (``chat``, ``stream``, ``models``, ``embeddings``, ``error``, or ``error:chat`` and the like
for errors of one endpoint).
"""

from __future__ import annotations

import functools
import json
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from openai_compatible.errors import OpenAICompatibleError
from openai_compatible.terminal_text import escape_controls
from openai_compatible.testing.loopback import Loopback, Reply, Seen, json_reply, loopback, replay

FIXTURES = Path(__file__).parent.parent / "fixtures"


@dataclass(frozen=True)
class Recording:
    """One recorded answer and what it means."""

    name: str
    expected: dict[str, Any]

    @property
    def path(self) -> Path:
        return FIXTURES / f"{self.name}.http"

    @property
    def kind(self) -> str:
        return str(self.expected["kind"])

    @functools.cached_property
    def reply(self) -> Reply:
        return replay(self.path)

    @property
    def body(self) -> bytes:
        return b"".join(piece for piece in self.reply.pieces() if isinstance(piece, bytes))

    @property
    def asked(self) -> dict[str, Any]:
        """Request parameters that change how an answer is read."""
        return {"n": self.expected["asked_n"]} if "asked_n" in self.expected else {}

    def headers(self, split: int | None = None) -> dict[str, str]:
        """What tells the replaying server which recording to send, in pieces of which size.

        The values of most other headers would be masked in errors.
        """
        return {"x-title": self.name, **({"x-split": str(split)} if split else {})}

    def chunks(self) -> list[dict[str, Any]]:
        """The JSON objects of the body, read without any code of ours."""
        text = self.body.decode()
        if self.kind != "stream":
            return [json.loads(text)]
        lines = (line[6:] for line in text.splitlines() if line.startswith("data: {"))
        return [json.loads(line) for line in lines]


@functools.cache
def all_recordings() -> tuple[Recording, ...]:
    found = []
    for file in sorted(FIXTURES.glob("*/expected.toml")):
        cases = tomllib.loads(file.read_text(encoding="utf-8"))
        found += [Recording(f"{file.parent.name}/{case}", cases[case]) for case in sorted(cases)]
    return tuple(found)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "recording" not in metafunc.fixturenames:
        return
    mark = metafunc.definition.get_closest_marker("recordings")
    kinds = mark.args if mark else ()
    chosen = [
        recording
        for recording in all_recordings()
        if not kinds
        or recording.kind in kinds
        or f"{recording.kind}:{recording.expected['endpoint']}" in kinds
    ]
    assert chosen, f"no recording is of the kinds {kinds}"
    metafunc.parametrize("recording", chosen, ids=[recording.name for recording in chosen])


@functools.cache
def _reply(name: str, split: int | None) -> Reply:
    return replay(FIXTURES / f"{name}.http", split=split)


def _replaying(seen: Seen) -> Reply:
    name = seen.headers.get("x-title")
    if name is None:
        return json_reply({"error": {"message": "no x-title header", "code": 418}}, 418)
    split = seen.headers.get("x-split")
    return _reply(name, int(split) if split else None)


@pytest.fixture(scope="session")
def replaying() -> Iterator[Loopback]:
    """Answers every request with the recording that its ``x-title`` header names."""
    with loopback(_replaying) as server:
        yield server


@dataclass
class Answer:
    """What one way of asking gave, in words that all frameworks share. ``None``: it cannot tell."""

    text: str = ""
    reasoning: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    finish_reason: str | None = None
    usage: tuple[int, int] | None = None
    error: str | None = None
    said: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    partial: Any = None


def _own_class(error: BaseException) -> str:
    """Name of our class that the error is; what is not ours keeps its name and fails the test."""
    if not isinstance(error, OpenAICompatibleError):
        return f"{type(error).__name__}, not of ours: {error}"
    return next(c.__name__ for c in type(error).__mro__ if c.__module__ == "openai_compatible.errors")


def _failed(error: Exception) -> Answer:
    fields = {
        name: getattr(error, name, None) for name in ("status_code", "code", "param", "request_id")
    }
    return Answer(
        error=_own_class(error),
        said=str(error),
        fields=fields,
        partial=getattr(error, "partial", None),
    )


def _arguments(text: str | None) -> Any:
    return json.loads(text) if text else {}


def _expected_answer(recording: Recording) -> Answer:
    want = recording.expected
    if "error" in want:
        return Answer(error=want["error"])
    usage = want.get("usage")
    return Answer(
        text=want["text"],
        reasoning=want.get("reasoning", ""),
        calls=[(call["name"], _arguments(call["arguments"])) for call in want.get("tool_calls", ())],
        finish_reason=want["finish_reason"],
        usage=(usage["input"], usage["output"]) if usage else None,
    )


def _check(recording: Recording, mode: str, got: Answer) -> None:
    want = _expected_answer(recording)
    if want.error is not None or got.error is not None:
        assert (mode, got.error) == (mode, want.error), got.said
        _check_error(recording.expected, mode, got)
        return
    assert (mode, got) == (mode, want)


def _check_error(want: dict[str, Any], mode: str, got: Answer) -> None:
    message = want.get("message")
    if message is not None:
        assert escape_controls(message) in got.said, (mode, got.said)
    if want["kind"] == "error":
        assert got.fields["status_code"] == want["status"], mode
    for name in ("code", "param", "request_id"):
        if name in want:
            assert got.fields[name] == want[name], (mode, name)
    if want.get("text"):
        assert got.partial is not None, mode
        assert got.partial.text == want["text"], mode


@pytest.fixture(scope="session")
def failed() -> Callable[[Exception], Answer]:
    """Turns an exception into an answer."""
    return _failed


@pytest.fixture(scope="session")
def answer() -> type[Answer]:
    """The class of what one way of asking gave."""
    return Answer


@pytest.fixture(scope="session")
def check() -> Callable[[Recording, str, Answer], None]:
    """``check(recording, mode, answer)`` compares with what the bytes say."""
    return _check


@pytest.fixture(scope="session")
def recordings() -> Sequence[Recording]:
    """Every recording."""
    return all_recordings()


def _numbers(recording: Recording, vectors: list[list[float]]) -> None:
    want = recording.expected
    assert "error" not in want, f"expected {want.get('error')}"
    assert len(vectors) == want["count"]
    assert {len(vector) for vector in vectors} == {want["dimensions"]}
    for vector, places in ((vectors[0], want["first"]), (vectors[-1], want["last"])):
        assert all(type(number) is float for number in vector)
        found = [[place, number] for place, number in enumerate(vector) if number][:3]
        assert [place for place, _ in found] == [place for place, _ in places]
        assert [number for _, number in found] == pytest.approx([number for _, number in places])


@pytest.fixture(scope="session")
def numbers() -> Callable[[Recording, list[list[float]]], None]:
    """``numbers(recording, vectors)`` compares vectors with what the bytes say."""
    return _numbers
