"""Pieces of arguments wait only where they are short beside what was given out, and not for long."""

from __future__ import annotations

from langchain_openai_compatible.argument_pieces import ArgumentPieces
from openai_compatible.types import Completion, TextDelta, ToolCallDelta

HEAD = ToolCallDelta(0, "c", "f", "x" * 640)
DONE = Completion(())


def piece(text, index=0, choice=0):
    return ToolCallDelta(index, None, None, text, choice)


def test_text_and_the_end_pass_at_once_behind_what_waits():
    pieces = ArgumentPieces(lambda: 0.0)
    assert pieces.feed(TextDelta("a")) == (TextDelta("a"),)
    assert pieces.feed(HEAD) == (HEAD,)
    assert pieces.feed(piece("a")) == ()
    assert pieces.feed(piece("b")) == ()
    assert pieces.feed(TextDelta("t")) == (piece("ab"), TextDelta("t"))
    assert pieces.feed(piece("c")) == ()
    assert pieces.feed(DONE) == (piece("c"), DONE)
    assert pieces.feed(DONE) == (DONE,)


def test_pieces_wait_for_a_64th_of_what_was_given_out():
    pieces = ArgumentPieces(lambda: 0.0)
    pieces.feed(HEAD)
    given = [pieces.feed(piece("ab")) for _ in range(10)]
    assert given == [(), (), (), (), (piece("ab" * 5),), (), (), (), (), ()]
    assert pieces.feed(DONE)[0] == piece("ab" * 5)


def test_short_arguments_never_wait():
    pieces = ArgumentPieces(lambda: 0.0)
    pieces.feed(ToolCallDelta(0, "c", "f", ""))
    assert all(pieces.feed(piece("a")) == (piece("a"),) for _ in range(65))
    assert pieces.feed(piece("a")) == ()


def test_a_piece_waits_for_a_tenth_of_a_second_at_most():
    now = [0.0]
    pieces = ArgumentPieces(lambda: now[0])
    pieces.feed(HEAD)
    for at, given in (
        (0.04, ()),
        (0.08, ()),
        (0.12, (piece("aaa"),)),
        (0.16, ()),
        (0.3, (piece("aa"),)),
    ):
        now[0] = at
        assert pieces.feed(piece("a")) == given


def test_pieces_of_another_call_or_choice_are_not_joined():
    pieces = ArgumentPieces(lambda: 0.0)
    pieces.feed(HEAD)
    assert pieces.feed(piece("a")) == ()
    assert pieces.feed(piece("b", index=1)) == (piece("a"), piece("b", index=1))
    assert pieces.feed(piece("c", index=1, choice=1)) == (piece("c", index=1, choice=1),)
    head = ToolCallDelta(1, "d", "g", "", 1)
    assert pieces.feed(head) == (head,)
