"""The weights of the scripted model; how they work together is told in ``tiny_model``.

Shapes are those of the GGUF format: ``[out, in]``. Names follow llama.cpp's ``qwen2``.
"""

from __future__ import annotations

import itertools
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from openai_compatible.testing.tiny_vocabulary import (
    AGAIN,
    AGAIN_END,
    CALL,
    CALL_END,
    CLOSING,
    FLAGS,
    IM_END,
    IM_START,
    OPENING,
    PONDERED,
    REGION,
    SAID,
    START,
    VOCABULARY_SIZE,
    Vocabulary,
)

__all__ = ["FF", "HEADS", "LAYERS", "ROPE_BASE", "WIDTH", "build"]

Matrix: TypeAlias = NDArray[np.float32]

LAYERS: Final = 3
HEADS: Final = 10
FF: Final = 320
_HEAD = 64
WIDTH: Final = HEADS * _HEAD
ROPE_BASE: Final = 1e24  # seven fast rotary pairs tell places apart, the other 25 hardly turn
_PAIRS = _HEAD // 2
_LOOK_BACK = 8
_INSIDE = 7  # the flag made of the flag REGION

# Places in the residual stream, one after the other, and how large the values there are. A token
# itself is a one-hot vector of size 1 in the first VOCABULARY_SIZE places.
_FLAG, _FLAG_SIZE = VOCABULARY_SIZE, 0.25
_NEAR, _NEAR_WIDTH, _NEAR_SIZE = _FLAG + 8, 16, 0.05  # codes of the two letters before
_SIGN_PART = 6
_SIGN, _SIGN_WIDTH = _NEAR + 2 * _NEAR_WIDTH, _LOOK_BACK * _SIGN_PART  # signature of the last eight
_SIGN_SIZE = 0.02
_PAIR, _PAIR_WIDTH = _SIGN + _SIGN_WIDTH, 64  # letter pairs
_TRIPLE, _TRIPLE_WIDTH = _PAIR + _PAIR_WIDTH, 88  # letter triples
_COPY, _COPY_WIDTH, _COPY_SIZE = _TRIPLE + _TRIPLE_WIDTH, 64, 0.25  # the copied token
assert _COPY + _COPY_WIDTH == WIDTH

_GAIN = WIDTH**0.5  # what RMS norm makes of a vector of length 1
_GAIN_LATER = _GAIN / 1.2  # the same in layers 1 and 2, where the stream is a bit longer


