"""``chat``: one question and its answer, or a conversation."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from openai_compatible.cli.exit_codes import INTERRUPTED, exit_code
from openai_compatible.cli.given import chat_request, content, has_terminal, stdin_text, tools
from openai_compatible.cli.options import (
    Headers,
    Images,
    Json,
    MaxTokens,
    Params,
    Reasoning,
    Reference,
    System,
    Temperature,
    ToolsFile,
)
from openai_compatible.cli.screen import Screen

__all__ = ["chat"]

Prompt = Annotated[
    str | None,
    typer.Argument(
        metavar="PROMPT",
        help="The question; - or none: standard input, or a conversation on a terminal.",
    ),
]


def chat(  # noqa: PLR0913 - an argument for each option
    reference: Reference,
    prompt: Prompt = None,
    *,
    system: System = None,
    temperature: Temperature = None,
    max_tokens: MaxTokens = None,
    image: Images = None,
    reasoning: Reasoning = None,
    tools_file: ToolsFile = None,
    params: Params = None,
    header: Headers = None,
    no_stream: Annotated[bool, typer.Option("--no-stream", help="Ask for one whole answer.")] = False,
    as_json: Json = False,
) -> None:
    """Ask a model; the answer is printed as it comes.

    The answer and tool calls go to standard output; reasoning, token counts and notes to standard error.
    Ctrl-C ends an answer and keeps what came.
    """
    screen = Screen(as_json)
    named = {
        "temperature": temperature,
        "max_tokens": max_tokens,
        "reasoning": reasoning,
        "tools": tools(tools_file),
    }
    asked = _prompt(prompt, as_json)
    before: list[Any] = [{"role": "system", "content": system}] if system else []

    from openai_compatible.cli.answer import Answer, ask
    from openai_compatible.client import Client

    with Client(reference) as client:

        def answered(messages: list[Any]) -> Answer:
            request = chat_request(messages, named=named, params=params, header_lines=header)
            return ask(client, request, screen, streamed=not no_stream)

        if asked is None:
            from openai_compatible.cli.conversation import converse

            converse(screen, before, answered, lambda text: content(text, image))
            return
        answer = answered([*before, {"role": "user", "content": content(asked, image)}])
    _finish(screen, answer)


def _prompt(prompt: str | None, as_json: bool) -> str | None:
    """The question; ``None`` for a conversation."""
    if prompt is None and has_terminal() and not as_json:
        return None
    text = stdin_text().rstrip("\r\n") if prompt in (None, "-") else prompt
    if not text or not text.strip():
        raise typer.BadParameter("there is no prompt: it is empty", param_hint="PROMPT")
    return text


def _finish(screen: Screen, answer: Any) -> None:
    """Notes, the document for programs, and the exit code."""
    from openai_compatible.cli.answer import spent

    screen.json(answer.to_dict())
    if answer.error is not None:
        if not screen.as_json:
            raise answer.error
        raise typer.Exit(exit_code(answer.error))
    for line in spent(answer):
        screen.note(line, style="dim")
    if answer.interrupted:
        screen.note("interrupted: this is what came", style="yellow")
        raise typer.Exit(INTERRUPTED)
