"""The tables of docs/discovery.md say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from openai_compatible.profiles.registry import names
from openai_compatible.wire.native import NativePath, native_paths

PAGE = (Path(__file__).parents[2] / "docs" / "discovery.md").read_text(encoding="utf-8")
OF = {"all": "all models", "one": "one model", "only": "the only model", "loaded": "loaded models"}


def row(native: NativePath) -> str:
    method = "POST" if native.about == "one" else "GET"
    otherwise = " ".join(f"`{path}`" for path in native.otherwise)
    between = f" {otherwise} " if otherwise else " "
    cells = f"| `{native.profile}` | `{method} {native.path}` |{between}| {OF[native.about]} |"
    return f"{cells} {native.says} |"


def test_every_native_path_has_its_row_and_every_row_its_path() -> None:
    shipped = [native for name in names() for native in native_paths(name)]
    assert {row(native) for native in shipped} == set(
        re.findall(r"^\| `\w+` \| .*$", PAGE, re.MULTILINE)
    )
    assert all(native.evidence and native.says for native in shipped)
    assert {native.profile for native in shipped} <= set(names())
