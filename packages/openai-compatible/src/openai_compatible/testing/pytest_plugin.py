"""Servers as pytest fixtures. Name the module to use them; nothing loads it unasked::

    # conftest.py, in the root folder of the tests
    pytest_plugins = ["openai_compatible.testing.pytest_plugin"]

``loopback_server``   a :class:`Loopback` for one test; set its ``app``, until then all is 404
``scripted_server``   the scripted model server, one for the session, with an empty ``requests`` list
                      at the start of each test
``llama_cpp_server``  the base URL of a real llama.cpp server, one for the session; the test is
                      skipped where xllamacpp is not installed
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from openai_compatible.testing.loopback import Loopback, loopback, routes
from openai_compatible.testing.scripted import scripted

__all__ = ["llama_cpp_server", "loopback_server", "scripted_server"]


@pytest.fixture
def loopback_server() -> Iterator[Loopback]:
    """A loopback server for one test; give it an ``app``."""
    with loopback(routes({})) as server:
        yield server


@pytest.fixture(scope="session")
def _scripted_session() -> Iterator[Loopback]:
    with scripted() as server:
        yield server


@pytest.fixture
def scripted_server(_scripted_session: Loopback) -> Loopback:
    """The scripted model server; ``base_url`` to call it, ``requests`` for what it got."""
    _scripted_session.requests.clear()
    return _scripted_session


@pytest.fixture(scope="session")
def llama_cpp_server() -> Iterator[str]:
    """The base URL of a real llama.cpp server for chat and embeddings."""
    from openai_compatible.testing.llama_cpp import llama_cpp

    for name in ("xllamacpp", "gguf", "numpy"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed: pip install 'openai-compatible[demo]'")
    with llama_cpp() as base_url:
        yield base_url
