"""Reasoning inside the text, between marks such as ``<think>`` and ``</think>``, cut anywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from openai_compatible.profiles.profile import Profile

__all__ = ["Marks", "Piece", "unopened"]

Pair = tuple[str, str]


class Piece(NamedTuple):
    """A piece of text; ``mark`` is the opening mark it stood behind, ``""`` outside."""

    text: str
    mark: str


class Marks:
    """Splits the text of one answer as it comes.

    At most the length of a mark is held back, and only where what came may be the beginning of one.
    White space around reasoning is dropped. With ``place`` ``start`` the text is looked at until it
    begins otherwise: then ``over`` is set, and the caller need not ask any more.

    >>> Marks((("<think>", "</think>"),), "start").feed("<think>hm</think>Hi")
    [Piece(text='hm', mark='<think>'), Piece(text='Hi', mark='')]
    """

    __slots__ = (
        "_anywhere",
        "_began",
        "_held",
        "_inside",
        "_opened",
        "_pairs",
        "_reasoned",
        "_thought",
        "over",
    )

    def __init__(self, pairs: Sequence[Pair], place: str) -> None:
        self._pairs = pairs
        self._anywhere = place == "anywhere"
        self._inside: Pair | None = None
        self._opened = place == "opened"
        """The text begins inside, whether it shows an opening mark or not."""
        self._held = ""
        self._began = False
        """Text was given out."""
        self._reasoned = False
        """A mark was seen: white space behind it is dropped."""
        self._thought = False
        """Reasoning was given out since the last opening mark."""
        self.over = False

    @classmethod
    def of(cls, profile: Profile) -> Marks | None:
        """As a profile says; ``None`` where nothing is to be split."""
        if profile.reasoning_place == "off" or not profile.reasoning_tags:
            return None
        return cls(profile.reasoning_tags, profile.reasoning_place)

    def feed(self, text: str) -> list[Piece]:
        """What these characters complete."""
        out: list[Piece] = []
        self._held += text
        while self._held and not self.over:
            before = self._held, self._inside
            if self._inside is not None:
                self._reason(self._inside, out)
            else:
                self._outside(out)
            if (self._held, self._inside) == before:
                break
        if self.over and self._held:
            self._say(self._held, out)
            self._held = ""
        return out

    def flush(self) -> list[Piece]:
        """The text is over: what was held back."""
        held, self._held, out = self._held, "", list[Piece]()
        if self._inside is not None or self._opened:
            pair = self._inside or self._pairs[0]
            _add(out, (held if self._thought else held.lstrip()).rstrip(), pair[0])
        elif not self._reasoned or held.strip():
            self._say(held, out)
        self.over = True
        return out

    def _reason(self, pair: Pair, out: list[Piece]) -> None:
        """Inside: give out reasoning up to the closing mark, or to what may be its beginning."""
        opening, closing = pair
        held = self._held if self._thought else self._held.lstrip()
        at = held.find(closing)
        if at >= 0:
            _add(out, held[:at].rstrip(), opening)
            self._held = held[at + len(closing) :]
            self._inside, self._thought, self._reasoned = None, False, True
            return
        # White space before what may be the closing mark waits with it.
        cut = len(held[: len(held) - _overlap(held, closing)].rstrip())
        _add(out, held[:cut], opening)
        self._thought = self._thought or cut > 0
        self._held = held[cut:]

    def _outside(self, out: list[Piece]) -> None:
        if self._anywhere:
            self._search(out)
            return
        text = self._held.lstrip()
        for pair in self._pairs:
            if text.startswith(pair[0]):
                self._held = text[len(pair[0]) :]
                self._inside, self._opened = pair, False
                return
        if text and not any(pair[0].startswith(text) for pair in self._pairs):
            self._inside = self._pairs[0] if self._opened else None
            self.over = not self._opened
            self._opened = False

    def _search(self, out: list[Piece]) -> None:
        """Outside, marks counting anywhere: give out text up to the next opening mark."""
        found = [(at, pair) for pair in self._pairs if (at := self._held.find(pair[0])) >= 0]
        if found:
            at, pair = min(found)
            self._say(self._held[:at], out)
            self._held = self._held[at + len(pair[0]) :]
            self._inside = pair
            return
        keep = max(_overlap(self._held, pair[0]) for pair in self._pairs)
        cut = len(self._held) - keep
        self._say(self._held[:cut], out)
        self._held = self._held[cut:]

    def _say(self, text: str, out: list[Piece]) -> None:
        """Give out text; white space right behind reasoning is dropped as long as nothing was said."""
        if self._reasoned and not self._began:
            text = text.lstrip()
        if text:
            self._began = True
            _add(out, text, "")


def _add(out: list[Piece], text: str, mark: str) -> None:
    if text:
        out.append(Piece(text, mark))


def _overlap(text: str, mark: str) -> int:
    """How many characters at the end of a text may begin the mark."""
    for size in range(min(len(mark) - 1, len(text)), 0, -1):
        if text.endswith(mark[:size]):
            return size
    return 0


def unopened(text: str, pairs: Sequence[Pair]) -> tuple[str, str, str] | None:
    """Reasoning, text and opening mark of a whole text that holds one closing mark and no opening one.

    The template of some models writes the opening mark into the prompt (think-open-tag-missing). A
    mark in code or between quotes is none, nor is one that a sentence mentions: it must begin its
    line, end a paragraph, or stand right behind a word and not before a full stop or the like.

    >>> unopened("hm</think>Hi", [("<think>", "</think>")])
    ('hm', 'Hi', '<think>')
    """
    for opening, closing in pairs:
        if text.count(closing) == 1 and opening not in text:
            before, after = text.split(closing)
            if _is_end(before, after):
                return before.strip(), after.lstrip(), opening
    return None


def _is_end(before: str, after: str) -> bool:
    """Whether a closing mark between these ends reasoning, and is not talked about."""
    if before.count("`") % 2 or before.count("~~~") % 2 or after.startswith(_TALK):
        return False
    line = before.rpartition("\n")[2]
    if not line.strip():
        return len(line.expandtabs(4)) < 4  # deeper, it is code
    return not line[-1].isspace() or _PARAGRAPH.match(after) is not None


_TALK = tuple("`\"'”’»)]}>.,;:!?。，、）」")
"""What follows a mark that is quoted, or mentioned in a sentence."""
_PARAGRAPH = re.compile(r"\A[ \t\r]*\n[ \t\r]*\n")
