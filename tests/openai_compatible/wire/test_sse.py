"""Bytes to payloads, whatever the line ends and however the bytes are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.wire.sse import Decoder, Frame


def decode(*pieces: bytes) -> list[bytes | Frame]:
    decoder = Decoder()
    out = [payload for piece in pieces for payload in decoder.feed(piece)]
    return out + decoder.flush()


@pytest.mark.parametrize(
    ("data", "payloads"),
    [
        (b'data: {"a":1}\n\n', [b'{"a":1}']),
        (b'data:{"a":1}\n\n', [b'{"a":1}']),
        (b'data: {"a":1}\r\n\r\n', [b'{"a":1}']),
        (b'data: {"a":1}\r\rdata: {"b":2}\r\r', [b'{"a":1}', b'{"b":2}']),
        (b'\xef\xbb\xbfdata: {"a":1}\n\n', [b'{"a":1}']),
        (b'data: {"a":\ndata: 1}\n\n', [b'{"a":\n1}']),
        (b': comment\n\ndata: {"a":1}\n\n', [b'{"a":1}']),
        (b'id: 7\nretry: 100\ndata: {"a":1}\n\n', [b'{"a":1}']),
        (b'data: {"a":1}\ndata: {"b":2}\n', [b'{"a":1}', b'{"b":2}']),
        (b'data: {"a":1}\n\ndata: [DONE]', [b'{"a":1}', b"[DONE]"]),
        (b"data: [DONE] \n\n", [b"[DONE]"]),
        (b'data: {"a":1} \n\n', [b'{"a":1}']),
        (b"data:\n\ndata: \n\ndata\n\n", []),
        (b'event: error\ndata: {"a":1}\n\ndata: {"b":2}\n\n', [Frame("error", b'{"a":1}'), b'{"b":2}']),
        (b'event: message\ndata: {"a":1}\n\n', [b'{"a":1}']),
        (b"event: error\ndata: oh\ndata: no\n\n", [Frame("error", b"oh\nno")]),
        (b'error: {"a":1}\n\n', [Frame("error", b'{"a":1}')]),
        (b'data: {"a":1}\n\n{"error":"late"}\n', [b'{"a":1}', b'{"error":"late"}']),
        (b"data: plain text\n\n", [b"plain text"]),
        (b"data: plain text\n  \ndata: more\n\n", [b"plain text", b"more"]),
    ],
)
def test_framing_variants_are_read(data: bytes, payloads: list[bytes | Frame]) -> None:
    assert decode(data) == payloads
    assert decode(*(data[i : i + 1] for i in range(len(data)))) == payloads


def test_a_whole_object_is_given_out_before_the_blank_line() -> None:
    assert Decoder().feed(b'data: {"a":1}\n') == [b'{"a":1}']


def test_a_carriage_return_ends_its_line_at_once() -> None:
    decoder = Decoder()
    assert decoder.feed(b'data: {"a":1}\r') == [b'{"a":1}']
    assert decoder.feed(b"") == []
    assert decoder.feed(b'\n\r\ndata: {"b":2}\r\n') == [b'{"b":2}']


def test_text_that_is_no_field_is_kept_as_noise_and_bounded() -> None:
    decoder = Decoder()
    decoder.feed(b"Bad gateway\n" * 1000)
    assert decoder.noise.startswith(b"Bad gateway\n")
    assert len(decoder.noise) < 4_100


def test_a_long_line_in_small_reads_costs_linear_time() -> None:
    decoder = Decoder()
    line = b'data: {"a":"' + b"x" * 2_000_000 + b'"}\n'
    out = [p for i in range(0, len(line), 64) for p in decoder.feed(line[i : i + 64])]
    assert len(out) == 1


@given(
    st.lists(
        st.sampled_from(
            [b"data: ", b"{}", b"\n", b"\r", b"\r\n", b":x", b"event: e", b"[DONE]", b"\xc3\xa9"]
        )
    ),
    st.data(),
)
def test_cutting_the_bytes_anywhere_changes_nothing(parts: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert decode(*pieces) == decode(whole)
