"""Base URLs: what each spelling becomes, what is refused, and what no message shows."""

from __future__ import annotations

import doctest
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible import urls
from openai_compatible.errors import ConfigError
from openai_compatible.urls import base_url, candidates, is_private_host, join, origin, same_origin

READ = [
    # the seeds' own
    ("http://localhost:5001/v1", "http://localhost:5001/v1"),
    ("https://my-api-server.com/openai", "https://my-api-server.com/openai"),
    ("http://localhost:8000", "http://localhost:8000/v1"),
    ("http://localhost:8080/v1", "http://localhost:8080/v1"),
    ("https://api.groq.com/openai/v1", "https://api.groq.com/openai/v1"),
    ("https://e.openai.azure.com/openai/deployments", "https://e.openai.azure.com/openai/deployments"),
    ("https://api.mycompany.com/v1", "https://api.mycompany.com/v1"),
    ("https://api.fast-ai.chat/v1", "https://api.fast-ai.chat/v1"),
    # slashes, endpoints, fragments
    ("http://localhost:8000/", "http://localhost:8000/v1"),
    ("http://localhost:8000//", "http://localhost:8000/v1"),
    ("  http://host/v1/  ", "http://host/v1"),
    ("http://host/v1/chat/completions", "http://host/v1"),
    ("http://host/v1/chat/completions/", "http://host/v1"),
    ("http://host/v1/chat/completions/chat/completions", "http://host/v1"),
    ("http://host/v1/completions", "http://host/v1"),
    ("http://host/v1/embeddings", "http://host/v1"),
    ("http://host/v1/models", "http://host/v1"),
    ("http://host/v1/responses", "http://host/v1"),
    ("http://host/v1beta/openai/models", "http://host/v1beta/openai"),
    ("http://host/api/chat/completions", "http://host/api"),
    ("http://host/chat/completions", "http://host/v1"),
    ("http://host:8000/#/chat", "http://host:8000/v1"),
    ("https://host/v1#frag", "https://host/v1"),
    # bases that end like an endpoint
    ("https://r.services.ai.azure.com/models", "https://r.services.ai.azure.com/models"),
    (
        "https://r.services.ai.azure.com/models/chat/completions",
        "https://r.services.ai.azure.com/models",
    ),
    # paths as written
    ("https://host/{deployment}/v1", "https://host/{deployment}/v1"),
    ("https://host//v1", "https://host//v1"),
    ("https://proxy/https://api.example.com/v1", "https://proxy/https://api.example.com/v1"),
    ("https://host/V1", "https://host/V1"),
    ("https://host/a%2Fb/@cf/v1", "https://host/a%2Fb/@cf/v1"),
    # hosts
    ("HTTPS://Host:443/v1", "https://host:443/v1"),
    ("http://host:/v1", "http://host/v1"),
    ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
    ("http://[FE80::1]/v1", "http://[fe80::1]/v1"),
    ("http://bücher.example/v1", "http://bücher.example/v1"),
    ("http://my_container:8000/v1", "http://my_container:8000/v1"),
    # no scheme, but plainly here
    ("localhost:8000", "http://localhost:8000/v1"),
    ("localhost", "http://localhost/v1"),
    ("127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
    ("192.168.1.5:11434", "http://192.168.1.5:11434/v1"),
    ("10.0.0.2/openai", "http://10.0.0.2/openai"),
    ("172.16.9.9:1", "http://172.16.9.9:1/v1"),
    ("nas.local:8000", "http://nas.local:8000/v1"),
    ("host.docker.internal:11434", "http://host.docker.internal:11434/v1"),
    ("vllm.models.svc.cluster.local/v1", "http://vllm.models.svc.cluster.local/v1"),
    ("vllm:8000", "http://vllm:8000/v1"),
    ("[::1]:8000", "http://[::1]:8000/v1"),
    ("localhost:8000/v1/chat/completions?next=http://x", "http://localhost:8000/v1"),
]


@pytest.mark.parametrize(("written", "used"), READ)
def test_a_spelling_becomes(written: str, used: str) -> None:
    assert base_url(written).url == used


def test_only_a_bare_origin_is_marked_as_guessed() -> None:
    assert base_url("http://host").guessed_v1
    assert base_url("http://host/chat/completions").guessed_v1
    assert not base_url("http://host/v1").guessed_v1
    assert not base_url("http://host/openai").guessed_v1


def test_a_query_is_kept_apart() -> None:
    azure = base_url("https://r.openai.azure.com/openai/deployments/d?api-version=2024-10-21&empty=")
    assert azure.url == "https://r.openai.azure.com/openai/deployments/d"
    assert azure.query == {"api-version": "2024-10-21", "empty": ""}
    assert base_url("http://host/v1/chat/completions?a=%26+b").query == {"a": "& b"}


REFUSED = [
    ("", "is empty"),
    ("   ", "is empty"),
    ("api.example.com/v1", r"has no scheme. Write https://api.example.com/v1 \(or http://"),
    ("8.8.8.8:8000", r"has no scheme. Write https://8.8.8.8:8000 "),
    ("http://", "names no host"),
    ("http://:8000", "names no host"),
    ("http://host:abc/v1", "no number from 1 to 65535"),
    ("http://host:0/v1", "no number from 1 to 65535"),
    ("http://host:99999/v1", "no number from 1 to 65535"),
    ("http://[::1", "its host is malformed"),
    ("::1:8000", "cannot be read"),
    ("ftp://host/v1", "has the scheme 'ftp'. Use http:// or https://"),
    ("unix:///run/x.sock", "has the scheme 'unix'"),
    ("unix:/run/x.sock", "cannot be read"),
    ("http:/host/v1", "cannot be read"),
    ("http//host/v1", "cannot be read"),
    ("https:host", "cannot be read"),
    ("http:\\\\host", "cannot be read"),
    ("http://\\\\host", "names no host"),
    ("//host/v1", "cannot be read"),
    ("/v1", "cannot be read"),
    (":8000", "cannot be read"),
    ("8000", "cannot be read"),
    ("'http://host'", "without quotes"),
    ('"localhost:8000"', "without quotes"),
    ("http://host /v1", "white space"),
    ("http://ho\nst/v1", "white space"),
    ("http://\u200bhost/v1", "invisible character"),
    ("https://user:pass@host/v1", "credentials before '@'. Set them apart"),
    ("user:pass@localhost:8000", "credentials before '@'"),
]


@pytest.mark.parametrize(("written", "message"), REFUSED)
def test_what_is_no_base_url_is_refused_with_a_proposal(written: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        base_url(written)
    assert caught.value.hint


@pytest.mark.parametrize(
    "written",
    [
        "https://s3cret@host/v1",
        "https://user:s3cret@host/v1",
        "https://user:s3/cret@host/v1",
        "user:s3cret@api.example.com/v1",
        "api.example.com/v1?key=s3cret",
        "api.example.com/v1#s3cret",
        "'http://host?key=s3cret'",
        "https://user:s3cret@ho℀st/v1",
        "ftp://s3cret@host?key=s3cret",
    ],
)
def test_no_message_shows_a_secret_of_the_url(written: str) -> None:
    with pytest.raises(ConfigError) as caught:
        base_url(written)
    shown = f"{caught.value}{caught.value!r}{caught.value.__cause__}{vars(caught.value)}"
    assert "s3" not in shown


def test_every_accepted_spelling_of_the_table_is_one_of_these_tests() -> None:
    """The docstring's table, row by row, against the function."""
    rows = re.findall(r"^``(\S+?)``(?:, .*?)?  +``(\S+?)``( \(guessed\))?$", urls.__doc__ or "", re.M)
    assert len(rows) >= 8
    for written, used, guessed in rows:
        if used.endswith("://"):
            continue
        read = base_url(written)
        assert (read.url, read.guessed_v1) == (used, bool(guessed)), written


def test_the_examples_of_the_docstrings_are_true() -> None:
    assert doctest.testmod(urls).failed == 0


# ---------------------------------------------------------------------- properties

LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=8).filter(
    lambda text: text[0].isalpha() and not text.endswith("-")
)
SEGMENT = st.one_of(
    st.sampled_from(["v1", "openai", "models", "chat", "completions", "embeddings", "responses", ""]),
    st.text("abcXYZ0.-_~{}%@", min_size=1, max_size=6),
)
URL = st.builds(
    lambda scheme, host, port, path, query, slash: (
        f"{scheme}{host}{port}{'/' if path else ''}{'/'.join(path)}{slash}{query}"
    ),
    st.sampled_from(["http://", "https://", "HTTP://"]),
    st.one_of(LABEL, st.builds("{}.{}".format, LABEL, LABEL), st.just("[::1]"), st.just("10.1.2.3")),
    st.sampled_from(["", ":8000", ":443", ":80"]),
    st.lists(SEGMENT, max_size=5),
    st.sampled_from(["", "?api-version=1", "#top", "?a=1#b"]),
    st.sampled_from(["", "/"]),
)


@given(URL)
def test_reading_what_was_read_changes_nothing(text: str) -> None:
    once = base_url(text)
    again = base_url(once.url)
    assert again.url == once.url
    assert again.query == {}


@given(URL)
def test_a_base_url_ends_without_slash_query_or_fragment_and_keeps_its_origin(text: str) -> None:
    read = base_url(text)
    assert not read.url.endswith("/")
    assert not set("?#") & set(read.url)
    assert same_origin(read.url, text)


@given(URL)
def test_other_spellings_are_of_the_same_origin_new_and_readable(text: str) -> None:
    base = base_url(text)
    others = candidates(base)
    assert len(set(others)) == len(others)
    assert base.url not in others
    for other in others:
        assert same_origin(other, base.url)
        assert not other.endswith("/")
        assert join(other, "/models").startswith(other)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_our_error(text: str) -> None:
    try:
        read = base_url(text)
    except ConfigError:
        return
    assert read.url.startswith(("http://", "https://"))


# ---------------------------------------------------------------------- candidates, origins, hosts


@pytest.mark.parametrize(
    ("written", "others"),
    [
        ("http://h", ("http://h", "http://h/api/v1", "http://h/openai/v1")),
        ("http://h:80", ("http://h:80", "http://h:80/api/v1", "http://h:80/openai/v1")),
        ("http://h/v1", ("http://h",)),
        ("http://h/openai", ("http://h/openai/v1",)),
        ("http://h/api/v1", ("http://h/api",)),
        ("http://h//v1", ("http://h/v1", "http://h")),
        ("http://h/models", ("http://h/models/v1", "http://h", "http://h/v1")),
    ],
)
def test_what_is_tried_when_the_route_is_not_there(written: str, others: tuple[str, ...]) -> None:
    assert candidates(base_url(written)) == others


def test_join_puts_one_slash_between_and_keeps_braces() -> None:
    assert join("http://h/{d}/v1/", "/chat/completions") == "http://h/{d}/v1/chat/completions"
    assert join("http://h/v1", "models") == "http://h/v1/models"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://host/v1", "https://HOST:443/other", True),
        ("http://host", "http://host:80", True),
        ("http://host", "https://host", False),
        ("http://host:8000", "http://host:8001", False),
        ("https://host", "https://host.evil.com", False),
        ("https://host", "https://evil.com/?x=https://host", False),
        ("https://host", "https://host@evil.com", False),
        ("http://[::1]:80/v1", "http://[::1]", True),
        ("http://host:abc", "http://host:abc", False),
        ("http://[::1", "http://[::1", False),
    ],
)
def test_same_origin(one: str, other: str, same: bool) -> None:
    assert same_origin(one, other) is same


def test_origin_leaves_out_the_default_port_only() -> None:
    assert origin("https://h:443/v1?x") == "https://h"
    assert origin("https://h:80") == "https://h:80"


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST.", "app.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "0.0.0.0",
        "10.0.0.1", "172.31.0.1", "192.168.0.1", "169.254.1.1", "100.64.0.1", "fe80::1%eth0", "fd00::1",
        "vllm", "nas.local", "box.lan", "x.internal", "x.home.arpa", "::ffff:127.0.0.1",
    ],
)  # fmt: skip
def test_hosts_of_ones_own(host: str) -> None:
    assert is_private_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "", "8.8.8.8", "api.openai.com", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "134744072",
        "0x08080808", "localhost.evil.com", "127.0.0.1.evil.com", "224.0.0.1",
    ],
)  # fmt: skip
def test_hosts_of_others(host: str) -> None:
    assert not is_private_host(host)
