"""Event loops that nobody shuts down, and nested ones: connections end without a message."""

from __future__ import annotations

import subprocess
import sys

import pytest

from openai_compatible.testing.loopback import json_reply, loopback

from .conftest import ANSWER

START = """
import asyncio, gc, sys
from openai_compatible import AsyncClient
client = AsyncClient(base_url=sys.argv[1], model="m")
hello = [{"role": "user", "content": "hello"}]
"""
NEVER_SHUT_DOWN = """
loop = asyncio.new_event_loop()
loop.run_until_complete(client.chat(hello))
"""
DROPPED = NEVER_SHUT_DOWN + "del client; gc.collect()"
NESTED = """
import nest_asyncio
nest_asyncio.apply()
asyncio.run(client.chat(hello))
del client
gc.collect()
"""


@pytest.mark.parametrize("program", [NEVER_SHUT_DOWN, DROPPED, NESTED])
def test_a_loop_that_is_never_shut_down_prints_nothing(program: str) -> None:
    if program is NESTED:
        pytest.importorskip("nest_asyncio")
    with loopback(json_reply(ANSWER)) as server:
        done = subprocess.run(
            [sys.executable, "-c", START + program, server.base_url],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
