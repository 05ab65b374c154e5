"""Names that the constructor takes beside the fields, and names that mean nothing here."""

from __future__ import annotations

__all__ = ["ALIASES", "REFUSED"]

ALIASES = {
    "model_name": "model",
    "api_base": "base_url",
    "request_timeout": "timeout",
    "default_headers": "headers",
    "default_query": "query",
    "async_http_client": "http_async_client",
    "max_completion_tokens": "max_tokens",
    "stop_sequences": "stop",
}
"""Other spellings, mostly those of ``OpenAILike``, each with the name used here."""

REFUSED = {
    "tokenizer": "prompts are not counted here; set llama_index.core.Settings.tokenizer",
    "use_responses_api": "this package speaks chat completions only",
    "azure_endpoint": "set base_url to https://NAME.openai.azure.com/openai/v1 and auth='header'",
    "azure_deployment": "set base_url to https://NAME.openai.azure.com/openai/v1 and auth='header'",
    "engine": "set base_url to the deployment's URL",
    "http_socket_options": "pass your own http_client",
}
"""Names other classes take that mean nothing here, and what to do instead."""
