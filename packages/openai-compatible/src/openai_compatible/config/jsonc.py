"""JSON as people write it into files: with comments, and commas before a closing bracket."""

from __future__ import annotations

import json
import re
from typing import Any

from openai_compatible.config.foreign_words import shorten_key
from openai_compatible.errors import ConfigError

__all__ = ["loads"]

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*+"?|//[^\n]*+|/\*|[,\]}]|[^\s"/,\]}]++|/', re.DOTALL)
"""One token after the other without going back, so that the time grows with the text alone."""
_VISIBLE = re.compile(r"[^\n]")


def loads(text: str, source: str, duplicates: list[str] | None = None) -> Any:
    """The value of a JSON text with ``//`` and ``/* */`` comments and trailing commas.

    Args:
        text: The text.
        source: Its file, for messages.
        duplicates: Gets the places of keys that are written twice; the last one counts.

    Raises:
        ConfigError: It is none; the message has file, line and column.

    >>> loads('{"a": "http://x", // one' + chr(10) + '}', "f.json")
    {'a': 'http://x'}
    """
    bare = _without_extras(text.removeprefix("\ufeff"))
    try:
        if duplicates is None:
            return json.loads(bare)
        return _plain(json.loads(bare, object_pairs_hook=_Pairs), duplicates)
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"{source}:{error.lineno}:{error.colno}: {error.msg}", hint="It must be JSON."
        ) from None
    except RecursionError:
        raise ConfigError(f"{source}: the values are nested too deeply") from None
    except ValueError:  # a number of more digits than Python reads
        raise ConfigError(f"{source}: a number is too long") from None


class _Pairs(list[tuple[str, Any]]):
    """The entries of an object, those with the same key too."""


def _plain(value: Any, duplicates: list[str], place: str = "") -> Any:
    if isinstance(value, _Pairs):
        made: dict[str, Any] = {}
        for key, item in value:
            inner = f"{place}.{shorten_key(key)}" if place else shorten_key(key)
            if key in made:
                duplicates.append(inner)
            made[key] = _plain(item, duplicates, inner)
        return made
    if isinstance(value, list):
        return [
            _plain(item, duplicates, f"{place}[{number}]") if isinstance(item, list) else item
            for number, item in enumerate(value)
        ]
    return value


def _without_extras(text: str) -> str:
    """The text with blanks in the place of what JSON has not, so that lines and columns stay."""
    made: list[str] = []
    at, comma = 0, -1
    while (token := _TOKEN.search(text, at)) is not None:
        made.append(text[at : token.start()])
        word, at = token[0], token.end()
        if word == "/*":
            end = text.find("*/", at)
            at = len(text) if end < 0 else end + 2
            word = text[token.start() : at]
        if word.startswith(("//", "/*")):
            made.append(_VISIBLE.sub(" ", word))
            continue
        if word in "]}" and comma >= 0:
            made[comma] = " "
        comma = len(made) if word == "," else -1
        made.append(word)
    return "".join([*made, text[at:]])
