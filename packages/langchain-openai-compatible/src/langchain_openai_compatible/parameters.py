"""Names that the constructors take beside their fields, and names that mean nothing here."""

from __future__ import annotations

__all__ = ["CHAT_ALIASES", "EMBEDDINGS_ALIASES", "REFUSED"]

_CONNECTION_ALIASES = {
    "model_name": "model",
    "openai_api_base": "base_url",
    "api_base": "base_url",
    "openai_api_key": "api_key",
    "request_timeout": "timeout",
    "default_headers": "headers",
    "default_query": "query",
    "openai_proxy": "proxy",
    "openai_api_version": "api_version",
}
CHAT_ALIASES = {
    **_CONNECTION_ALIASES,
    "max_completion_tokens": "max_tokens",
    "stop_sequences": "stop",
    "openai_organization": "organization",
}
"""Other spellings a chat model's constructor takes, mostly those of ``ChatOpenAI``."""
EMBEDDINGS_ALIASES = {
    **_CONNECTION_ALIASES,
    "openai_organization": "organization",
    "batch_size": "chunk_size",
}

REFUSED = {
    "use_responses_api": "this package speaks chat completions only",
    "use_previous_response_id": "this package speaks chat completions only",
    "include": "this package speaks chat completions only",
    "truncation": "this package speaks chat completions only",
    "reasoning": "set reasoning_effort, or extra_body={'reasoning': {...}}",
    "tiktoken_model_name": "tokens are estimated offline; pass custom_get_token_ids for exact counts",
    "include_response_headers": "response_metadata['openai_compatible'] says what happened",
    "http_socket_options": "pass your own http_client",
    "azure_endpoint": "set base_url to https://NAME.openai.azure.com/openai/v1 and auth='header'",
    "azure_deployment": "set base_url to https://NAME.openai.azure.com/openai/v1 and auth='header'",
    "openai_api_type": "set auth to 'bearer', 'header', 'query', 'basic' or 'none'",
    "embedding_ctx_length": "texts are sent whole, as text; split them before",
    "show_progress_bar": "call embed_documents with fewer texts at a time, and count",
    "skip_empty": "texts are sent as they are; drop empty ones before",
    "allowed_special": "texts are sent as text, never as token ids",
    "disallowed_special": "texts are sent as text, never as token ids",
    "tiktoken_enabled": "texts are sent as text, never as token ids",
    "deployment": "set base_url to the deployment's URL",
    "retry_min_seconds": "waiting follows Retry-After; set max_retries",
    "retry_max_seconds": "waiting follows Retry-After; set max_retries",
}
"""Names other classes take that mean nothing here, and what to do instead."""
