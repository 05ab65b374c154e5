"""``python -m benchmarks``: every scenario, beside the peers, with the targets.

Makes ``.venvs/bench-langchain`` and ``.venvs/bench-llama-index`` with what it needs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import cold, environments, scenarios
from benchmarks.driver import Bench, FailedError
from benchmarks.report import Line, ratio, table
from benchmarks.scenarios import GROWTH, LC, LC_PEER, LI, LI_PEER, ROWS, SCENARIOS

Measured = list[Line]


def rows(bench: Bench, name: str, quick: bool) -> Measured:
    """The rows of a scenario that is a ratio."""
    out = []
    for row in ROWS:
        if row.scenario != name:
            continue
        rounds = 1 if quick else row.rounds
        try:
            found = bench.rounds([row.ours, row.peer], row.work, rounds)
        except FailedError as error:
            broken = Line(name, row.what, "", "", 0.0, "FAILED", None, "", str(error))
            out.append(broken)
            continue
        ours, peer = found[row.ours], found[row.peer]
        note = ""
        if "grown" in ours and row.scenario == "embed":
            note = f"peak +{ours['grown']:.0f} MB, peer +{peer['grown']:.0f} MB"
        if row.scenario == "together":
            note = f"CPU {ours['cpu']:.2f} s, peer {peer['cpu']:.2f} s"
        failed = ours.get("failed", 0)
        if failed or peer.get("failed"):
            note = f"failed: ours {failed:.0f}, peer {peer.get('failed', 0):.0f}"
        target = None if failed else row.target
        out.append(ratio(name, row.what, ours[row.key], peer[row.key], row.unit, target, note))
    return out


def growth(bench: Bench, quick: bool) -> Measured:
    """Streamed tool calls of growing size."""
    out = []
    for framework, ours, peer in (("LangChain", LC, LC_PEER), ("LlamaIndex", LI, LI_PEER)):
        spent: dict[str, list[float]] = {ours: [], peer: []}
        for deltas in GROWTH:
            work = {"work": "tool_call", "deltas": deltas}
            for subject in (ours, peer):
                if subject == peer and deltas > 2000 and quick:
                    continue
                rounds = 1 if quick or (subject == peer and deltas > 500) else 3
                spent[subject].append(bench.rounds([subject], work, rounds)[subject]["cpu"])
        times = ", ".join(f"{seconds * 1000:,.0f}" for seconds in spent[ours])
        theirs = ", ".join(f"{seconds * 1000:,.0f}" for seconds in spent[peer])
        value = spent[ours][-1] / spent[ours][-2]
        out.append(
            Line(
                "growth",
                f"{framework} tool call of 100, 500, 2000, 8000 deltas, ms",
                times,
                theirs,
                value,
                f"4x deltas: {value:.1f}x",
                scenarios.LINEAR,
                f"<= {scenarios.LINEAR:.0f}x",
            )
        )
    return out


def memory(bench: Bench, quick: bool) -> Measured:
    """What stays behind, what a long stream takes, and a thousand streams at once."""
    out = []
    work = {"work": "growth", "streams": 40 if quick else 200, "chunks": 500}
    for framework, ours, peer in (("LangChain", LC, LC_PEER), ("LlamaIndex", LI, LI_PEER)):
        a, b = (bench.ask(subject, work)["grown"] for subject in (ours, peer))
        out.append(
            Line(
                "memory",
                f"{framework}, what a stream of 500 chunks leaves behind",
                f"{a:.1f} kB",
                f"{b:.1f} kB",
                a,
                f"{a:.1f} kB",
                4.0,
                "<= 4 kB",
            )
        )
    short, long = (bench.ask("Client", {"work": "peak", "chunks": n})["grown"] for n in (2_000, 50_000))
    out.append(
        Line(
            "memory",
            "Client, peak of a stream of 50,000 deltas (of 2,000)",
            f"{long:.1f} MB",
            f"{short:.1f} MB",
            long - short,
            f"+{long - short:.1f} MB",
            16.0,
            "<= +16 MB",
        )
    )
    many = {
        "work": "together",
        "count": 200 if quick else 1000,
        "streamed": True,
        "chunks": 50,
        "delay": 20,
    }
    for framework, ours, peer in (("LangChain", LC, LC_PEER), ("LlamaIndex", LI, LI_PEER)):
        found = bench.rounds([ours, peer], many, 1)
        a_, b_ = found[ours], found[peer]
        out.append(
            Line(
                "memory",
                f"{framework}, {many['count']} streams at once: failed",
                f"{a_['wall']:.1f} s, +{a_['grown']:.0f} MB",
                f"{b_['wall']:.1f} s, +{b_['grown']:.0f} MB",
                a_["failed"],
                f"{a_['failed']:.0f}",
                0.0,
                "0",
                f"peer: {b_['failed']:.0f} failed" if b_["failed"] else "",
            )
        )
    return out


def imports(bench: Bench, quick: bool) -> Measured:
    """Import times, beside that of the framework alone."""
    statements = {}
    for subject, (base, _, peer) in scenarios.STARTS.items():
        python = bench.python(subject)
        statements[base] = (
            python,
            f"import {base}" if base != "pydantic" else "from pydantic import BaseModel",
        )
        statements[subject] = (python, cold.import_statement(subject))
        if peer:
            statements[peer] = (python, cold.import_statement(peer))
    found = cold.imports(statements, 2 if quick else 9)
    out = []
    for subject, (base, target, peer) in scenarios.STARTS.items():
        line = ratio(
            "import",
            f"import of {subject}, beside {base.split('.')[0]} alone",
            found[subject] / 1000,
            found[base] / 1000,
            "ms",
            target,
            f"{found[subject] - found[base]:+.0f} ms"
            + (f"; {peer} {found[peer]:,.0f} ms" if peer else ""),
        )
        out.append(line)
    return out


def first_answers(bench: Bench, quick: bool) -> Measured:
    """Cold processes up to their first answer."""
    names = (LC, LC_PEER, LI, LI_PEER)
    pythons = {name: bench.python(name) for name in names}
    found = cold.answers(pythons, bench.base_url, 2 if quick else 9)
    return [
        ratio(
            "cold",
            f"cold process to first answer, {framework}",
            found[ours] / 1000,
            found[peer] / 1000,
            "ms",
            scenarios.COLD,
        )
        for framework, ours, peer in (("LangChain", LC, LC_PEER), ("LlamaIndex", LI, LI_PEER))
    ]


_OTHERS: dict[str, Callable[[Bench, bool], Measured]] = {
    "growth": growth,
    "memory": memory,
    "import": imports,
    "cold": first_answers,
}


def main() -> int:
    """Measure what is asked for; 1 when something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--scenario", action="append", choices=SCENARIOS, help="only this one; repeatable"
    )
    parser.add_argument("--quick", action="store_true", help="one round: whether it runs, not how fast")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the numbers there as well")
    chosen = parser.parse_args()
    versions = {name: environments.versions(name) for name in ("langchain", "llama-index")}
    for name, found in versions.items():
        print(
            f"{name}: " + ", ".join(f"{each} {version}" for each, version in found.items()), flush=True
        )
    print(f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}\n", flush=True)
    log = environments.run.VENVS / "bench.log"
    lines: Measured = []
    broken = 0
    with Bench(log) as bench:
        for name in chosen.scenario or SCENARIOS:
            start = time.monotonic()
            try:
                more = (
                    _OTHERS[name](bench, chosen.quick)
                    if name in _OTHERS
                    else rows(bench, name, chosen.quick)
                )
            except FailedError as error:
                broken += 1
                print(f"{name}: {error} (see {log})", file=sys.stderr, flush=True)
                continue
            lines += more
            print(f"{table(more)}\n\n{name}: {time.monotonic() - start:.0f} s\n", flush=True)
    missed = [line.what for line in lines if line.mark == "MISSED"]
    broken += sum(line.shown == "FAILED" for line in lines)
    print(f"{len(lines)} rows, {len(missed)} targets missed" + "".join(f"\n  {each}" for each in missed))
    if chosen.json:
        document = {"versions": versions, "rows": [line.as_dict() for line in lines]}
        chosen.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
