"""What stands before the slash of a LiteLLM model: ``groq/llama-3.3-70b``."""

from __future__ import annotations

from typing import NamedTuple

from openai_compatible.config.importers.draft import known_service

__all__ = ["Service", "service_of"]


class Service(NamedTuple):
    """A service that speaks the OpenAI API."""

    preset: str | None
    """Where it is if no ``api_base`` is given; ``None`` where there is no such place."""
    profile: str | None = None
    suffix: str = ""
    """What LiteLLM's ``api_base`` lacks, because LiteLLM speaks another API there."""


_OWN = {
    "openai": Service("openai"),
    "chatgpt": Service(None),
    "openai_like": Service(None),
    "custom_openai": Service(None),
    "aiohttp_openai": Service("openai"),
    "azure": Service(None, "azure"),
    "azure_ai": Service(None, "azure"),
    "hosted_vllm": Service(None, "vllm"),
    "vllm": Service(None, "vllm"),
    "ollama": Service("ollama", "ollama", "/v1"),
    "ollama_chat": Service("ollama", "ollama", "/v1"),
    "litellm_proxy": Service("litellm-proxy", "litellm"),
}
_OTHER_NAMES = {
    "together_ai": "together",
    "fireworks_ai": "fireworks",
    "friendliai": "friendli",
    "nvidia_nim": "nvidia-nim",
    "lm_studio": "lmstudio",
    "meta_llama": "meta-llama",
    "aiml": "aimlapi",
    "docker_model_runner": "docker-model-runner",
    "vercel_ai_gateway": "vercel-ai-gateway",
    "cohere": "cohere-compat",
    "cohere_chat": "cohere-compat",
    "gemini": "gemini",
}
"""LiteLLM's names of services that we call otherwise."""


def service_of(model: str, given: str | None) -> tuple[Service | None, str]:
    """The service of a model and the id it has there.

    Args:
        model: As in ``litellm_params``.
        given: ``custom_llm_provider``, which stands for what the model has not before its slash.

    >>> service_of("openai/meta-llama/Llama-3.1-8B", None)
    (Service(preset='openai', profile=None, suffix=''), 'meta-llama/Llama-3.1-8B')
    >>> service_of("anthropic/claude-haiku-4-5", None)
    (None, 'claude-haiku-4-5')
    """
    name, slash, rest = model.partition("/")
    if given is not None:
        name, rest = given, model.removeprefix(f"{given}/")
    elif not slash:
        return Service("openai"), model
    if name in _OWN:
        return _OWN[name], rest
    preset = known_service(name, _OTHER_NAMES)
    return (None if preset is None else Service(preset)), rest
