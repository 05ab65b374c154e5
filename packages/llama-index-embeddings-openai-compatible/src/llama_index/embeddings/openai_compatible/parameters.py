"""Names that the constructor takes beside the fields, and names that mean nothing here."""

from __future__ import annotations

__all__ = ["ALIASES", "REFUSED"]

ALIASES = {
    "model": "model_name",
    "api_base": "base_url",
    "request_timeout": "timeout",
    "default_headers": "headers",
    "default_query": "query",
    "async_http_client": "http_async_client",
    "batch_size": "embed_batch_size",
}
"""Other spellings, mostly those of ``OpenAILikeEmbedding``, each with the name used here."""

REFUSED = {
    "mode": "it names models of OpenAI; set model_name to the server's own id",
    "azure_endpoint": "set base_url to https://NAME.openai.azure.com/openai/v1 and auth='header'",
    "azure_deployment": "set base_url to https://NAME.openai.azure.com/openai/v1 and auth='header'",
    "query_instruction": "set query_prefix; it is put before the text as it is",
    "text_instruction": "set text_prefix; it is put before the text as it is",
}
"""Names other classes take that mean nothing here, and what to do instead."""
