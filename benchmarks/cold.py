"""CPU time of fresh processes: imports, and a first answer."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.driver import clean_environment
from benchmarks.environments import ROOT
from benchmarks.subjects import KEY, SUBJECTS, LangChain

_IMPORT = "import time; start = time.process_time(); {}; print(time.process_time() - start)"
_ANSWER = (
    "import sys; from benchmarks.subjects import SUBJECTS\n"
    "s = SUBJECTS[sys.argv[1]]; m = s.make(sys.argv[2], 'call')\n"
    "print(m.{})"
)


def import_statement(subject: str) -> str:
    return f"from {SUBJECTS[subject].module} import {SUBJECTS[subject].name}"


def imports(statements: Mapping[str, tuple[Path, str]], rounds: int) -> dict[str, float]:
    """Milliseconds of CPU each statement takes in a fresh process; medians of interleaved rounds.

    Args:
        statements: Name to interpreter and statement.
        rounds: How often.
    """
    found: dict[str, list[float]] = {name: [] for name in statements}
    for _ in range(rounds + 1):  # the first one writes the byte code
        for name, (python, statement) in statements.items():
            done = subprocess.run(
                [python, "-c", _IMPORT.format(statement)],
                capture_output=True,
                text=True,
                check=True,
                cwd=ROOT,
                env=clean_environment(),
            )
            found[name].append(float(done.stdout) * 1000)
    return {name: statistics.median(each[1:]) for name, each in found.items()}


def answers(subjects: Mapping[str, Path], base_url: str, rounds: int) -> dict[str, float]:
    """Milliseconds of CPU a fresh process takes up to its first answer, its end included."""
    found: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds + 1):
        for name, python in subjects.items():
            use = (
                "invoke('Hi').content"
                if SUBJECTS[name].framework is LangChain
                else "complete('Hi').text"
            )
            process = subprocess.Popen(
                [python, "-c", _ANSWER.format(use), name, base_url],
                stdout=subprocess.PIPE,
                cwd=ROOT,
                env={**clean_environment(), "OPENAI_API_KEY": KEY},
            )
            assert process.stdout is not None
            said = process.stdout.read()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode or not said.startswith(b"Hello!"):
                sys.exit(f"benchmarks: {name} did not answer in a fresh process")
            found[name].append((used.ru_utime + used.ru_stime) * 1000)
    return {name: statistics.median(each[1:]) for name, each in found.items()}
