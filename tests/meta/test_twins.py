"""``transport/sync.py`` and ``transport/aio.py`` are one text, but for the words of asyncio.

What truly differs is behind a name that says so: ``sleep`` and ``async_sleep``, ``Body`` and
``AsyncBody``.
"""

import ast
import re
from pathlib import Path

import pytest

TRANSPORT = Path(__file__).parents[2] / "packages/openai-compatible/src/openai_compatible/transport"

# Asynchronous spelling -> synchronous spelling.
SPELLINGS = (
    (r"\basync (def|for|with)\b", r"\1"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\basync_(?=\w)", ""),
    (r"\b__a(enter|exit|iter|next)__\b", r"__\1__"),
    (r"\ba(close|get|next|iter)\b", r"\1"),
    (r"\bStopAsyncIteration\b", "StopIteration"),
    (r"\bAwaitable\[(\w+)\]", r"\1"),
    (r"\bGenerator\[(\w+), None, None\]", r"Generator[\1, None]"),
)


class WithoutAwait(ast.NodeTransformer):
    """``await x`` -> ``x``."""

    def visit_Await(self, node: ast.Await) -> ast.AST:
        return self.visit(node.value)


def normalised(source: str) -> str:
    for pattern, replacement in SPELLINGS:
        source = re.sub(pattern, replacement, source)
    return source


def functions(source: str) -> dict[str, str]:
    """Qualified name -> normalised source without docstring, in order of definition."""
    found: dict[str, str] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                visit(child, f"{prefix}{normalised(child.name)}.")
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                if ast.get_docstring(child) is not None:
                    child.body = child.body[1:] or [ast.Pass()]
                found[prefix + normalised(child.name)] = normalised(ast.unparse(child))

    visit(WithoutAwait().visit(ast.parse(source)), "")
    return found


@pytest.fixture(scope="module", name="twins")
def _twins() -> tuple[dict[str, str], dict[str, str]]:
    sync, aio = (
        functions((TRANSPORT / name).read_text(encoding="utf-8")) for name in ("sync.py", "aio.py")
    )
    assert sync
    return sync, aio


def test_twins_define_the_same_functions_in_the_same_order(
    twins: tuple[dict[str, str], dict[str, str]],
) -> None:
    assert list(twins[0]) == list(twins[1])


def test_twins_have_the_same_bodies_without_the_words_of_asyncio(
    twins: tuple[dict[str, str], dict[str, str]],
) -> None:
    assert twins[0] == twins[1]


def test_a_missing_line_in_one_twin_would_be_seen() -> None:
    sync = "def f(x):\n    a = g(x)\n    close(a)\n"
    assert functions(sync) == functions("async def f(x):\n    a = await g(x)\n    aclose(a)\n")
    assert functions(sync) != functions("async def f(x):\n    a = await g(x)\n")
