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
        "_blank",
        "_held",
        "_inside",
        "_opened",
        "_opening",
        "_pairs",
        "_reasoned",
        "_thought",
        "over",
    )

    def __init__(self, pairs: Sequence[Pair], place: str) -> None:
        self._pairs = pairs
        self._anywhere = place == "anywhere"
        # Of marks that begin at one place the shortest counts.
        self._opening = re.compile("|".join(re.escape(pair[0]) for pair in sorted(pairs)))
        self._inside: Pair | None = None
        self._opened = place == "opened"
        """The text begins inside, whether it shows an opening mark or not."""
        self._held = ""
        self._blank: list[str] = []
        """White space behind ``_held``, which is empty then."""
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
        """What these characters complete. Cost is linear in them, however many marks they hold."""
        out: list[Piece] = []
        if self._waits_for_text() and text.isspace():
            self._blank.append(text)
            return out
        text, at = self._take_held() + text, 0
        while at < len(text) and not self.over:
            before = at, self._inside
            if self._inside is not None:
                at = self._reason(self._inside, text, at, out)
            else:
                at = self._outside(text, at, out)
            if (at, self._inside) == before:
                break
        rest = text[at:]
        if self.over and rest:
            self._say(rest, out)
        elif rest.isspace():
            self._blank = [rest]
        else:
            self._held = rest
        return out

    def flush(self) -> list[Piece]:
        """The text is over: what was held back."""
        held, out = self._take_held(), list[Piece]()
        if self._inside is not None or self._opened:
            pair = self._inside or self._pairs[0]
            _add(out, (held if self._thought else held.lstrip()).rstrip(), pair[0])
        elif not self._reasoned or held.strip():
            self._say(held, out)
        self.over = True
        return out

    def _take_held(self) -> str:
        held = self._held + "".join(self._blank)
        self._held, self._blank = "", []
        return held

    def _waits_for_text(self) -> bool:
        """Whether white space alone changes nothing now."""
        if self._held or self.over:
            return False
        return self._thought if self._inside is not None else not self._anywhere

    def _reason(self, pair: Pair, text: str, at: int, out: list[Piece]) -> int:
        """Inside: give out reasoning up to the closing mark, or to what may be its beginning.

        As :meth:`_outside`, returns where the text that is not dealt with begins.
        """
        opening, closing = pair
        at = at if self._thought else _skip_space(text, at)
        end = text.find(closing, at)
        if end >= 0:
            _add(out, text[at:end].rstrip(), opening)
            self._inside, self._thought, self._reasoned = None, False, True
            return end + len(closing)
        # White space before what may be the closing mark waits with it.
        said = text[at : len(text) - _overlap(text, closing, at)].rstrip()
        _add(out, said, opening)
        self._thought = self._thought or bool(said)
        return at + len(said)

    def _outside(self, text: str, at: int, out: list[Piece]) -> int:
        if self._anywhere:
            return self._search(text, at, out)
        start = _skip_space(text, at)
        for pair in self._pairs:
            if text.startswith(pair[0], start):
                self._inside, self._opened = pair, False
                return start + len(pair[0])
        left = len(text) - start
        if left and not any(
            left <= len(pair[0]) and pair[0].startswith(text[start:]) for pair in self._pairs
        ):
            self._inside = self._pairs[0] if self._opened else None
            self.over = not self._opened
            self._opened = False
        return at

    def _search(self, text: str, at: int, out: list[Piece]) -> int:
        """Outside, marks counting anywhere: give out text up to the next opening mark."""
        found = self._opening.search(text, at)
        if found is not None:
            self._say(text[at : found.start()], out)
            self._inside = min(pair for pair in self._pairs if pair[0] == found[0])
            return found.end()
        end = len(text) - max(_overlap(text, pair[0], at) for pair in self._pairs)
        self._say(text[at:end], out)
        return end

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


def _skip_space(text: str, at: int) -> int:
    """Where the text goes on behind white space."""
    found = _TEXT.search(text, at)
    return found.start() if found else len(text)


def _overlap(text: str, mark: str, at: int) -> int:
    """How many characters at the end of a text, from ``at`` on, may begin the mark."""
    for size in range(min(len(mark) - 1, len(text) - at), 0, -1):
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


_TEXT = re.compile(r"\S")
_TALK = tuple("`\"'”’»)]}>.,;:!?。，、）」")
"""What follows a mark that is quoted, or mentioned in a sentence."""
_PARAGRAPH = re.compile(r"\A[ \t\r]*\n[ \t\r]*\n")
