"""``embed``: vectors for texts."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated, Any, Literal

import typer

from openai_compatible.cli.given import has_terminal, headers, parameters, stdin_text
from openai_compatible.cli.options import Headers, Json, Params, Reference
from openai_compatible.cli.screen import Screen

__all__ = ["embed"]

_FIRST = 4
_CUT = 40

Task = Annotated[
    Literal["query", "document"] | None,
    typer.Option(help="What the texts are; said as the model wants it said."),
]


def embed(
    reference: Reference,
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="- or none: lines of standard input.")
    ] = None,
    task: Task = None,
    dimensions: Annotated[int | None, typer.Option(min=1, help="Length of the vectors.")] = None,
    params: Params = None,
    header: Headers = None,
    as_json: Json = False,
) -> None:
    """Turn texts into vectors; --json prints them whole."""
    given = _texts(texts)
    extra, sent_headers = parameters(params), headers(header)

    from openai_compatible.client import Client
    from openai_compatible.targeting import prefix_for
    from openai_compatible.types import EmbeddingsRequest

    with Client(reference) as client:
        prefix = prefix_for(task, client.targets[0], auto=True) if task else ""
        request = EmbeddingsRequest(
            "",
            [prefix + text for text in given],
            dimensions=dimensions,
            task=task,
            extra_body=extra,
            headers=sent_headers,
        )
        start = time.monotonic()
        found = client.embed(request)
        seconds = time.monotonic() - start
    _show(Screen(as_json), given, found, seconds)


def _texts(texts: list[str] | None) -> list[str]:
    if texts and texts != ["-"]:
        return texts
    if not texts and has_terminal():
        raise typer.BadParameter("there is no text", param_hint="TEXT")
    found = [line for line in stdin_text().splitlines() if line.strip()]
    if not found:
        raise typer.BadParameter("there is no text on standard input", param_hint="TEXT")
    return found


def _show(screen: Screen, texts: list[str], found: Any, seconds: float) -> None:
    usage = None if found.usage is None else asdict(found.usage)
    if usage is not None:
        del usage["raw"]
    length = len(found.vectors[0])
    screen.json({
        "model": found.model,
        "dimensions": length,
        "vectors": found.vectors,
        "usage": usage,
        "record": None if found.record is None else found.record.to_dict(),
        "seconds": round(seconds, 3),
    })  # fmt: skip
    rows = [
        (text if len(text) <= _CUT else f"{text[: _CUT - 3]}...", len(vector), _numbers(vector))
        for text, vector in zip(texts, found.vectors, strict=True)
    ]
    screen.table(("text", "dimensions", "vector"), rows)
    used = None if found.usage is None else found.usage.input_tokens
    counted = "" if used is None else f"{used} {'token' if used == 1 else 'tokens'}, "
    number = f"{len(texts)} {'text' if len(texts) == 1 else 'texts'}"
    screen.note(f"{number}, {counted}{seconds:.2f} s", style="dim")


def _numbers(vector: list[float]) -> str:
    more = " ..." if len(vector) > _FIRST else ""
    return ", ".join(f"{number:.4f}" for number in vector[:_FIRST]) + more
