"""Settings that say where requests go, shared by the chat model and the embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, ClassVar

from pydantic import ValidationError

from langchain_openai_compatible.loading import is_langchain_load
from langchain_openai_compatible.parameters import OFF, REFUSED
from openai_compatible import connection
from openai_compatible.config.concealed import sealed
from openai_compatible.config.serialized import deserialising
from openai_compatible.parameters import checked, without_off

__all__ = ["Connection"]


class Connection(connection.Connection):
    """Where requests go and with what, under LangChain's names too. Mixed into our classes."""

    _aliases: ClassVar[Mapping[str, str]] = {}

    model: str | None = None
    """With ``base_url`` or ``provider``: the wire id. Otherwise a reference into the
    configuration: an alias, ``provider/model``, a provider or a route."""

    @sealed
    def __init__(self, **kwargs: Any) -> None:
        cls = type(self)
        fields = cls.model_fields
        given = without_off(kwargs, fields, OFF)
        settings = checked(given, fields, cls._aliases, where=cls.__name__, refused=REFUSED)
        with deserialising() if is_langchain_load() else nullcontext():
            connection.normalise(settings)
            try:
                super().__init__(**settings)
            except ValidationError as error:
                raise connection.config_error(cls.__name__, error) from None
        self._targets = self._resolve()

    def model_post_init(self, context: Any, /) -> None:
        """Run LangChain's own hook, which notes its versions in ``metadata["lc_versions"]``.

        The hook that pydantic makes for the private attributes of the base class calls no other.
        """
        super(connection.Connection, self).model_post_init(context)

    @property
    def model_name(self) -> str:
        """Wire id of the model of the first target."""
        return self.targets[0].model

    @sealed
    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__.pop("_serialized", None)  # langchain_core caches it there
        super().__setattr__(name, value)

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        known = type(self).model_fields
        state["__dict__"] = {name: value for name, value in state["__dict__"].items() if name in known}
        return state
