"""Names that the constructors take beside their fields, and names that mean nothing here."""

from __future__ import annotations

__all__ = ["CHAT_ALIASES", "EMBEDDINGS_ALIASES", "OFF", "REFUSED"]

_CONNECTION_ALIASES = {
    "model_name": "model",
    "openai_api_base": "base_url",
    "api_base": "base_url",
    "openai_api_key": "api_key",
    "request_timeout": "timeout",
    "default_headers": "headers",
    "extra_headers": "headers",
    "default_query": "query",
    "extra_query": "query",
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

_CHAT_ONLY = "this package speaks chat completions only"
_AZURE = (
    "set base_url to https://NAME.openai.azure.com/openai/v1, model to the deployment and auth='header'"
)
_AS_TEXT = "texts are sent as text, never as token ids"
_HTTP_CLIENT = "pass an httpx client as http_client and http_async_client"
_ENTRA = "pass the function as api_key; it is asked before every attempt"

_SERVICES = ("anthropic", "azure", "cohere", "huggingface", "openrouter", "replicate", "together_ai")

REFUSED = {
    **{f"{name}_api_key": "set api_key" for name in _SERVICES},
    "client": _HTTP_CLIENT,
    "async_client": _HTTP_CLIENT,
    "root_client": _HTTP_CLIENT,
    "root_async_client": _HTTP_CLIENT,
    "http_socket_options": _HTTP_CLIENT,
    "stream_chunk_timeout": "set timeout={'idle': SECONDS}, which holds for sync streams too",
    "use_responses_api": _CHAT_ONLY,
    "use_previous_response_id": _CHAT_ONLY,
    "previous_response_id": _CHAT_ONLY,
    "include": _CHAT_ONLY,
    "truncation": _CHAT_ONLY,
    "context_management": _CHAT_ONLY,
    "tiktoken_model_name": "tokens are estimated offline; pass custom_get_token_ids for exact counts",
    "include_response_headers": "response_metadata['openai_compatible'] says what happened",
    "azure_endpoint": _AZURE,
    "azure_deployment": _AZURE,
    "deployment_name": _AZURE,
    "azure_ad_token": "pass it as api_key, without auth='header'",
    "azure_ad_token_provider": _ENTRA,
    "azure_ad_async_token_provider": _ENTRA,
    "model_version": "response_metadata['model_name'] is what the server says",
    "validate_base_url": "a base_url with a path is used as written",
    "openai_api_type": "set auth to 'bearer', 'header', 'query', 'basic' or 'none'",
    "custom_llm_provider": "set provider to a preset's name, or base_url",
    "base_model": "facts about a model are in the configuration, under [providers.models.NAME]",
    "num_ctx": "no parameter of chat completions; set the context length at the server",
    "router": "write a route into providers.toml, and name it as model",
    "document_input_type": "set document_extra_body={'input_type': ...}",
    "query_input_type": "set query_extra_body={'input_type': ...}",
    "stream_options": "set stream_usage",
    "top_k": "not every server knows it; put it into extra_body={'top_k': ...}",
    "timeout": "it belongs to the object: llm.model_copy(update={'timeout': SECONDS})",
    "max_retries": "it belongs to the object: llm.model_copy(update={'max_retries': NUMBER})",
    "embedding_ctx_length": "texts are sent whole, as text; split them before",
    "show_progress_bar": "call embed_documents with fewer texts at a time, and count",
    "skip_empty": "texts are sent as they are; drop empty ones before",
    "allowed_special": _AS_TEXT,
    "disallowed_special": _AS_TEXT,
    "tiktoken_enabled": _AS_TEXT,
    "deployment": "set base_url to the deployment's URL",
    "retry_min_seconds": "waiting follows Retry-After; set max_retries",
    "retry_max_seconds": "waiting follows Retry-After; set max_retries",
}
"""Names other classes and their calls take that mean nothing here, and what to do instead."""

OFF = REFUSED.keys() - {"stream_chunk_timeout"}
"""Names whose ``None`` or ``False`` asks for what is done here anyway; for that one it is no limit."""
