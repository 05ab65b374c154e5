"""Many providers and routes into a provider file, in time that grows with their number alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from openai_compatible.config.concealed import sealed
from openai_compatible.config.edit import ProviderFile
from openai_compatible.config.file import Route
from openai_compatible.config.sections import cut
from openai_compatible.errors import ConfigError

__all__ = ["extend"]


@sealed
def extend(
    file: ProviderFile, providers: Iterable[Mapping[str, Any]], routes: Mapping[str, Route]
) -> None:
    """Add providers and routes that have new names.

    Each is written and checked in a file of its own, so that the large one is read only twice.

    Raises:
        ConfigError: The fields make no provider, a name is taken, or a route takes over references.
    """
    tables, names = list[str](), {*file.names}
    for fields in providers:
        alone = ProviderFile("")
        alone.add(fields)
        if alone.names[0] in names:
            raise ConfigError(
                f"there is a provider {alone.names[0]!r} already",
                param="name",
                hint="Choose another name, or change that one.",
            )
        names.add(alone.names[0])
        tables.append(_tables(alone))
    if tables:
        file.insert("providers", "\n".join(tables))
    found = list[str]()
    for name, route in routes.items():
        alone = ProviderFile("")
        alone.set_route(name, route)
        found.append(_tables(alone))
    has_tables = any(section.path[:1] == ("routes",) for section in cut(file.text))
    if file.routes and not has_tables:  # they are one inline value
        for name, route in routes.items():
            file.set_route(name, route)
    elif found:
        file.insert("routes", "\n".join(found))


def _tables(file: ProviderFile) -> str:
    """The text of a new file without its version."""
    return file.text.partition("\n")[2].lstrip("\n")
