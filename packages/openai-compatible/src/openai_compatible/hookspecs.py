"""Every extension point, on one screen.

A plugin is an installed distribution with an entry point in the group ``openai_compatible``. The entry
point names a module that imports no framework and defines some of these functions, marked with
``hookimpl``::

    from openai_compatible.hookspecs import hookimpl

    @hookimpl
    def openai_compatible_profiles():
        return [Profile(name="my-server", max_tokens_field="max_completion_tokens")]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pluggy

from openai_compatible.presets.preset import Preset
from openai_compatible.profiles.profile import Profile

if TYPE_CHECKING:
    from openai_compatible.wire.native import NativePath

__all__ = [
    "GROUP",
    "hookimpl",
    "openai_compatible_adapters",
    "openai_compatible_native_paths",
    "openai_compatible_presets",
    "openai_compatible_profiles",
]

GROUP = "openai_compatible"
"""Name of the project for pluggy, and of the entry point group."""

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def openai_compatible_adapters() -> Mapping[str, str]:  # type: ignore[empty-body]
    """Classes for a framework, by kind: ``{"langchain.chat": "my_package:MyChatModel"}``.

    ``create(kind, reference)`` imports the class when it is asked for and calls it with
    ``model=reference``. Kinds of our own: ``langchain.chat``, ``langchain.embeddings``,
    ``llama_index.llm``, ``llama_index.embeddings``. A kind that is taken stays with who has it.
    """


@hookspec
def openai_compatible_profiles() -> Iterable[Profile]:  # type: ignore[empty-body]
    """Dialect facts of further server families, for ``profile = "..."`` of a provider."""


@hookspec
def openai_compatible_presets() -> Iterable[Preset]:  # type: ignore[empty-body]
    """Services that are known by name, for ``preset = "..."`` of a provider and ``preset/model``.

    A name that is taken stays with who has it. A key goes only to the origin of the preset's base URL.
    """


@hookspec
def openai_compatible_native_paths() -> Iterable[NativePath]:  # type: ignore[empty-body]
    """Paths at which servers of a profile say more of their models than in their list.

    Asked by ``Client.models()`` and ``Client.model_info()`` only, with the key and headers of the chat
    endpoint. ``read`` makes a ``ModelInfo``, or several, of the bytes; what it raises loses no model.
    """
