"""Words that stand where a key must stand and none is needed: rows, with where they were read."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

__all__ = ["PLACEHOLDERS", "is_harmless", "is_placeholder"]

PLACEHOLDERS = frozenset(
    {
        "empty",  # vLLM (docs.vllm.ai/en/v0.8.5, completion client), FastChat (docs/openai_api.md)
        "none",  # SGLang (docs.sglang.ai: api_key="None"); gptme's guide for vLLM
        "not-needed",  # LocalAI, LM Studio's first example, mlx-lm
        "not-required",  # LocalAI, as configured for ConduitLLM
        "not-needed-for-a-local-llm",  # GPT4All: README of its bindings, "not needed for a local LLM"
        "sk-no-key-required",  # llama.cpp: tools/server/README.md; llamafile
        "no-key-required",
        "no-key-needed",
        "no-key",
        "lm-studio",  # LM Studio: docs of its OpenAI endpoints
        "ollama",  # Ollama: docs/openai.md, "required but ignored"
        "-",  # TGI, TEI: huggingface.co/docs, Messages API
        "anything",  # LiteLLM proxy without a master key: docs.litellm.ai
        "sk-111111111111111111111111111111111111111111111111",  # Text Generation WebUI: its OpenAI page
        "default-key",  # gptme: what it sends where no key is set
        # Of no server's documentation, and common where a client of OpenAI's insists on a key:
        "dummy",
        "dummy-key",
        "sk-dummy",
        "fake",
        "fake-key",
        "n/a",
        "na",
        "null",
        "placeholder",
        "unused",
        "not-used",
        "xxx",
        "xxxx",
        "sk-xxx",
    }
)
"""In lower case, words joined by ``-``. Read 2026-11-21."""


def is_placeholder(key: str) -> bool:
    """Whether a key is one of the words that servers without keys take for one.

    Such a word is sent as it is. It is no secret: nothing warns of it, nothing masks it, and no server
    that takes it needs it.

    >>> is_placeholder("EMPTY"), is_placeholder("not needed"), is_placeholder("sk-4711")
    (True, True, False)
    """
    words = "-".join(key.lower().replace("_", " ").split())
    return words.replace("--", "-") in PLACEHOLDERS


def is_harmless(key: Any) -> bool:
    """Whether the value of an ``api_key`` is a placeholder: it may be shown, and travel in pickles."""
    text = key.get_secret_value() if isinstance(key, SecretStr) else key
    return isinstance(text, str) and is_placeholder(text)