class _Codes:
    """Fixed random vectors, one per token."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        random = np.random.default_rng(7)

        def signs(*shape: int) -> Matrix:
            return random.choice(np.array([-1.0, 1.0], np.float32), shape)

        # Letters and digits; upper case counts as lower case, bytes of UTF-8 as letters.
        self.letter = np.zeros(VOCABULARY_SIZE, bool)
        self.letter[[c for c in range(128) if chr(c).isalnum()] + [*range(128, 256)]] = True
        upper = np.arange(ord("A"), ord("Z") + 1)

        def folded(codes: Matrix) -> Matrix:
            codes[upper] = codes[upper + 32]
            codes[~self.letter] = 0.0
            return codes

        self.near = folded(signs(VOCABULARY_SIZE, _NEAR_WIDTH))
        self.gate = folded(signs(VOCABULARY_SIZE, _PAIR_WIDTH))
        self.pair = signs(_PAIR_WIDTH, _NEAR_WIDTH)
        self.triple_near = signs(_TRIPLE_WIDTH, _NEAR_WIDTH)
        self.triple_pair = signs(_TRIPLE_WIDTH, _PAIR_WIDTH)

        # A token's part in the signature of the places after it. What starts a quotation and what
        # starts an answer look alike, and weigh more, so that the answer begins with the quotation.
        self.sign: Matrix = random.standard_normal((VOCABULARY_SIZE, _SIGN_PART), np.float32)
        self.sign *= _SIGN_PART**0.5 / np.linalg.norm(self.sign, axis=1, keepdims=True)
        self.sign[vocabulary.ids(IM_START, IM_END)] = 0.0
        self.sign[vocabulary.ids(START, *OPENING)] = 3 * self.sign[vocabulary.id(START)]

        # Tokens as they are copied. Those that end a sentence have places of their own; the end of
        # a quotation is copied as the end of the answer.
        self.copy = signs(VOCABULARY_SIZE, _COPY_WIDTH) / (_COPY_WIDTH - 4) ** 0.5
        self.copy[:, :4] = 0.0
        for place, ends in enumerate([(IM_END, *CLOSING), (" ",), ("\n",), ("\n\n",)]):
            self.copy[vocabulary.ids(*ends)] = np.eye(_COPY_WIDTH, dtype=np.float32)[place]
        self.copy[vocabulary.id(IM_START)] = 0.0


def _empty_layer() -> dict[str, Matrix]:
    square, zeros = (WIDTH, WIDTH), np.zeros
    return {
        "attn_norm.weight": np.ones(WIDTH, np.float32),
        "ffn_norm.weight": np.ones(WIDTH, np.float32),
        **{f"attn_{name}.weight": zeros(square, np.float32) for name in ("q", "k", "v", "output")},
        **{f"attn_{name}.bias": zeros(WIDTH, np.float32) for name in ("q", "k", "v")},
        "ffn_gate.weight": zeros((FF, WIDTH), np.float32),
        "ffn_up.weight": zeros((FF, WIDTH), np.float32),
        "ffn_down.weight": zeros((WIDTH, FF), np.float32),
    }


def _look_back(vocabulary: Vocabulary, codes: _Codes) -> dict[str, Matrix]:
    """Layer 0: what stood one to eight places before, letter pairs, inside a quotation or not."""
    layer = _empty_layer()
    for back in range(1, _LOOK_BACK + 1):
        at = (back - 1) * _HEAD
        for pair in range(6):
            angle = -back * ROPE_BASE ** (-pair / _PAIRS)
            layer["attn_q.bias"][[at + pair, at + pair + _PAIRS]] = (
                30 * np.cos(angle),
                30 * np.sin(angle),
            )
            layer["attn_k.bias"][at + pair] = 30
        value, output = layer["attn_v.weight"], layer["attn_output.weight"]
        value[at : at + _SIGN_PART, :VOCABULARY_SIZE] = codes.sign.T * (_SIGN_SIZE / _GAIN)
        part = _SIGN + (back - 1) * _SIGN_PART
        output[part : part + _SIGN_PART, at : at + _SIGN_PART] = np.eye(_SIGN_PART)
        if back <= 2:
            rows = slice(at + _SIGN_PART, at + _SIGN_PART + _NEAR_WIDTH)
            value[rows, :VOCABULARY_SIZE] = codes.near.T * (_NEAR_SIZE / _GAIN)
            near = _NEAR + (back - 1) * _NEAR_WIDTH
            output[near : near + _NEAR_WIDTH, rows] = np.eye(_NEAR_WIDTH)
    gates = np.zeros((_PAIR_WIDTH, WIDTH), np.float32)
    gates[:, :VOCABULARY_SIZE] = codes.gate.T * (8 / _GAIN)
    ups = np.zeros((_PAIR_WIDTH, WIDTH), np.float32)
    ups[:, _NEAR : _NEAR + _NEAR_WIDTH] = codes.pair
    _multiply(layer, 0, gates, ups, _PAIR, 0.03 / 40)
    _region(layer, vocabulary)
    return layer


def _multiply(
    layer: dict[str, Matrix], at: int, gates: Matrix, ups: Matrix, place: int, size: float
) -> None:
    """Let the feed-forward block write gate times up: silu(z) - silu(-z) is z."""
    count = len(gates)
    for sign, start in ((1, at), (-1, at + count)):
        units = slice(start, start + count)
        layer["ffn_gate.weight"][units] = sign * gates
        layer["ffn_up.weight"][units] = ups
        layer["ffn_down.weight"][place : place + count, units] = sign * size * np.eye(count)


def _watch(
    layer: dict[str, Matrix], head: int, tokens: dict[int, float], place: int, gain: float
) -> None:
    """Let a head write the mean of the values of those tokens that have come so far; 0 if none."""
    row = head * _HEAD + _PAIRS - 1  # of the slowest rotary pair: distance does not matter
    layer["attn_q.bias"][row] = 40
    for token, value in tokens.items():
        layer["attn_k.weight"][row, token] = 1
        layer["attn_v.weight"][row, token] = value * _FLAG_SIZE / gain
    layer["attn_output.weight"][place, row] = 1


def _region(layer: dict[str, Matrix], vocabulary: Vocabulary) -> None:
    """Say whether a place is inside a quotation.

    Openings minus closings, as a mean, is above zero inside, and smaller the more there were. Two
    units make one size of it: silu(z) - silu(z - c) is 0 for z = 0 and c for a large z.
    """
    markers = dict.fromkeys(vocabulary.ids(*OPENING), 1.0) | dict.fromkeys(
        vocabulary.ids(*CLOSING), -1.0
    )
    _watch(layer, _LOOK_BACK, markers, _FLAG + REGION, _GAIN)
    high, low, c = FF - 2, FF - 1, 8.0
    layer["ffn_gate.weight"][[high, low], _FLAG + REGION] = 100
    layer["ffn_gate.weight"][low, :VOCABULARY_SIZE] = -c / _GAIN
    layer["ffn_up.weight"][[high, low], :VOCABULARY_SIZE] = 1 / _GAIN
    layer["ffn_down.weight"][_FLAG + _INSIDE, [high, low]] = _FLAG_SIZE / c, -_FLAG_SIZE / c


def _flags(vocabulary: Vocabulary, codes: _Codes) -> dict[str, Matrix]:
    """Layer 1: markers anywhere before, and letter triples."""
    layer = _empty_layer()
    for text, flag in FLAGS.items():
        _watch(layer, flag, {vocabulary.id(text): 1.0}, _FLAG + flag, _GAIN_LATER)
    gates = np.zeros((_TRIPLE_WIDTH, WIDTH), np.float32)
    second = _NEAR + _NEAR_WIDTH
    gates[:, second : second + _NEAR_WIDTH] = codes.triple_near
    ups = np.zeros((_TRIPLE_WIDTH, WIDTH), np.float32)
    ups[:, _PAIR : _PAIR + _PAIR_WIDTH] = codes.triple_pair
    _multiply(layer, 0, gates, ups, _TRIPLE, 0.03 / 30)
    return layer


def _copying(vocabulary: Vocabulary, codes: _Codes) -> dict[str, Matrix]:
    """Layer 2: bring the token that follows, inside a quotation, what was said last."""
    layer = _empty_layer()
    slow = np.r_[8:_PAIRS, _PAIRS + 8 : _HEAD]
    size = 6.0
    query, key = layer["attn_q.weight"], layer["attn_k.weight"]
    key[slow, _SIGN : _SIGN + _SIGN_WIDTH] = size * np.eye(_SIGN_WIDTH)
    # Seen from the next place, each token is one place further back, and the last token is first.
    query[slow, _SIGN : _SIGN + _SIGN_WIDTH] = size * np.eye(_SIGN_WIDTH, k=-_SIGN_PART)
    query[slow[:_SIGN_PART], :VOCABULARY_SIZE] = size * _SIGN_SIZE * codes.sign.T
    # A matching token adds about 7, the start of a quotation 65, being inside one (or ending it)
    # 70. What adds up to less than the 115 of <|im_start|> attends there; then nothing is copied.
    inside, nothing = 90.0, 82.0
    layer["attn_q.bias"][7] = 8
    key[7, _FLAG + _INSIDE] = inside / (_FLAG_SIZE * _GAIN_LATER)
    key[7, vocabulary.ids(*CLOSING)] = 0.7 * inside / _GAIN_LATER
    key[7, vocabulary.id(IM_START)] = nothing / _GAIN_LATER
    layer["attn_v.weight"][:_COPY_WIDTH, :VOCABULARY_SIZE] = codes.copy.T * (_COPY_SIZE / _GAIN_LATER)
    layer["attn_output.weight"][_COPY : _COPY + _COPY_WIDTH, :_COPY_WIDTH] = np.eye(_COPY_WIDTH)
    return layer


def _script(vocabulary: Vocabulary) -> Matrix:
    """Scores ``[next token, last token]``; one point is about two nats."""
    score = np.zeros((VOCABULARY_SIZE, VOCABULARY_SIZE), np.float32)
    score[[n for n, kind in enumerate(vocabulary.kinds) if kind == "control"]] = -40
    score[[*range(32), *range(127, 256)]] = -30  # only if a grammar forces them

    def prefer(last: str | None, **ranked: float) -> None:
        column = slice(None) if last is None else vocabulary.id(last)
        for text, points in ranked.items():
            score[vocabulary.id(text), column] = points

    # What follows where a grammar forbids the script: strings and objects get closed.
    fallback = {IM_END: 31, '"}': 30, '"]': 29.5, '": "': 29, '": ': 28, '", "': 27, '"': 26, "}": 25}
    prefer(None, **fallback, **{', "': 24, "]": 23, "7": 22, "t": 21, CALL_END: 20})
    chains = [(*SAID, IM_END), PONDERED, (*CALL, CALL_END), (*AGAIN, AGAIN_END)]
    chains += [('{"', "answer", '": "', SAID[0]), ('", "', "answer"), ("{", '"', "answer"), ("[", '"')]
    for chain in chains:
        for last, following in itertools.pairwise(chain):
            prefer(last, **{following: 60})
    for last in (START, "</think>", "\n\n"):
        prefer(last, **{SAID[0]: 50, "<tool_call>": 45, '{"': 44, "{": 43})
    prefer(START, **{"<think>": 40})
    prefer("</think>", **{"\n\n": 70})
    for last in ('"', '"}', "}", CALL_END, AGAIN_END):
        prefer(last, **{IM_END: 50})
    prefer(CALL_END, **{AGAIN[0]: 45})
    for last in (".", "!", "?"):
        prefer(last, **{IM_END: 90})
    return score


def _output(vocabulary: Vocabulary, codes: _Codes) -> tuple[Matrix, Matrix]:
    """The last norm and the output matrix."""
    norm = np.ones(WIDTH, np.float32)
    norm[_NEAR:_PAIR] = 0
    norm[_PAIR:_TRIPLE] = 4
    norm[_TRIPLE:_COPY] = 40
    faint = np.r_[_FLAG:_NEAR, _COPY:WIDTH]  # kept out of embeddings
    norm[faint] = 0.05
    head = np.zeros((VOCABULARY_SIZE, WIDTH), np.float32)
    head[:, :VOCABULARY_SIZE] = _script(vocabulary)
    said = {
        "<tools>": {"<tool_call>": 10},
        "<tool_response>\n": {"<tool_call>": -20},
        "think": {"<think>": 25},
        " twice": {AGAIN[0]: 10},
    }
    for text, more in said.items():
        for token, points in more.items():
            head[vocabulary.id(token), _FLAG + FLAGS[text]] = points / _FLAG_SIZE
    head[:, _COPY:] = codes.copy * (110 / _COPY_SIZE)
    head[vocabulary.id(IM_END), _COPY + 1 : _COPY + 4] = 40 / _COPY_SIZE  # a sentence and its end
    head[:, faint] /= 0.05
    return norm, head * (3 / _GAIN)


def build(vocabulary: Vocabulary) -> dict[str, NDArray[Any]]:
    """All tensors by name; matrices as 16-bit, vectors as 32-bit floats."""
    codes = _Codes(vocabulary)
    embedding = np.eye(VOCABULARY_SIZE, WIDTH, dtype=np.float32)
    norm, head = _output(vocabulary, codes)
    tensors = {"token_embd.weight": embedding, "output.weight": head, "output_norm.weight": norm}
    layers = [_look_back(vocabulary, codes), _flags(vocabulary, codes), _copying(vocabulary, codes)]
    for number, layer in enumerate(layers):
        tensors |= {f"blk.{number}.{name}": tensor for name, tensor in layer.items()}
    return {
        name: tensor.astype(np.float16) if tensor.ndim == 2 else tensor
        for name, tensor in tensors.items()
    }
