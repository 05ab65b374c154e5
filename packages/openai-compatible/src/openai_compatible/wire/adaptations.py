"""Refusals that another form of the same request answers, and that form. Pure.

Only what loses nothing is here: a parameter that means something (``temperature``, ``seed``,
``response_format`` ...) is never taken away by an adaptation; :func:`droppable` names it, and the
user's ``drop_params`` may permit it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from openai_compatible.errors import (
    APIStatusError,
    ContextLengthExceededError,
    UnsupportedParameterError,
)
from openai_compatible.patterns import LazyPattern
from openai_compatible.profiles.profile import Profile

__all__ = ["Adaptation", "adaptation", "droppable"]

Body = Mapping[str, Any]
Facts = Mapping[str, Any]


class Adaptation(NamedTuple):
    """Facts of the dialect in which the request may be taken, and the row that says so."""

    facts: Facts
    reason: str


class _Row(NamedTuple):
    """A text of a refusal (searched ignoring case) and its answer; ``None`` where none is left."""

    pattern: LazyPattern
    answer: Callable[[Body, Profile], Facts | None]
    evidence: str


def _always(**facts: Any) -> Callable[[Body, Profile], Facts | None]:
    def answer(body: Body, profile: Profile) -> Facts | None:
        return None if all(getattr(profile, f) == value for f, value in facts.items()) else facts

    return answer


def _other_limit(body: Body, profile: Profile) -> Facts | None:
    """The other name of the token limit, if one of them was sent alone."""
    sent = [name for name in ("max_tokens", "max_completion_tokens") if name in body]
    other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
    return {"max_tokens_field": other[sent[0]]} if len(sent) == 1 else None


def _less_system(body: Body, profile: Profile) -> Facts | None:
    """System messages joined at the start; where they are, later ones moved there."""
    order = ["system" if _role(m) in ("system", "developer") else "-" for m in _messages(body)]
    late = "-" in order and "system" in order[order.index("-") :]
    wanted = "merge_all" if late else "merge_leading"
    return None if profile.system_messages == wanted else {"system_messages": wanted}


def _no_system(body: Body, profile: Profile) -> Facts | None:
    return None if profile.system_role == "user" else {"system_role": "user"}


def _fewer_words(body: Body, profile: Profile) -> Facts | None:
    """Schemas without references, then with the plainest words only."""
    wider = {"as_given": "inlined", "inlined": "minimal"}.get(profile.schemas)
    if wider == "inlined" and "$ref" not in str(body.get("tools") or body.get("response_format")):
        wider = "minimal"
    return None if wider is None else {"schemas": wider}


def _choice(body: Body, profile: Profile) -> Facts | None:
    """The next weaker form of ``tool_choice``."""
    choice = body.get("tool_choice")
    if isinstance(choice, Mapping):
        return {"tool_choices": ("none", "auto", "required")}
    if choice in ("required", "any"):
        return {"tool_choices": ("none", "auto")}
    return None


def _reasoning_back(body: Body, profile: Profile) -> Facts | None:
    """Send reasoning back: in the loop, then of all calls; under the name the text has."""
    wider = {"never": "tool_loop", "tool_loop": "tool_calls", "tool_calls": "always"}
    policy = wider.get(profile.reasoning_replay)
    return None if policy is None else {"reasoning_replay": policy}


def _reasoning_gone(body: Body, profile: Profile) -> Facts | None:
    return None if profile.reasoning_replay == "never" else {"reasoning_replay": "never"}


def _messages(body: Body) -> list[Any]:
    messages = body.get("messages")
    return messages if isinstance(messages, list) else []


def _role(message: Any) -> Any:
    return message.get("role") if isinstance(message, Mapping) else None


_THINKING = r"reasoning_content|reasoning_details|reasoning_text|thinking_blocks|thinking|reasoning"

_BY_TEXT: tuple[_Row, ...] = (
    _Row(
        LazyPattern(
            rf"(?:{_THINKING})\W.{{0,60}}(?:must be (?:passed|sent) back|is missing|must be provided)"
            rf"|missing \W?(?:{_THINKING})\W",
        ),
        _reasoning_back,
        "reasoning-must-echo: DeepSeek, Moonshot",
    ),
    _Row(
        LazyPattern(
            rf"messages\W[\w.\[\]\W]{{0,40}}(?:{_THINKING})\b.{{0,60}}"
            r"(?:not permitted|unsupported|not supported|unexpected|unknown|forbidden)"
            rf"|(?:property|field)\W+(?:messages\W[\w.\[\]]{{0,80}})?"
            rf"(?:{_THINKING})\W.{{0,30}}unsupported",
        ),
        _reasoning_gone,
        "reasoning-must-strip: Mistral, Groq, Cerebras",
    ),
    _Row(
        LazyPattern(
            r"unknown variant .developer.|.developer. is not one of|incorrect role"
            r"|(?:invalid|unsupported|unknown|unexpected) (?:message )?role:? .?developer",
        ),
        _always(system_role="system"),
        "developer-role: DeepSeek, DashScope, Z.ai",
    ),
    _Row(
        LazyPattern(
            r"system role (?:is )?not supported|does not support (?:the )?system (?:role|message|prompt)"
            r"|developer instruction is not enabled",
        ),
        _no_system,
        "system-multiple-or-late: Gemma's chat template; Gemini",
    ),
    _Row(
        LazyPattern(
            r"system message must be (?:at|the) |only one system message"
            r"|system messages? must (?:be|come)"
            r"|unexpected role 'system' after",
        ),
        _less_system,
        "system-multiple-or-late: vLLM and llama.cpp with chat templates of Qwen and Mistral",
    ),
    _Row(
        LazyPattern(
            r"unexpected role 'user' after role 'tool'",
        ),
        _always(tool_then_user=False),
        "tool-then-user: Mistral, code 3230",
    ),
    _Row(
        LazyPattern(
            r"roles must alternate|must alternate between"
            r"|multiple (?:consecutive )?(?:user|assistant) messages",
        ),
        _always(merge_turns=True),
        "roles-must-alternate: chat templates of Gemma and Llama 2; Perplexity",
    ),
    _Row(
        LazyPattern(
            r"tool call id was .{1,80} but must be|tool_call_id.{0,60}(?:length of 9|9 characters)",
        ),
        _always(tool_ids="nine"),
        "tool-id-format-mistral: Mistral, code 3280",
    ),
    _Row(
        LazyPattern(
            r"must contain the word .json. in some form|word .json. must",
        ),
        _always(json_word=True),
        "json-object-needs-word-json: OpenAI, DashScope",
    ),
    _Row(
        LazyPattern(
            r"enable_thinking must be set to false for non-streaming"
            r"|enable thinking can not be support when .stream=false"
            r"|only supports? stream(?:ing)? (?:mode|output|calls?)|this model only support stream mode"
            r"|stream must be (?:set to )?true",
        ),
        _always(stream_only=True),
        "thinking-nonstream-forbidden: DashScope, ModelScope",
    ),
    _Row(
        LazyPattern(
            r"expected (?:a )?string at field messages\.content"
            r"|content\W.{0,60}(?:must be|should be|expected|to be) a? ?(?:valid )?string"
            r"|invalid type: sequence, expected a string|str type expected",
        ),
        _always(text_parts="string"),
        "content-array-unsupported: IONOS, DeepSeek, FastChat",
    ),
    _Row(
        LazyPattern(
            r"(?:content\W.{0,60}(?:none is not an allowed value|must not be null|cannot be null"
            r"|can't be null|may not be null|got null))|content field is required",
        ),
        _always(call_content="empty"),
        "assistant-content-null: llama-cpp-python, TGI, FastChat",
    ),
    _Row(
        LazyPattern(
            r"messages\W[\w.\[\]]{0,80}\bname\b.{0,40}(?:unsupported|not permitted|not supported)",
        ),
        _always(message_names=False),
        "message-name-field: Groq",
    ),
    _Row(
        LazyPattern(
            r"invalid tool_choice type|tool_choice\W.{0,80}(?:object|required|any|dict).{0,80}"
            r"(?:not supported|unsupported|not allowed|invalid|must be)"
            r"|(?:unsupported|invalid|unknown).{0,40}tool_choice"
            r"|tool_choice.{0,60}(?:does not support|not support|only support|is not supported)"
            r"|(?:does not support|not support) this tool_choice",
        ),
        _choice,
        "tool-choice-forms: LM Studio, DeepSeek, DeepInfra, DashScope",
    ),
    _Row(
        LazyPattern(
            r"tools?\W[\w.\[\]\W]{0,40}strict\b.{0,60}"
            r"(?:not permitted|unsupported|not supported|unknown)"
            r"|unknown (?:field|name)\W+strict",
        ),
        _always(strict_tools=False),
        "tool-strict-field: Together, Moonshot, TokenMix",
    ),
    _Row(
        LazyPattern(
            r"expects the .?tools=?.? param|toolconfig field must be defined"
            r"|tools.{0,30}(?:must be|required|needed).{0,40}(?:history|tool.?calls|tool.?use)",
        ),
        _always(tools_with_calls="placeholder"),
        "tool-empty-list-and-history: LiteLLM before Anthropic and Bedrock, Databricks",
    ),
    _Row(
        LazyPattern(
            r"'additionalproperties' is required to be supplied and to be false"
            r"|'required' is required to be supplied and to be an array including every key",
        ),
        _always(strict_schema=True),
        "strict-schema-rules: OpenAI, Azure",
    ),
    _Row(
        LazyPattern(
            r"unknown name \W*(?:additionalproperties|\$ref|\$defs|\$schema|const|anyof|title|default)\b"
            r"|(?:\$ref|\$defs|additionalproperties|anyof)\W.{0,60}(?:not supported|unsupported"
            r"|not allowed|is not permitted|unknown)"
            r"|(?:unsupported|unknown) (?:json schema )?keywords?\W+(?:\$|additional|anyof)",
        ),
        _fewer_words,
        "tool-schema-dialect: Gemini, Moonshot, xAI, Cerebras",
    ),
)

_BY_NAME: Mapping[str, Callable[[Body, Profile], Facts | None]] = {
    "max_tokens": _other_limit,
    "max_completion_tokens": _other_limit,
    "stream_options": _always(stream_usage=False),
    "include_usage": _always(stream_usage=False),
    "parallel_tool_calls": _always(parallel_tool_calls=False),
    "encoding_format": _always(embeddings_encoding=None),
    "strict": _always(strict_tools=False),
}
"""Parameters that have another form, or that only ask for what is the default."""

_NESTED = re.compile(r"\A(?:body\.)?(?:messages|tools)\b.*\.(\w+)\Z")


def adaptation(error: APIStatusError, body: Body, profile: Profile) -> Adaptation | None:
    """The form of this request that the server may take, from what it said about this one.

    Args:
        error: A 400 or 422; any other gives ``None``.
        body: What was sent, in the dialect of ``profile``.
        profile: The dialect it was sent in.

    Wire:
        400 ``Unsupported parameter: 'max_tokens' ... Use 'max_completion_tokens' instead`` ->
        ``{"max_tokens_field": "max_completion_tokens"}``
    """
    if error.status_code not in (400, 422) or isinstance(error, ContextLengthExceededError):
        return None
    text = f"{error.param or ''} {error.message}"
    for row in _BY_TEXT:
        if row.pattern.search(text):
            facts = row.answer(body, profile)
            if facts is not None:
                return Adaptation(facts, row.evidence)
    name = _blamed(error)
    answer = None if name is None else _BY_NAME.get(name)
    facts = None if answer is None else answer(body, profile)
    return None if facts is None else Adaptation(facts, f"the server does not take {name}")


def droppable(error: APIStatusError) -> str | None:
    """The top-level parameter an error is about; ``None`` where it is about none."""
    if not isinstance(error, UnsupportedParameterError) or error.param is None:
        return None
    name = error.param.removeprefix("body.")
    return name if name.isidentifier() else None


def _blamed(error: APIStatusError) -> str | None:
    """The parameter an error is about, without its path."""
    if not isinstance(error, UnsupportedParameterError) or error.param is None:
        return None
    nested = _NESTED.match(error.param)
    if nested:
        return nested.group(1)
    return error.param.removeprefix("body.").rpartition(".")[2]
