"""The one TOML file that every part of the demo reads."""

from __future__ import annotations

from pathlib import Path

__all__ = ["ENVIRONMENT_KEY", "write_provider_file"]

ENVIRONMENT_KEY = "DEMO_API_KEY"

PROVIDER_FILE = """\
[[providers]]
name = "local"
base_url = "{base_url}"
profile = "llama_cpp"
api_key_env = "{key}"
timeout = 60
default_model = "tiny"

[providers.models.tiny]
context_window = 8192
tools = true
"""


def write_provider_file(folder: Path, base_url: str) -> Path:
    """Write ``providers.toml`` for a server at ``base_url`` and return its path."""
    path = folder / "providers.toml"
    path.write_text(PROVIDER_FILE.format(base_url=base_url, key=ENVIRONMENT_KEY), encoding="utf-8")
    return path
