"""Auth styles: what travels for a key, that nothing travels without one, and that none is shown."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.auth import Credentials, credentials
from openai_compatible.config.provider import Auth
from openai_compatible.errors import ConfigError

STYLES = [
    Auth(style="bearer"),
    Auth(style="header", name="X-Api-Key"),
    Auth(style="query", name="token"),
    Auth(style="basic", username="user"),
    Auth(style="none"),
]


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


@pytest.mark.parametrize(
    ("auth", "key", "headers", "query"),
    [
        (Auth(), "k", {"Authorization": "Bearer k"}, {}),
        (Auth(prefix="Token "), "k", {"Authorization": "Token k"}, {}),
        (Auth(style="header"), "k", {"api-key": "k"}, {}),
        (Auth(style="header", name="X-Key", prefix="Key "), "k", {"X-Key": "Key k"}, {}),
        (Auth(style="query"), "k", {}, {"key": "k"}),
        (Auth(style="query", name="code"), "k=&?", {}, {"code": "k=&?"}),
        (Auth(style="basic", username="u"), "k", basic("u:k"), {}),
        (Auth(style="basic", username="ü"), "pässword", basic("ü:pässword"), {}),
        (Auth(style="basic"), "u:k", basic("u:k"), {}),
        (Auth(style="basic"), "k", basic(":k"), {}),
        (Auth(style="basic", username="u"), "k:k", basic("u:k:k"), {}),
        (Auth(style="none"), "k", {}, {}),
    ],
)
def test_each_style_puts_the_key_in_its_place(
    auth: Auth, key: str, headers: dict[str, str], query: dict[str, str]
) -> None:
    assert credentials(auth, key) == Credentials(headers, query)


@pytest.mark.parametrize("auth", STYLES, ids=lambda auth: auth.style)
@pytest.mark.parametrize("key", [None, "", "  ", "\n"])
def test_no_key_sends_nothing(auth: Auth, key: str | None) -> None:
    assert credentials(auth, key) == Credentials({}, {})


@pytest.mark.parametrize(
    "key", ["EMPTY", "not-needed", "none", "ollama", "lm-studio", "sk-no-key-required"]
)
def test_placeholders_are_sent_like_any_key(key: str) -> None:
    assert credentials(Auth(), key).headers == {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize("key", [" k", "k\n", "\r\nk\t", "k\u00a0"])
def test_white_space_around_a_key_is_dropped(key: str) -> None:
    assert credentials(Auth(), key).headers == {"Authorization": "Bearer k"}


@pytest.mark.parametrize("key", ["Bearer k", "bearer k", "BEARER  k"])
def test_a_bearer_copied_with_the_key_is_not_doubled(key: str) -> None:
    assert credentials(Auth(), key).headers == {"Authorization": "Bearer k"}


def test_a_key_that_only_begins_like_the_prefix_is_left_alone() -> None:
    assert credentials(Auth(), "Bearerk").headers == {"Authorization": "Bearer Bearerk"}
    assert credentials(Auth(prefix="Token "), "Token-k").headers == {"Authorization": "Token Token-k"}


@pytest.mark.parametrize("auth", STYLES[:4], ids=lambda auth: auth.style)
@pytest.mark.parametrize("key", ["s3cret\r\nX-Evil: 1", "s3\x00cret", "s3\x7fcret", "s3cret\nmore"])
def test_a_control_character_is_refused_without_showing_the_key(auth: Auth, key: str) -> None:
    with pytest.raises(ConfigError, match="control character") as caught:
        credentials(auth, key)
    assert "s3" not in f"{caught.value}{vars(caught.value)}"


@pytest.mark.parametrize("auth", STYLES[:3], ids=lambda auth: auth.style)
@pytest.mark.parametrize("key", ["s3cret—dash", "“s3cret”", "s3\udce9cret"])
def test_a_character_that_is_not_ascii_is_refused_without_showing_the_key(auth: Auth, key: str) -> None:
    with pytest.raises(ConfigError, match="not ASCII") as caught:
        credentials(auth, key)
    assert "s3" not in f"{caught.value}{vars(caught.value)}"


def test_bytes_that_are_no_text_are_refused_for_basic_too() -> None:
    with pytest.raises(ConfigError, match="no valid text") as caught:
        credentials(Auth(style="basic", username="u"), "s3\udce9cret")
    assert "s3" not in f"{caught.value}{caught.value.__cause__}"


@pytest.mark.parametrize("name", ["X Key", "X:Key", "X\r\nKey", "Schlüssel", " "])
def test_a_name_that_is_no_header_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="no header name"):
        credentials(Auth(style="header", name=name), "k")


def test_a_user_name_with_a_colon_is_refused() -> None:
    with pytest.raises(ConfigError, match="contains a ':'"):
        credentials(Auth(style="basic", username="a:b"), "k")


def test_repr_shows_names_only() -> None:
    assert repr(credentials(Auth(), "s3cret")) == "Credentials(headers=['Authorization'], query=[])"
    assert repr(credentials(Auth(style="query"), "s3cret")) == "Credentials(headers=[], query=['key'])"


@given(st.sampled_from(STYLES), st.text(max_size=30))
def test_any_text_travels_whole_or_is_refused_with_our_error(auth: Auth, key: str) -> None:
    try:
        found = credentials(auth, key)
    except ConfigError:
        return
    assert len(found.headers) + len(found.query) <= 1
    for value in found.headers.values():
        assert value.isascii()
        assert value.isprintable()
