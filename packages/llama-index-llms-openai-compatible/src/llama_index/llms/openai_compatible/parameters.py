"""Names that the constructor takes beside the fields, and names that mean nothing here."""

from __future__ import annotations

__all__ = ["ALIASES", "REFUSED"]

ALIASES = {
    "model_name": "model",
    "api_base": "base_url",
    "request_timeout": "timeout",
    "default_headers": "headers",
    "extra_headers": "headers",
    "default_query": "query",
    "async_http_client": "http_async_client",
    "max_completion_tokens": "max_tokens",
    "max_new_tokens": "max_tokens",
    "stop_sequences": "stop",
}
"""Other spellings, mostly those of ``OpenAILike``, each with the name used here."""

_AZURE = (
    "set base_url to https://NAME.openai.azure.com/openai/v1, model to the deployment and auth='header'"
)
_HTTP_CLIENT = "pass an httpx client as http_client and http_async_client"

REFUSED = {
    "tokenizer": "prompts are not counted here; set llama_index.core.Settings.tokenizer",
    "use_responses_api": "this package speaks chat completions only",
    "openai_client": _HTTP_CLIENT,
    "async_openai_client": _HTTP_CLIENT,
    "http_socket_options": _HTTP_CLIENT,
    "azure_endpoint": _AZURE,
    "azure_deployment": _AZURE,
    "deployment_name": _AZURE,
    "engine": _AZURE,
    "use_azure_ad": "pass the token, or a function that returns it, as api_key",
    "azure_ad_token_provider": "pass the function as api_key; it is asked before every attempt",
    "api_type": "set auth to 'bearer', 'header', 'query', 'basic' or 'none'",
    "custom_llm_provider": "set provider to a preset's name, or base_url",
    "top_k": "not every server knows it; put it into additional_kwargs or extra_body={'top_k': ...}",
    "timeout": "it belongs to the object: llm.model_copy(update={'timeout': SECONDS})",
    "max_retries": "it belongs to the object: llm.model_copy(update={'max_retries': NUMBER})",
}
"""Names other classes and their calls take that mean nothing here, and what to do instead."""
