"""Takes known secrets out of text that a server, a proxy or a library wrote.

Text is compared with the secrets by letters and digits alone, without case, as it is and with its
escapes decoded. So a secret is found in whatever spelling, split by whatever separators, and in part.
"""

from __future__ import annotations

import base64
import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from openai_compatible.lazy_attribute import lazy_attribute

__all__ = ["MASK", "PART", "SHORTEST", "Redactor"]

MASK = "***"
PART = 8
"""Letters and digits of a secret in a row that are masked wherever they stand."""
SHORTEST = 6
"""Characters of a secret that is worth masking: shorter ones are in any text."""

_AT_CUT = 4
"""First letters and digits of a secret that are masked where a text was cut."""
_CUT = re.compile(r"(?:…|\.\.\.)\s*\Z")
_CUT_LENGTH = 100
"""A text of so many characters may have been cut without a mark."""
_LONGEST = 100_000
"""Characters of a text that are looked at; what follows is dropped."""
_DEEPEST = 20
_LAYERS = 3
"""How often a text is decoded: proxies escape what is escaped."""
_NOISE = re.compile(r"[\W_]+")
_ESCAPE = re.compile(
    r"%[0-9a-f]{2}|\\u[0-9a-f]{4}|\\u\{[0-9a-f]{1,6}\}|\\x[0-9a-f]{2}|0x[0-9a-f]{2}(?![0-9a-f])"
    r"|\\[0-7]{3}|\\.|&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});?",
    re.IGNORECASE | re.DOTALL,
)
_BLANKS = "nrtbfv0"


class Redactor:
    """Masks one set of secrets. It is built when it is first used.

    Time grows with the length of the text, whatever stands in it. ``repr`` shows no secret.

    >>> redactor = Redactor(["sk-abcdefgh12345678"])
    >>> redactor.text("no such key: SK-ABCD EFGH%31%32...")
    'no such key: ***...'
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = frozenset(one for one in secrets if len(one) >= SHORTEST)

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} secrets)"

    def text(self, text: str) -> str:
        """Mask the secrets, and parts of them, in a text."""
        if not self._secrets or not text:
            return text
        text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        for spelling in self._spellings:
            text = text.replace(spelling, MASK)
        spans = list(self._spans(text))
        return _replace(text, spans) if spans else text

    def value(self, value: Any, depth: int = 0) -> Any:
        """Mask the secrets in a text, in bytes, or in the keys and values of containers of these.

        Other objects are returned as they are.
        """
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes | bytearray):
            text = bytes(value).decode("latin-1")
            masked = self.text(text)
            return value if masked == text else masked.encode("latin-1", "replace")
        if not isinstance(value, dict | list | tuple | set | frozenset):
            return value
        return self._container(value, depth + 1) if depth < _DEEPEST else MASK

    def _container(self, value: Any, depth: int) -> Any:
        if isinstance(value, dict):
            return {self.value(key, depth): self.value(item, depth) for key, item in value.items()}
        items = [self.value(item, depth) for item in value]
        # A tuple may have names, and a constructor of its own.
        return tuple.__new__(type(value), items) if isinstance(value, tuple) else type(value)(items)

    def is_in(self, text: str) -> bool:
        """Return whether a text holds a whole secret, in whatever spelling."""
        if not self._secrets:
            return False
        letters = [_letters(layer) for layer in _layers(text[:_LONGEST])]
        return any(form in layer for layer in letters for form in self._forms)

    @lazy_attribute
    def _spellings(self) -> list[str]:
        """Whole secrets as URLs, HTML, JSON and base64 spell them, with their signs; longest first."""
        return sorted({form for one in self._secrets for form in _spell(one)}, key=len, reverse=True)

    @lazy_attribute
    def _forms(self) -> frozenset[str]:
        """Secrets by letters and digits alone."""
        forms = {form for one in self._secrets for form in _fold(one)}
        return frozenset(form for form in forms if len(form) >= SHORTEST)

    @lazy_attribute
    def _parts(self) -> dict[int, frozenset[str]]:
        """Length -> the parts of that length that are masked."""
        found: dict[int, set[str]] = {}
        for form in self._forms:
            size = min(PART, len(form))
            found.setdefault(size, set()).update(_slices(form, size))
        return {size: frozenset(parts) for size, parts in found.items()}

    @lazy_attribute
    def _beginnings(self) -> frozenset[str]:
        """First letters and digits of secrets, for the place where a text was cut."""
        return frozenset(form[:n] for form in self._forms for n in range(_AT_CUT, PART))

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where in a text parts of secrets stand, as it is and decoded."""
        mark = _CUT.search(text)
        is_cut = mark is not None or len(text) >= _CUT_LENGTH
        text = text[: mark.start()] if mark else text
        for depth, layer in enumerate(_layers(text)):
            letters = _letters(layer)
            at_cut = self._beginning_at_end(letters) if is_cut else 0
            if at_cut or any(
                not parts.isdisjoint(_slices(letters, size)) for size, parts in self._parts.items()
            ):
                letters, places = _map_letters(text, depth)
                if at_cut:
                    yield places[-at_cut][0], places[-1][1]
                for size, parts in self._parts.items():
                    for at, part in enumerate(_slices(letters, size)):
                        if part in parts:
                            yield places[at][0], places[at + size - 1][1]

    def _beginning_at_end(self, letters: str) -> int:
        """Return how many letters at the end of a text begin a secret; 0 if they are too few."""
        sizes = range(min(PART - 1, len(letters)), _AT_CUT - 1, -1)
        return next((size for size in sizes if letters[-size:] in self._beginnings), 0)


