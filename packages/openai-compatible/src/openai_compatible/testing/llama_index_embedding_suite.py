"""What every LlamaIndex embedding class must do, as tests to subclass.

LlamaIndex publishes no such suite. Used as LangChain's is::

    from openai_compatible.testing.llama_index_embedding_suite import EmbeddingConformance


    class TestMine(EmbeddingConformance):
        @property
        def embedding_class(self):
            return MyEmbedding

        @property
        def embedding_params(self):
            return {"model_name": "m", "api_base": "http://127.0.0.1:8000/v1", "api_key": self.secret}

The server must give equal vectors for equal texts and nearer ones for texts that share words, as
``openai_compatible.testing.scripted`` does. Needs llama-index-core and pytest.
"""

from __future__ import annotations

import asyncio
import copy
import json
import math
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from llama_index.core import VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.callbacks import CallbackManager, CBEventType
from llama_index.core.instrumentation.events.embedding import EmbeddingEndEvent, EmbeddingStartEvent
from llama_index.core.schema import TextNode
from llama_index.core.storage.kvstore import SimpleKVStore

from openai_compatible.testing.llama_index_watch import Callbacks, Limiter, watched

__all__ = ["EmbeddingConformance"]

_TEXTS = ("the cat sat on the mat", "a dog ran in the park", "stock prices fell today", "ünïcode\nlines")


def _near(found: list[Any], expected: list[Any]) -> bool:
    """Equal but for the last digits: servers compute several texts at once in another order."""
    return len(found) == len(expected) and all(
        ours == pytest.approx(theirs, abs=1e-5) for ours, theirs in zip(found, expected, strict=True)
    )


