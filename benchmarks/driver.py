"""Starts the server and the workers, and asks them in turns."""

from __future__ import annotations

import json
import os
import select
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from benchmarks import environments
from benchmarks.subjects import SUBJECTS

_QUIET = {
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "PYTHONHASHSEED": "0",
    "PYTHONPATH": str(environments.ROOT),
    # Byte code is kept even where the environment says not to: compiling 1,500 modules anew would be
    # most of every import, and equal on both sides.
    "PYTHONPYCACHEPREFIX": str(environments.run.VENVS / "bench-bytecode"),
}
_DROPPED = ("OPENAI_", "LANGSMITH_", "LANGCHAIN_", "PYTHON")


class FailedError(Exception):
    """A worker could not do what it was asked."""


def clean_environment() -> dict[str, str]:
    """Without what points an SDK elsewhere, or traces, or sets Python up in another way."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_DROPPED)}
    return {**kept, **_QUIET}


class Bench:
    """The mock server, and a worker for each subject that was asked for."""

    def __init__(self, log: Path) -> None:
        self.log = log.open("w", encoding="utf-8")
        self.server = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=environments.ROOT,
        )
        assert self.server.stdout is not None
        self.base_url = f"http://127.0.0.1:{int(self.server.stdout.readline())}/v1"
        self.workers: dict[str, subprocess.Popen[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self.workers.values(), self.server):
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.log.close()

    def worker(self, subject: str) -> subprocess.Popen[str]:
        """The worker of a subject; it stays for the whole run, so that it is warm."""
        if subject not in self.workers:
            self.workers[subject] = subprocess.Popen(
                [self.python(subject), "-m", "benchmarks.worker", subject, self.base_url],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.log,
                text=True,
                cwd=environments.ROOT,
                env=clean_environment(),
            )
        return self.workers[subject]

    @staticmethod
    def python(subject: str) -> Path:
        """The interpreter of a subject."""
        return environments.python(SUBJECTS[subject].environment)

    def ask(self, subject: str, work: Mapping[str, Any]) -> dict[str, float]:
        """Have one thing measured once."""
        process = self.worker(subject)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(work) + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], 300)
        line = process.stdout.readline() if ready else ""
        found: dict[str, Any] = json.loads(line) if line else {"error": "no answer; see the log"}
        if "error" in found:
            raise FailedError(f"{subject}: {found['error']}")
        return found

    def rounds(
        self, subjects: list[str], work: Mapping[str, Any], rounds: int
    ) -> dict[str, dict[str, float]]:
        """Medians of a few rounds, one subject after the other in each round; of ``wall`` the best.

        A slow phase of the machine so hits all of them. Wall-clock time also counts what others do.
        """
        found: dict[str, list[dict[str, float]]] = {subject: [] for subject in subjects}
        for number in range(rounds):
            for subject in subjects if number % 2 == 0 else reversed(subjects):
                found[subject].append(self.ask(subject, work))
        return {
            subject: {
                key: (min if key == "wall" else statistics.median)(each[key] for each in all_)
                for key in all_[0]
            }
            for subject, all_ in found.items()
        }