def _spell(secret: str) -> set[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    return {
        secret,
        quote(raw),
        quote(raw, safe=""),
        quote_plus(raw),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        base64.b64encode(raw).decode(),
    }


def _fold(secret: str) -> Iterator[str]:
    """Yield letters and digits of a secret as it is, reversed, in hex, and in base64 at three offsets.

    Base64 is without the characters at its ends that depend on what stands beside the secret there.
    """
    raw = secret.encode("utf-8", "surrogatepass")
    for layer in {*_layers(secret), *_layers(raw.decode("latin-1"))}:
        letters = _letters(layer)
        yield letters
        yield letters[::-1]
    yield raw.hex()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw).decode()
        yield _letters(coded[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6])


def _slices(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(len(text) - size + 1))


def _letters(text: str) -> str:
    """Letters and digits of a text, without case and accents."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    return _NOISE.sub("", text).lower()


def _layers(text: str) -> Iterator[str]:
    """Yield a text as it is, and decoded as often as that changes it."""
    yield text
    for _ in range(_LAYERS):
        decoded = _ESCAPE.sub(_decode, text)
        if decoded == text:
            return
        yield (text := decoded)


def _decode(found: re.Match[str]) -> str:
    """Return the character that an escape stands for."""
    escape = found[0]
    if escape[0] == "&":
        return html.unescape(escape)
    if escape[0] in "%0":
        return chr(int(escape[-2:], 16))
    if len(escape) == 2:
        return " " if escape[1] in _BLANKS else escape[1]
    if escape[1] in "uUxX":
        number = int(escape[2:].strip("{}"), 16)
        return chr(number) if number <= 0x10FFFF else escape
    return chr(int(escape[1:], 8))


def _map_letters(text: str, depth: int) -> tuple[str, list[tuple[int, int]]]:
    """Letters and digits of a text decoded that often, and the place of each in the text."""
    places = [(at, at + 1) for at in range(len(text))]
    for _ in range(depth):
        decoded, origins, end = [], [], 0
        for found in _ESCAPE.finditer(text):
            decoded += [text[end : found.start()], new := _decode(found)]
            origins += places[end : found.start()]
            origins += [(places[found.start()][0], places[found.end() - 1][1])] * len(new)
            end = found.end()
        text = "".join([*decoded, text[end:]])
        places = origins + places[end:]
    letters: list[str] = []
    kept: list[tuple[int, int]] = []
    for sign, place in zip(text, places, strict=True):
        new = _letters(sign)
        letters.append(new)
        kept += [place] * len(new)
    return "".join(letters), kept


def _replace(text: str, spans: list[tuple[int, int]]) -> str:
    """Put a mask in the place of each span; spans that touch become one."""
    pieces, begin, end = [], -1, 0
    for first, last in sorted(spans):
        if begin >= 0 and first <= end:
            end = max(end, last)
            continue
        if begin >= 0:
            pieces.append(MASK)
        pieces.append(text[end:first])
        begin, end = first, last
    rest = text[end:]
    return "".join([*pieces, MASK, rest.lstrip("=") if rest.startswith("=") else rest])
