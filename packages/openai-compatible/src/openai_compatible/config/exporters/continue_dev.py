"""Continue's ``config.yaml`` (continuedev/continue ``docs/reference.mdx``, read 2026-11-21).

Continue itself was not run; that its ``timeout`` is in seconds is general knowledge.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from openai_compatible.config import yaml_text
from openai_compatible.config.exporters.outline import (
    Entry,
    Exported,
    Notes,
    body_of,
    clean,
    outline,
    seconds,
)
from openai_compatible.config.file import Config
from openai_compatible.secret_mapping import reveal

__all__ = ["export"]


def export(config: Config, present: Collection[str] = ()) -> Exported:
    """The models for Continue. Keys are ``${{ secrets.NAME }}``, which it reads from its ``.env``.

    Args:
        config: What to export.
        present: Names of variables that are set; ``<NAME>_API_KEY`` is referred to only then.
    """
    found = outline(config, present)
    models: list[dict[str, Any]] = []
    for entry in found.entries:
        if entry.alias is None:
            found.notes.add(f"{entry.provider.name}: it has no models; Continue needs each by its id")
        else:
            models.append(_model(entry, found.notes))
    for name in config.routes:
        found.notes.add(f"route {name}: Continue has no fallbacks")
    head = {"name": "openai-compatible", "version": "1.0.0", "schema": "v1"}
    return Exported(yaml_text.dumps({**head, "models": models}), found.notes)


def _model(entry: Entry, notes: Notes) -> dict[str, Any]:
    provider, facts = entry.provider, entry.facts
    headers: dict[str, str] = dict(entry.headers)
    headers |= {header: _secret(variable) for header, variable in entry.secret_headers.items()}
    key = None
    if entry.variable is not None and provider.auth.style == "header":
        headers[provider.auth.name or "api-key"] = provider.auth.prefix + _secret(entry.variable)
    elif entry.variable is not None and provider.auth.style == "bearer":
        key = _secret(entry.variable)
    for name in ("max_output_tokens", "input_cost", "output_cost"):
        if getattr(facts, name) is not None:
            notes.add(f"{entry.name}: {name} has no place in Continue")
    known = {"tool_use": facts.tools, "image_input": facts.image_inputs}
    tls = provider.tls
    certificate = {"cert": tls.client_cert, "key": tls.client_key or tls.client_cert}
    return clean(
        {
            "name": facts.display_name or entry.name,
            "provider": "openai",
            "model": entry.wire_id,
            "apiBase": entry.url,
            "apiKey": key,
            "roles": ["embed"] if entry.embeds else None,
            "capabilities": [word for word, has in known.items() if has],
            "defaultCompletionOptions": clean({"contextLength": facts.context_window}),
            "requestOptions": clean(
                {
                    "headers": headers,
                    "timeout": seconds(provider.timeout),
                    "verifySsl": None if tls.verify else False,
                    "caBundlePath": tls.ca_bundle,
                    "clientCertificate": certificate if tls.client_cert else None,
                    "extraBodyProperties": body_of(
                        {
                            **reveal(provider.extra_body, "extra_body"),
                            **reveal(facts.extra_body, "extra_body"),
                        },
                        notes,
                        provider.name,
                    ),
                }
            ),
        }
    )


def _secret(variable: str) -> str:
    return f"${{{{ secrets.{variable} }}}}"
