"""Foreign configurations -> providers of ours. Pure: texts in, fields and notes out.

One file for each format. May import ``config`` and ``presets``; opens no file, reads no variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from openai_compatible.config.concealed import sealed
from openai_compatible.config.importers.draft import Imported
from openai_compatible.config.locate import nearest
from openai_compatible.errors import ConfigError

__all__ = ["FORMATS", "Imported", "guess", "import_from"]

FORMATS: dict[str, tuple[str, ...]] = {
    "conduit": ("appsettings.json",),
    "continue": ("config.yaml",),
    "environment": (".env",),
    "form": (),
    "gptme": ("gptme.toml", "config.toml"),
    "librechat": ("librechat.yaml",),
    "litellm": ("config.yaml", "litellm_config.yaml"),
    "llm": ("extra-openai-models.yaml",),
    "opencode": ("opencode.json", "opencode.jsonc"),
    "ponybunny": ("credentials.json", "llm-config.json"),
}
"""Names of the formats, and what their files are called."""

_MODULES = {"continue": "continue_dev"}


@sealed
def import_from(name: str, texts: Mapping[str, str], *, keep_keys: bool = False) -> Imported:
    """What is in the files of one format.

    Args:
        name: One of :data:`FORMATS`.
        texts: By file name, for messages; PonyBunny has two files, the others one.
        keep_keys: Whether keys in the files are copied; otherwise each becomes the name of a variable
            and a note that says which.

    Raises:
        ConfigError: There is no such format, or a file is not of it.

    >>> import_from("form", {"form": "Server URL: http://localhost:8000"}).providers
    [{'name': 'localhost-8000', 'base_url': 'http://localhost:8000'}]
    """
    if name not in FORMATS:
        raise ConfigError(f"there is no format {name!r}", hint=nearest(name, FORMATS))
    module = import_module(f"openai_compatible.config.importers.{_MODULES.get(name, name)}")
    if name == "ponybunny":
        found: Imported = module.read(texts, keep_keys=keep_keys)
        return found
    if len(texts) != 1:
        raise ConfigError(f"{name} has one file, and {len(texts)} were given")
    source, text = next(iter(texts.items()))
    read = module.read_text if name == "environment" else module.read
    done: Imported = read(text, source, keep_keys=keep_keys)
    return done


def guess(file_name: str, text: str) -> str | None:
    """The format of a file, by its name and, where two share one, by what is in it.

    >>> guess("config.yaml", "model_list: []")
    'litellm'
    """
    if file_name == "config.yaml":
        return "litellm" if "model_list:" in text else "continue" if "models:" in text else None
    return next((name for name, files in FORMATS.items() if file_name in files), None)
