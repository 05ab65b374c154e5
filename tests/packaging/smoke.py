"""Run by ``test_wheels.py`` where the four wheels are installed and the checkout is out of reach."""

import sys
from importlib.metadata import entry_points

import openai_compatible
from langchain_openai_compatible import ChatOpenAICompatible, OpenAICompatibleEmbeddings
from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible.testing.scripted import scripted

assert openai_compatible.__file__.startswith(sys.prefix), openai_compatible.__file__

plugins = {point.name for point in entry_points(group="openai_compatible")}
assert plugins == {"langchain", "llama_index_embeddings", "llama_index_llms"}, plugins

with scripted() as server:
    place = {"model": "scripted", "base_url": server.base_url}
    with openai_compatible.Client(**place) as client:
        assert client.chat([{"role": "user", "content": "one"}]).text == "You said: one"
    assert ChatOpenAICompatible(**place).invoke("two").text == "You said: two"
    assert str(OpenAICompatible(**place).complete("three")) == "You said: three"
    assert len(OpenAICompatibleEmbeddings(**place).embed_query("four")) == 64
    assert len(OpenAICompatibleEmbedding(**place).get_query_embedding("five")) == 64
    for kind in ("langchain.chat", "langchain.embeddings", "llama_index.llm", "llama_index.embeddings"):
        made = openai_compatible.create(kind, "scripted", base_url=server.base_url)
        print(kind, type(made).__name__)
