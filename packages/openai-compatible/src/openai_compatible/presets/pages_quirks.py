"""Which entries of ``docs/quirks.md`` name a service: by the words its own records use."""

from __future__ import annotations

import re
from typing import NamedTuple

from openai_compatible.presets.preset import Preset

__all__ = ["Quirk", "quirks_of", "read_quirks"]


class Quirk(NamedTuple):
    """One entry of the page of quirks."""

    id: str
    what: str
    seen_at: str


_WORDS: dict[str, str] = {
    "aimlapi": "aimlapi|ai/ml api",
    "azure-openai": "azure(?!-openai v1|-ai-foundry| v1)",
    "azure-v1": "azure-openai v1|azure-ai-foundry|azure entra|azure(?=/| \\(reject| \\(file|;|,|$)",
    "bedrock-openai": "bedrock-mantle",
    "cloudflare-ai-gateway": "cloudflare-ai-gateway|cloudflare(?= [(]pi)",
    "cohere-compat": "cohere",
    "dashscope": "dashscope|alibaba",
    "deepseek": "deepseek(?:-reasoner)?",
    "gemini": "(?<!deepinfra )gemini|google(?!-vertex)",
    "llama-cpp-python": "llama-cpp-python",
    "llamacpp": "llama\\.cpp",
    "litellm-proxy": "litellm proxy",
    "meta-llama": "meta llama(?: api)?",
    "mistral": "mistral(?! templates?\\b)",
    "mlx-servers": "mlx(?:-lm|-vlm)?|vllm-mlx",
    "moonshot": "moonshot|kimi",
    "novita": "novita",
    "nvidia-nim": "nvidia(?:-nim)?",
    "ollama": "ollama(?! cloud)",
    "ollama-cloud": "ollama cloud",
    "one-api": "one-api|new-api",
    "open-webui": "open[- ]webui",
    "openai": "(?<!subclassing )openai(?! sdk| compat)",
    "opencode-zen": "opencode zen",
    "snowflake": "snowflake(?:-cortex)?",
    "text-generation-webui": "text-generation-webui|textgen(?:-webui)?",
    "transformers-serve": "transformers serve",
    "vertex": "google-vertex|vertex",
    "vercel-ai-gateway": "vercel(?:-ai-|[ -])gateway",
    "vllm": "vllm(?:-401)?",
    "xinference": "xinference|xinf",
    "zai": "zai|zhipu(?:ai)?|glm",
}
"""Patterns for those that records do not call by the name of their preset."""


def read_quirks(text: str) -> tuple[Quirk, ...]:
    """The entries of ``docs/quirks.md``.

    >>> read_quirks("# Page\\n\\n## one\\n\\nIt differs.\\n\\n**Seen at:** llama.cpp\\\\_old\\n")
    (Quirk(id='one', what='It differs.', seen_at='llama.cpp_old'),)
    """
    found = []
    for entry in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        name, what, *rest = entry.split("\n\n")
        who = next((line for line in rest if line.startswith("**Seen at:** ")), "")
        seen = re.sub(r"\\(.)", r"\1", who.removeprefix("**Seen at:** ").strip())
        found.append(Quirk(name.strip(), what.strip(), seen))
    return tuple(found)


def quirks_of(row: Preset, quirks: tuple[Quirk, ...]) -> tuple[Quirk, ...]:
    """Those whose record names the service."""
    words = _WORDS.get(row.name, re.escape(row.name))
    start = r"(?:(?<![\w.@/-])|(?<=\w/)(?<!v1/)(?<!beta/))"
    pattern = re.compile(rf"{start}(?:{words})(?![\w-])", re.IGNORECASE)
    return tuple(one for one in quirks if pattern.search(one.seen_at))
