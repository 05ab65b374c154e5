"""The data in the text of a provider file, and when two of them say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openai_compatible.errors import ConfigError

__all__ = ["drop_empty_tables", "read_data", "refuse_long_keys"]

_WORDS = 100
"""Words of a key with dots between."""
_TOKEN = re.compile(
    r"""(?P<word>"(?:[^"\\]|\\.)*+"?|'[^']*+'?|[\w-]++)"""
    r"""|(?P<dot>\.)|(?P<begin>[\[{,])|(?P<other>[^ \t])"""
)
"""A part of one line; a string without its closing mark takes all that is left."""


def refuse_long_keys(text: str, source: Path | str) -> None:
    """Refuse keys of more than 100 words with dots between, for which tomllib takes quadratic time.

    Raises:
        ConfigError: There is one.
    """
    lines = (line for line in text.split("\n") if line.count(".") >= _WORDS)
    if any(_has_long_key(line) for line in lines):
        raise ConfigError(f"{source}: the values are nested too deeply")


def _has_long_key(line: str) -> bool:
    """Whether a line has a key of more than 100 words, at its start or in an inline table."""
    words, awaited = 0, "word"
    for found in _TOKEN.finditer(line):
        kind = found.lastgroup
        if kind == "begin":
            words, awaited = 0, "word"
        elif kind != awaited:
            awaited = ""
        elif kind == "word":
            awaited = "dot"
        else:
            words, awaited = words + 1, "word"
            if words >= _WORDS:
                return True
    return False


def read_data(text: str, source: Path | str) -> dict[str, Any]:
    """Read TOML.

    Raises:
        ConfigError: It is none.
    """
    import tomllib

    try:
        data = tomllib.loads(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        what = str(error)
    except RecursionError:
        what = "nested too deeply"
    except ValueError:
        what = "a number has more digits than can be read"
    else:
        return data
    raise ConfigError(f"{source}: {what}", hint="It must be TOML; see https://toml.io.")


def drop_empty_tables(data: Mapping[str, Any]) -> dict[str, Any]:
    """Data without the empty tables of a provider: none of its fields means another thing empty."""
    providers = data.get("providers", [])
    tables = [{key: value for key, value in table.items() if value != {}} for table in providers]
    return {**{key: value for key, value in data.items() if value != {}}, "providers": tables}
