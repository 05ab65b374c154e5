"""YAML as other programs have it, read into plain values and written from them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from openai_compatible.errors import ConfigError

__all__ = ["dumps", "loads"]


def dumps(value: Any) -> str:
    """YAML with the keys in their order."""
    text: str = _yaml().safe_dump(value, sort_keys=False, allow_unicode=True, width=100)
    return text


def loads(text: str, source: str) -> Any:
    """The value of a YAML text. No tag in it makes an object, and aliases make no endless one.

    Raises:
        ConfigError: It is none, or too large; the message has file, line and column.
    """
    yaml = _yaml()
    try:
        value = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        problem = (error.problem or "this is no YAML")[:200]  # it may quote a whole alias
        raise ConfigError(f"{source}{place}: {problem}", hint="It must be YAML.") from None
    except yaml.YAMLError:
        raise ConfigError(f"{source}: this is no YAML text", hint="It must be YAML.") from None
    except RecursionError:
        raise ConfigError(f"{source}: the values are nested too deeply") from None
    except (ValueError, OverflowError, TypeError, AttributeError, LookupError) as error:
        # The reader itself breaks on some values: the date 2024-99-99, "=" as a key.
        raise ConfigError(f"{source}: a value cannot be read ({type(error).__name__})") from None
    return _finite(value, source)


_NODES, _DEPTH = 100_000, 100


def _finite(value: Any, source: str) -> Any:
    """A value that is finite and not too large once its YAML aliases are followed."""
    waiting, seen = [(value, 0)], 0
    while waiting:
        one, depth = waiting.pop()
        seen += 1
        if seen > _NODES or depth > _DEPTH:
            raise ConfigError(f"{source}: the values are nested too deeply, or too many")
        inner = one.values() if isinstance(one, Mapping) else one if isinstance(one, list) else ()
        waiting += [(item, depth + 1) for item in inner]
    return value


def _yaml() -> Any:
    try:
        return import_module("yaml")
    except ImportError:
        raise ConfigError(
            "the package PyYAML, needed for YAML files, is not installed",
            hint='Run: pip install "openai-compatible[cli]"',
        ) from None
