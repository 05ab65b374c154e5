"""Run as a script by ``test_forks.py``: a parent with open connections forks children that call.

Arguments: the base URL and a CA bundle or ``-``. Each process sends texts of its own and must get them
back; the server repeats them. It prints ``ok`` after what went wrong.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from openai_compatible import AsyncClient, Client

CHILDREN, CALLS, SECONDS = 3, 8, 40.0


def make_ask(fields: dict[str, Any], what: str, way: str) -> Callable[[str], None]:
    """Return what sends a text and checks that it comes back."""
    client, async_client = Client(**fields), AsyncClient(**fields)

    def check(text: str, answer: Any) -> None:
        found = answer.text if what == "chat" else "".join(chr(int(n)) for n in answer.vectors[0])
        assert found == text, f"{found!r} instead of {text!r}"

    def sync(text: str) -> None:
        text = text.ljust(30)  # vectors of one length
        check(text, client.chat(message(text)) if what == "chat" else client.embed([text]))

    async def one(text: str) -> None:
        text = text.ljust(30)
        if what == "chat":
            check(text, await async_client.chat(message(text)))
        else:
            check(text, await async_client.embed([text]))

    async def several(text: str) -> None:
        await asyncio.gather(*(one(f"{text}{place}") for place in range(3)))

    async def fork_in_a_loop(text: str) -> None:
        await several(text)
        pids = [fork(lambda n=n: asyncio.run(several(f"loop-{n}"))) for n in range(CHILDREN)]  # type: ignore[misc]
        for number in range(CALLS):
            await several(f"{text}-{number}")
        await asyncio.to_thread(wait, pids)
        await several(text)

    if way == "sync":
        return sync
    chosen = several if way == "async" else fork_in_a_loop
    return lambda text: asyncio.run(chosen(text))


def message(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def work(ask: Callable[[str], None], name: str) -> None:
    for number in range(CALLS):
        ask(f"{name}-{number:02d}")


def fork(function: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        function()
        code = 0
    except BaseException as error:
        print(f"child: {type(error).__name__}: {error}", flush=True)
    finally:
        os._exit(code)


def wait(pids: list[int]) -> None:
    until = time.monotonic() + SECONDS
    left = set(pids)
    while left and time.monotonic() < until:
        for pid in list(left):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                left.discard(pid)
                if status:
                    print(f"a child ended with {status}", flush=True)
        time.sleep(0.01)
    for pid in left:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        print("a child hung", flush=True)


def fork_while_threads_call(fields: dict[str, Any]) -> None:
    """Fork while threads hold whatever locks there are."""
    ask, stop = make_ask(fields, "chat", "sync"), threading.Event()

    def keep_calling(name: str) -> None:
        while not stop.is_set():
            ask(name)

    threads = [threading.Thread(target=keep_calling, args=(f"thread-{n}",)) for n in range(3)]
    [thread.start() for thread in threads]
    pids = []
    for n in range(12):
        pids.append(fork(lambda n=n: [ask(f"busy-{n}-{i}") for i in range(2)]))  # type: ignore[misc]
        time.sleep(0.01)
    wait(pids)
    stop.set()
    [thread.join() for thread in threads]


def main(base_url: str, bundle: str) -> None:
    tls = {} if bundle == "-" else {"tls": {"ca_bundle": bundle}}
    fields: dict[str, Any] = {"base_url": base_url, "model": "m", "max_retries": 0, **tls}
    for what in ("chat", "embed"):
        for way in ("sync", "async"):
            ask = make_ask(fields, what, way)
            ask("first")
            pids = [fork(partial(work, ask, f"child-{n}")) for n in range(CHILDREN)]  # type: ignore[misc]
            work(ask, "parent")
            wait(pids)
            ask("last")
    process = multiprocessing.get_context("fork").Process(target=work, args=(ask, "process"))
    process.start()
    process.join(SECONDS)
    if process.exitcode != 0:
        print(f"the process ended with {process.exitcode}")
        process.kill()
    make_ask(fields, "chat", "in a loop")("in-loop")
    fork_while_threads_call(fields)
    print("ok", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    main(*sys.argv[1:])
