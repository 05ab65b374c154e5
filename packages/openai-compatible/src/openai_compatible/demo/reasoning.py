"""LangChain: reasoning apart from the answer."""

from __future__ import annotations

from pathlib import Path

from openai_compatible.demo.screen import Screen

__all__ = ["show"]

CODE = """\
message = llm.invoke("Please think, then say hello.")
message.content_blocks          # reasoning and text, apart
"""


def show(screen: Screen, config: Path) -> None:
    """Show the content blocks of an answer with reasoning."""
    from langchain_openai_compatible import ChatOpenAICompatible

    screen.part("LangChain: reasoning apart from the answer")
    screen.code(CODE)
    llm = ChatOpenAICompatible(model="local/tiny", config=config, temperature=0)
    message = llm.invoke("Please think, then say hello.")
    for block in message.content_blocks:
        screen.result(str(block["type"]), str(block.get(block["type"])).strip())
