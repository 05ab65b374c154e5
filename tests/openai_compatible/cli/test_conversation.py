"""``chat`` on a terminal: a real one, by a pseudo-terminal."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from openai_compatible.testing.loopback import HANG, Loopback, event_stream, json_reply, loopback

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)

TOOL = {
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


class Typist:
    """Somebody at a terminal: types, and reads what is on it."""

    def __init__(self, *words: str, **env: str) -> None:
        self._end, other = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "openai_compatible.cli", *words],
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "100", **env},
        )
        os.close(other)
        self.seen = ""

    def reads(self, text: str, times: int = 1) -> str:
        """Wait until a text is on the terminal so many times; all that was printed."""
        until = time.monotonic() + 60
        while self.seen.count(text) < times:
            assert time.monotonic() < until, self.seen
            if not self._more():
                break
        assert self.seen.count(text) >= times, self.seen
        return self.seen

    def types(self, text: str) -> None:
        os.write(self._end, text.encode())

    def ends(self) -> int:
        """Read to the end; the exit code."""
        while self._more():
            pass
        return self.process.wait(60)

    def is_interrupted(self) -> int:
        """Ctrl-C until it ends: readline misses one that comes just before it waits. The exit code."""
        while self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
        return self.ends()

    def _more(self) -> bool:
        ready, _, _ = select.select([self._end], [], [], 60)
        assert ready, self.seen
        try:
            data = os.read(self._end, 4096)
        except OSError:  # Linux: nobody is at the other end any more
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._end)


@pytest.fixture
def typist() -> Iterator[Callable[..., Typist]]:
    started: list[Typist] = []

    def start(*words: str, **env: str) -> Typist:
        started.append(Typist(*words, **env))
        return started[-1]

    yield start
    for one in started:
        one.close()


def said(server: Loopback, number: int) -> list[tuple[str, Any]]:
    return [
        (message["role"], message["content"]) for message in server.requests[number].json["messages"]
    ]


def test_what_was_said_is_part_of_the_next_question(
    configured: Any, typist: Any, server: Loopback
) -> None:
    configured(local=server.base_url)
    one = typist("chat", "local/scripted-reasoner", "--system", "Be short.")
    one.reads("> ")
    one.types("Hello\n")
    one.reads("You said: Hello")
    one.reads("> ", 2)
    one.types("\n")
    one.reads("> ", 3)
    one.types("And now?\n")
    one.reads("You said: And now?")
    one.reads("> ", 4)
    one.types("/exit\n")
    assert one.ends() == 0
    assert said(server, 1) == [
        ("system", "Be short."),
        ("user", "Hello"),
        ("assistant", "You said: Hello"),
        ("user", "And now?"),
    ]
    assert "reasoning_memory" not in server.requests[1].body.decode()


def test_ctrl_d_ends_the_conversation(configured: Any, typist: Any, server: Loopback) -> None:
    configured(local=server.base_url)
    one = typist("chat", "local/m")
    one.reads("> ")
    one.types("\x04")
    assert one.ends() == 0
    assert server.requests == []


def test_reasoning_is_dimmed_where_there_are_styles(
    configured: Any, typist: Any, server: Loopback
) -> None:
    configured(local=server.base_url)
    one = typist("chat", "local/scripted-reasoner", "Hello")
    assert one.ends() == 0
    assert "\x1b[2mThe\x1b[0m" in one.seen
    assert "[reasoning]" not in one.seen
    assert "\r\nYou said: Hello\r\n" in one.seen


@pytest.mark.parametrize("env", [{"TERM": "dumb"}])
def test_reasoning_is_marked_where_there_are_none(
    env: dict[str, str], configured: Any, typist: Any, server: Loopback
) -> None:
    configured(local=server.base_url)
    one = typist("chat", "local/scripted-reasoner", "Hello", **env)
    assert one.ends() == 0
    assert "\x1b" not in one.seen
    assert one.seen.startswith("[reasoning]\r\nThe user says: Hello\r\n[answer]\r\nYou said: Hello\r\n")


def test_a_turn_that_fails_is_taken_back(configured: Any, typist: Any) -> None:
    answer = {"choices": [{"index": 0, "delta": {"content": "Fine."}, "finish_reason": "stop"}]}
    replies = iter([json_reply({"error": {"message": "No such thing"}}, 400), event_stream(answer)])
    with loopback(lambda _: next(replies)) as server:
        configured(local=server.base_url)
        one = typist("chat", "local/m")
        one.reads("> ")
        one.types("Hello\n")
        one.reads("error: local: No such thing")
        one.reads("> ", 2)
        one.types("Hi\n")
        one.reads("Fine.")
        one.reads("> ", 3)
        one.types("/quit\n")
        assert one.ends() == 0
        assert said(server, 1) == [("user", "Hi")]


def test_ctrl_c_ends_an_answer_and_the_conversation_goes_on(configured: Any, typist: Any) -> None:
    begun = {"choices": [{"index": 0, "delta": {"content": "Once upon"}, "finish_reason": None}]}
    answer = {"choices": [{"index": 0, "delta": {"content": "Fine."}, "finish_reason": "stop"}]}
    replies = iter([event_stream(begun, HANG), event_stream(answer)])
    with loopback(lambda _: next(replies)) as server:
        configured(local=server.base_url)
        one = typist("chat", "local/m")
        one.reads("> ")
        one.types("Tell me\n")
        one.reads("Once upon")
        one.process.send_signal(signal.SIGINT)
        one.reads("interrupted")
        one.reads("> ", 2)
        one.types("Go on\n")
        one.reads("Fine.")
        one.reads("> ", 3)
        assert one.is_interrupted() == 130
        assert said(server, 1) == [("user", "Tell me"), ("assistant", "Once upon"), ("user", "Go on")]
    assert "Traceback" not in one.seen


def test_the_result_of_a_call_is_what_is_typed_next(
    configured: Any, typist: Any, server: Loopback, tmp_path: Any
) -> None:
    configured(local=server.base_url)
    (tmp_path / "tools.json").write_text(json.dumps(TOOL))
    one = typist("chat", "local/m", "--tools", str(tmp_path / "tools.json"))
    one.reads("> ")
    one.types("Weather in 'Paris'?\n")
    one.reads("get_weather returns: ")
    assert 'get_weather({"city": "Paris"})' in one.seen
    one.types("18 degrees\n")
    one.reads("The tool said: 18 degrees")
    one.reads("> ", 2)
    one.types("\x04")
    assert one.ends() == 0
    assert [role for role, _ in said(server, 1)] == ["user", "assistant", "tool"]


def test_images_go_with_the_first_question(configured: Any, typist: Any, server: Loopback) -> None:
    configured(local=server.base_url)
    one = typist("chat", "local/m", "--image", "https://example.com/a.png")
    for number, text in enumerate(("What is it?", "And this?"), 1):
        one.reads("> ", number)
        one.types(f"{text}\n")
        one.reads(f"You said: {text}")
    one.reads("> ", 3)
    one.types("/exit\n")
    assert one.ends() == 0
    assert [type(content).__name__ for _, content in said(server, 1)] == ["list", "str", "str"]


def test_an_answer_may_go_into_a_file_while_somebody_types(
    configured: Any, server: Loopback, tmp_path: Any
) -> None:
    configured(local=server.base_url)
    end, other = os.openpty()
    try:
        with (tmp_path / "out").open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "openai_compatible.cli", "chat", "local/m"],
                stdin=other,
                stdout=out,
                stderr=subprocess.PIPE,
            )
            os.write(end, b"Hello\n/exit\n")
            _, err = process.communicate(timeout=60)
    finally:
        os.close(end)
        os.close(other)
    assert process.returncode == 0
    assert (tmp_path / "out").read_text() == "You said: Hello\n"
    assert err.count(b"> ") == 2
