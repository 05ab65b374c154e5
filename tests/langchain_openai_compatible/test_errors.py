"""Errors that are both ours and LangChain's."""

from __future__ import annotations

import pickle

import pytest
from langchain_core import exceptions as framework

from langchain_openai_compatible.errors import ModelRefusedError, translate, translated
from openai_compatible import errors as ours

PAIRS = [
    (ours.InvalidRequestError, framework.ModelInvalidRequestError),
    (ours.UnsupportedParameterError, framework.ModelInvalidRequestError),
    (ours.ContentFilterError, framework.ModelInvalidRequestError),
    (ours.ContextLengthExceededError, framework.ContextOverflowError),
    (ours.ContextLengthExceededError, framework.ModelInvalidRequestError),
    (ours.AuthenticationError, framework.ModelAuthenticationError),
    (ours.PermissionDeniedError, framework.ModelPermissionDeniedError),
    (ours.ModelNotFoundError, framework.ModelNotFoundError),
    (ours.EndpointNotFoundError, framework.ModelInvalidRequestError),
    (ours.RateLimitError, framework.ModelRateLimitError),
    (ours.QuotaExceededError, framework.ModelRateLimitError),
    (ours.ServerError, framework.ModelAPIError),
    (ours.OverloadedError, framework.ModelAPIError),
    (ours.ConnectionFailedError, framework.ModelConnectionError),
    (ours.RedirectRefusedError, framework.ModelConnectionError),
    (ours.ConnectTimeoutError, framework.ModelTimeoutError),
    (ours.FirstEventTimeoutError, framework.ModelTimeoutError),
    (ours.IdleTimeoutError, framework.ModelTimeoutError),
    (ours.TotalTimeoutError, framework.ModelTimeoutError),
    (ours.MalformedResponseError, framework.ModelAPIError),
    (ours.StreamInterruptedError, framework.ModelAPIError),
]


@pytest.mark.parametrize(("cls", "counterpart"), PAIRS)
def test_an_error_is_also_langchains(cls, counterpart):
    error = translate(cls("went wrong", provider="p", status_code=499, retry_after=2.0, hint="Try."))
    assert isinstance(error, cls)
    assert isinstance(error, counterpart)
    assert type(error).__name__ == cls.__name__
    assert str(error) == "p: went wrong (HTTP 499). Try."
    assert error.retry_after == 2.0


@pytest.mark.parametrize(("cls", "counterpart"), PAIRS)
def test_such_an_error_pickles(cls, counterpart):
    error = pickle.loads(pickle.dumps(translate(cls("went wrong", provider="p"))))
    assert isinstance(error, cls)
    assert isinstance(error, counterpart)
    assert str(error) == "p: went wrong"


def test_every_error_of_ours_that_a_server_can_cause_has_a_counterpart():
    def leaves(cls):
        below = cls.__subclasses__()
        return [cls] if not below else [leaf for sub in below for leaf in leaves(sub)]

    for cls in leaves(ours.OpenAICompatibleError):
        if cls.__module__ == ours.__name__ and not issubclass(cls, ours.ConfigError):
            assert isinstance(translate(cls("x")), framework.ModelError), cls


@pytest.mark.parametrize(
    ("status", "counterpart"),
    [
        (405, framework.ModelInvalidRequestError),
        (408, framework.ModelTimeoutError),
        (501, framework.ModelAPIError),
        (None, framework.ModelAPIError),
    ],
)
def test_a_status_without_a_class_of_its_own_is_sorted_by_number(status, counterpart):
    assert isinstance(translate(ours.APIStatusError("x", status_code=status)), counterpart)


def test_only_what_a_later_try_may_mend_is_retryable():
    assert translate(ours.RateLimitError("x")).is_retryable
    assert translate(ours.OverloadedError("x")).is_retryable
    assert not translate(ours.QuotaExceededError("x")).is_retryable
    assert not translate(ours.RedirectRefusedError("x")).is_retryable
    assert not translate(ours.InvalidRequestError("x")).is_retryable


def test_settings_have_no_counterpart():
    error = ours.MissingKeyError("no key")
    assert translate(error) is error


def test_an_error_of_no_particular_kind_is_a_model_error():
    assert isinstance(translate(ours.OpenAICompatibleError("x")), framework.ModelError)


def test_translating_twice_changes_nothing():
    error = translate(ours.RateLimitError("x"))
    assert translate(error) is error
    with pytest.raises(ours.RateLimitError) as caught, translated():
        raise error
    assert caught.value is error


def test_when_all_providers_fail_alike_the_error_says_so():
    alike = ours.AllProvidersFailedError(
        "x", errors=[ours.RateLimitError("a"), ours.RateLimitError("b")]
    )
    assert isinstance(translate(alike), framework.ModelRateLimitError)
    mixed = ours.AllProvidersFailedError("x", errors=[ours.RateLimitError("a"), ours.ServerError("b")])
    assert isinstance(translate(mixed), framework.ModelAPIError)
    assert [type(e).__name__ for e in translate(mixed).errors] == ["RateLimitError", "ServerError"]


def test_cause_and_attributes_survive_and_the_untranslated_twin_is_not_shown():
    cause = OSError("refused")

    def fail():
        error = ours.StreamInterruptedError("cut", clean_end=False)
        raise error from cause

    with pytest.raises(framework.ModelAPIError) as caught, translated():
        fail()
    assert isinstance(caught.value, ours.StreamInterruptedError)
    assert caught.value.clean_end is False
    assert caught.value.__cause__ is cause
    assert caught.value.__suppress_context__


def test_a_refusal_is_a_refusal_for_langchain_too():
    error = ModelRefusedError("no", raw_message=None)
    assert isinstance(error, ours.ContentFilterError)
    assert isinstance(error, getattr(framework, "ModelRefusalError", framework.ModelError))
    assert str(pickle.loads(pickle.dumps(error))) == "no"
