"""How long to wait so that a server is not asked too often."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.plan.rate_limit import Window


def reserve(window: Window, now: float) -> float:
    pause = window.delay(now)
    window.take(now + pause)
    return pause


@given(
    requests=st.integers(1, 5),
    pauses=st.lists(st.floats(0, 40, allow_nan=False), min_size=1, max_size=40),
)
def test_s1_22_no_stretch_of_a_minute_has_more_requests_than_allowed(
    requests: int, pauses: list[float]
) -> None:
    window, now, starts = Window(requests), 0.0, []
    for pause in pauses:
        now += pause
        wait = reserve(window, now)
        assert wait >= 0
        starts.append(now + wait)
    assert starts == sorted(starts)
    for first, further in zip(starts, starts[requests:], strict=False):
        assert further - first >= 60 - 1e-6


def test_what_fits_goes_at_once() -> None:
    window = Window(3)
    assert [reserve(window, now) for now in (0.0, 0.0, 59.0, 60.0)] == [0, 0, 0, 0]


def test_asking_takes_no_place() -> None:
    window = Window(1, seconds=10)
    assert reserve(window, 0.0) == 0
    assert [window.delay(1.0) for _ in range(3)] == [9.0] * 3
    assert reserve(window, 1.0) == 9.0
    assert reserve(window, 1.0) == 19.0


def test_requests_that_waited_for_another_limit_stay_in_order() -> None:
    window = Window(2, seconds=10)
    window.take(5.0)
    window.take(3.0)
    assert window.delay(6.0) == 9.0
