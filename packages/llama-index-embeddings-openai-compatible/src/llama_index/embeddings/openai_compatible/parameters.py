"""Names that the constructor takes beside the fields, and names that mean nothing here."""

from __future__ import annotations

__all__ = ["ALIASES", "REFUSED"]

ALIASES = {
    "model": "model_name",
    "api_base": "base_url",
    "request_timeout": "timeout",
    "default_headers": "headers",
    "extra_headers": "headers",
    "default_query": "query",
    "async_http_client": "http_async_client",
    "batch_size": "embed_batch_size",
}
"""Other spellings, mostly those of ``OpenAILikeEmbedding``, each with the name used here."""

_AZURE = (
    "set base_url to https://NAME.openai.azure.com/openai/v1, model_name to the deployment "
    "and auth='header'"
)
_HTTP_CLIENT = "pass an httpx client as http_client and http_async_client"

REFUSED = {
    "mode": "it names models of OpenAI; set model_name to the server's own id",
    "openai_client": _HTTP_CLIENT,
    "async_openai_client": _HTTP_CLIENT,
    "azure_endpoint": _AZURE,
    "azure_deployment": _AZURE,
    "deployment_name": _AZURE,
    "use_azure_ad": "pass the token, or a function that returns it, as api_key",
    "azure_ad_token_provider": "pass the function as api_key; it is asked before every attempt",
    "custom_llm_provider": "set provider to a preset's name, or base_url",
    "query_instruction": "set query_prefix; it is put before the text as it is",
    "text_instruction": "set text_prefix; it is put before the text as it is",
}
"""Names other classes take that mean nothing here, and what to do instead."""
