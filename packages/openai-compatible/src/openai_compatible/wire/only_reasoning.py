"""What to say of an answer that is empty because all of it is reasoning."""

from __future__ import annotations

from openai_compatible.types import Completion

__all__ = ["only_reasoning"]


def only_reasoning(completion: Completion) -> tuple[str, str] | None:
    """The fact and what to change, of the first choice; ``None`` for any other answer.

    vLLM answers ``{"content": null, "reasoning": "..."}`` where the token limit cuts the thought,
    or where its reasoning parser finds no end mark.
    """
    choice = completion.choices[0] if completion.choices else None
    if choice is None or not choice.extra.get("only_reasoning"):
        return None
    field = choice.reasoning_field or ""
    if choice.finish_reason == "length":
        change = "The token limit cut the thought: raise max_tokens, or ask for less reasoning."
    elif field.startswith(("<", "[")):
        change = (
            f"If it is the answer, {field} does not mark reasoning here: set "
            'dialect={"reasoning_place": "off"}, or reasoning_tags.'
        )
    else:
        change = (
            "If it is the answer, the server took it for reasoning: correct its reasoning parser, or "
            "switch reasoning off."
        )
    return "the answer holds only reasoning and no text", change
