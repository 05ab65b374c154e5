"""Every package that the source imports is declared by the distribution that imports it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

PACKAGES = sorted((Path(__file__).parents[2] / "packages").iterdir())
NAMES = {"aiohttp": "openai", "pydantic_core": "pydantic", "yaml": "pyyaml"}
"""Import names whose distribution is called otherwise, or comes with another one or its extra."""


def imported(package: Path) -> set[str]:
    found: set[str] = set()
    for path in package.rglob("src/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {path.name for path in package.glob("src/*")}


def declared(package: Path) -> set[str]:
    project = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))["project"]
    lists = [project["dependencies"], *project.get("optional-dependencies", {}).values()]
    names = [re.split(r"[\[<>=!~ ;]", line, maxsplit=1)[0].lower() for lines in lists for line in lines]
    return {name.replace("-", "_") for name in names}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_every_import_is_declared(package: Path) -> None:
    frameworks = {"langchain_core", "llama_index"}  # of the extras langchain and llama-index
    if package.name == "openai-compatible":
        assert {"langchain_openai_compatible", "llama_index_llms_openai_compatible"} <= declared(package)
    else:
        frameworks = {"llama_index"} if "llama_index_core" in declared(package) else set()
    needed = {NAMES.get(name, name) for name in imported(package)}
    assert needed - declared(package) - frameworks == set()
