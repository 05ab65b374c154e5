"""The answers of the mock server, as bytes that are made once.

A model's name says what is answered: words joined by dots, ``stream.500``, ``tool.2000``,
``embed.1024``, ``call``, each with ``.delayN`` (milliseconds before the answer) or ``.paced``
(a TCP segment per event, a millisecond apart).
"""

from __future__ import annotations

import array
import base64
import functools
import json
import random

WORDS = (" the", " model", " says", " one", " more", " line", ",", " and", "\n", ' "so"', " café", ".")
TEXT = "Hello! How can I help you today?"
USAGE = {"prompt_tokens": 25, "completion_tokens": 9, "total_tokens": 34}
ROWS = 64  # different vectors; a longer answer repeats them


def token(number: int) -> str:
    return WORDS[(number * 7 + number // 5) % len(WORDS)]


def text_of(count: int) -> str:
    """The text of ``stream.COUNT``."""
    return "".join(map(token, range(count)))


@functools.lru_cache(maxsize=16)
def arguments_of(count: int) -> tuple[str, ...]:
    """The arguments of ``tool.COUNT``: one JSON object in COUNT pieces."""
    content = "".join(f"{i:011d} " for i in range(count - 2))
    pieces = [content[i : i + 12] for i in range(0, len(content), 12)]
    return ('{"path":"report.txt","content":"', *pieces, '"}')


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def http(body: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
)


@functools.lru_cache(maxsize=64)
def answer(model: str) -> bytes:
    """A whole chat completion."""
    message = {"role": "assistant", "content": TEXT, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return http(_json({**_head(model, "chat.completion"), "choices": [choice], "usage": USAGE}))


def _head(model: str, kind: str) -> dict[str, object]:
    return {
        "id": "chatcmpl-1",
        "object": kind,
        "created": 1_790_000_000,
        "model": model,
        "system_fingerprint": "fp_1",
    }


@functools.lru_cache(maxsize=64)
def events(model: str, kind: str, count: int, usage: bool) -> tuple[bytes, ...]:
    """The events of a stream, each an HTTP chunk; the last one ends the body."""
    head = _head(model, "chat.completion.chunk")

    def event(delta: dict[str, object], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _json({**head, "choices": [choice]})

    out: list[bytes]
    if kind == "tool":
        function: dict[str, object] = {"name": "write_file", "arguments": ""}
        call = {"index": 0, "id": "call_1", "type": "function", "function": function}
        out = [event({"role": "assistant", "content": None, "tool_calls": [call]})]
        for piece in arguments_of(count):
            out.append(event({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}))
        out.append(event({}, "tool_calls"))
    else:
        out = [event({"role": "assistant", "content": ""})]
        out += [event({"content": token(i)}) for i in range(count)]
        out.append(event({}, "stop"))
    if usage:
        out.append(_json({**head, "choices": [], "usage": USAGE}))
    out.append(b"[DONE]")
    framed = (b"data: " + data + b"\n\n" for data in out)
    return (*(b"%x\r\n%s\r\n" % (len(data), data) for data in framed), b"0\r\n\r\n")


@functools.lru_cache(maxsize=16)
def whole_stream(model: str, kind: str, count: int, usage: bool) -> bytes:
    return STREAM_HEAD + b"".join(events(model, kind, count, usage))


@functools.lru_cache(maxsize=4)
def vectors(dimensions: int) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Vectors of float32 values as JSON, and the same in base64."""
    chance = random.Random(dimensions)
    rows = [
        array.array("f", (chance.uniform(-0.1, 0.1) for _ in range(dimensions))) for _ in range(ROWS)
    ]
    floats = tuple(_json(row.tolist()) for row in rows)
    return floats, tuple(b'"' + base64.b64encode(row.tobytes()) + b'"' for row in rows)


@functools.lru_cache(maxsize=8)
def embeddings(count: int, dimensions: int, packed: bool) -> bytes:
    rows = vectors(dimensions)[packed]
    data = b",".join(
        b'{"object":"embedding","index":%d,"embedding":%s}' % (i, rows[i % ROWS]) for i in range(count)
    )
    usage = _json({"prompt_tokens": count, "total_tokens": count})
    return http(b'{"object":"list","data":[%s],"model":"e","usage":%s}' % (data, usage))
