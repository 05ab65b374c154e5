"""Each time limit ends what it is for, and only that: sync and async alike."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from openai_compatible import (
    Completion,
    ConnectTimeoutError,
    FirstEventTimeoutError,
    IdleTimeoutError,
    TextDelta,
    TotalTimeoutError,
)
from openai_compatible.testing.loopback import HANG, Pause, Reply, event_stream, json_reply, loopback

from .conftest import ANSWER, FINISH, delta

COMMENT = b": keep-alive\n\n"
SHORT = 0.25


class Took:
    """``with Took() as took: ...``; then ``took.seconds``."""

    def __enter__(self) -> Took:
        self.began = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self.began


def _before(seconds: float) -> Reply:
    import dataclasses

    return dataclasses.replace(json_reply(ANSWER), before=seconds)


def comments(every: float, count: int) -> list[Any]:
    return [piece for _ in range(count) for piece in (COMMENT, Pause(every))]


@pytest.fixture
def deaf() -> Iterator[str]:
    """A port whose backlog is full: connections to it hang."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = []
        for _ in range(8):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            fillers.append(filler)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        for filler in fillers:
            filler.close()


def test_connect_limit_ends_a_connection_that_hangs(way: Any, deaf: str) -> None:
    with Took() as took, pytest.raises(ConnectTimeoutError, match=r"no connection to 127\.0\.0\.1:\d+"):
        way.chat(base_url=deaf, timeout={"connect": SHORT}, max_retries=0)
    assert took.seconds < 3


def test_first_event_limit_ends_a_stream_without_headers(way: Any) -> None:
    with loopback(_before(30.0)) as server, Took() as took:
        with pytest.raises(FirstEventTimeoutError, match="within 0.25 s"):
            way.stream(base_url=server.base_url, timeout={"first_event": SHORT}, max_retries=0)
        assert server.wait_for_open_connections()
    assert took.seconds < 3


def test_first_event_limit_is_not_moved_by_comments(way: Any) -> None:
    with loopback(event_stream(*comments(0.05, 100))) as server, Took() as took:
        with pytest.raises(FirstEventTimeoutError):
            way.stream(base_url=server.base_url, timeout={"first_event": SHORT}, max_retries=0)
        assert server.wait_for_open_connections()
    assert took.seconds < 3


def test_first_event_limit_does_not_bound_what_follows(way: Any) -> None:
    slow = event_stream(delta("a"), Pause(1.3), delta("b"), FINISH)
    with loopback(slow) as server:
        events = way.stream(base_url=server.base_url, timeout={"first_event": 1.0, "idle": 10})
    assert events[:2] == [TextDelta("a"), TextDelta("b")]


def test_idle_limit_ends_a_silent_stream_and_keeps_what_came(way: Any) -> None:
    seen: list[Any] = []
    with loopback(event_stream(delta("a"), delta("b"), HANG)) as server, Took() as took:
        with pytest.raises(IdleTimeoutError, match="for 0.25 s") as caught:
            way.stream(seen, base_url=server.base_url, timeout={"idle": SHORT})
        assert server.wait_for_open_connections()
    assert took.seconds < 3
    assert seen == [TextDelta("a"), TextDelta("b")]
    assert caught.value.partial is not None
    assert caught.value.partial.text == "ab"


def test_keep_alive_comments_do_not_hold_a_stream_open(way: Any) -> None:
    with loopback(event_stream(delta("a"), *comments(0.05, 100))) as server, Took() as took:
        with pytest.raises(IdleTimeoutError):
            way.stream(base_url=server.base_url, timeout={"idle": SHORT})
        assert server.wait_for_open_connections()
    assert took.seconds < 3


def test_idle_limit_counts_from_the_last_event(way: Any) -> None:
    pieces = [piece for word in "abcd" for piece in (delta(word), Pause(0.3))]
    with loopback(event_stream(*pieces, FINISH)) as server:
        events = way.stream(base_url=server.base_url, timeout={"idle": 1.0})
    assert events[-1].text == "abcd"


def test_a_slow_consumer_is_no_idle_server(way: Any) -> None:
    from openai_compatible import Client

    with loopback(event_stream(delta("a"), Pause(0.05), delta("b"), Pause(0.05), FINISH)) as server:
        with Client(base_url=server.base_url, model="m", timeout={"idle": 0.6}) as client:
            texts = []
            for event in client.stream([{"role": "user", "content": "x"}]):
                texts.append(event)
                time.sleep(0.7)
    assert isinstance(texts[-1], Completion)


def test_a_stream_left_open_after_its_finish_reason_is_complete(way: Any) -> None:
    with loopback(event_stream(delta("a"), FINISH, HANG)) as server:
        events = way.stream(base_url=server.base_url, timeout={"idle": SHORT})
    assert events[-1].text == "a"
    assert events[-1].record.changes == (
        "the stream stayed open after its finish reason and was closed",
    )


def test_call_limit_ends_an_answer_that_trickles(way: Any) -> None:
    trickle = Reply(
        headers={"content-type": "application/json"},
        body=lambda: (piece for _ in range(100) for piece in (b" ", Pause(0.05))),
    )
    with loopback(trickle) as server, Took() as took:
        with pytest.raises(TotalTimeoutError, match="no complete answer within 0.25 s"):
            way.chat(base_url=server.base_url, timeout={"call": SHORT}, max_retries=0)
        assert server.wait_for_open_connections()
    assert took.seconds < 3


def test_call_limit_ends_an_answer_without_headers(way: Any) -> None:
    with loopback(_before(30.0)) as server, Took() as took:
        with pytest.raises(TotalTimeoutError):
            way.chat(base_url=server.base_url, timeout={"call": SHORT}, max_retries=2)
        assert len(server.requests) == 1, "a request that timed out is not sent again"
    assert took.seconds < 3


def test_one_number_bounds_call_first_event_and_idle(way: Any) -> None:
    with loopback(_before(30.0)) as server:
        with pytest.raises(TotalTimeoutError):
            way.chat(base_url=server.base_url, timeout=SHORT, max_retries=0)
        with pytest.raises(FirstEventTimeoutError):
            way.stream(base_url=server.base_url, timeout=SHORT, max_retries=0)
        server.app = event_stream(delta("a"), HANG)
        with pytest.raises(IdleTimeoutError):
            way.stream(base_url=server.base_url, timeout=SHORT, max_retries=0)


def test_one_number_does_not_bound_a_stream_as_a_whole(way: Any) -> None:
    pieces = [piece for word in "abcdef" for piece in (delta(word), Pause(0.25))]
    with loopback(event_stream(*pieces, FINISH)) as server:
        assert way.stream(base_url=server.base_url, timeout=1.2)[-1].text == "abcdef"


def test_total_limit_ends_a_busy_stream(way: Any) -> None:
    pieces = [piece for _ in range(100) for piece in (delta("a"), Pause(0.05))]
    with loopback(event_stream(*pieces)) as server, Took() as took:
        with pytest.raises(TotalTimeoutError, match="as a whole"):
            way.stream(base_url=server.base_url, timeout={"total": 0.4})
        assert server.wait_for_open_connections()
    assert took.seconds < 3


def test_total_limit_includes_the_waits_between_retries(way: Any) -> None:
    from openai_compatible import RateLimitError

    busy = json_reply({"error": {"message": "slow down"}}, 429, {"retry-after": "5"})
    with loopback(busy) as server, Took() as took, pytest.raises(RateLimitError):
        way.chat(base_url=server.base_url, timeout={"total": 1.0}, max_retries=5)
    assert took.seconds < 1
