"""``OpenAICompatibleEmbedding``: LlamaIndex's embedding on top of ``openai_compatible.Client``."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self
from weakref import WeakKeyDictionary

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.callbacks.base import CallbackManager
from pydantic import (
    ConfigDict,
    Field,
    PrivateAttr,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from llama_index.embeddings.openai_compatible.division import (
    end_division,
    start_division,
    take_place,
)
from llama_index.embeddings.openai_compatible.parameters import ALIASES, REFUSED
from openai_compatible.body_settings import split_pairs
from openai_compatible.client import AsyncClient, Client
from openai_compatible.config.concealed import sealed
from openai_compatible.config.serialized import deserialising
from openai_compatible.connection import Connection, config_error, normalise
from openai_compatible.errors import ConfigError
from openai_compatible.parameters import checked, one_model, without_off
from openai_compatible.plan.fingerprint import FINGERPRINT, EndpointKey, add_fingerprint
from openai_compatible.secret_mapping import BodyPart, reveal
from openai_compatible.targeting import prefix_for
from openai_compatible.types import EmbeddingsRequest

__all__ = ["OpenAICompatibleEmbedding"]

_AT_ONCE = 8
"""Requests an object has under way at a time in one event loop when ``num_workers`` is not set.
LlamaIndex itself would send all batches of a document set at once."""


class OpenAICompatibleEmbedding(Connection, BaseEmbedding):
    """Embeddings of any OpenAI-compatible server.

    Texts are sent as text, never as token ids, and unchanged but for the prefixes. Vectors come
    back in the order of the texts whatever the order of the server's answer.

    Smallest use::

        OpenAICompatibleEmbedding(model_name="bge-m3", api_base="http://127.0.0.1:8000/v1")

    Parameter names of ``OpenAILikeEmbedding`` are accepted.

    Raises:
        ConfigError: a setting is wrong or missing. Calls raise the other classes of
            ``openai_compatible.errors``.
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, protected_namespaces=())

    _model_field: ClassVar[str] = "model_name"

    model_name: str = ""
    """With ``base_url`` or ``provider``: the wire id. Otherwise a reference into the
    configuration: an alias, ``provider/model``, a provider or a route."""
    reuse_client: bool = True
    """``False``: every call opens connections of its own and closes them."""
    dimensions: int | None = Field(default=None, gt=0)
    """Asked of the server when set; models that cannot shorten their vectors refuse it."""
    query_prefix: str | None = None
    """Put before a query (``"query: "`` for E5). ``None``: as the model's facts say."""
    text_prefix: str | None = None
    """Put before each text. ``None``: as the model's facts say (``document_prefix``)."""
    prefixes: Literal["auto"] | None = None
    """``"auto"``: the prefixes that the model's family is known to want (E5, BGE, Nomic ...), where none
    are set. They change vectors: an index built without them must be built anew."""
    encoding_format: Literal["float", "base64"] | None = None
    """``None``: as the server's profile says. Both are read from every server."""
    additional_kwargs: BodyPart = Field(default_factory=dict)
    """Further request parameters under their wire names."""

    _slots: Any = PrivateAttr(default=None)

    @sealed
    def __init__(self, model_name: str | None = None, /, **kwargs: Any) -> None:
        cls = type(self)
        kwargs.pop(FINGERPRINT, None)  # of a dump: it is computed anew
        if model_name is not None:
            kwargs["model_name"] = one_model(model_name, kwargs.get("model_name"), where=cls.__name__)
        settings = checked(
            without_off(kwargs, cls.model_fields, REFUSED),
            cls.model_fields,
            ALIASES,
            where=cls.__name__,
            refused=REFUSED,
            beyond="additional_kwargs",
        )
        normalise(settings)
        for name in (
            "model_name",
            "callback_manager",
            "additional_kwargs",
            "embed_batch_size",
            "reuse_client",
        ):
            if settings.get(name, ...) is None:
                del settings[name]
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise config_error(cls.__name__, error) from None
        self._targets = self._resolve()

    @classmethod
    def from_dict(cls, data: dict[str, Any], **kwargs: Any) -> Self:
        """The object that a mapping describes, such as :meth:`to_dict` gives.

        Args:
            data: May come from elsewhere: it brings no ``api_key_env``, ``config``, ``proxy``, TLS files
                or key sources of a provider.
            kwargs: Arguments of the constructor that code adds, any of these too; they win.

        Raises:
            ConfigError: ``data`` sets what only code may, or a setting is wrong.
        """
        with deserialising(trusted=kwargs):
            return super().from_dict(data, **kwargs)

    @model_serializer(mode="wrap")
    def custom_model_dump(
        self, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        """Add the fingerprint of the endpoint: LlamaIndex's caches compare what components dump."""
        return add_fingerprint(super().custom_model_dump(handler, info), lambda: self.fingerprint)

    def _endpoint_keys(self) -> tuple[EndpointKey, ...]:
        return super()._endpoint_keys()[:1]  # vectors of different models do not mix: no fallbacks

    def _fingerprint_additions(self) -> dict[str, Any]:
        return {
            "dimensions": self.dimensions,
            "prefixes": [self._prefix("query"), self._prefix("text")],
            "additional_kwargs": self.additional_kwargs or None,
        }

    @classmethod
    def class_name(cls) -> str:
        """Name under which LlamaIndex stores this class."""
        return "OpenAICompatibleEmbedding"

    def to_payload(self) -> dict[str, Any]:
        """What events and traces say about this object: no secrets, no addresses."""
        first = self.targets[0]
        return {
            "class_name": self.class_name(),
            "model_name": first.model,
            "provider": first.provider.name,
            "embed_batch_size": self.embed_batch_size,
        }

    def get_text_embedding_batch(
        self, texts: list[str], show_progress: bool = False, **kwargs: Any
    ) -> list[list[float]]:
        """Vectors of many texts, as :class:`BaseEmbedding` divides them; errors count in ``texts``."""
        token = start_division(texts, self.embed_batch_size)
        try:
            return super().get_text_embedding_batch(texts, show_progress=show_progress, **kwargs)
        finally:
            end_division(token)

    async def aget_text_embedding_batch(
        self, texts: list[str], show_progress: bool = False, **kwargs: Any
    ) -> list[list[float]]:
        """As :meth:`get_text_embedding_batch`."""
        token = start_division(texts, self.embed_batch_size)
        try:
            return await super().aget_text_embedding_batch(texts, show_progress=show_progress, **kwargs)
        finally:
            end_division(token)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._embed(self._request("query", [query]))[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return (await self._aembed(self._request("query", [query])))[0]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._embed(self._request("text", [text]))[0]

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return (await self._aembed(self._request("text", [text])))[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._embed(self._request("text", texts))

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        async with self._slot():
            return await self._aembed(self._request("text", texts))

    def _slot(self) -> asyncio.Semaphore:
        """Bounds the requests of this object in the running event loop."""
        slots: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[int, asyncio.Semaphore]]
        if self._slots is None:
            self._slots = WeakKeyDictionary()
        slots, loop = self._slots, asyncio.get_running_loop()
        size = self.num_workers or _AT_ONCE
        found = slots.get(loop)
        if found is None or found[0] != size:
            found = slots[loop] = (size, asyncio.Semaphore(size))
        return found[1]

    def _embed(self, request: EmbeddingsRequest) -> list[list[float]]:
        if self.reuse_client:
            return self.client.embed(request).vectors
        with Client(self.targets, http_client=self.http_client) as client:
            return client.embed(request).vectors

    async def _aembed(self, request: EmbeddingsRequest) -> list[list[float]]:
        if self.reuse_client:
            return (await self.async_client.embed(request)).vectors
        async with AsyncClient(self.targets, http_client=self.http_async_client) as client:
            return (await client.embed(request)).vectors

    def _prefix(self, kind: Literal["query", "text"]) -> str:
        own = self.query_prefix if kind == "query" else self.text_prefix
        if own is not None:
            return own
        task: Literal["query", "document"] = "query" if kind == "query" else "document"
        return prefix_for(task, self.targets[0], auto=bool(self.prefixes))

    def _request(self, kind: Literal["query", "text"], texts: Sequence[str]) -> EmbeddingsRequest:
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise ConfigError("what is embedded is text: give str, and for a batch a list of str")
        task: Literal["query", "document"] = "query" if kind == "query" else "document"
        prefix = self._prefix(kind)
        first, total = take_place(texts)
        body, headers, query = split_pairs(reveal(self.additional_kwargs, "additional_kwargs"))
        return EmbeddingsRequest(
            model="",
            texts=[prefix + text for text in texts] if prefix else list(texts),
            first=first,
            total=total,
            dimensions=self.dimensions,
            encoding_format=self.encoding_format,
            batch_size=self.embed_batch_size,
            task=task,
            extra_body=body,
            headers=headers,
            query=query,
        )

    def __getstate__(self) -> dict[Any, Any]:
        """What a pickle holds; what LlamaIndex hung on that cannot be pickled stays behind."""
        state = super().__getstate__()
        values = state["__dict__"]
        for name in ("callback_manager", "embeddings_cache", "rate_limiter"):
            if not _picklable(values[name]):
                values[name] = CallbackManager([]) if name == "callback_manager" else None
        state["__pydantic_private__"]["_slots"] = None
        return state


def _picklable(value: Any) -> bool:
    try:
        pickle.dumps(value)
    except Exception:  # noqa: BLE001 - anything may be raised by a foreign object's reduction
        return False
    return True
