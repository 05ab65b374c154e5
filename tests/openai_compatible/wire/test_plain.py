"""Text of servers as one line."""

from __future__ import annotations

import pytest

from openai_compatible.wire.plain import one_line, quoted


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\n\tb", "a b"),
        ("  a  ", "a"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("right\u202eleft", "right\\u202eleft"),
        ("\u05e9\u05dc\u05d5\u05dd \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", None),
        ("nul\x00", "nul\\x00"),
        ("", ""),
    ],
)
def test_it_is_one_line_that_moves_nothing_on_a_terminal(text: str, line: str | None) -> None:
    assert one_line(text) == (text if line is None else line)


def test_it_is_cut_after_it_was_escaped() -> None:
    assert one_line("x" * 500) == "x" * 197 + "..."
    assert len(one_line("\x00" * 500)) <= 200
    assert one_line("y" * 10_000_000, 10) == "yyyyyyy..."


def test_what_is_quoted_has_no_keys() -> None:
    assert "abcdefgh" not in quoted("bad key sk-abcdefgh12345678\nin line 2")
    assert "abcdefgh" not in quoted("x" * 190 + " sk-abcdefgh12345678")
