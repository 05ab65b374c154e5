"""Refusals of a feature, and what their hint says to change."""

from __future__ import annotations

import json

import pytest

from openai_compatible.errors import (
    InvalidRequestError,
    OverloadedError,
    PermissionDeniedError,
    UnsupportedParameterError,
)
from openai_compatible.wire.error_body import error_from_response


@pytest.mark.parametrize(
    ("status", "said", "leaf", "hint"),
    [
        (
            400,
            '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
            UnsupportedParameterError,
            "--enable-auto-tool-choice",
        ),
        (500, "tools param requires --jinja flag", UnsupportedParameterError, "--jinja"),
        (
            501,
            "This server does not support embeddings. Start it with `--embeddings`",
            InvalidRequestError,
            "--embeddings",
        ),
        (
            500,
            "image input is not supported - hint: provide the mmproj",
            InvalidRequestError,
            "--mmproj",
        ),
        (
            400,
            "image URLs are not currently supported, please use base64 encoded data instead",
            InvalidRequestError,
            "data: URL",
        ),
        (
            400,
            "Failed to call a function. See 'failed_generation' for more details.",
            InvalidRequestError,
            "failed_generation",
        ),
        (400, "so you must provide a chat template", InvalidRequestError, "--chat-template"),
        (503, "Loading model", OverloadedError, "try again"),
        (403, "Your request was blocked.", PermissionDeniedError, "User-Agent"),
    ],
)
def test_a_hint_says_what_to_change(status: int, said: str, leaf: type, hint: str) -> None:
    body = json.dumps({"error": {"message": said}}).encode()
    error = error_from_response(status, {}, body, endpoint="/chat/completions", url="http://h/v1")
    assert type(error) is leaf
    assert hint in str(error)


def test_a_page_of_a_firewall_is_no_wrong_key() -> None:
    """user-agent-blocked"""
    page = b"<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head></html>"
    error = error_from_response(403, {}, page, endpoint="/chat/completions", url="http://h/v1")
    assert type(error) is PermissionDeniedError
    assert "firewall" in str(error)


@pytest.mark.parametrize(("status", "leaf"), [(403, "PermissionDeniedError"), (429, "RateLimitError")])
def test_a_parameter_is_blamed_only_by_refusals_of_the_request(status: int, leaf: str) -> None:
    body = json.dumps({"error": {"message": "Unsupported parameter: 'seed'"}}).encode()
    error = error_from_response(status, {}, body, endpoint="/chat/completions", url="http://h/v1")
    assert type(error).__name__ == leaf


def test_a_key_that_is_refused_with_400_says_to_check_it() -> None:
    body = json.dumps({"error": {"message": "API key not valid. Please pass a valid API key."}}).encode()
    error = error_from_response(400, {}, body, endpoint="/chat/completions", url="http://h/v1")
    assert type(error).__name__ == "AuthenticationError"
    assert "Check the key" in str(error)
