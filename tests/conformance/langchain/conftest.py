"""Servers for langchain-tests, and the samples its media tests would download."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import pytest

from openai_compatible.testing.scripted import scripted

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="session")
def scripted_base_url() -> Iterator[str]:
    with scripted() as server:
        yield server.base_url


@pytest.fixture(autouse=True)
def _samples_come_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite fetches its pictures and documents with ``httpx.get``; nothing leaves loopback."""
    monkeypatch.setenv("LANGCHAIN_TESTS_USER_AGENT", "openai-compatible tests")
    monkeypatch.setattr(httpx, "get", lambda *_, **__: SimpleNamespace(content=_PIXEL))


@pytest.fixture
def benchmark():
    """Runs what it is given, once: the suite times construction, ``benchmarks/`` does that better."""
    return lambda function, *args, **kwargs: function(*args, **kwargs)


@pytest.fixture(scope="session")
def llama_cpp_base_url() -> Iterator[str]:
    """A real llama.cpp server, where its wheel is installed."""
    pytest.importorskip("xllamacpp")
    pytest.importorskip("gguf")
    from openai_compatible.testing.llama_cpp import llama_cpp

    with llama_cpp(embeddings=True) as base_url:
        yield base_url
