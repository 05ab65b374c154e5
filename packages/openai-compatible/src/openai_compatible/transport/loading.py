"""Imports what async requests need in a thread: openai and aiohttp take about a second.

An event loop that imported them itself would stand still meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
from importlib import import_module
from importlib.util import find_spec

__all__ = ["is_loaded", "load_async_transport"]

_MODULES = (
    "openai_compatible.transport.aio",
    "openai_compatible.transport.kinds",
    "openai_compatible.transport.native",
)
_LATER = (
    "openai._vendor.httpx_aiohttp.transport",  # openai 3 with aiohttp
    "httpx_aiohttp.transport",  # openai 2 with aiohttp
    "anyio._backends._asyncio",
    "openai.resources",
)
"""Modules that the libraries would import during the first request; some are not installed."""
_done: list[bool] = []


def is_loaded() -> bool:
    """Return whether everything was imported already."""
    return bool(_done)


async def load_async_transport() -> None:
    """Import everything, once in a process, without blocking the event loop."""
    if not _done:
        await asyncio.to_thread(_load)


def _load() -> None:
    for name in _MODULES:
        import_module(name)
    for name in _LATER:
        with contextlib.suppress(ImportError):
            import_module(name)
    if find_spec("aiohttp") is not None:
        import_module("openai_compatible.transport.watched_aiohttp")
    _done.append(True)
