"""References to the environment in provider files: where they count, and how text is escaped.

``${NAME}`` stands for a variable in the fields of :data:`EXPANDED_FIELDS` and is plain text in all
others. In those fields ``$${NAME}`` is the text ``${NAME}``: of several ``$`` before ``{NAME}`` one is
taken away. :func:`escape_references` adds it, so every text can be written.

Text that a server or another program's file supplied is :class:`ForeignText`. Writers escape it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import SecretStr

from openai_compatible.config.expanded_fields import EXPANDED_FIELDS
from openai_compatible.errors import MissingKeyError

__all__ = [
    "ForeignText",
    "as_written",
    "escape_references",
    "expand_variables",
    "has_reference",
    "is_expanded",
    "iter_references",
    "map_literals",
    "sole_reference",
    "with_stand_ins",
    "without_references",
]

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_PLAIN = re.compile(rf"\$\{{{_NAME}\}}")
_MAYBE_ESCAPED = re.compile(rf"\$?\$\{{({_NAME})\}}")
_REFERENCE = re.compile(rf"(?<!\$)\$\{{{_NAME}\}}")
_WHOLE = re.compile(rf"\A\s*\$\{{({_NAME})\}}\s*\Z")
_EXPANDED = frozenset(tuple(field.split(".")) for field in EXPANDED_FIELDS)

Path = tuple[str | int, ...]


class ForeignText(str):
    """Text of a server or of another program's file, in which ``${NAME}`` never means a variable.

    Slices, joins with ``+`` and results of ``str`` methods that give one text stay foreign. An f-string
    makes plain text: escape foreign text before it becomes part of one.

    >>> (ForeignText(" ${HOME} ").strip() + "/v1").__class__.__name__
    'ForeignText'
    """

    __slots__ = ()

    def __add__(self, other: str) -> ForeignText:
        return ForeignText(str(self) + str(other))

    def __radd__(self, other: str) -> ForeignText:
        return ForeignText(str(other) + str(self))

    def __getitem__(self, key: Any) -> ForeignText:
        return ForeignText(str(self)[key])

    def strip(self, chars: str | None = None, /) -> ForeignText:
        """As of ``str``; still foreign."""
        return ForeignText(str(self).strip(chars))

    def rstrip(self, chars: str | None = None, /) -> ForeignText:
        """As of ``str``; still foreign."""
        return ForeignText(str(self).rstrip(chars))

    def lstrip(self, chars: str | None = None, /) -> ForeignText:
        """As of ``str``; still foreign."""
        return ForeignText(str(self).lstrip(chars))

    def lower(self) -> ForeignText:
        """As of ``str``; still foreign."""
        return ForeignText(str(self).lower())

    def removeprefix(self, prefix: str, /) -> ForeignText:
        """As of ``str``; still foreign."""
        return ForeignText(str(self).removeprefix(prefix))

    def removesuffix(self, suffix: str, /) -> ForeignText:
        """As of ``str``; still foreign."""
        return ForeignText(str(self).removesuffix(suffix))

    def replace(self, old: str, new: str, /, count: Any = -1) -> ForeignText:
        """As of ``str``; still foreign."""
        return ForeignText(str(self).replace(old, new, count))

    def partition(self, sep: str, /) -> tuple[str, str, str]:
        """As of ``str``; the parts are foreign."""
        head, mark, tail = str(self).partition(sep)
        return ForeignText(head), ForeignText(mark), ForeignText(tail)

    def rpartition(self, sep: str, /) -> tuple[str, str, str]:
        """As of ``str``; the parts are foreign."""
        head, mark, tail = str(self).rpartition(sep)
        return ForeignText(head), ForeignText(mark), ForeignText(tail)


def is_expanded(path: Path) -> bool:
    """Return whether text at a path of a provider's table may refer to variables.

    >>> is_expanded(("headers", "X-Team")), is_expanded(("models", "small", "id"))
    (True, False)
    """
    words = ("models", "*", *path[2:3]) if path[:1] == ("models",) else path[:2]
    return words in _EXPANDED or words[:1] in _EXPANDED


def escape_references(value: Any) -> Any:
    """Escape text for a field that is expanded, at any depth.

    >>> escape_references({"prompt": "say ${NAME}"})
    {'prompt': 'say $${NAME}'}
    """
    return _each_text(value, (), lambda text, _: _PLAIN.sub(lambda found: "$" + found[0], str(text)))


def as_written(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Replace :class:`ForeignText` in the fields of a provider by text that a file has for it.

    >>> as_written({"proxy": ForeignText("http://${X}"), "default_model": ForeignText("${X}")})
    {'proxy': 'http://$${X}', 'default_model': '${X}'}
    """

    def write(text: str, path: Path) -> str:
        if not isinstance(text, ForeignText):
            return text
        return str(escape_references(text)) if is_expanded(path) else str(text)

    written: dict[str, Any] = _each_text(fields, (), write)
    return written


