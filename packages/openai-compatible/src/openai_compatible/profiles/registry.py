"""Profiles by name: the rows shipped here, and those of plugins."""

from __future__ import annotations

import difflib
from importlib import import_module

from openai_compatible.errors import ConfigError
from openai_compatible.profiles.profile import Profile

__all__ = ["GENERIC", "names", "profile", "register"]

GENERIC = Profile(name="generic")
"""What a server gets that nobody knows."""

_SHIPPED = (
    "anythingllm",
    "azure",
    "cerebras",
    "cloudflare_ai_gateway",
    "cohere",
    "dashscope",
    "deepinfra",
    "deepseek",
    "fastchat",
    "fireworks",
    "gemini",
    "groq",
    "infinity",
    "ionos",
    "koboldcpp",
    "litellm",
    "llama_cpp",
    "llama_cpp_python",
    "lmstudio",
    "localai",
    "minimax",
    "mistral",
    "modelscope",
    "moonshot",
    "nvidia_nim",
    "ollama",
    "ollama_cloud",
    "openai",
    "opencode_zen",
    "openrouter",
    "perplexity",
    "publicai",
    "sambanova",
    "sglang",
    "siliconflow",
    "snowflake",
    "tei",
    "tgi",
    "together",
    "transformers_serve",
    "vercel_ai_gateway",
    "vllm",
    "volcengine",
    "xai",
    "xinference",
    "zai",
)
_added: dict[str, Profile] = {}


def register(added: Profile) -> bool:
    """Add a profile of a plugin's; ``False`` if its name is taken: that stays with who has it."""
    return added.name not in names() and _added.setdefault(added.name, added) is added


def names() -> tuple[str, ...]:
    """Every known name, sorted.

    >>> "vllm" in names()
    True
    """
    return tuple(sorted({GENERIC.name, *_SHIPPED, *_added}))


def profile(name: str | None) -> Profile:
    """The profile of that name; the generic one for ``None``.

    Raises:
        ConfigError: There is none of that name.

    >>> profile(None).name
    'generic'
    """
    if name is None or name == GENERIC.name:
        return GENERIC
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1)
        known = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names())}."
        raise ConfigError(f"there is no profile {name!r}", hint=known)
    if name in _added:
        return _added[name]
    found = import_module(f"openai_compatible.profiles.{name}").PROFILE
    assert isinstance(found, Profile)
    return found
