"""``schema``: the JSON Schema of ``providers.toml``, for editors."""

from __future__ import annotations

import json

from openai_compatible.cli.options import Json, OutputFile
from openai_compatible.cli.screen import Screen
from openai_compatible.errors import ConfigError

__all__ = ["schema"]


def schema(output: OutputFile = None, as_json: Json = False) -> None:
    """Print the JSON Schema of the provider file."""
    from openai_compatible.config.schema import schema as made

    screen = Screen(as_json)
    if output is None:
        Screen(as_json=True).json(made())
        return
    try:
        output.expanduser().write_text(json.dumps(made(), indent=2) + "\n", encoding="utf-8")
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"cannot write {output}: {reason}", hint="Give another path.") from None
    screen.json({"file": str(output)})
    screen.line(f"Written: {output}")
