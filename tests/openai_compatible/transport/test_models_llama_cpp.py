"""What a real llama.cpp server says of its model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import Client
from openai_compatible.testing.llama_cpp import llama_cpp

pytestmark = [pytest.mark.llama_cpp]
KEY = "sk-loopback"


@pytest.fixture
def server() -> Iterator[str]:
    for name in ("xllamacpp", "gguf", "numpy"):
        pytest.importorskip(name)
    with llama_cpp(api_key=KEY) as base_url:
        yield base_url


async def test_the_served_window_and_the_templates_tools_reach_both_frameworks(server: str) -> None:
    with Client(base_url=server, api_key=KEY, model="tiny") as client:
        (listed,) = client.models()
        info = client.model_info()
    assert info == listed
    assert info.context_window == 8192
    assert (info.tools, info.image_inputs, info.audio_inputs) == (True, False, False)
    assert info.raw["/props"]["total_slots"] == 2
    llm = ChatOpenAICompatible(model="tiny", base_url=server, api_key=KEY)
    assert (await llm.adiscover())["max_input_tokens"] == 8192
    assert llm.profile is not None
    assert llm.profile["tool_calling"] is True
    index = OpenAICompatible(model="tiny", api_base=server, api_key=KEY)
    assert index.metadata.context_window == 8192
    await llm.aclose()
