"""What error texts mean: one row each, with the place it was seen. The first row that fits wins.

Rows marked "catalogue" come from issue threads collected in the quirk catalogue of 2026-11-20 and
were not seen by us; rows that name a recording were.
"""

from __future__ import annotations

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
from openai_compatible.patterns import LazyPattern

__all__ = ["CONTEXT", "FIRST", "LATER", "NOT_CONTEXT", "PARAMETERS", "Signature"]


class Signature(NamedTuple):
    """A text and what it means. Searched, ignoring case, in ``"type code message"``."""

    pattern: LazyPattern
    leaf: type[APIStatusError]
    evidence: str
    hint: str | None = None
    param: str | None = None
    statuses: frozenset[int] | None = None
    """HTTP statuses it applies to; ``None``: all. In-stream errors without a status fit all rows."""


FIRST: tuple[Signature, ...] = (
    # A feature that the server was not started with.
    Signature(
        LazyPattern(r"requires --enable-auto-tool-choice", r"requires --tool-call-parser"),
        UnsupportedParameterError,
        "vllm_no_tool_flags/tools_auto, tools_required, tools_named; vLLM 0.32.0, 2026-11-20",
        hint="Start vLLM with --enable-auto-tool-choice and --tool-call-parser, or send no tools.",
        param="tool_choice",
    ),
    Signature(
        LazyPattern(r"tools param requires --jinja"),
        UnsupportedParameterError,
        "llama_server_no_jinja/tools_auto (500); llama.cpp b11434, 2026-11-20",
        hint="Start llama.cpp with --jinja, or send no tools.",
        param="tools",
    ),
    Signature(
        LazyPattern(r"does not support embeddings\. Start it with"),
        InvalidRequestError,
        "llama_server/embeddings_string, litellm_to_llama/embeddings_string (501), 2026-11-20",
        hint="Start llama.cpp with --embeddings, or use another server for embeddings.",
    ),
    Signature(
        LazyPattern(r"image urls? (?:are|is) not (?:currently )?supported", r"use base64 encoded data"),
        InvalidRequestError,
        "catalogue: image-url-remote-unsupported (Ollama)",
        hint="Send the image itself, as base64 in a data: URL.",
    ),
    Signature(
        LazyPattern(r"must provide a chat template", r"chat template is no longer allowed"),
        InvalidRequestError,
        "vLLM 0.32.0, vllm/entrypoints/chat_utils.py, 2026-11-20; a base model has no template",
        hint="Use a chat model, or start vLLM with --chat-template.",
    ),
    Signature(
        LazyPattern(r"tool_use_failed", r"see 'failed_generation'"),
        InvalidRequestError,
        "catalogue: tool-use-failed-groq",
        hint="The model wrote a tool call that the server found invalid: ask again. The error's body "
        "holds what it wrote (failed_generation).",
    ),
    Signature(
        LazyPattern(
            r"attention required.{0,200}cloudflare",
            r"error(?: code)?:? 1010",
            r"your request was blocked",
        ),
        PermissionDeniedError,
        "catalogue: user-agent-blocked (Cloudflare)",
        hint="A firewall in front of the server refused the request, not the key: ask its operator, or "
        "set another User-Agent by headers.",
        statuses=frozenset({403, 429, 503}),
    ),
    Signature(
        LazyPattern(r"image input is not supported", r"is not a multimodal model"),
        InvalidRequestError,
        "llama_server/image_part (500), vllm/image_part (400), 2026-11-20",
        hint="The model reads no images; use one that does (llama.cpp needs --mmproj).",
    ),
    Signature(
        LazyPattern(r"Invalid user message at index"),
        InvalidRequestError,
        "litellm_to_llama/unknown_part (500); LiteLLM 1.106.2, 2026-11-20",
        hint="LiteLLM refuses a message before it reaches the model; look at its content parts.",
    ),
    # Money. Google writes "exceeded your current quota" for rate limits too, with a RetryInfo.
    Signature(
        LazyPattern(
            r"insufficient[_ ](user[_ ])?quota",
            r"exceeded your current quota",
            r"quota (has been )?exhausted",
            r"billing[_ ](hard[_ ]limit|not[_ ]active)",
            r"credit balance is too low",
            r"insufficient (balance|credits?|funds)",
            r"payment required",
            r"out of credits",
            r"arrearage",
            r"budget has been exceeded",
        ),
        QuotaExceededError,
        "catalogue: error-rate-limit-forms",
        hint="Waiting does not help: check credit and limits of the account.",
    ),
    # Too fast. Before the context rows: "Too many tokens, please wait" is no overflow.
    Signature(
        LazyPattern(
            r"rate.?limit",
            r"too many requests",
            r"throttl",
            r"please wait before",
            r"(tokens|requests) per (minute|min|day|hour)",
            r"\b[TR]PM\b",
            r"concurrency limit",
        ),
        RateLimitError,
        "litellm_special/3-mock-429, 2026-11-20; catalogue: error-rate-limit-forms",
        statuses=frozenset({400, 403, 413, 429, 500, 502, 503}),
    ),
    Signature(
        LazyPattern(r"loading model", r"(currently|still) loading", r"model is loading"),
        OverloadedError,
        "llama_server_loading/chat (503), 2026-11-20; catalogue: error-model-loading",
        hint="The model is being loaded; try again in a moment.",
        statuses=frozenset({500, 502, 503, 504, 529}),
    ),
    Signature(
        LazyPattern(
            r"overloaded",
            r"no healthy upstream",
            r"capacity exceeded",
            r"at capacity",
            r"server is busy",
        ),
        OverloadedError,
        "catalogue: error-rate-limit-forms, error-model-loading",
        statuses=frozenset({424, 498, 500, 502, 503, 504, 529}),
    ),
    Signature(
        LazyPattern(
            r"content[_ ]filter",
            r"content management policy",
            r"ResponsibleAIPolicyViolation",
            r"content_policy_violation",
            r"data_inspection_failed",
            r"content exists risk",
            r"flagged (by|as|for)",
            r"safety (system|policy)",
        ),
        ContentFilterError,
        "documentation of OpenAI and Azure; not seen by us",
        hint="A content filter refused the prompt or the answer.",
        statuses=frozenset({400, 403, 422, 451, 500}),
    ),
)

