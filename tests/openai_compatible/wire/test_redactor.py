"""Known secrets leave no text that somebody else wrote, in whatever spelling and wherever it was cut."""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

import pytest

from openai_compatible.wire.redactor import MASK, PART, Redactor

KEY = "sk-Proj/4711+A&B=_Qz83hWm2XcVt7pLd"
REDACT = Redactor([KEY]).text


class Named(NamedTuple):
    """A tuple with a constructor of its own."""

    text: str


def letters(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())


def longest_common(text: str, secret: str = KEY) -> int:
    """Length of the longest run of letters and digits that a text and a secret share."""
    text, secret = letters(text), letters(secret)
    return max(
        (
            n
            for n in range(1, len(secret) + 1)
            for at in range(len(secret) - n + 1)
            if secret[at : at + n] in text
        ),
        default=0,
    )


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda key: key,
    "upper case": str.upper,
    "lower case": str.lower,
    "reversed": lambda key: key[::-1],
    "JSON escapes": lambda key: "".join(f"\\u{ord(sign):04x}" for sign in key),
    "JSON": lambda key: json.dumps(key).replace("/", "\\/"),
    "JSON in JSON": lambda key: json.dumps(json.dumps("".join(f"\\u{ord(s):04X}" for s in key))),
    "braces": lambda key: "".join(f"\\u{{{ord(sign):x}}}" for sign in key),
    "backslash x": lambda key: "".join(f"\\x{ord(sign):02x}" for sign in key),
    "octal": lambda key: "".join(f"\\{ord(sign):03o}" for sign in key),
    "a C array": lambda key: ", ".join(f"0x{ord(sign):02x}" for sign in key),
    "percent": lambda key: quote(key, safe=""),
    "percent throughout": lambda key: "".join(f"%{ord(sign):02X}" for sign in key),
    "every second percent": lambda key: "".join(
        f"%{ord(sign):02x}" if number % 2 else sign for number, sign in enumerate(key)
    ),
    "percent twice": lambda key: quote("".join(f"%{ord(sign):02x}" for sign in key), safe=""),
    "HTML": lambda key: "".join(f"&#{ord(sign)};" for sign in key),
    "HTML in hex": lambda key: "".join(f"&#x{ord(sign):X};" for sign in key),
    "hex": lambda key: key.encode().hex(),
    "hex in upper case": lambda key: key.encode().hex(":").upper(),
    "blanks": " ".join,
    "line breaks": "\r\n".join,
    "escaped line breaks": "\\n".join,
    "zero width": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "joiners": "\u2060".join,
    "dashes": "-".join,
    "full width": lambda key: "".join(chr(ord(s) + 0xFEE0) if s.isalnum() else s for s in key),
    "combining accents": "\u0301".join,
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_secret_is_masked_in_every_spelling(spelling: str) -> None:
    told = SPELLINGS[spelling](KEY)
    assert "Incorrect key: " in (shown := REDACT(f"Incorrect key: {told} is not known"))
    assert shown.endswith(" is not known")
    assert MASK in shown
    assert longest_common(shown) < 4
    assert len(shown) < 50


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("before", ["", "u", "us", "user:", "Bearer "])
def test_a_secret_is_masked_in_base64_wherever_it_begins(
    before: str, encode: Callable[[bytes], bytes]
) -> None:
    coded = encode(f"{before}{KEY}, and more".encode()).decode()
    shown = REDACT(f"got {coded}")
    assert MASK in shown
    for at in range(len(shown)):  # no four characters of what remains hold three of the key
        piece = shown[at : at + 8]
        assert not (len(piece) == 8 and piece in coded[len(before) * 4 // 3 + 2 : -14]), shown


@pytest.mark.parametrize("mark", ["…", "...", ""])
def test_wherever_a_text_is_cut_at_most_three_characters_of_a_secret_remain(mark: str) -> None:
    text = f"{'Incorrect API key provided. ' * 5}{KEY} is not known"
    for end in range(len(text) - len(KEY) - 14, len(text)):
        assert longest_common(REDACT(text[:end] + mark)[140:]) < 4


def test_of_a_secret_that_somebody_else_cut_at_most_seven_characters_in_a_row_remain() -> None:
    for begin in range(len(KEY)):
        for end in range(begin, len(KEY) + 1):
            assert longest_common(REDACT(f"key: {KEY[begin:end]}!")) < PART


def test_of_spellings_that_are_mixed_and_cut_anywhere_at_most_seven_characters_in_a_row_remain() -> None:
    dice = random.Random(4711)
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.~"
    spell: list[Callable[[str], str]] = [
        lambda sign: sign,
        lambda sign: f"%{ord(sign):02x}",
        lambda sign: f"\\u{ord(sign):04X}",
        lambda sign: f"&#{ord(sign)};",
        lambda sign: f"{sign.upper()}\u200b",
        lambda sign: f"\\n{sign} ",
    ]
    for _ in range(100):
        key = "".join(dice.choice(signs) for _ in range(dice.randint(16, 60)))
        told = "".join(dice.choice(spell)(sign) for sign in key)
        text = Redactor([key]).text(f"{'. ' * dice.randint(0, 90)}{told[: dice.randint(0, len(told))]}…")
        assert longest_common(text, key) < PART


def test_a_value_is_masked_in_keys_and_values_of_containers() -> None:
    found = Redactor([KEY]).value(
        {KEY: [KEY, {"a": (KEY, 5, None)}], "b": KEY.encode(), "n": Named(KEY)}
    )
    assert found == {MASK: [MASK, {"a": (MASK, 5, None)}], "b": MASK.encode(), "n": Named(MASK)}
    assert isinstance(found["n"], Named)


def test_a_value_without_an_end_is_masked_at_a_depth() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert MASK in repr(Redactor([KEY]).value(endless))


@pytest.mark.parametrize(
    "text", ["", "Rate limit reached for sk models, project 4711", "a&b=c%20\\u0041 &amp;"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert REDACT(text) == text
    assert Redactor([]).text(KEY) == KEY


def test_a_redactor_does_not_show_what_it_masks() -> None:
    redactor = Redactor([KEY])
    assert redactor.text(KEY) == MASK
    assert repr(redactor) == "Redactor(1 secrets)"


def test_what_is_not_masked_is_what_the_page_says() -> None:
    """``docs/keys.md``, "What a server repeats"."""
    rot13 = KEY.translate(str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm"))
    for told in (
        rot13,
        base64.b32encode(KEY.encode()).decode(),
        base64.b64encode(base64.b64encode(KEY.encode())).decode(),
        str(list(KEY.encode())),
        "x".join(KEY),
    ):
        assert REDACT(told) == told
    assert Redactor(["12345"]).text("12345") == "12345"


@pytest.mark.parametrize(
    "piece",
    ["%25", "\\", "\\u0041", "&a", "&#65;", letters(KEY)[:PART], KEY, "a", "…", "...", "… ", " ", "="],
)
def test_time_grows_with_the_length_whatever_the_text(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        began = time.process_time()
        REDACT(text)
        return time.process_time() - began

    seconds(1_000)
    small = min(seconds(10_000) for _ in range(3))
    assert seconds(40_000) < max(0.05, small * 10)
