"""The judgement on an answer that was asked for an object."""

from __future__ import annotations

import pytest

from openai_compatible.errors import ContentFilterError, MalformedResponseError
from openai_compatible.plan.object_answer import judge_answer


def positive(value):
    return (value, None) if value > 0 else (None, f"{value} is not positive")


def test_the_first_value_that_fits_is_the_object():
    tried = judge_answer([-1, 2, 3], positive, finish_reason="stop")
    assert (tried.found, tried.value) == (True, 2)


def test_a_whole_object_of_a_cut_answer_is_taken():
    assert judge_answer([2], positive, finish_reason="length", damaged=True).value == 2


@pytest.mark.parametrize("reason", ["length", "error"])
@pytest.mark.parametrize(("values", "damaged"), [([], False), ([], True), ([-1], True)])
def test_a_cut_answer_without_an_object_is_an_error(reason, values, damaged):
    with pytest.raises(MalformedResponseError, match=rf"the answer ended \({reason}\)"):
        judge_answer(values, positive, finish_reason=reason, damaged=damaged)


@pytest.mark.parametrize("values", [[], [1]])
def test_a_filtered_answer_is_an_error(values):
    with pytest.raises(ContentFilterError, match="content_filter"):
        judge_answer(values, positive, finish_reason="content_filter")


def test_a_refusal_is_an_error():
    with pytest.raises(ContentFilterError, match="I will not"):
        judge_answer([1], positive, finish_reason="stop", refusal="I will not.")


@pytest.mark.parametrize(
    ("values", "damaged", "problem", "missing"),
    [
        ([-1], False, "-1 is not positive", False),
        ([], True, "its JSON is not whole", False),
        ([], False, "there is no JSON object in it", True),
    ],
)
def test_what_is_wrong_is_said(values, damaged, problem, missing):
    tried = judge_answer(values, positive, finish_reason="stop", damaged=damaged)
    assert (tried.found, tried.problem, tried.missing) == (False, problem, missing)
