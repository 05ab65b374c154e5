"""What servers publish of a model: capabilities, kind, prices."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_compatible.wire.model_facts import ModelFacts, read_facts
from openai_compatible.wire.models import read_models


@pytest.mark.parametrize(
    ("entry", "want"),
    [
        ({}, {}),
        (  # OpenRouter
            {
                "context_length": 8192,
                "architecture": {"input_modalities": ["text", "image"]},
                "supported_parameters": ["tools", "structured_outputs", "reasoning", "seed"],
                "pricing": {"prompt": "0.000002", "completion": "0.000008"},
            },
            {
                "context_window": 8192,
                "tools": True,
                "structured_output": True,
                "reasoning": True,
                "image_inputs": True,
                "audio_inputs": False,
                "input_cost": 2.0,
                "output_cost": 8.0,
            },
        ),
        (  # Together
            {"type": "chat", "context_length": 4096, "pricing": {"input": 0.2, "output": 0.0}},
            {"kind": "chat", "context_window": 4096, "input_cost": 0.2, "output_cost": 0.0},
        ),
        (  # LiteLLM /model/info
            {
                "model_info": {
                    "mode": "embedding",
                    "max_input_tokens": 512,
                    "output_vector_size": 384,
                    "supports_function_calling": False,
                    "supports_vision": None,
                    "input_cost_per_token": 1e-7,
                }
            },
            {
                "kind": "embedding",
                "context_window": 512,
                "dimensions": 384,
                "tools": False,
                "input_cost": pytest.approx(0.1),
            },
        ),
        (  # LM Studio
            {"type": "vlm", "max_context_length": 32768, "capabilities": ["tool_use"]},
            {
                "kind": "chat",
                "context_window": 32768,
                "tools": True,
                "reasoning": None,
                "image_inputs": True,
            },
        ),
        (  # Ollama
            {"capabilities": ["completion", "tools", "vision", "thinking"]},
            {"kind": "chat", "tools": True, "image_inputs": True, "reasoning": True},
        ),
        ({"capabilities": ["embedding"]}, {"kind": "embedding", "tools": False}),
        (  # Mistral
            {"capabilities": {"function_calling": True, "vision": False, "completion_chat": True}},
            {"tools": True, "image_inputs": False},
        ),
        (
            {"modalities": {"vision": True, "audio": False}},
            {"image_inputs": True, "audio_inputs": False},
        ),
        ({"type": "whisper", "pricing": {"prompt": "-1"}}, {"kind": None, "input_cost": None}),
        ({"pricing": {"prompt": "free", "input": True}}, {"input_cost": None}),
        ({"pricing": "none", "capabilities": "tools", "type": 3}, {"tools": None, "kind": None}),
        ({"input_cost_per_token": 1e999}, {"input_cost": None}),
    ],
)
def test_an_entry_says(entry: dict[str, Any], want: dict[str, Any]) -> None:
    body = json.dumps({"data": [{"id": "m", **entry}]}).encode()
    (info,) = read_models(body)
    assert {name: getattr(info, name) for name in want} == want


def test_nothing_said_is_nothing_known() -> None:
    assert read_facts([{"id": "m", "created": 1}]) == ModelFacts()


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "capabilities",
                "pricing",
                "type",
                "modalities",
                "architecture",
                "reasoning",
                "tags",
                "input_modalities",
                "supported_features",
                "functionality",
                "model_type",
            ]
        ),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner) | st.dictionaries(st.sampled_from(["prompt", "input", "x"]), inner)
            ),
            max_leaves=4,
        ),
    )
)
def test_any_entry_is_read(entry: dict[str, Any]) -> None:
    found = read_facts([entry])
    assert all(cost is None or cost >= 0 for cost in (found.input_cost, found.output_cost))
