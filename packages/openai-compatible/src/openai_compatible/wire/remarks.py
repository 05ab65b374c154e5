"""What the reader of an answer should know of it: empty but for reasoning, fewer than asked for ..."""

from __future__ import annotations

from typing import NamedTuple

from openai_compatible.types import Choice, Completion

__all__ = ["Remark", "remarks"]


class Remark(NamedTuple):
    """A fact for the record; with advice it is also worth a warning."""

    fact: str
    advice: str = ""


def remarks(completion: Completion, asked: int = 1) -> list[Remark]:
    """Remarks on an answer of which ``asked`` choices were wanted.

    vLLM answers ``{"content": null, "reasoning": "..."}`` where the token limit cuts the thought,
    or where its reasoning parser finds no end mark.

    >>> remarks(Completion(()), 2)[0].fact
    '2 answers were asked for (n), 0 came'
    """
    found: list[Remark] = []
    if len(completion.choices) < asked:
        fact = f"{asked} answers were asked for (n), {len(completion.choices)} came"
        found.append(Remark(fact, "Ask several times, or another server."))
    choice = completion.choices[0] if completion.choices else Choice()
    if choice.extra.get("only_reasoning"):
        found.append(Remark("the answer holds only reasoning and no text", _no_text(choice)))
    mark = choice.extra.get("unopened_reasoning")
    if mark:
        found.append(
            Remark(
                f"the text holds the end of reasoning without its beginning ({mark})",
                'If all before it is reasoning, set dialect={"reasoning_place": "opened"}.',
            )
        )
    form = choice.extra.get("recovered_tool_calls")
    if form:
        found.append(Remark(f"a tool call written as text was recovered ({form})"))
    nameless = choice.extra.get("nameless_tool_calls")
    if nameless and isinstance(nameless, list):
        found.append(Remark(f"{len(nameless)} tool call without a name was left out"))
    unreadable = completion.extra.get("unreadable_characters")
    if unreadable:
        found.append(Remark(f"{unreadable} characters were cut or wrong, and replaced or left out"))
    if completion.extra.get("damaged_event"):
        found.append(Remark("an event behind the end of the answer could not be read"))
    return found


def _no_text(choice: Choice) -> str:
    field = choice.reasoning_field or ""
    if choice.finish_reason == "length":
        return "The token limit cut the thought: raise max_tokens, or ask for less reasoning."
    if field.startswith(("<", "[")):
        return (
            f"If it is the answer, {field} does not mark reasoning here: set "
            'dialect={"reasoning_place": "off"}, or reasoning_tags.'
        )
    return (
        "If it is the answer, the server took it for reasoning: correct its reasoning parser, or "
        "switch reasoning off."
    )