def expand_variables(
    fields: Mapping[str, Any], where: Callable[[Path], str], *, look_up: bool = True
) -> dict[str, Any]:
    """Replace references in the fields of a provider by the values of the variables.

    Args:
        fields: The table of a provider as its file has it.
        where: Returns for a message the place of the value at a path.
        look_up: ``False`` leaves references as they are, and removes escapes alone.

    Raises:
        MissingKeyError: A variable is not set.
    """

    def expand(text: str, path: Path) -> str:
        def value(name: str) -> str:
            found = os.environ.get(name) if look_up else f"${{{name}}}"
            if found is None:
                raise MissingKeyError(
                    f"{where(path)}: the variable {name} is not set",
                    hint=f"Run: export {name}=..., or write the value instead of ${{{name}}}.",
                )
            return found

        return _substitute(text, value) if is_expanded(path) else text

    expanded: dict[str, Any] = _each_text(fields, (), expand)
    return expanded


def with_stand_ins(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Replace references by text that is valid in their place, to check fields without variables.

    >>> with_stand_ins({"base_url": "https://${HOST}/v1", "headers": {"X-Team": "${TEAM}"}})
    {'base_url': 'http://1/v1', 'headers': {'X-Team': '1'}}
    """

    def stand_in(text: str, path: Path) -> str:
        if not is_expanded(path):
            return text
        if path[-1] in ("base_url", "proxy") and has_reference(text):
            return "http://1/v1"
        return _substitute(text, lambda _: "1")

    made: dict[str, Any] = _each_text(fields, (), stand_in)
    return made


def map_literals(text: str, change: Callable[[str], str]) -> str:
    """Change the text between the references of an expanded field.

    Args:
        text: As a file has it.
        change: Applied to what is text, whose escapes are removed before and added afterwards.

    >>> map_literals("${KEY}%24{HOME}", lambda part: part.replace("%24", "$"))
    '${KEY}$${HOME}'
    """
    if isinstance(text, ForeignText):
        return ForeignText(change(str(text)))
    made, literal, end = "", "", 0
    for found in _MAYBE_ESCAPED.finditer(text):
        literal += text[end : found.start()]
        end = found.end()
        if found[0].startswith("$$"):
            literal += found[0][1:]
        else:
            made += str(escape_references(change(literal))) + found[0]
            literal = ""
    return made + str(escape_references(change(literal + text[end:])))


def has_reference(text: str) -> bool:
    """Return whether text of an expanded field refers to a variable.

    >>> has_reference("Bearer ${KEY}"), has_reference("$${KEY}")
    (True, False)
    """
    return not isinstance(text, ForeignText) and _REFERENCE.search(text) is not None


def iter_references(text: str) -> Iterator[str]:
    """Yield the names of the variables that text of an expanded field refers to.

    >>> list(iter_references("https://${HOST}/$${PATH}"))
    ['HOST']
    """
    for found in _MAYBE_ESCAPED.finditer(text):
        if not found[0].startswith("$$"):
            yield found[1]


def without_references(text: str) -> str:
    """Return what text of an expanded field holds besides references.

    >>> without_references("Bearer ${KEY}")
    'Bearer '
    """
    return text if isinstance(text, ForeignText) else _REFERENCE.sub("", text)


def sole_reference(value: Any) -> str | None:
    """Return the variable's name where a value is one reference and nothing else.

    >>> sole_reference("${GROQ_KEY}"), sole_reference("Bearer ${GROQ_KEY}")
    ('GROQ_KEY', None)
    """
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    match = _WHOLE.fullmatch(text) if isinstance(text, str) else None
    return None if match is None else match[1]


def _substitute(text: str, value: Callable[[str], str]) -> str:
    def one(found: re.Match[str]) -> str:
        return found[0][1:] if found[0].startswith("$$") else value(found[1])

    return _MAYBE_ESCAPED.sub(one, text)


def _each_text(value: Any, path: Path, change: Callable[[str, Path], str]) -> Any:
    """Copy a value with every text changed; keys of tables stay."""
    if isinstance(value, Mapping):
        return {key: _each_text(item, (*path, key), change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(item, (*path, number), change) for number, item in enumerate(value)]
    return change(value, path) if isinstance(value, str) else value