NOT_CONTEXT = LazyPattern(
    r"rate.?limit",
    r"too many requests",
    r"throttl",
    r"please wait",
    r"tokens per (minute|min|day)",
    r"\bTPM\b",
    r"string_above_max_length",
    r"quota",
)
"""Texts that speak of tokens and mean something else (error-context-length of the catalogue)."""

CONTEXT: tuple[Signature, ...] = (
    Signature(
        LazyPattern(r"increase the physical batch size", r"input is too large to process"),
        ContextLengthExceededError,
        "llama_server_embeddings/embeddings_too_long (500); llama.cpp b11434, 2026-11-20",
        hint="Send shorter texts, or start llama.cpp with a larger --batch-size and --ubatch-size.",
    ),
    Signature(
        LazyPattern(r"exceed_context_size_error", r"exceeds the available context size"),
        ContextLengthExceededError,
        "llama_server/context_overflow, litellm_to_llama/context_overflow, 2026-11-20",
    ),
    Signature(
        LazyPattern(
            r"maximum context length", r"ContextWindowExceededError", r"context[_ ]length[_ ]exceeded"
        ),
        ContextLengthExceededError,
        "vllm/context_overflow, litellm_special/5-mock-context, 2026-11-20; llama-cpp-python 0.3.36",
    ),
    Signature(
        LazyPattern(r"\b40303\b"),
        ContextLengthExceededError,
        "FastChat 0.2.36, 2026-11-20: its own code, HTTP 400",
        statuses=frozenset({400}),
    ),
    Signature(
        LazyPattern(
            r"model_context_window_exceeded",
            r"prompt (is )?too long",
            r"input is too long for",
            r"exceeds the context window",
            r"input token count.{0,200}exceeds the maximum",
            r"maximum prompt length is [\d,]+",
            r"reduce the length of the (messages|input prompt|prompt)",
            r"is longer than the model'?s context length",
            r"exceeds the limit of [\d,]+",
            r"greater than the context length",
            r"context window exceeds limit",
            r"exceeded model token limit",
            r"too large for model with [\d,]+ maximum",
            r"exceeded (max )?context length",
            r"too many tokens",
            r"token limit exceeded",
            r"current length is .{0,200} while limit is",
            r"maximum input length (is|of) [\d,]+ tokens",
            r"`?inputs`? tokens \+ `?max_new_tokens`? must be",
            r"input tokens exceed the configured limit",
            r"exceed context limit",
            r"request_too_large",
        ),
        ContextLengthExceededError,
        "catalogue: error-context-length",
    ),
)

