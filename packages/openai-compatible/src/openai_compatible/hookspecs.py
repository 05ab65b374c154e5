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

import pluggy

from openai_compatible.profiles.profile import Profile

__all__ = ["GROUP", "hookimpl", "openai_compatible_adapters", "openai_compatible_profiles"]

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
