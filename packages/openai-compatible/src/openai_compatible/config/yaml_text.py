"""YAML as other programs have it, read into plain values and written from them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from openai_compatible.config.foreign_words import shorten_key
from openai_compatible.errors import ConfigError
from openai_compatible.terminal_text import escape_controls

__all__ = ["dumps", "loads"]


def dumps(value: Any) -> str:
    """YAML with the keys in their order."""
    text: str = _yaml().safe_dump(value, sort_keys=False, allow_unicode=True, width=100)
    return text


def loads(text: str, source: str, duplicates: list[str] | None = None) -> Any:
    """The value of a YAML text. No tag in it makes an object, and aliases make no endless one.

    Args:
        text: The text.
        source: Its file, for messages.
        duplicates: Gets the places of keys that are written twice; the last one counts.

    Raises:
        ConfigError: It is none, or too large; the message has file, line and column.
    """
    yaml = _yaml()
    loader = None
    try:
        loader = yaml.SafeLoader(text)
        _limit_brackets(loader, source)
        node = loader.get_single_node()
        if node is None:
            return None
        _check_size(yaml, node, source)
        if duplicates is not None:
            duplicates += _duplicates(yaml, node)
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        problem = (error.problem or "this is no YAML")[:200]  # it may quote a whole alias
        text = f"{source}{place}: {escape_controls(problem)}"
        raise ConfigError(text, hint="It must be YAML.") from None
    except yaml.YAMLError:
        raise ConfigError(f"{source}: this is no YAML text", hint="It must be YAML.") from None
    except RecursionError:
        raise ConfigError(f"{source}: the values are nested too deeply") from None
    except ConfigError:  # is a ValueError
        raise
    except (ValueError, OverflowError, TypeError, AttributeError, LookupError) as error:
        # The reader itself breaks on some values: the date 2024-99-99, "=" as a key.
        raise ConfigError(f"{source}: a value cannot be read ({type(error).__name__})") from None
    finally:
        if loader is not None:
            loader.dispose()


_NODES, _DEPTH, _NUMBER = 250_000, 100, 400
"""Values once aliases are followed, tables in tables, and characters of a number."""


def _limit_brackets(loader: Any, source: str) -> None:
    """Refuse deep ``[`` and ``{`` while they are scanned, which takes quadratic time in their depth."""
    scan = loader.fetch_flow_collection_start

    def scan_start(token: Any) -> None:
        if loader.flow_level >= _DEPTH:
            raise _too_large(source)
        scan(token)

    loader.fetch_flow_collection_start = scan_start


def _check_size(yaml: Any, root: Any, source: str) -> None:
    """Refuse a value that is endless or too large once aliases and merge keys (``<<``) are followed.

    It looks at the nodes, before any value is made: merged tables are copied, not shared.
    """
    sizes: dict[int, tuple[int, int]] = {}
    open_nodes: set[int] = set()
    waiting: list[tuple[Any, bool]] = [(root, False)]
    while waiting:
        node, is_left = waiting.pop()
        inner = _inner_nodes(yaml, node)
        if not is_left:
            if id(node) in sizes:
                continue
            if id(node) in open_nodes:
                raise _too_large(source)
            open_nodes.add(id(node))
            waiting.append((node, True))
            waiting += [(one, False) for one in inner if id(one) not in sizes]
            continue
        open_nodes.discard(id(node))
        known = [sizes[id(one)] for one in inner if id(one) in sizes]
        size, depth = 1 + sum(one[0] for one in known), 1 + max((one[1] for one in known), default=0)
        if size > _NODES or depth > _DEPTH:
            raise _too_large(source)
        sizes[id(node)] = (size, depth)
        is_number = isinstance(node, yaml.ScalarNode) and node.tag.endswith((":int", ":float"))
        if is_number and len(node.value) > _NUMBER:  # 1:1:1... is base 60, and takes quadratic time
            raise ConfigError(f"{source}: a number is too long")


def _too_large(source: str) -> ConfigError:
    return ConfigError(f"{source}: the values are nested too deeply, or too many")


def _inner_nodes(yaml: Any, node: Any) -> list[Any]:
    if isinstance(node, yaml.MappingNode):
        return [one for pair in node.value for one in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _duplicates(yaml: Any, root: Any) -> list[str]:
    """Places of keys that a mapping has twice, each node looked at once."""
    found: list[str] = []
    waiting, seen = [(root, "")], set()
    while waiting:
        node, place = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += [(one, f"{place}[{number}]") for number, one in enumerate(node.value)]
        if not isinstance(node, yaml.MappingNode):
            continue
        keys: set[tuple[str, str]] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            name = shorten_key(key.value)
            inner = f"{place}.{name}" if place else name
            if (key.tag, key.value) in keys:
                found.append(inner)
            keys.add((key.tag, key.value))
            waiting.append((value, inner))
    return found


def _yaml() -> Any:
    try:
        return import_module("yaml")
    except ImportError:
        raise ConfigError(
            "the package PyYAML, needed for YAML files, is not installed",
            hint='Run: pip install "openai-compatible[cli]"',
        ) from None
