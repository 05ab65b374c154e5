"""The README's two commands are the ones that CI and newcomers run."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_ci_runs_the_readme_test_command() -> None:
    commands = re.findall(r"^\$ (python3 run\.py \w+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert commands == ["python3 run.py demo", "python3 run.py test"]
    script = [line for line in (ROOT / ".ci/run").read_text().splitlines() if not line.startswith("#")]
    assert script[-1] == f"exec {commands[1]}"


def test_the_bootstrap_needs_the_standard_library_alone() -> None:
    text = (ROOT / "run.py").read_text()
    imported = set(re.findall(r"^\s*(?:import|from) (\w+)", text, re.MULTILINE))
    assert imported <= sys.stdlib_module_names
