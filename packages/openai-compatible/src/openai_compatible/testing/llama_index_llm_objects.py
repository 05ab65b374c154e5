"""The part of the LlamaIndex suite about the object itself: stored, pickled, copied, misused."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from llama_index.core.llms.llm import LLM

from openai_compatible.testing.llama_index_llm_calls import asked
from openai_compatible.testing.llama_index_subject import LLMSubject

__all__ = ["LLMObjectsConformance"]


class LLMObjectsConformance(LLMSubject):
    """Tests of what happens to an object between calls."""

    def test_it_is_an_llm_with_a_class_name_of_its_own(self) -> None:
        """The name is the key under which it is stored."""
        assert issubclass(self.llm_class, LLM)
        assert self.llm_class.class_name() not in {"base_component", "base_llm", "LLM", ""}

    def test_it_is_stored_as_json_and_made_again(self, model: Any) -> None:
        """The stored form holds no secret; given again, the object works as before."""
        stored = model.to_json()
        assert self.secret not in stored
        data = json.loads(stored)
        assert data["class_name"] == self.llm_class.class_name()
        params = {name: value for name, value in self.llm_params.items() if value == self.secret}
        again: Any = self.llm_class.from_dict(data, **params)
        assert again.chat(asked()).message.content == model.chat(asked()).message.content
        assert again.to_dict() == model.to_dict()

    def test_no_text_form_shows_a_secret(self, model: Any) -> None:
        """Neither ``repr``, ``str``, ``to_dict`` nor what events say, nor an answer."""
        response = model.chat(asked())
        shown = (model, model.to_dict(), model.to_payload(), model.metadata, response)
        assert all(self.secret not in repr(each) for each in shown)
        assert self.secret not in str(model)

    def test_a_pickle_holds_no_secret(self, model: Any) -> None:
        """Before and after it was used."""
        assert self.secret.encode() not in pickle.dumps(model)
        model.chat(asked())
        assert self.secret.encode() not in pickle.dumps(model)
        assert pickle.loads(pickle.dumps(model)).to_dict() == model.to_dict()  # noqa: S301

    def test_copies_work(self, model: Any) -> None:
        """``copy``, ``deepcopy`` and pydantic's, made of an object that was used."""
        text = model.chat(asked()).message.content
        for made in (
            copy.copy(model),
            copy.deepcopy(model),
            model.model_copy(),
            model.model_copy(deep=True),
        ):
            assert made.chat(asked()).message.content == text

    def test_an_answer_is_stored_as_json(self, model: Any) -> None:
        """Message and response, whole and streamed, and read again."""
        for response in (model.chat(asked()), *model.stream_chat(asked())):
            again = type(response).model_validate_json(response.model_dump_json())
            assert again.message == response.message
            assert again.delta == response.delta

    def test_an_unknown_parameter_is_refused(self) -> None:
        """A misspelt name that is dropped in silence sends requests to the wrong place."""
        with pytest.raises(ValueError, match="no_such_parameter"):
            self.make(no_such_parameter=1)

    def test_an_unknown_argument_of_a_call_is_refused(self, model: Any) -> None:
        """As one of the constructor."""
        with pytest.raises(ValueError, match="no_such_parameter"):
            model.chat(asked(), no_such_parameter=1)
