"""A process that holds one class under test and measures what it is told, line by line.

Reads ``{"work": "stream", ...}`` from standard input, writes one JSON object of numbers for each.
Times are CPU seconds of this process (user and system) unless the name says ``wall``. Every
answer is compared with what the server sent: a class that loses text fails, it does not win.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import answers, questions
from benchmarks.subjects import SUBJECTS

_BATCHES = 4
"""Calls are measured in batches, and the best one counts: other work on the machine only adds."""
_STATUS = Path("/proc/self/status")


def memory(name: str = "VmRSS") -> float:
    """Megabytes resident now, or at most since :func:`forget_peak` (``VmHWM``); 0 off Linux."""
    if not _STATUS.exists():
        return 0.0
    lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":")) / 1024


def forget_peak() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


class Worker:
    """Measures one subject."""

    def __init__(self, name: str, base_url: str) -> None:
        self.subject = SUBJECTS[name]
        self.base_url = base_url
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.kept: dict[Any, Any] = {}

    @property
    def chat(self) -> Any:
        if "chat" not in self.kept:
            self.kept["chat"] = self.subject.framework(
                lambda name: self.subject.make(self.base_url, name)
            )
        return self.kept["chat"]

    def messages(self, count: int) -> Any:
        if ("messages", count) not in self.kept:
            self.kept["messages", count] = self.chat.messages(count)
        return self.kept["messages", count]

    def call(self, times: int, history: int = 0, tools: int = 0) -> dict[str, float]:
        """CPU of a call."""
        messages = self.messages(history)
        assert self.chat.call("call", messages, tools) == answers.TEXT
        spent = []
        for _ in range(_BATCHES):
            gc.collect()
            start = time.process_time()
            for _ in range(times):
                self.chat.call("call", messages, tools)
            spent.append(time.process_time() - start)
        return {"cpu": min(spent) / times}

    def acall(self, times: int) -> dict[str, float]:
        """CPU of an async call."""

        async def work() -> float:
            assert await self.chat.acall("call") == answers.TEXT
            spent = []
            for _ in range(_BATCHES):
                gc.collect()
                start = time.process_time()
                for _ in range(times):
                    await self.chat.acall("call")
                spent.append(time.process_time() - start)
            return min(spent) / times

        return {"cpu": self.loop.run_until_complete(work())}

    def stream(self, chunks: int, times: int, history: int = 0, paced: bool = False) -> dict[str, float]:
        """CPU of a chunk."""
        model = f"stream.{chunks}" + ".paced" * paced
        messages = self.messages(history)
        first = self._timed(lambda: "".join(self.chat.stream(model, messages)), chunks)
        spent = [
            self._timed(lambda: "".join(self.chat.stream(model, messages)), chunks) for _ in range(times)
        ]
        return {"cpu": min(spent, default=first) / chunks}

    def astream(self, chunks: int, times: int, paced: bool = False) -> dict[str, float]:
        """CPU of a chunk, async."""
        model = f"stream.{chunks}" + ".paced" * paced

        async def text() -> str:
            return "".join([piece async for piece in self.chat.astream(model)])

        first = self._timed(lambda: self.loop.run_until_complete(text()), chunks)
        spent = [self._timed(lambda: self.loop.run_until_complete(text()), chunks) for _ in range(times)]
        return {"cpu": min(spent, default=first) / chunks}

    def close(self) -> None:
        """Close the connections of ours, so that the log stays readable."""
        for model in (*self.kept.values(), *getattr(self.kept.get("chat"), "made", {}).values()):
            if hasattr(model, "aclose"):
                self.loop.run_until_complete(model.aclose())

    @staticmethod
    def _timed(read: Callable[[], str], chunks: int) -> float:
        gc.collect()
        start = time.process_time()
        text = read()
        spent = time.process_time() - start
        assert text == answers.text_of(chunks), f"got {len(text)} characters"
        return spent

    def tool_call(self, deltas: int, times: int = 1) -> dict[str, float]:
        """CPU of a streamed tool call as a whole."""
        wanted = json.loads("".join(answers.arguments_of(deltas)))
        spent = []
        for _ in range(times):
            gc.collect()
            start = time.process_time()
            found = self.chat.arguments(f"tool.{deltas}")
            spent.append(time.process_time() - start)
            assert json.loads(found) == wanted
        return {"cpu": min(spent)}

    def together(self, count: int, streamed: bool, chunks: int = 0, delay: int = 0) -> dict[str, float]:
        """Wall and CPU of COUNT async calls or streams at once, and how many failed."""
        model = (f"stream.{chunks}" if streamed else "call") + f".delay{delay}" * bool(delay)
        failed: list[str] = []

        async def one() -> None:
            try:
                if streamed:
                    text = "".join([piece async for piece in self.chat.astream(model)])
                    assert text == answers.text_of(chunks)
                else:
                    assert await self.chat.acall(model) == answers.TEXT
            except Exception as error:
                failed.append(f"{type(error).__name__}: {error}"[:200])

        async def work() -> None:
            done = asyncio.gather(*(one() for _ in range(count)))
            try:
                await asyncio.wait_for(done, 120)
            except TimeoutError:
                failed.append("not finished after 120 s")

        gc.collect()
        forget_peak()
        before, wall, start = memory(), time.perf_counter(), time.process_time()
        self.loop.run_until_complete(work())
        if failed:
            print(failed[0], file=sys.stderr)
        return {
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - start,
            "grown": memory("VmHWM") - before,
            "failed": len(failed),
        }

    def embed(self, count: int, dimensions: int, packed: bool, batch: int) -> dict[str, float]:
        """CPU, wall and peak memory of embedding COUNT texts."""
        key = ("embedding", packed, batch)
        if key not in self.kept:
            self.kept[key] = self.subject.make(
                self.base_url,
                f"embed.{dimensions}",
                **{self.subject.batch: batch},
                **self._format(packed),
            )
            self._embedder(key)(["warm up"])
        method = self._embedder(key)
        texts = questions.texts(count)
        gc.collect()
        forget_peak()
        before, wall, start = memory(), time.perf_counter(), time.process_time()
        found = method(texts)
        spent = {"cpu": time.process_time() - start, "wall": time.perf_counter() - wall}
        peak = memory("VmHWM") - before
        wanted = json.loads(answers.vectors(dimensions)[0][1])
        assert len(found) == count
        assert [float(value) for value in found[1]] == wanted
        return {**spent, "grown": peak}

    def _embedder(self, key: Any) -> Any:
        model = self.kept[key]
        return getattr(model, "embed_documents", None) or model.get_text_embedding_batch

    def _format(self, packed: bool) -> dict[str, Any]:
        wire = "base64" if packed else "float"
        if "openai_compatible" in self.subject.module:
            return {"encoding_format": wire}
        # The peers ask for base64 of their own accord when nothing is said, through the SDK.
        name = "additional_kwargs" if "llama_index" in self.subject.module else "model_kwargs"
        return {} if packed else {name: {"encoding_format": wire}}

    def growth(self, streams: int, chunks: int) -> dict[str, float]:
        """Kilobytes that stay behind for each stream, after as many for warming up."""
        for _ in range(streams):
            "".join(self.chat.stream(f"stream.{chunks}", self.chat.question))
        gc.collect()
        before = memory()
        for _ in range(streams):
            "".join(self.chat.stream(f"stream.{chunks}", self.chat.question))
        gc.collect()
        return {"grown": max(0.0, memory() - before) * 1024 / streams}

    def peak(self, chunks: int) -> dict[str, float]:
        """Megabytes on top while one long stream of the core's client is read and dropped."""
        client = self.subject.make(self.base_url, "stream.10")
        question = [{"role": "user", "content": questions.PROMPT}]
        for _ in client.stream(question):
            pass
        gc.collect()
        forget_peak()
        before, size = memory(), 0
        for event in client.stream(question, model=f"stream.{chunks}"):
            size += len(getattr(event, "text", "") or "") if type(event).__name__ == "TextDelta" else 0
        client.close()
        assert size == len(answers.text_of(chunks)), size
        return {"grown": memory("VmHWM") - before}


def main() -> None:
    """Answer requests until standard input ends."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints is no answer
    warnings.simplefilter("ignore")
    with contextlib.suppress(ImportError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    worker = Worker(*sys.argv[1:])
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            found: dict[str, Any] = getattr(worker, asked.pop("work"))(**asked)
        except Exception as error:
            traceback.print_exc()
            found = {"error": f"{type(error).__name__}: {error}"[:300]}
        out.write(json.dumps(found) + "\n")
    worker.close()


if __name__ == "__main__":
    main()
