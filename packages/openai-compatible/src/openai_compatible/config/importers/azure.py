"""Azure OpenAI as other programs write it down: the resource, from which they make the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from openai_compatible.config.expansion import as_written
from openai_compatible.config.importers.draft import Draft, host_of

__all__ = ["at_azure"]

_HOSTS = (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")


def at_azure(fields: Mapping[str, Any], draft: Draft, place: str) -> dict[str, Any]:
    """Fields of a provider; at a host of Azure with the v1 address and the header ``api-key``.

    ``https://R.openai.azure.com/openai/deployments`` cannot work as a base URL: a deployment and an
    ``api-version`` are missing. ``/openai/v1`` needs neither, and the model is the deployment's name
    (the preset ``azure-v1`` has the evidence).
    """
    fields = as_written(fields)
    address = str(fields.get("base_url", ""))
    if not host_of(address).endswith(_HOSTS):
        return dict(fields)
    parts = urlsplit(address)
    path = parts.path.rstrip("/")
    if path.startswith("/openai/deployments/") or path == "/openai/v1":
        return {**fields, "auth": {"style": "header", "name": "api-key"}, "profile": "azure"}
    if path in ("", "/openai", "/openai/deployments"):
        made = f"{parts.scheme}://{parts.netloc}/openai/v1"
        draft.note(f"{place}: the address of Azure is {made} here; models are names of deployments")
        auth = {"style": "header", "name": "api-key"}
        return {**fields, "base_url": made, "auth": auth, "profile": "azure"}
    return dict(fields)
