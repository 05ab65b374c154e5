"""Spellings of a base URL, and the search for the one that answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from openai_compatible import ConfigError
from openai_compatible.probe.connection import find_base_url, spellings
from openai_compatible.testing.loopback import HANG, Reply, Seen, json_reply, loopback, routes
from openai_compatible.testing.scripted import scripted

from .conftest import PAGE, Fails, Here, api, models, refusal


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("http://127.0.0.1:8000", ["http://127.0.0.1:8000/v1", "http://127.0.0.1:8000"]),
        ("http://127.0.0.1:8000/v1/", ["http://127.0.0.1:8000/v1", "http://127.0.0.1:8000"]),
        (" localhost:8000/v1/chat/completions ", ["http://localhost:8000/v1", "http://localhost:8000"]),
        ("192.168.1.5:8000/llm", ["http://192.168.1.5:8000/llm", "http://192.168.1.5:8000/llm/v1"]),
        ("[::1]:8000", ["http://[::1]:8000/v1"]),
        ("https://api.groq.com", ["https://api.groq.com/openai/v1", "https://api.groq.com/v1"]),
        ("openrouter.ai", ["https://openrouter.ai/api/v1", "https://openrouter.ai/v1"]),
        ("my-api-server.com/openai", ["https://my-api-server.com/openai"]),
    ],
)
def test_the_likeliest_spellings_come_first(typed: str, first: list[str]) -> None:
    found = spellings(typed)
    assert list(found[: len(first)]) == first
    assert len(found) == len(set(found))


def test_a_key_would_not_be_tried_in_clear_where_tls_was_written_or_the_host_is_public() -> None:
    def schemes(typed: str) -> set[str]:
        return {one.partition(":")[0] for one in spellings(typed)}

    assert schemes("https://192.168.1.5/v1") == {"https"}
    assert schemes("api.example.com/v1") == {"https"}
    assert schemes("http://api.example.com/v1") == {"http", "https"}
    assert schemes("https://localhost:8000") == {"http", "https"}
    assert schemes("vllm:8000") == {"http", "https"}


@pytest.mark.parametrize(
    "typed", ["", "ftp://host/v1", "http://user:pw@host/v1", "a b", "http://[::1", "[::1"]
)
def test_what_is_no_url_is_an_error_of_the_settings(typed: str) -> None:
    with pytest.raises(ConfigError):
        spellings(typed)


@pytest.mark.parametrize("place", ["/v1", "", "/api/v1", "/openai/v1"])
def test_the_spelling_that_lists_models_is_found(place: str) -> None:
    with loopback(routes({f"GET {place}/models": models("a", "b")})) as server:
        found = find_base_url(server.url, timeout=5, reach=Here())
    assert (found.base_url, found.models) == (f"{server.url}{place}", ("a", "b"))
    assert found.text == f"{server.url}{place} lists 2 models"
    assert not found.needs_key


def test_a_web_page_is_passed_over() -> None:
    with loopback(routes({"GET /v1/models": PAGE, "GET /api/v1/models": models("a")})) as server:
        found = find_base_url(server.url, timeout=5, reach=Here())
    assert found.base_url == f"{server.url}/api/v1"
    assert f"{server.url}/v1" in found.tried


def test_a_server_that_wants_a_key_is_found_by_that() -> None:
    with scripted(api_key="k-4711-secret") as server:
        found = find_base_url(server.url, timeout=5, reach=Here())
        assert (found.base_url, found.needs_key, found.models) == (server.base_url, True, ())
        found = find_base_url(server.url, timeout=5, reach=Here(), api_key="k-4711-secret")
        assert found.base_url == server.base_url
        assert "scripted" in found.models


def test_tls_is_found_where_http_was_typed(secure: Callable[..., Any], bundle: str) -> None:
    with secure(api()) as server:
        for typed in (f"127.0.0.1:{server.port}", f"http://127.0.0.1:{server.port}/v1"):
            found = find_base_url(typed, timeout=5, reach=Here(), tls={"ca_bundle": bundle})
            assert found.base_url == server.base_url


def test_http_is_found_where_https_was_typed_on_loopback() -> None:
    with loopback(api()) as server:
        found = find_base_url(f"https://127.0.0.1:{server.port}", timeout=5, reach=Here())
    assert found.base_url == server.base_url


def test_an_origin_that_cannot_be_reached_is_tried_once() -> None:
    class Counted(Fails):
        times = 0

        def resolve(self, *args: Any) -> Any:
            self.times += 1
            return super().resolve(*args)

    network = Counted("name", "unknown_host")
    found = find_base_url("https://llm.example.com", timeout=5, reach=network)
    assert found.base_url is None
    assert found.text == "no API answers: https://llm.example.com: unknown host"
    assert network.times == 1


def test_a_server_that_does_not_answer_is_waited_for_once() -> None:
    with loopback(Reply(200, {}, [HANG], before=30)) as server:
        found = find_base_url(server.url, timeout=0.3, reach=Here())
        assert len([seen for seen in server.requests if seen.path.endswith("/models")]) == 1
    assert found.base_url is None


def test_nothing_that_answers_as_an_api_is_nothing_found() -> None:
    airplay = Reply(403, {"server": "AirTunes/845.5.1"}, b"")
    for app in (airplay, PAGE, json_reply({"status": "ok"}), refusal(503, "down"), Reply(404, {}, b"")):
        with loopback(app) as server:
            assert find_base_url(server.url, timeout=5, reach=Here()).base_url is None


def test_the_key_goes_to_no_other_origin() -> None:
    seen: list[Seen] = []

    def away(request: Seen) -> Reply:
        seen.append(request)
        return PAGE

    with loopback(away) as other:
        moved = Reply(307, {"location": f"{other.base_url}/models"})
        with loopback(moved) as server:
            found = find_base_url(server.url, timeout=5, reach=Here(), api_key="k-4711-secret")
    assert found.base_url is None
    assert seen == []


def test_files_of_tls_that_are_missing_are_told(tmp_path: Any) -> None:
    with loopback(api()) as server:
        found = find_base_url(
            f"https://127.0.0.1:{server.port}",
            timeout=5,
            reach=Here(),
            tls={"ca_bundle": str(tmp_path / "no.pem")},
        )
    assert found.base_url in (None, server.base_url)
    assert any(one.startswith("https") for one in found.tried)
