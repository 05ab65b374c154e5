"""What error texts mean: one row each, with the place it was seen. The first row that fits wins.

Rows marked "catalogue" come from issue threads collected in the quirk catalogue of 2026-11-20 and
were not seen by us; rows that name a recording were.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from openai_compatible.errors import (
    APIStatusError,
    AuthenticationError,
    ContentFilterError,
    ContextLengthExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    UnsupportedParameterError,
)

__all__ = ["CONTEXT", "FIRST", "LATER", "NOT_CONTEXT", "PARAMETERS", "Signature"]


class Signature(NamedTuple):
    """A text and what it means. Searched, ignoring case, in ``"type code message"``."""

    pattern: re.Pattern[str]
    leaf: type[APIStatusError]
    evidence: str
    hint: str | None = None
    param: str | None = None
    statuses: frozenset[int] | None = None
    """HTTP statuses it applies to; ``None``: all."""


def _row(
    pattern: str,
    leaf: type[APIStatusError],
    evidence: str,
    *,
    hint: str | None = None,
    param: str | None = None,
    statuses: tuple[int, ...] | None = None,
) -> Signature:
    return Signature(
        re.compile(pattern, re.IGNORECASE | re.DOTALL),
        leaf,
        evidence,
        hint,
        param,
        None if statuses is None else frozenset(statuses),
    )


_TOOL_FLAGS = "Start vLLM with --enable-auto-tool-choice and --tool-call-parser, or send no tools."
_BATCH = "Send shorter texts, or start llama.cpp with a larger --batch-size and --ubatch-size."

FIRST: tuple[Signature, ...] = (
    # A feature that the server was not started with.
    _row(
        r"requires --enable-auto-tool-choice|requires --tool-call-parser",
        UnsupportedParameterError,
        "vllm_no_tool_flags/tools_auto, tools_required, tools_named; vLLM 0.32.0, 2026-11-20",
        hint=_TOOL_FLAGS,
        param="tool_choice",
    ),
    _row(
        r"tools param requires --jinja",
        UnsupportedParameterError,
        "llama_server_no_jinja/tools_auto; llama.cpp b11434, 2026-11-20",
        hint="Start llama.cpp with --jinja, or send no tools.",
        param="tools",
    ),
    _row(
        r"does not support embeddings\. Start it with|embeddings? (is|are) not enabled",
        InvalidRequestError,
        "llama_server/embeddings_string, litellm_to_llama/embeddings_string; llama.cpp b11434, 2026-11-20",
        hint="Start llama.cpp with --embeddings, or use another server for embeddings.",
    ),
    _row(
        r"image input is not supported|is not a multimodal model",
        InvalidRequestError,
        "llama_server/image_part (500), vllm/image_part (400), 2026-11-20",
        hint="The model reads no images; use one that does (llama.cpp needs --mmproj).",
    ),
    # Money. Google writes "exceeded your current quota" for rate limits too, with a RetryInfo.
    _row(
        r"insufficient[_ ](user[_ ])?quota|exceeded your current quota|billing[_ ](hard[_ ]limit|not[_ ]active)"
        r"|credit balance is too low|insufficient (balance|credits?|funds)|payment required|out of credits"
        r"|quota (has been )?exhausted|arrearage|budget has been exceeded",
        QuotaExceededError,
        "catalogue: error-rate-limit-forms",
        hint="Waiting does not help: check credit and limits of the account.",
    ),
    # Too fast. Before the context rows: "Too many tokens, please wait" is no overflow.
    _row(
        r"rate.?limit|too many requests|throttl|please wait before|tokens per (minute|min|day|hour)|\bTPM\b|\bRPM\b"
        r"|requests per (minute|min|day|hour)|concurrency limit",
        RateLimitError,
        "litellm_special/3-mock-429, 2026-11-20; catalogue: error-rate-limit-forms, error-context-length",
        statuses=(400, 403, 413, 429, 500, 502, 503),
    ),
    _row(
        r"loading model|model is (currently )?loading|currently loading|still loading",
        OverloadedError,
        "llama_server_loading/chat (503), 2026-11-20; catalogue: error-model-loading",
        hint="The model is being loaded; try again in a moment.",
        statuses=(500, 502, 503, 504, 529),
    ),
    _row(
        r"overloaded|no healthy upstream|capacity exceeded|at capacity|server is busy|over(loaded)?_error",
        OverloadedError,
        "catalogue: error-rate-limit-forms, error-model-loading",
        statuses=(424, 498, 500, 502, 503, 504, 529),
    ),
    _row(
        r"content[_ ]filter|content management policy|ResponsibleAIPolicyViolation|content_policy_violation"
        r"|data_inspection_failed|content exists risk|flagged (by|as|for)|moderation|safety (system|policy)",
        ContentFilterError,
        "catalogue: finish-reason-variants; OpenAI and Azure documentation",
        hint="A content filter refused the prompt or the answer.",
        statuses=(400, 403, 422, 451, 500),
    ),
)

NOT_CONTEXT = re.compile(
    r"rate.?limit|too many requests|throttl|please wait|tokens per (minute|min|day)|\bTPM\b|string_above_max_length|quota",
    re.IGNORECASE,
)
"""Texts that speak of tokens and mean something else (meta.context_overflow of the catalogue)."""

CONTEXT: tuple[Signature, ...] = (
    _row(
        r"increase the physical batch size|input is too large to process",
        ContextLengthExceededError,
        "llama_server_embeddings/embeddings_too_long (500); llama.cpp b11434, 2026-11-20",
        hint=_BATCH,
    ),
    _row(
        r"exceed_context_size_error|exceeds the available context size",
        ContextLengthExceededError,
        "llama_server/context_overflow, litellm_to_llama/context_overflow, 2026-11-20",
    ),
    _row(
        r"maximum context length|ContextWindowExceededError|context[_ ]length[_ ]exceeded",
        ContextLengthExceededError,
        "vllm/context_overflow, litellm_special/5-mock-context, 2026-11-20; FastChat and llama-cpp-python by "
        "DIFFERENCES section 6",
    ),
    _row(
        r"\b40303\b",
        ContextLengthExceededError,
        "FastChat 0.2.36 by DIFFERENCES section 6, 2026-11-20",
        statuses=(400,),
    ),
    _row(
        r"model_context_window_exceeded|prompt (is )?too long|input is too long for|exceeds the context window"
        r"|input token count.*exceeds the maximum|maximum prompt length is [\d,]+"
        r"|reduce the length of the (messages|input prompt|prompt)|is longer than the model'?s context length"
        r"|exceeds the limit of [\d,]+|greater than the context length|context window exceeds limit"
        r"|exceeded model token limit|too large for model with [\d,]+ maximum|exceeded (max )?context length"
        r"|too many tokens|token limit exceeded|current length is .* while limit is"
        r"|maximum input length (is|of) [\d,]+ tokens|`?inputs`? tokens \+ `?max_new_tokens`? must be"
        r"|input tokens exceed the configured limit|exceed context limit|request_too_large",
        ContextLengthExceededError,
        "catalogue: error-context-length",
    ),
)

PARAMETERS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), evidence)
    for pattern, evidence in (
        (
            r"Unexpected fields in the request: \{'([\w.]+)'",
            "transformers_serve/unknown_param, 2026-11-20",
        ),
        (
            r"does not support parameters: \['([\w.]+)'",
            "litellm_to_llama/extra_params_openai, 2026-11-20",
        ),
        (r"Setting (\w+) is not supported", "litellm_to_llama/embeddings_dimensions, 2026-11-20"),
        (
            r"not support matryoshka\b.*?\b(dimensions)\b",
            "vllm_embeddings/embeddings_dimensions, 2026-11-20",
        ),
        (r"Unsupported (?:parameter|value): ['\"`]([\w.]+)['\"`]", "catalogue: max-tokens-field"),
        (r"Unknown name \\?\"([\w.]+)\\?\"", "catalogue: param-rejected-generic (Gemini)"),
        (r"unrecognized request arguments? supplied: ([\w.]+)", "catalogue: param-rejected-generic"),
        (
            r"unknown (?:parameter|field|argument):? ['\"`]([\w.]+)['\"`]",
            "catalogue: param-rejected-generic",
        ),
        (r"property ['\"]([\w.]+)['\"] is unsupported", "catalogue: param-rejected-generic (Groq)"),
        (r"unexpected keyword argument ['\"](\w+)['\"]", "catalogue: param-rejected-generic"),
        (
            r"extra_forbidden.{0,80}?['\"]([\w.]+)['\"]\]",
            "catalogue: stream-options-unsupported (Mistral)",
        ),
        (r"Invalid (tool_choice) type", "catalogue: tool-choice-forms (LM Studio)"),
        (r"This (response_format) type is unavailable", "catalogue: json-schema-unsupported (DeepSeek)"),
        (
            r"parameter\.(enable_thinking) must be set to false",
            "catalogue: thinking-nonstream-forbidden",
        ),
        (r"['\"`](\w+)['\"`] (?:parameter )?is not supported", "catalogue: param-rejected-generic"),
        (r"(?:^|[\s:])(\w+_\w+) (?:parameter )?is not supported", "catalogue: param-rejected-generic"),
    )
)
"""Texts that name a parameter the server does not take: group 1 is its name."""

_MODEL = "Check the model id; the server's /models lists what it has."

LATER: tuple[Signature, ...] = (
    _row(
        r"No connected db",
        AuthenticationError,
        "litellm_to_llama/auth_bad (400); LiteLLM 1.106.2 without a database, 2026-11-20",
        hint="LiteLLM answers so to a key it does not know; check the key.",
    ),
    _row(
        r"model_not_found|DeploymentNotFound|no such model|unknown model|invalid model name|model_not_exist",
        ModelNotFoundError,
        "litellm_to_llama/unknown_model (400), 2026-11-20; catalogue",
        hint=_MODEL,
    ),
    _row(
        r"\bmodels?\b[^.\n]{0,160}?(not found|does ?n[o']t exist|not exist|is not (available|supported|served)"
        r"|not supported|is not accessible)|Server is pinned to|model name is missing|no endpoints found for"
        r"|\b40301\b|ModelError",
        ModelNotFoundError,
        "llama_server_router/unknown_model (400), no_model (400), vllm/unknown_model (404), "
        "transformers_serve/unknown_model (400), litellm_to_llama/models_one_unknown, 2026-11-20; FastChat by "
        "DIFFERENCES section 3",
        hint=_MODEL,
        statuses=(400, 401, 404, 410, 422),
    ),
    _row(
        r"api[-_ ]?key[^.\n]{0,40}(not valid|invalid|expired|missing|required)|(invalid|incorrect|no valid|malformed"
        r"|missing|expired|wrong|unknown) [\w ]{0,12}(api[-_ ]?key|token|credentials)|unauthorized|authentication[_ ]",
        AuthenticationError,
        "llama_server_key_reasoning_none/auth_bad, vllm_reasoning_key/auth_bad, 2026-11-20; catalogue: "
        "auth-401-shapes (Gemini 400, AnythingLLM 403)",
        statuses=(400, 401, 403, 407),
    ),
    _row(
        r"error code: 10\d\d|request was blocked|attention required",
        PermissionDeniedError,
        "catalogue: user-agent-blocked",
        hint="A firewall in front of the server refused the request; set another User-Agent header.",
        statuses=(403,),
    ),
)
