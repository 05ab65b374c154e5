"""JSON as people write it into files: with comments, and commas before a closing bracket."""

from __future__ import annotations

import json
import re
from typing import Any

from openai_compatible.errors import ConfigError

__all__ = ["loads"]

_TOKEN = re.compile(
    r'"(?:\\.|[^"\\\n])*+(?:"|\\?)|(?P<comment>//[^\n]*+|/\*.*?(?:\*/|\Z))'
    r"|(?P<comma>,)(?=(?:\s++|//[^\n]*+|(?>/\*.*?\*/))*+[\]}])",
    re.DOTALL,
)
_VISIBLE = re.compile(r"[^\n]")


def loads(text: str, source: str) -> Any:
    """The value of a JSON text with ``//`` and ``/* */`` comments and trailing commas.

    Raises:
        ConfigError: It is none; the message has file, line and column.

    >>> loads('{"a": "http://x", // one' + chr(10) + '}', "f.json")
    {'a': 'http://x'}
    """
    bare = _TOKEN.sub(_blank, text.removeprefix("\ufeff"))
    try:
        return json.loads(bare)
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"{source}:{error.lineno}:{error.colno}: {error.msg}", hint="It must be JSON."
        ) from None
    except RecursionError:
        raise ConfigError(f"{source}: the values are nested too deeply") from None
    except ValueError:  # a number of more digits than Python reads
        raise ConfigError(f"{source}: a number is too long") from None


def _blank(token: re.Match[str]) -> str:
    """Blanks in the place of what JSON has not, so that lines and columns stay."""
    if token["comment"] is None and token["comma"] is None:
        return token[0]
    return _VISIBLE.sub(" ", token[0])
