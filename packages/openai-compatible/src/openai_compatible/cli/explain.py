"""``explain``: what would be sent, and why it looks so."""

from __future__ import annotations

from typing import Annotated

import typer

from openai_compatible.cli.given import chat_request, content, tools
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

__all__ = ["explain"]


def explain(  # noqa: PLR0913 - an argument for each option
    reference: Reference,
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="The question.")] = "Hello",
    *,
    stream: Annotated[bool, typer.Option("--stream", help="As for a stream.")] = False,
    curl: Annotated[bool, typer.Option("--curl", help="Print a curl command alone.")] = False,
    system: System = None,
    temperature: Temperature = None,
    max_tokens: MaxTokens = None,
    image: Images = None,
    reasoning: Reasoning = None,
    tools_file: ToolsFile = None,
    params: Params = None,
    header: Headers = None,
    as_json: Json = False,
) -> None:
    """Show the request that chat would send, without sending it; keys are ***."""
    from openai_compatible.client import Client

    before = [{"role": "system", "content": system}] if system else []
    request = chat_request(
        [*before, {"role": "user", "content": content(prompt, image)}],
        named={
            "temperature": temperature,
            "max_tokens": max_tokens,
            "reasoning": reasoning,
            "tools": tools(tools_file),
        },
        params=params,
        header_lines=header,
    )
    screen = Screen(as_json)
    with Client(reference) as client:
        found = client.explain(request, stream=stream)
    screen.json(found.to_dict())
    screen.line(found.curl() if curl else found)
