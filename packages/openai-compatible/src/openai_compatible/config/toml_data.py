"""The data in the text of a provider file, and when two of them say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openai_compatible.errors import ConfigError

__all__ = ["drop_empty_tables", "read_data", "refuse_long_keys"]

_WORD = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_LONG_KEY = re.compile(rf"(?:^|[{{,])[ \t]*\[*[ \t]*(?:{_WORD}[ \t]*\.[ \t]*){{100}}", re.MULTILINE)


def refuse_long_keys(text: str, source: Path | str) -> None:
    """Refuse keys of more than 100 words with dots between, for which tomllib takes quadratic time.

    Raises:
        ConfigError: There is one.
    """
    if _LONG_KEY.search(text) is not None:
        raise ConfigError(f"{source}: the values are nested too deeply")


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
