"""Reasoning between marks in the text: think-tags-inline, think-open-tag-missing."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.profiles.profile import Profile
from openai_compatible.wire.marks import Marks, Piece, unopened

PAIRS = (("<think>", "</think>"), ("[THINK]", "[/THINK]"))
THINK = "<think>"


def split(text: str, place: str = "start", size: int = 1_000) -> list[tuple[str, str]]:
    """``(text, mark)`` of neighbours joined, the text fed in pieces of a size."""
    marks = Marks(PAIRS, place)
    out: list[Piece] = []
    for at in range(0, len(text), size):
        out += marks.feed(text[at : at + size])
    out += marks.flush()
    assert marks.over
    return [
        ("".join(piece.text for piece in pieces), mark)
        for mark, pieces in groupby(out, key=lambda piece: piece.mark)
    ]


@pytest.mark.parametrize(
    ("place", "text", "want"),
    [
        ("start", "<think>hm</think>Hi", [("hm", THINK), ("Hi", "")]),
        ("start", " \n<think>\n hm \n</think>\n\nHi </think> x", [("hm", THINK), ("Hi </think> x", "")]),
        ("start", "<thin air", [("<thin air", "")]),
        ("start", "<think>\n\n</think>\n\nHi", [("Hi", "")]),
        ("start", "Hi <think>x</think>", [("Hi <think>x</think>", "")]),
        ("start", "<think>cut off", [("cut off", THINK)]),
        ("start", "<think>a</thi", [("a</thi", THINK)]),
        ("start", "<think>a</think>\n<think>b</think>c", [("ab", THINK), ("c", "")]),
        ("start", "[THINK]a[/THINK]b", [("a", "[THINK]"), ("b", "")]),
        ("start", "  ", [("  ", "")]),
        ("start", "", []),
        ("start", "<think>a</think>\n", [("a", THINK)]),
        ("anywhere", "A<think>hm</think> B", [("A", ""), ("hm", THINK), (" B", "")]),
        ("anywhere", "<think>hm</think> B", [("hm", THINK), ("B", "")]),
        ("anywhere", "a < b [T", [("a < b [T", "")]),
        ("opened", "hm</think>\n\nHi", [("hm", THINK), ("Hi", "")]),
        ("opened", "<think>hm</think>Hi", [("hm", THINK), ("Hi", "")]),
        ("opened", "hm", [("hm", THINK)]),
        ("opened", "<", [("<", THINK)]),
        ("opened", " ", []),
    ],
)
def test_marks_are_found_wherever_the_text_is_cut(
    place: str, text: str, want: list[tuple[str, str]]
) -> None:
    for size in (1, 2, 3, 5, 8, 1_000):
        assert split(text, place, size) == want, size


WORDS = st.lists(
    st.sampled_from([*PAIRS[0], *PAIRS[1], "<", "</", "think>", "[", " ", "\n", "a", "b c", "ü🦙", "`"])
)


@given(WORDS, st.sampled_from(["start", "anywhere", "opened"]), st.integers(1, 6))
def test_how_the_text_is_cut_changes_nothing(words: list[str], place: str, size: int) -> None:
    text = "".join(words)
    assert split(text, place, size) == split(text, place)


@given(WORDS, st.sampled_from(["start", "anywhere", "opened"]))
def test_nothing_but_marks_and_white_space_is_lost(words: list[str], place: str) -> None:
    text = "".join(words)
    kept = "".join(piece for piece, _ in split(text, place))
    rest = iter(text)
    assert all(sign in rest for sign in kept), "what is given out stands in the text, in its order"
    lost = len(text) - len(kept)
    marks = sum(text.count(mark) * len(mark) for pair in PAIRS for mark in pair)
    assert lost <= marks + sum(text.count(space) for space in " \n")


@given(st.text(alphabet="ab <>/`\n"))
def test_a_text_without_marks_is_untouched(text: str) -> None:
    assert "".join(piece for piece, _ in split(text, "start", 1)) == text
    assert "".join(piece for piece, _ in split(text, "anywhere", 1)) == text


def test_a_profile_may_know_no_marks() -> None:
    assert Marks.of(Profile(name="p", reasoning_place="off")) is None
    assert Marks.of(Profile(name="p", reasoning_tags=())) is None
    assert Marks.of(Profile(name="p")) is not None


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("hm</think>\n\nHi", ("hm", "Hi", THINK)),
        ("</think>Hi", ("", "Hi", THINK)),
        ("<think>hm</think>Hi", None),
        ("a</think>b</think>", None),
        ("The mark `</think>` ends it.", None),
        ("```\n</think>\n```", None),
        ('say "</think>" here', None),
        ("hm</think>Hi", ("hm", "Hi", THINK)),
        ("hm.\n</think>Hi", ("hm.", "Hi", THINK)),
        ("hm. </think> \n\nHi", ("hm.", "Hi", THINK)),
        ("hm</think>{}", ("hm", "{}", THINK)),
        ("~~~\na\n~~~\nhm\n</think>\nHi", ("~~~\na\n~~~\nhm", "Hi", THINK)),
        ("hm\n  </think>\nHi", ("hm", "Hi", THINK)),
        ("Hi", None),
        ("The closing mark is </think>.", None),
        ("The closing mark is </think>", None),
        ("Write </think>, then go on.", None),
        ("Between <b> and </think> stands", None),
        ("A mark (</think>) ends it", None),
        ("It is called “</think>” there", None),
        ("~~~\n</think>\n~~~\n", None),
        ("So:\n\n    </think>\n\nends it", None),
        ("So:\n\t</think>\nends it", None),
    ],
)
def test_a_whole_text_may_show_the_closing_mark_alone(
    text: str, want: tuple[str, str, str] | None
) -> None:
    assert unopened(text, PAIRS) == want
