"""The facts that differ between server families, as one frozen value."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any, Literal, get_type_hints

from pydantic import TypeAdapter, ValidationError

from openai_compatible.errors import ConfigError

__all__ = ["FACTS", "Evidence", "Profile", "ReasoningSwitch", "with_facts"]

ReasoningSwitch = Literal[
    "reasoning_effort",
    "reasoning_object",
    "thinking_object",
    "enable_thinking",
    "template_enable_thinking",
    "template_thinking",
]
"""How ``reasoning=`` is sent:

============================ ==========================================================
reasoning_effort             ``"reasoning_effort": "high"`` (off: ``"none"``)
reasoning_object             ``"reasoning": {"effort": "high"}`` (off: ``{"enabled": false}``)
thinking_object              ``"thinking": {"type": "enabled"}`` (off: ``"disabled"``)
enable_thinking              ``"enable_thinking": true``, budget as ``"thinking_budget"``
template_enable_thinking     ``"chat_template_kwargs": {"enable_thinking": true}``
template_thinking            ``"chat_template_kwargs": {"thinking": true}``
============================ ==========================================================
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a fact was seen: ``source`` is a URL, a fixture or a server with its version."""

    source: str
    date: str
    """ISO date of the observation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Dialect facts of one server family. Every default is what an unknown server gets.

    ``None`` for a capability means unknown: it is tried, not guessed.
    """

    name: str

    # -- parameters
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """Name under which ``max_tokens`` is sent."""
    ignores: tuple[str, ...] = ()
    """Parameters that the server takes without effect: setting one is warned about."""
    drops: tuple[str, ...] = ()
    """Parameters left out because the server refuses them; each drop is recorded."""
    stream_usage: bool = True
    """Send ``stream_options: {"include_usage": true}`` with streams."""
    stream_only: bool = False
    """Ask for a stream also where one whole answer is wanted; it is read to its end."""

    # -- messages
    system_role: Literal["system", "as_given", "user"] = "system"
    """Role that ``developer`` messages are sent with; ``as_given`` keeps it, ``user`` is for models
    without a system role and changes ``system`` messages too."""
    system_messages: Literal["as_given", "merge_leading", "merge_all"] = "as_given"
    """``merge_leading`` joins the system messages at the start; ``merge_all`` moves later ones there."""
    merge_turns: bool = False
    """Join neighbouring messages of one role."""
    tool_then_user: bool = True
    """``False``: a user message right after a tool message needs an assistant's between them."""
    text_parts: Literal["as_given", "string"] = "as_given"
    """``string``: lists of text parts are joined into one text."""
    call_content: Literal["null", "empty", "omit"] = "null"
    """``content`` of an assistant message that holds only tool calls."""
    message_names: bool = True
    """``False``: the ``name`` of messages is left out."""
    tool_images: Literal["as_given", "user"] = "user"
    """``user``: images in a tool's answer follow it in a user message."""
    assistant_media: Literal["omit", "as_given", "images", "audio_id"] = "omit"
    """Pictures and sound of earlier answers: most servers refuse them in an assistant message. ``omit``
    leaves them out, which is warned about and recorded; ``as_given`` sends pictures as content parts;
    ``images`` under the message's ``images``; ``audio_id`` sends sound as ``"audio": {"id": ...}``."""
    prefill: Literal["as_given", "prefix", "continue_final_message"] = "as_given"
    """How a last message by the assistant is marked as the answer's beginning: ``prefix`` sets
    ``"prefix": true`` in it, ``continue_final_message`` sets vLLM's two parameters."""

    # -- tools
    tools: bool | None = None
    tools_with_calls: Literal["as_given", "placeholder"] = "as_given"
    """``placeholder``: a history with tool calls needs ``tools``; where none are offered, one that does
    nothing is."""
    tool_choices: tuple[str, ...] | None = None
    """Of ``auto``, ``none``, ``required``, ``named``, those that are obeyed. ``None``: unknown."""
    tool_choice_required: Literal["required", "any"] = "required"
    """The server's word for "call some tool"."""
    parallel_tool_calls: bool | None = None
    """``False``: the parameter is not sent."""
    tool_ids: Literal["as_given", "nine"] = "as_given"
    """``nine``: ids of nine letters or digits (Mistral), rewritten in calls and answers alike."""
    strict_tools: bool | None = None
    """``False``: ``strict`` in tools is not sent."""
    schemas: Literal["as_given", "inlined", "minimal"] = "as_given"
    """JSON schemas of tools and response formats: ``inlined`` has no ``$ref`` and no ``$defs``,
    ``minimal`` moreover only type, properties, required, items, enum and description."""
    calls_in_text: bool | None = None
    """Whether the server may leave tool calls in the text. ``None``: recovered where unambiguous."""

    # -- structured output
    json_schema: bool | None = None
    """``response_format: {"type": "json_schema"}`` is obeyed; ``False``: refused or ignored."""
    json_object: bool | None = None
    strict_schema: bool = False
    """Schemas must close every object and require every property, as OpenAI's strict mode does."""
    json_word: bool = False
    """``json_object`` needs the word "JSON" in a message."""
    schema_with_tools: bool | None = None
    """``False``: ``response_format`` and ``tools`` exclude each other."""

    # -- reasoning
    reasoning_switch: ReasoningSwitch | None = None
    """How ``reasoning=`` is sent. ``None``: unknown, asking for it is an error that names this."""
    reasoning_efforts: tuple[str, ...] = ()
    """Efforts the server knows, weakest first; empty: not known, sent as given."""
    reasoning_replay: Literal["never", "tool_loop", "tool_calls", "always"] = "never"
    """Which assistant messages get their reasoning sent back: none; those since the last user message;
    also all earlier ones with tool calls; all."""
    reasoning_field: str | None = None
    """Name under which it is sent back. ``None``: the one it came in."""
    reasoning_filler: str | None = None
    """Sent where reasoning must be sent back and there is none, e.g. ``""``."""
    reasoning_tags: tuple[tuple[str, str], ...] = (("<think>", "</think>"),)
    """Opening and closing marks of reasoning inside the text."""
    reasoning_place: Literal["start", "anywhere", "opened", "off"] = "start"
    """Where the marks count: at the start of the text only; anywhere; ``opened``: the text begins
    inside, its opening mark stands in the prompt; ``off``: nowhere."""

    # -- embeddings
    embeddings_encoding: Literal["float", "base64"] | None = "float"
    """Value sent as ``encoding_format`` when the caller names none; ``None`` sends none."""
    embeddings_batch: int = 64
    """Texts per embeddings request."""
    embeddings_dimensions: bool | None = None
    """``False``: ``dimensions`` is not sent, vectors are cut and normalised here."""
    embeddings_task_field: str | None = None
    """Parameter that says query or document, e.g. ``input_type``."""
    embeddings_tasks: tuple[str, str] = ("query", "document")
    """Its values for queries and for documents."""

    # -- streams
    stream_end: Literal["finish_or_done", "none"] = "finish_or_done"
    """``none``: the server sends neither a finish reason nor ``[DONE]``; its streams are marked."""

    evidence: tuple[Evidence, ...] = field(default=())


