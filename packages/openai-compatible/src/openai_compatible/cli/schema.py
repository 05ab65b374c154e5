"""``schema``: the JSON Schema of ``providers.toml``, for editors."""

from __future__ import annotations

import json

from openai_compatible.cli.options import Json, OutputFile
from openai_compatible.cli.screen import Screen

__all__ = ["schema"]


def schema(output: OutputFile = None, as_json: Json = False) -> None:
    """Print the JSON Schema of the provider file."""
    from openai_compatible.config.schema import schema as made
    from openai_compatible.config.texts import write_text

    screen = Screen(as_json)
    if output is None:
        Screen(as_json=True).json(made())
        return
    write_text(output, json.dumps(made(), indent=2) + "\n", replace=True)
    screen.json({"file": str(output)})
    screen.line(f"Written: {output}")
