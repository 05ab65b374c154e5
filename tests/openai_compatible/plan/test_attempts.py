"""The plan of attempts, driven without a clock and without a socket."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from openai_compatible.errors import (
    AllProvidersFailedError,
    AuthenticationError,
    ConfigError,
    ConnectionFailedError,
    ConnectTimeoutError,
    EndpointNotFoundError,
    FirstEventTimeoutError,
    IdleTimeoutError,
    InvalidRequestError,
    MalformedResponseError,
    ModelNotFoundError,
    OpenAICompatibleError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    TotalTimeoutError,
)
from openai_compatible.plan.attempts import (
    Call,
    Outcome,
    Site,
    Sleep,
    Trail,
    attempts,
    delay,
    falls_back,
    is_retried,
)

A = Site("a", ("http://a/v1",), 2)
B = Site("b", ("http://b/v1",), 1)


def drive(
    sites: Iterable[Site], outcomes: Iterable[Outcome | OpenAICompatibleError | None]
) -> tuple[list[Call], list[float], Trail]:
    """Calls, sleeps and the trail of a plan whose calls end as given; errors are raised as they are."""
    plan = attempts(list(sites), lambda: 0.0)
    given = iter(outcomes)
    calls: list[Call] = []
    sleeps: list[float] = []
    step = next(plan)
    while True:
        if isinstance(step, Sleep):
            sleeps.append(step.seconds)
            outcome = Outcome()
        else:
            calls.append(step)
            end = next(given)
            outcome = end if isinstance(end, Outcome) else Outcome(end)
        try:
            step = plan.send(outcome)
        except StopIteration as stop:
            return calls, sleeps, stop.value


def busy(**fields: Any) -> ServerError:
    return ServerError("busy", status_code=503, **fields)


@pytest.mark.parametrize(
    ("error", "retried", "next_provider"),
    [
        (ConnectionFailedError("x"), True, True),
        (ConnectTimeoutError("x"), True, True),
        (FirstEventTimeoutError("x"), False, True),
        (TotalTimeoutError("x", code="call"), False, True),
        (TotalTimeoutError("x", code="total"), False, False),
        (IdleTimeoutError("x"), False, True),
        (InvalidRequestError("x", status_code=408), True, True),
        (InvalidRequestError("x", status_code=409), True, True),
        (RateLimitError("x", status_code=429), True, True),
        (ServerError("x", status_code=500), True, True),
        (ServerError("x", status_code=501), False, False),
        (OverloadedError("x", status_code=529), True, True),
        (ServerError("in the stream"), True, True),
        (StreamInterruptedError("x"), True, True),
        (QuotaExceededError("x", status_code=429), False, True),
        (InvalidRequestError("x", status_code=400), False, False),
        (InvalidRequestError("x", status_code=422), False, False),
        (AuthenticationError("x", status_code=401), False, False),
        (PermissionDeniedError("x", status_code=403), False, False),
        (ModelNotFoundError("x", status_code=404), False, False),
        (EndpointNotFoundError("x", status_code=404), False, False),
        (MalformedResponseError("x"), False, False),
        (ConfigError("x"), False, False),
    ],
)
def test_each_error_is_retried_or_handed_on_as_the_table_says(
    error: OpenAICompatibleError, retried: bool, next_provider: bool
) -> None:
    assert (is_retried(error), falls_back(error)) == (retried, next_provider)


def test_a_call_that_works_is_the_only_one() -> None:
    calls, sleeps, trail = drive([A, B], [None])
    assert [call.base_url for call in calls] == ["http://a/v1"]
    assert sleeps == []
    assert trail == Trail(attempts=1, retries=0, fallbacks=())


def test_waits_double_up_to_eight_seconds() -> None:
    site = Site("a", ("http://a/v1",), 7)
    _, sleeps, trail = drive([site], [busy()] * 7 + [None])
    assert sleeps == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert (trail.attempts, trail.retries) == (8, 7)


def test_jitter_shortens_a_wait_by_a_quarter_at_most() -> None:
    assert delay(0, None, 1.0) == 0.375
    assert delay(10, None, 0.0) == 8.0


def test_what_the_server_asks_for_is_waited() -> None:
    _, sleeps, _ = drive([A], [busy(retry_after=3.0), busy(retry_after=0.0), None])
    assert sleeps == [3.0, 0.0]


def test_a_negative_wish_is_no_wish() -> None:
    assert delay(0, -5.0, 0.0) == 0.5


def test_a_server_that_asks_for_more_than_a_minute_is_not_waited_for() -> None:
    with pytest.raises(ServerError) as caught:
        drive([A], [busy(retry_after=61.0)])
    assert caught.value.retry_after == 61.0


def test_no_wait_reaches_beyond_the_total_limit() -> None:
    with pytest.raises(ServerError):
        drive([A], [Outcome(busy(retry_after=5.0), remaining=5.0)])
    _, sleeps, _ = drive([A], [Outcome(busy(retry_after=5.0), remaining=5.1), None])
    assert sleeps == [5.0]


def test_the_only_site_raises_what_it_answered_last() -> None:
    last = busy()
    with pytest.raises(ServerError) as caught:
        drive([A], [busy(), busy(), last])
    assert caught.value is last


def test_the_next_site_is_asked_after_the_last_retry() -> None:
    calls, _, trail = drive([A, B], [busy(), busy(), busy(), None])
    assert [call.site for call in calls] == [0, 0, 0, 1]
    assert trail == Trail(attempts=4, retries=2, fallbacks=("a",))


def test_an_error_that_is_the_requests_own_asks_nobody_else() -> None:
    with pytest.raises(InvalidRequestError):
        drive([A, B], [InvalidRequestError("no", status_code=400)])


def test_all_failures_are_kept_and_named() -> None:
    first, second = (
        QuotaExceededError("paid up", status_code=402),
        RateLimitError("slow", status_code=429),
    )
    with pytest.raises(AllProvidersFailedError, match=r"paid up.*slow") as caught:
        drive([Site("a", ("http://a",), 0), Site("b", ("http://b",), 0)], [first, second])
    assert caught.value.errors == (first, second)
    assert caught.value.status_code == 429
    assert caught.value.__cause__ is second


def test_a_fallback_that_refuses_the_request_ends_the_plan_with_both_errors() -> None:
    with pytest.raises(AllProvidersFailedError) as caught:
        drive([Site("a", ("http://a",), 0), B], [busy(), InvalidRequestError("no", status_code=400)])
    assert len(caught.value.errors) == 2


SPELLED = Site("a", ("http://a/v1", "http://a", "http://a/api/v1"), 2)


def missing() -> EndpointNotFoundError:
    return EndpointNotFoundError("no route", status_code=404)


def test_a_missing_route_is_looked_for_under_the_other_spellings_without_a_wait() -> None:
    calls, sleeps, trail = drive([SPELLED], [missing(), missing(), None])
    assert [call.base_url for call in calls] == list(SPELLED.base_urls)
    assert sleeps == []
    assert (trail.attempts, trail.retries) == (3, 0)


def test_a_route_that_is_nowhere_names_every_url() -> None:
    with pytest.raises(EndpointNotFoundError) as caught:
        drive([SPELLED], [missing(), missing(), missing()])
    assert all(url in str(caught.value) for url in SPELLED.base_urls)


def test_another_error_at_another_spelling_is_that_error() -> None:
    with pytest.raises(AuthenticationError):
        drive([SPELLED], [missing(), AuthenticationError("key", status_code=401)])


def test_trouble_at_another_spelling_is_retried_there() -> None:
    calls, sleeps, _ = drive([SPELLED], [missing(), busy(), None])
    assert [call.base_url for call in calls] == ["http://a/v1", "http://a", "http://a"]
    assert sleeps == [0.5]


def test_a_cut_connection_at_another_spelling_is_retried_there() -> None:
    calls, _, _ = drive([SPELLED], [missing(), ConnectionFailedError("cut"), None])
    assert calls[-1].base_url == "http://a"


FACTS = {"stream_usage": False}


def refused() -> InvalidRequestError:
    return InvalidRequestError("no", status_code=400)


def adapting(*offers: Any) -> tuple[list[Call], Any]:
    """The calls of one site when each refusal offers a dialect, and the end."""
    plan = attempts([Site("a", ("http://a",), 2)], lambda: 0.0)
    calls = [next(plan)]
    try:
        for offer in offers:
            step = plan.send(Outcome(None if offer is None else refused(), None, offer))
            assert isinstance(step, Call)
            calls.append(step)
    except StopIteration as end:
        return calls, end.value  # type: ignore[return-value]
    except InvalidRequestError as error:
        return calls, error  # type: ignore[return-value]
    raise AssertionError("the plan goes on")


def test_a_dialect_that_is_offered_is_tried_at_once_at_the_same_place() -> None:
    calls, trail = adapting(FACTS, None)
    assert [call.facts for call in calls] == [{}, FACTS]
    assert trail.adaptations == ("stream_usage=False",)
    assert (trail.attempts, trail.retries) == (2, 0)


def test_a_dialect_is_tried_once() -> None:
    calls, error = adapting(FACTS, FACTS)
    assert len(calls) == 2
    assert isinstance(error, InvalidRequestError)


def test_three_dialects_are_tried_at_most() -> None:
    calls, error = adapting({"a": 1}, {"a": 2}, {"b": 1}, {"c": 1})
    assert [call.facts for call in calls] == [{}, {"a": 1}, {"a": 2}, {"a": 2, "b": 1}]
    assert isinstance(error, InvalidRequestError)


def test_an_empty_offer_is_none() -> None:
    calls, error = adapting({})
    assert len(calls) == 1
    assert isinstance(error, InvalidRequestError)


def test_a_key_that_may_be_renewed_is_tried_once_more_at_once() -> None:
    plan = attempts([Site("a", ("http://a",), 2)], lambda: 0.0)
    next(plan)
    refusal = Outcome(AuthenticationError("expired", status_code=401), renewed=True)
    assert isinstance(plan.send(refusal), Call)
    with pytest.raises(AuthenticationError):
        plan.send(refusal)