FACTS = tuple(f.name for f in fields(Profile) if f.name not in ("name", "evidence"))
"""Names of the facts, in their order."""


@lru_cache(maxsize=1)
def _readers() -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(Profile)
    return {name: TypeAdapter(hints[name]) for name in FACTS}


def with_facts(profile: Profile, changed: Mapping[str, Any]) -> Profile:
    """The profile with other facts; values as TOML has them (lists for tuples) will do.

    Raises:
        ConfigError: A fact is unknown, or its value does not fit.

    >>> with_facts(Profile(name="mine"), {"reasoning_tags": [["<r>", "</r>"]]}).reasoning_tags
    (('<r>', '</r>'),)
    """
    if not changed:
        return profile
    made: dict[str, Any] = {}
    for name, value in changed.items():
        if name not in FACTS:
            near = difflib.get_close_matches(name, FACTS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(FACTS)}."
            raise ConfigError(f"there is no dialect fact {name!r}", param=name, hint=hint)
        try:
            made[name] = _readers()[name].validate_python(value)
        except ValidationError as error:
            said = error.errors(include_input=False, include_url=False)[0]["msg"]
            raise ConfigError(
                f"the dialect fact {name!r} cannot be {value!r}: {said}", param=name
            ) from None
    return replace(profile, **made)
