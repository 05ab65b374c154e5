"""Secrets stay out of everything but the request."""

from __future__ import annotations

import json
import pickle

import cloudpickle
import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager
from llama_index.core.llms.structured_llm import StructuredLLM
from pydantic import BaseModel

from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import Provider, errors
from openai_compatible.testing.loopback import json_reply

SECRET = "sk-very-secret"
ASKED = [ChatMessage(role="user", content="Hi")]


def secretive(server):
    """An LLM that holds a secret in every place that can hold one."""
    return OpenAICompatible(
        model="m",
        base_url=server.base_url + f"?code={SECRET}",
        api_key=SECRET,
        headers={"X-Own": SECRET},
        query={"own": SECRET},
        fallbacks=[Provider(name="spare", base_url=server.base_url, api_key=SECRET)],
    )


def test_no_secret_is_shown_or_stored(server):
    model = secretive(server)
    response = model.chat(ASKED)
    for text in (
        repr(model),
        str(model),
        model.to_json(),
        json.dumps(model.to_dict()),
        model.model_dump_json(),
        repr(model.to_payload()),
        repr(model.metadata),
        repr(model.targets),
        repr(model.client),
        repr(response),
    ):
        assert SECRET not in text
    seen = server.requests[0]
    assert seen.query == {"code": SECRET, "own": SECRET}
    assert seen.headers["authorization"] == f"Bearer {SECRET}"
    assert seen.headers["x-own"] == SECRET


def test_a_structured_llm_stores_no_secret(server):
    class Song(BaseModel):
        title: str

    wrapped = secretive(server).as_structured_llm(Song)
    assert isinstance(wrapped, StructuredLLM)
    assert SECRET not in repr(wrapped)
    assert SECRET not in wrapped.to_json()


def test_an_error_shows_no_secret(server):
    message = f"wrong key {SECRET}"
    server.app = lambda _: json_reply({"error": {"message": message}}, status=401)
    with pytest.raises(errors.AuthenticationError) as caught:
        secretive(server).chat(ASKED)
    assert SECRET not in repr(caught.value)
    assert SECRET not in str(caught.value.body)


@pytest.mark.parametrize("how", [pickle, cloudpickle], ids=lambda module: module.__name__)
def test_a_pickle_holds_no_secret_and_says_so_when_used(server, how):
    model = secretive(server)
    model.chat(ASKED)
    data = how.dumps(model)
    assert SECRET.encode() not in data
    with pytest.raises(errors.MissingKeyError, match="pickled without its secrets: api_key"):
        pickle.loads(data).chat(ASKED)


def test_a_pickled_llm_works_once_it_has_its_secrets_again(server, llm):
    again = pickle.loads(pickle.dumps(llm(api_key=SECRET)))
    again.api_key = "sk-other"
    assert again.complete("Hi").text == "Hello!"
    assert server.requests[-1].headers["authorization"] == "Bearer sk-other"


def test_an_llm_without_literal_secrets_pickles_and_works(server, llm, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-env")
    data = pickle.dumps(llm(api_key_env="MY_KEY", headers={"X-Title": "app"}, temperature=0.5))
    assert b"sk-env" not in data
    again = pickle.loads(data)
    assert again.complete("Hi").text == "Hello!"
    assert again.temperature == 0.5
    assert server.requests[0].headers["authorization"] == "Bearer sk-env"
    assert server.requests[0].headers["x-title"] == "app"


def test_what_was_hung_on_and_cannot_be_pickled_stays_behind(server, llm):
    model = llm(callback_manager=CallbackManager([]), messages_to_prompt=lambda messages: "x")
    again = pickle.loads(pickle.dumps(model))
    assert again.messages_to_prompt is None or callable(again.messages_to_prompt)
    assert again.complete("Hi").text == "Hello!"


def test_from_dict_takes_what_to_dict_gives(server, llm):
    model = llm(api_key=SECRET, temperature=0.5, additional_kwargs={"top_k": 1}, timeout=(3, 7))
    data = model.to_dict()
    again = OpenAICompatible.from_dict(data, api_key="sk-2")
    assert again.to_dict() == data
    again.chat(ASKED)
    assert server.requests[0].headers["authorization"] == "Bearer sk-2"
    assert server.requests[0].json["top_k"] == 1


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"])
def test_what_belongs_to_openai_goes_nowhere_else(server, llm, monkeypatch, name):
    monkeypatch.setenv(name, SECRET)
    llm().chat(ASKED)
    assert SECRET not in repr(server.requests[0].headers)
    assert "authorization" not in server.requests[0].headers
