"""Our config -> the files of other programs. Pure: a config in, text and notes out.

One file for each format. Keys are never written, references to them are; opens no file.
"""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module

from openai_compatible.config.exporters.outline import Exported
from openai_compatible.config.file import Config
from openai_compatible.config.locate import nearest
from openai_compatible.errors import ConfigError

__all__ = ["FORMATS", "Exported", "export_to"]

FORMATS: dict[str, str] = {
    "continue": "config.yaml",
    "litellm": "config.yaml",
    "llm": "extra-openai-models.yaml",
    "opencode": "opencode.json",
}
"""Names of the formats, and what their files are called."""

_MODULES = {"continue": "continue_dev"}


def export_to(name: str, config: Config, present: Collection[str] = ()) -> Exported:
    """The config in a format of :data:`FORMATS`.

    Args:
        name: Of the format.
        config: What to export.
        present: Names of variables that are set, such as ``os.environ``: a key that is taken by the
            provider's name alone (``<NAME>_API_KEY``) is referred to only if its variable is there.

    Raises:
        ConfigError: There is no such format.
    """
    if name not in FORMATS:
        raise ConfigError(f"there is no format {name!r}", hint=nearest(name, FORMATS))
    module = import_module(f"openai_compatible.config.exporters.{_MODULES.get(name, name)}")
    made: Exported = module.export(config, present)
    return made