class EmbeddingConformance:
    """Subclass it and say what to test: ``embedding_class`` and ``embedding_params``."""

    secret = "sk-conformance-secret"  # noqa: S105 - the point is that it is recognised
    """Give it as the key; the suite looks for it where no key belongs."""

    @property
    def embedding_class(self) -> type[BaseEmbedding]:
        """The class under test."""
        raise NotImplementedError

    @property
    def embedding_params(self) -> dict[str, Any]:
        """Its constructor's arguments, with :attr:`secret` as the key."""
        raise NotImplementedError

    def make(self, **more: Any) -> Any:
        """An object under test."""
        return self.embedding_class(**{**self.embedding_params, **more})

    @pytest.fixture
    def model(self) -> Any:
        """An object under test."""
        return self.make()

    @pytest.fixture
    def events(self) -> Iterator[list[Any]]:
        """Embedding events of the test, in order."""
        with watched(EmbeddingStartEvent, EmbeddingEndEvent) as seen:
            yield seen

    def test_it_is_an_embedding_with_a_class_name_of_its_own(self) -> None:
        """The name is the key under which it is stored."""
        assert issubclass(self.embedding_class, BaseEmbedding)
        assert self.embedding_class.class_name() not in {"base_component", "BaseEmbedding", ""}

    def test_vectors_are_lists_of_finite_floats(self, model: Any) -> None:
        """Not of integers, not arrays: vector stores write them as JSON."""
        for vector in (model.get_query_embedding(_TEXTS[0]), model.get_text_embedding(_TEXTS[0])):
            assert isinstance(vector, list)
            assert vector
            assert all(isinstance(value, float) and math.isfinite(value) for value in vector)

    def test_a_batch_keeps_the_order_of_its_texts(self, model: Any) -> None:
        """Whatever the order of the server's answer."""
        one_by_one = [model.get_text_embedding(text) for text in _TEXTS]
        assert _near(model.get_text_embedding_batch(list(_TEXTS)), one_by_one)

    def test_batches_are_joined_in_order(self) -> None:
        """More texts than a batch holds."""
        texts = [f"text number {number}" for number in range(7)]
        found = self.make(embed_batch_size=2).get_text_embedding_batch(texts)
        assert _near(found, self.make(embed_batch_size=100).get_text_embedding_batch(texts))

    def test_no_texts_give_no_vectors(self, model: Any) -> None:
        """Without an error, and without a request."""
        assert model.get_text_embedding_batch([]) == []
        assert asyncio.run(model.aget_text_embedding_batch([])) == []

    def test_async_methods_give_what_the_sync_ones_give(self, model: Any) -> None:
        """Query, text and batch."""

        async def all_three() -> tuple[Any, Any, Any]:
            return (
                await model.aget_query_embedding(_TEXTS[0]),
                await model.aget_text_embedding(_TEXTS[1]),
                await model.aget_text_embedding_batch(list(_TEXTS)),
            )

        query, text, batch = asyncio.run(all_three())
        assert _near([query], [model.get_query_embedding(_TEXTS[0])])
        assert _near([text], [model.get_text_embedding(_TEXTS[1])])
        assert _near(batch, model.get_text_embedding_batch(list(_TEXTS)))

    @pytest.mark.parametrize("num_workers", [None, 1, 3])
    def test_async_batches_are_joined_in_order(self, num_workers: int | None) -> None:
        """With any number of workers."""
        model = self.make(embed_batch_size=2, num_workers=num_workers)
        texts = [f"text number {number}" for number in range(9)]
        found = asyncio.run(model.aget_text_embedding_batch(texts))
        assert _near(found, self.make().get_text_embedding_batch(texts))

    def test_one_object_serves_two_event_loops(self, model: Any) -> None:
        """One after the other, as two ``asyncio.run`` calls make them."""
        first, second = (asyncio.run(model.aget_query_embedding(_TEXTS[0])) for _ in range(2))
        assert _near([first], [second])

    def test_one_object_serves_several_threads(self, model: Any) -> None:
        """At once."""
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(model.get_text_embedding, _TEXTS * 4))
        assert _near(found, [model.get_text_embedding(text) for text in _TEXTS] * 4)

    def test_events_are_reported_once(self, model: Any, events: list[Any]) -> None:
        """One start and one end for a query, a text and a batch, sync and async."""
        kinds = [EmbeddingStartEvent, EmbeddingEndEvent]
        for call in (
            lambda: model.get_query_embedding(_TEXTS[0]),
            lambda: model.get_text_embedding(_TEXTS[0]),
            lambda: model.get_text_embedding_batch(list(_TEXTS)),
            lambda: asyncio.run(model.aget_query_embedding(_TEXTS[0])),
            lambda: asyncio.run(model.aget_text_embedding(_TEXTS[0])),
            lambda: asyncio.run(model.aget_text_embedding_batch(list(_TEXTS))),
        ):
            events.clear()
            call()  # type: ignore[no-untyped-call]
            assert [type(event) for event in events] == kinds
            assert self.secret not in repr(events)

    def test_callbacks_are_called_once(self) -> None:
        """One start and one end, with the vectors, and without a secret."""
        callbacks = Callbacks(CBEventType.EMBEDDING)
        model = self.make(callback_manager=CallbackManager([callbacks]))
        vector = model.get_query_embedding(_TEXTS[0])
        assert len(callbacks.starts) == len(callbacks.ends) == 1
        assert callbacks.ends[0]["embeddings"] == [vector]
        assert self.secret not in repr(callbacks.starts)
        asyncio.run(model.aget_text_embedding_batch(list(_TEXTS)))
        assert len(callbacks.starts) == len(callbacks.ends) == 2

    def test_the_rate_limiter_is_asked_once_per_request(self) -> None:
        """Sync and async."""
        limiter = Limiter()
        model = self.make(rate_limiter=limiter, embed_batch_size=2)
        model.get_query_embedding(_TEXTS[0])
        assert limiter.count == 1
        model.get_text_embedding_batch(list(_TEXTS))
        assert limiter.count == 3
        asyncio.run(model.aget_text_embedding_batch(list(_TEXTS)))
        assert limiter.count == 5

    def test_a_cache_is_filled_and_used(self) -> None:
        """The second time no vector is asked of the server."""
        limiter = Limiter()
        model = self.make(embeddings_cache=SimpleKVStore(), rate_limiter=limiter)
        assert model.get_text_embedding(_TEXTS[0]) == model.get_text_embedding(_TEXTS[0])
        assert limiter.count == 1

    def test_it_embeds_nodes_as_a_transformation(self, model: Any) -> None:
        """As an ingestion pipeline calls it, sync and async."""
        nodes = model([TextNode(text=text) for text in _TEXTS[:2]])
        again = asyncio.run(model.acall([TextNode(text=text) for text in _TEXTS[:2]]))
        assert all(node.embedding for node in nodes)
        assert _near([node.embedding for node in nodes], [node.embedding for node in again])

    def test_an_index_finds_the_nearest_text(self, model: Any) -> None:
        """Through a real vector index and its retriever."""
        nodes = [TextNode(text=text) for text in _TEXTS[:3]]
        index = VectorStoreIndex(nodes, embed_model=model)
        for text in _TEXTS[:3]:
            assert index.as_retriever(similarity_top_k=1).retrieve(text)[0].text == text

    def test_it_is_stored_as_json_and_made_again(self, model: Any) -> None:
        """The stored form holds no secret; given again, the object works as before."""
        stored = model.to_json()
        assert self.secret not in stored
        data = json.loads(stored)
        assert data["class_name"] == self.embedding_class.class_name()
        params = {name: value for name, value in self.embedding_params.items() if value == self.secret}
        again: Any = self.embedding_class.from_dict(data, **params)
        found = [again.get_query_embedding(_TEXTS[0]), model.get_query_embedding(_TEXTS[0])]
        assert _near(found[:1], found[1:])
        assert again.to_dict() == model.to_dict()

    def test_no_text_form_shows_a_secret(self, model: Any) -> None:
        """Neither ``repr``, ``str``, ``to_dict`` nor what events say."""
        for shown in (repr(model), str(model), repr(model.to_dict()), repr(model.to_payload())):
            assert self.secret not in shown

    def test_a_pickle_holds_no_secret(self, model: Any) -> None:
        """Before and after it was used."""
        assert self.secret.encode() not in pickle.dumps(model)
        model.get_query_embedding(_TEXTS[0])
        assert self.secret.encode() not in pickle.dumps(model)
        assert pickle.loads(pickle.dumps(model)).to_dict() == model.to_dict()  # noqa: S301

    def test_copies_work(self, model: Any) -> None:
        """``copy``, ``deepcopy`` and pydantic's, made of an object that was used."""
        vector = model.get_query_embedding(_TEXTS[0])
        for made in (
            copy.copy(model),
            copy.deepcopy(model),
            model.model_copy(),
            model.model_copy(deep=True),
        ):
            assert _near([made.get_query_embedding(_TEXTS[0])], [vector])

    def test_an_unknown_parameter_is_refused(self) -> None:
        """A misspelt name that is dropped in silence sends requests to the wrong place."""
        with pytest.raises(ValueError, match="no_such_parameter"):
            self.make(no_such_parameter=1)