_PARAMETERS = (
    (r"Unexpected fields in the request: \{'([\w.]+)'", "transformers_serve/unknown_param"),
    (r"does not support parameters: \['([\w.]+)'", "litellm_to_llama/extra_params_openai"),
    (r"Setting (\w+) is not supported", "litellm_to_llama/embeddings_dimensions"),
    (r"not support matryoshka\b.{0,200}?\b(dimensions)\b", "vllm_embeddings/embeddings_dimensions"),
    (r"Unsupported (?:parameter|value): ['\"`]([\w.]+)['\"`]", "catalogue: max-tokens-field"),
    (r"Unknown name \\?\"([\w.]+)\\?\"", "catalogue: param-rejected-generic (Gemini)"),
    (r"unrecognized request arguments? supplied: ([\w.]+)", "catalogue: param-rejected-generic"),
    (
        r"unknown (?:parameter|field|argument):? ['\"`]([\w.]+)['\"`]",
        "catalogue: param-rejected-generic",
    ),
    (r"property ['\"]([\w.]+)['\"] is unsupported", "catalogue: param-rejected-generic (Groq)"),
    (r"unexpected keyword argument ['\"](\w+)['\"]", "catalogue: param-rejected-generic"),
    (r"Invalid (tool_choice) type", "catalogue: tool-choice-forms (LM Studio)"),
    (r"This (response_format) type is unavailable", "catalogue: json-schema-unsupported (DeepSeek)"),
    (r"parameter\.(enable_thinking) must be set to", "catalogue: thinking-nonstream-forbidden"),
    (r"['\"`](\w+)['\"`] (?:parameter )?is not supported", "catalogue: param-rejected-generic"),
    (
        r"(?:^|[\s:])(?=[^\W_]{1,64}_)(\w{3,64}) (?:parameter )?is not supported",
        "catalogue: param-rejected-generic",
    ),
)
PARAMETERS = tuple((LazyPattern(pattern), evidence) for pattern, evidence in _PARAMETERS)
"""Texts that name a parameter the server does not take, group 1, and where each was seen."""

_MODEL = "Check the model id; the server's /models lists what it has."

LATER: tuple[Signature, ...] = (
    Signature(
        LazyPattern(r"No connected db"),
        AuthenticationError,
        "litellm_to_llama/auth_bad (400); LiteLLM 1.106.2 without a database, 2026-11-20",
        hint="LiteLLM answers so to a key it does not know; check the key.",
    ),
    Signature(
        LazyPattern(
            r"model_not_found",
            r"model_not_exist",
            r"DeploymentNotFound",
            r"no such model",
            r"unknown model",
            r"invalid model name",
        ),
        ModelNotFoundError,
        "litellm_to_llama/unknown_model (400), 2026-11-20; catalogue",
        hint=_MODEL,
    ),
    Signature(
        LazyPattern(
            r"\bmodels?\b[^.\n]{0,160}?(not found|does ?n[o']t exist|not exist|not supported"
            r"|not accessible|is not (available|served))",
            r"Server is pinned to",
            r"model name is missing",
            r"no endpoints found for",
            r"\b40301\b",
            r"\bModelError\b",
        ),
        ModelNotFoundError,
        "vllm/unknown_model (404), transformers_serve/unknown_model (400), "
        "llama_server_router/unknown_model and no_model (400), "
        "litellm_to_llama/models_one_unknown, 2026-11-20; FastChat 0.2.36",
        hint=_MODEL,
        statuses=frozenset({400, 401, 404, 410, 422}),
    ),
    Signature(
        LazyPattern(
            r"api[-_ ]?key[^.\n]{0,40}(not valid|invalid|expired|missing|required)",
            r"(invalid|incorrect|no valid|malformed|missing|expired|wrong|unknown) [\w ]{0,12}"
            r"(api[-_ ]?key|token|credentials)",
            r"unauthorized",
            r"authentication[_ ]",
        ),
        AuthenticationError,
        "llama_server_key_reasoning_none/auth_bad, vllm_reasoning_key/auth_bad, 2026-11-20; catalogue: "
        "auth-401-shapes (Gemini 400, AnythingLLM 403)",
        statuses=frozenset({400, 401, 403, 407}),
    ),
    Signature(
        LazyPattern(r"error code: 10\d\d", r"request was blocked", r"attention required"),
        PermissionDeniedError,
        "catalogue: user-agent-blocked",
        hint="A firewall in front of the server refused the request; set another User-Agent header.",
        statuses=frozenset({403}),
    ),
)
