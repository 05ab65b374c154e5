"""Dialect facts of a profile, as sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from openai_compatible.profiles.profile import FACTS, Profile
from openai_compatible.profiles.registry import GENERIC

__all__ = ["SENTENCES", "as_toml", "facts_that_differ", "sentence"]


def _listed(values: Any) -> str:
    return ", ".join(f"`{value}`" for value in values)


SENTENCES: dict[str, str | Mapping[Any, str] | Callable[[Any], str]] = {
    "max_tokens_field": "The longest answer is asked for as `{}`.",
    "ignores": lambda names: f"Taken without effect, which is warned about: {_listed(names)}.",
    "drops": lambda names: f"Left out, because they are refused: {_listed(names)}.",
    "stream_usage": {False: "Streams are not asked for token counts."},
    "stream_only": {True: "Whole answers are asked for as streams."},
    "system_role": {
        "as_given": "The role `developer` is sent as it is.",
        "user": "System messages are sent as the user's.",
    },
    "system_messages": {
        "merge_leading": "Several system messages at the start are sent as one.",
        "merge_all": "System messages are sent as one, at the start.",
    },
    "merge_turns": {True: "Neighbouring messages of one role are joined."},
    "tool_then_user": {False: "Between a tool's answer and the user's message comes an assistant's."},
    "text_parts": {"string": "Lists of text parts are sent as one text."},
    "call_content": {
        "empty": "Beside tool calls, `content` is an empty text.",
        "omit": "Beside tool calls, `content` is left out.",
    },
    "message_names": {False: "The `name` of messages is left out."},
    "tool_images": {"as_given": "Images in a tool's answer stay there."},
    "assistant_media": {
        "as_given": "Pictures of earlier answers are sent back as content parts.",
        "images": "Pictures of earlier answers are sent back as `images`.",
        "audio_id": "Sound of earlier answers is sent back by its id.",
    },
    "prefill": {
        "prefix": 'A given beginning of the answer is marked with `"prefix": true`.',
        "continue_final_message": "A given beginning of the answer is marked with "
        "`continue_final_message`.",
    },
    "tools": {True: "Tools are obeyed.", False: "Tools are not obeyed."},
    "tools_with_calls": {"placeholder": "A history with tool calls gets a tool that does nothing."},
    "tool_choices": lambda names: f"Tool choices that are obeyed: {_listed(names)}.",
    "tool_choice_required": {"any": '"Call some tool" is said as `"any"`.'},
    "parallel_tool_calls": {
        True: "`parallel_tool_calls` is sent.",
        False: "`parallel_tool_calls` is not sent.",
    },
    "tool_ids": {"nine": "Ids of tool calls are nine letters or digits."},
    "strict_tools": {True: "`strict` of tools is sent.", False: "`strict` of tools is not sent."},
    "schemas": {
        "inlined": "JSON schemas are sent without `$ref`.",
        "minimal": "JSON schemas are sent with their simplest words only.",
    },
    "calls_in_text": {
        True: "Tool calls may be left in the text; they are read there.",
        False: "Tool calls are never in the text.",
    },
    "json_schema": {
        True: "A JSON schema as response format is obeyed.",
        False: "A JSON schema as response format is refused or ignored: another way is taken.",
    },
    "json_object": {
        True: "The response format `json_object` is obeyed.",
        False: "The response format `json_object` is refused or ignored: another way is taken.",
    },
    "strict_schema": {True: "Schemas close every object and require every property."},
    "json_word": {True: 'The response format `json_object` needs the word "JSON" in a message.'},
    "schema_with_tools": {
        True: "A response format and tools go together.",
        False: "A response format and tools exclude each other.",
    },
    "reasoning_switch": {
        "reasoning_effort": '`reasoning=` is sent as `reasoning_effort`, off as `"none"`.',
        "reasoning_object": "`reasoning=` is sent as the object `reasoning`.",
        "thinking_object": '`reasoning=` is sent as `thinking: {"type": ...}`.',
        "enable_thinking": "`reasoning=` is sent as `enable_thinking`.",
        "template_enable_thinking": "`reasoning=` is sent as `enable_thinking` in "
        "`chat_template_kwargs`.",
        "template_thinking": "`reasoning=` is sent as `thinking` in `chat_template_kwargs`.",
    },
    "reasoning_efforts": lambda names: f"Efforts of reasoning that are known: {_listed(names)}.",
    "reasoning_replay": {
        "tool_loop": "Reasoning is sent back within a tool loop.",
        "tool_calls": "Reasoning is sent back with every message that has tool calls.",
        "always": "Reasoning is sent back with every message.",
    },
    "reasoning_field": "Reasoning is sent back as `{}`.",
    "reasoning_filler": lambda text: (
        f"Where there is no reasoning to send back, {'a blank' if text else 'an empty text'} is sent."
    ),
    "reasoning_tags": lambda pairs: f"Marks of reasoning in the text: {_listed(map(' '.join, pairs))}.",
    "reasoning_place": {
        "anywhere": "Marks of reasoning count anywhere in the text.",
        "opened": "The text begins inside reasoning.",
        "off": "Marks of reasoning in the text mean nothing.",
    },
    "embeddings_encoding": {
        None: "`encoding_format` is not sent with embeddings.",
        "base64": "Vectors are asked for as base64.",
    },
    "embeddings_batch": "A request for embeddings holds {} texts at most.",
    "embeddings_dimensions": {
        True: "`dimensions` of embeddings is obeyed.",
        False: "`dimensions` is not sent: vectors are cut here.",
    },
    "embeddings_task_field": "Embeddings say in `{}` whether a text is a query or a document.",
    "embeddings_tasks": lambda names: f"The words for query and document: {_listed(names)}.",
    "stream_end": {"none": "Streams have no end mark."},
}
"""By fact: one text with the value in it, texts by value, or a function of the value."""


def facts_that_differ(facts: Profile) -> dict[str, Any]:
    """Facts that differ from the generic profile's.

    >>> facts_that_differ(Profile(name="mine", max_tokens_field="max_completion_tokens"))
    {'max_tokens_field': 'max_completion_tokens'}
    """
    return {name: v for name in FACTS if (v := getattr(facts, name)) != getattr(GENERIC, name)}


def sentence(fact: str, value: Any) -> str:
    """A fact in words.

    >>> sentence("max_tokens_field", "max_completion_tokens")
    'The longest answer is asked for as `max_completion_tokens`.'
    """
    said = SENTENCES[fact]
    if isinstance(said, str):
        return said.format(value)
    return said(value) if callable(said) else said[value]


def as_toml(value: Any) -> str:
    """A value of settings and facts as TOML writes it.

    >>> as_toml({"style": "header", "name": "api-key"})
    '{ style = "header", name = "api-key" }'
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {as_toml(text)}" for name, text in value.items()) + " }"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(as_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
