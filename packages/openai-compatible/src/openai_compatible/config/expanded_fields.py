"""The fields of a provider file in which ``${NAME}`` stands for a variable."""

from __future__ import annotations

__all__ = ["EXPANDED_FIELDS"]

EXPANDED_FIELDS = (
    *("base_url", "api_key", "api_key_file", "headers", "query", "extra_body", "proxy"),
    *("tls.ca_bundle", "tls.client_cert", "tls.client_key"),
    *("models.*.base_url", "models.*.api_key", "models.*.api_key_file", "models.*.extra_body"),
)
"""Fields in whose text the provider file's ``${NAME}`` stands for a variable; in tables at any depth.

No field that holds a name or an id is among them: those are copied from servers and from other files.
Nor is ``api_key_command``: arguments are visible to other users, and its program has the environment."""
