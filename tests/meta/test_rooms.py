"""Laws of the source that no import contract can say."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "packages").glob("*/src/**/*.py"))
CORE = ROOT / "packages/openai-compatible/src/openai_compatible"

FILE_LINES = 400
FUNCTION_LINES = 50


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT / "packages"))


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    """Lines of a function without its docstring, blank lines and comments."""
    skip: set[int] = set()
    if ast.get_docstring(node) is not None:
        skip = set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    numbers = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    texts = [lines[number - 1].strip() for number in numbers if number not in skip]
    return sum(bool(text) and not text.startswith("#") for text in texts)


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert len(lines) <= FILE_LINES
    functions = [
        n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [n.name for n in functions if code_lines(n, lines) > FUNCTION_LINES] == []


def environment_reads(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}:
            yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (node.lineno for alias in node.names if alias.name in {"environ", "getenv"})


ENDS = (CORE / "cli", CORE / "testing", CORE / "demo")
"""Programs of their own: they read and write what their user names."""


def test_only_config_reads_the_environment() -> None:
    allowed = (CORE / "config", *ENDS)
    found = [
        f"{ids(path)}:{line}"
        for path in SOURCES
        if not any(path.is_relative_to(room) for room in allowed)
        for line in environment_reads(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_only_config_opens_files() -> None:
    allowed = (CORE / "config", *ENDS)
    opening = re.compile(r"\bopen\(|\.read_text\(|\.read_bytes\(|\.write_text\(|\.write_bytes\(")
    found = [
        f"{ids(path)}: {match[0]}"
        for path in SOURCES
        if not any(path.is_relative_to(room) for room in allowed)
        for match in opening.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


# No synonyms of the glossary's words, and no drawer for odds and ends.
UNWANTED = {"backend", "engine", "handler", "helper", "helpers", "manager", "util", "utils", "vendor"}


def test_names_of_files_and_classes_use_the_glossary() -> None:
    words: list[str] = []
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        names = [path.stem, *(re.sub(r"(?<!^)(?=[A-Z][a-z])", "_", name).lower() for name in classes)]
        words += [f"{ids(path)}: {name}" for name in names if UNWANTED & set(name.strip("_").split("_"))]
    assert words == []


def tracked_files() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name]


def test_nothing_names_a_machine_or_a_package_index() -> None:
    unwanted = re.compile(
        rb"/root/|/work/(?!flow)|/tmp/|/home/\w+/|python" rb"hosted|py" rb"pi\.org", re.IGNORECASE
    )
    found = [
        f"{path.relative_to(ROOT)}: {match[0].decode()}"
        for path in tracked_files()
        if path.is_file() and path != Path(__file__)
        for match in unwanted.finditer(path.read_bytes())
    ]
    assert found == []
