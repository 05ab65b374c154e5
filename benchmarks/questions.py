"""What is asked of the models under test: the same for ours and for its peer."""

from __future__ import annotations

import json
from typing import Any

PROMPT = "Say hello."
WRITE_FILE = {
    "type": "function",
    "function": {
        "name": "write_file",
        "description": "Write text to a file.",
        "parameters": {
            "type": "object",
            "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
            "required": ["path", "content"],
        },
    },
}
_TEXT = "One message of a long conversation, with as much text as such messages have in practice. " * 3


def history(count: int) -> list[dict[str, Any]]:
    """COUNT messages: a system one, then rounds of question, tool call, result and answer."""
    out: list[dict[str, Any]] = [{"role": "system", "content": _TEXT}]
    for turn in range(count):
        arguments = json.dumps({"query": "abc", "limit": turn})
        function = {"name": f"search_{turn % 30}", "arguments": arguments}
        call = {"id": f"call_{turn}", "type": "function", "function": function}
        out += [
            {"role": "user", "content": f"{turn}: {_TEXT}"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": f"call_{turn}", "content": _TEXT},
            {"role": "assistant", "content": _TEXT},
        ]
    return [*out[: count - 1], {"role": "user", "content": "And now?"}]


def search(
    query: str,
    limit: int = 10,
    tags: list[str] | None = None,
    order: str = "asc",
    since: str | None = None,
    strict: bool = False,
) -> str:
    """Search a table and return the rows that match, as text."""
    return f"{query}{limit}{tags}{order}{since}{strict}"


def tools(count: int) -> list[dict[str, Any]]:
    """COUNT OpenAI tools with the parameters of :func:`search`."""
    properties = {
        "query": {"type": "string", "description": "What to look for."},
        "limit": {"type": "integer", "default": 10},
        "tags": {"type": "array", "items": {"type": "string"}, "description": "Only rows with these."},
        "order": {"type": "string", "enum": ["asc", "desc"]},
        "since": {"type": "string", "description": "ISO date, inclusive."},
        "strict": {"type": "boolean", "default": False},
    }
    parameters = {"type": "object", "properties": properties, "required": ["query"]}
    return [
        {
            "type": "function",
            "function": {
                "name": f"search_{number}",
                "description": f"Search table {number} and return the rows that match, as text.",
                "parameters": parameters,
            },
        }
        for number in range(count)
    ]


def texts(count: int) -> list[str]:
    return [f"text number {number} of a corpus, long enough to look real" for number in range(count)]
