"""LangChain: an answer as an object of a pydantic class."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field

from openai_compatible.demo.screen import Screen

__all__ = ["show"]

CODE = """\
class Report(BaseModel):
    city: str
    temperature: int
report = llm.with_structured_output(Report, method="json_schema").invoke("Report on Paris.")
"""


class Report(BaseModel):
    """Weather report of a city."""

    city: str = Field(description="Name of the city")
    temperature: int = Field(description="Degrees Celsius")


def show(screen: Screen, config: Path) -> None:
    """Ask for a pydantic object."""
    from langchain_openai_compatible import ChatOpenAICompatible

    screen.part("LangChain: structured output")
    screen.code(CODE)
    llm = ChatOpenAICompatible(model="local/tiny", config=config, temperature=0)
    report = llm.with_structured_output(Report, method="json_schema").invoke("Report on Paris.")
    screen.result("type", type(report).__name__)
    screen.result("value", report)
    screen.text("(A tiny model: it fills in the form as the schema demands, not with the truth.)")
