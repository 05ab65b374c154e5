"""Tool names as servers write them, matched to the names that were offered."""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["is_whole_name", "match_name"]

_PREFIXES = ("functions.", "functions:", "function.", "tools.", "tool.", "default_api.", "default_api:")
"""Name spaces of chat templates: ``functions.`` (gpt-oss, Kimi K2), ``default_api`` (Gemini)."""
_QUOTES = "\"'`"


def match_name(name: str, offered: Collection[str]) -> str:
    r"""The offered name that a name stands for, or the name as it is.

    Servers leave parts of the chat template in it: white space, a name space, special tokens
    (gpt-oss behind vLLM and Ollama: ``search<|channel|>commentary``), a number (Kimi K2:
    ``functions.search:0``), quotes, empty parentheses.

    >>> match_name("functions.search", ["search"]), match_name(" search\n", ["search"])
    ('search', 'search')
    >>> match_name("search<|channel|>commentary", ["search"]), match_name("find", ["search"])
    ('search', 'find')
    """
    if not offered or name in offered:
        return name
    plain = _undecorated(name.rpartition(" to=")[2])
    for candidate in (plain, _without_number(plain)):
        if candidate in offered:
            return candidate
        for prefix in _PREFIXES:
            if candidate.startswith(prefix) and candidate.removeprefix(prefix) in offered:
                return candidate.removeprefix(prefix)
    return name


def is_whole_name(name: str, offered: Collection[str]) -> bool:
    """Whether no more pieces of a name are expected, as far as the offered names tell."""
    if match_name(name, offered) in offered:
        return True
    begun = name.lstrip()
    return not any(
        known.startswith(begun)
        or any(f"{prefix}{known}".startswith(begun) for prefix in _PREFIXES if prefix[0] == begun[:1])
        for known in offered
    )


def _undecorated(name: str) -> str:
    """The name without special tokens, white space, quotes and empty parentheses."""
    return name.strip().partition("<|")[0].strip().strip(_QUOTES).removesuffix("()").strip()


def _without_number(name: str) -> str:
    """``search:0`` -> ``search``."""
    head, _, number = name.rpartition(":")
    return head if head and number.isascii() and number.isdigit() else name
