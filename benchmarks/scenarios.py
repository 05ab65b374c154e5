"""What is measured, against whom, and what is to be reached.

A target is a ratio to the peer's number unless the row says otherwise.
"""

from __future__ import annotations

from typing import Any, NamedTuple

LC, LC_PEER = "ChatOpenAICompatible", "ChatOpenAI"
LI, LI_PEER = "OpenAICompatible", "OpenAILike"
LC_E, LC_E_PEER = "OpenAICompatibleEmbeddings", "OpenAIEmbeddings"
LI_E, LI_E_PEER = "OpenAICompatibleEmbedding", "OpenAILikeEmbedding"


class Row(NamedTuple):
    """One line of the table: ours beside a peer."""

    scenario: str
    what: str
    ours: str
    peer: str
    work: dict[str, Any]
    target: float | None
    key: str = "cpu"
    unit: str = "us"
    rounds: int = 7


def _stream(**more: Any) -> dict[str, Any]:
    return {"work": "stream", "chunks": 500, "times": 5, **more}


def _astream(**more: Any) -> dict[str, Any]:
    return {"work": "astream", "chunks": 500, "times": 5, **more}


_CALL: dict[str, Any] = {"work": "call", "times": 40}
_ACALL: dict[str, Any] = {"work": "acall", "times": 40}
_HISTORY: dict[str, Any] = {"work": "call", "times": 3, "history": 200}
_TOGETHER: dict[str, Any] = {"work": "together", "count": 500, "streamed": False, "delay": 50}
_EMBED: dict[str, Any] = {"work": "embed", "count": 2048, "dimensions": 1024, "batch": 2048}

ROWS = [
    Row("stream", "LangChain stream in a burst, per chunk", LC, LC_PEER, _stream(), 0.25),
    Row("stream", "LangChain async stream in a burst, per chunk", LC, LC_PEER, _astream(), 0.22),
    Row("stream", "LlamaIndex stream in a burst, per chunk", LI, LI_PEER, _stream(), 0.27),
    Row("stream", "LlamaIndex async stream in a burst, per chunk", LI, LI_PEER, _astream(), 0.27),
    Row(
        "paced",
        "LangChain async stream, a TCP segment per token, per chunk",
        LC,
        LC_PEER,
        _astream(paced=True, times=0),
        0.55,
    ),
    Row("call", "LangChain call", LC, LC_PEER, _CALL, 0.68),
    Row("call", "LangChain async call", LC, LC_PEER, _ACALL, 0.70),
    Row("call", "LlamaIndex call", LI, LI_PEER, _CALL, 0.62),
    Row("call", "LlamaIndex async call", LI, LI_PEER, _ACALL, 0.68),
    Row("history", "LangChain call after 200 messages", LC, LC_PEER, _HISTORY, 0.08, unit="ms"),
    Row("history", "LlamaIndex call after 200 messages", LI, LI_PEER, _HISTORY, 0.08, unit="ms"),
    Row(
        "history",
        "the same with 30 tools, LangChain",
        LC,
        LC_PEER,
        {**_HISTORY, "tools": 30},
        0.1,
        unit="ms",
    ),
    Row(
        "history",
        "the same with 30 tools, LlamaIndex",
        LI,
        LI_PEER,
        {**_HISTORY, "tools": 30},
        0.35,
        unit="ms",
    ),
    Row(
        "history",
        "LangChain stream after 200 messages, per chunk",
        LC,
        LC_PEER,
        _stream(history=200),
        0.25,
    ),
    Row(
        "history",
        "LlamaIndex stream after 200 messages, per chunk",
        LI,
        LI_PEER,
        _stream(history=200),
        0.25,
    ),
    Row(
        "together",
        "LangChain, 500 async calls at once, wall",
        LC,
        LC_PEER,
        _TOGETHER,
        0.45,
        "wall",
        "s",
        5,
    ),
    Row(
        "together",
        "LlamaIndex, 500 async calls at once, wall",
        LI,
        LI_PEER,
        _TOGETHER,
        0.15,
        "wall",
        "s",
        5,
    ),
    Row(
        "embed",
        "LangChain, 2048 x 1024 floats",
        LC_E,
        LC_E_PEER,
        {**_EMBED, "packed": False},
        0.6,
        "cpu",
        "ms",
        5,
    ),
    Row(
        "embed",
        "LangChain, 2048 x 1024 in base64",
        LC_E,
        LC_E_PEER,
        {**_EMBED, "packed": True},
        0.6,
        "cpu",
        "ms",
        5,
    ),
    Row(
        "embed",
        "LlamaIndex, 2048 x 1024 floats",
        LI_E,
        LI_E_PEER,
        {**_EMBED, "packed": False},
        0.6,
        "cpu",
        "ms",
        5,
    ),
    Row(
        "embed",
        "LlamaIndex, 2048 x 1024 in base64",
        LI_E,
        LI_E_PEER,
        {**_EMBED, "packed": True},
        0.6,
        "cpu",
        "ms",
        5,
    ),
]
"""Ratios."""

GROWTH = (100, 500, 2000, 8000)
"""Deltas of a streamed tool call."""
LINEAR = 6.0
"""Times the CPU time that four times the deltas may cost. 4 is linear and 16 quadratic; LangChain keeps
every chunk of a stream until its end, and Python's collector looks at them in passing."""

STARTS = {
    # ours: the framework's own module, how many times that ours may cost, the peer
    LC: ("langchain_core.language_models.chat_models", 1 + 60 / 425, LC_PEER),
    LI: ("llama_index.core.llms.function_calling", 1 + 60 / 1051, LI_PEER),
    "Client": ("pydantic", 110 / 62, None),
}
"""Imports. The targets were set in milliseconds (the framework's 425 and 1,051 and 60 more; 110 where
pydantic takes 62); a machine is not as fast every minute, so ratios are kept."""
COLD = 0.88
"""CPU time of a cold process up to its first answer, beside the peer's."""

SCENARIOS = (
    "stream",
    "paced",
    "call",
    "history",
    "together",
    "embed",
    "growth",
    "memory",
    "import",
    "cold",
)
