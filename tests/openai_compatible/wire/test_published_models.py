"""What each server publishes of its models, read from its own bytes.

Recorded where a server could be run; otherwise from its documentation, from its source or from a
program that reads it (models.dev, Cline), as named with each case. Facts that are not expected must be
unknown.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from openai_compatible.testing.loopback import read_recording
from openai_compatible.types import ModelInfo
from openai_compatible.wire.models import read_models
from openai_compatible.wire.native import read_info, read_props, read_shown

FIXTURES = Path(__file__).parents[2] / "fixtures"
NOT_COMPARED = ("id", "raw", "owned_by", "created")


def known(info: ModelInfo) -> dict[str, Any]:
    """The facts that are not unknown."""
    facts = {name: value for name, value in asdict(info).items() if name not in NOT_COMPARED}
    return {name: value for name, value in facts.items() if value is not None}


def recorded(name: str) -> bytes:
    return read_recording((FIXTURES / f"{name}.http").read_bytes()).body


class Case(NamedTuple):
    source: str
    """Where the bytes are from, and of when."""
    body: Any
    want: dict[str, dict[str, Any]]
    """Facts by model id."""


TEXT = ("text",)
LISTS = {
    "openai": Case(
        "OpenAI's API reference, GET /v1/models; kept as in openai-python types/model.py 3.52",
        {
            "object": "list",
            "data": [{"id": "gpt-6", "object": "model", "created": 1686935002, "owned_by": "openai"}],
        },
        {"gpt-6": {}},
    ),
    "vllm": Case("recorded, vLLM 0.32.0, 2026-11-20", "vllm/models", {"tiny": {"context_window": 4096}}),
    "llama.cpp": Case(
        "recorded, xllamacpp 2026.10.11549, 2026-11-21: served with 4096, trained with 8192",
        "llama_server_native/models",
        {
            "tiny": {
                "context_window": 4096,
                "image_inputs": False,
                "audio_inputs": False,
                "input_modalities": TEXT,
                "output_modalities": TEXT,
            }
        },
    ),
    "llama.cpp router": Case(
        "recorded, llama.cpp b11434 with --models-dir, 2026-11-20",
        "llama_server_router/models",
        {
            name: {
                "image_inputs": False,
                "audio_inputs": False,
                "input_modalities": TEXT,
                "output_modalities": TEXT,
            }
            for name in ("alpha", "beta")
        },
    ),
    "litellm": Case(
        "recorded, LiteLLM 1.106.2, 2026-11-21: the list",
        "litellm_native/models",
        {
            "tiny": {},
            "tiny-vllm": {},
            "mock": {"kind": "chat", "context_window": 128000, "max_output_tokens": 16384},
            "embed": {"kind": "embedding", "context_window": 8191},
            "thinker": {"kind": "chat", "context_window": 131072, "max_output_tokens": 65536},
            "written": {"kind": "chat", "context_window": 32768, "max_output_tokens": 4096},
        },
    ),
    "litellm /model/info": Case(
        "recorded, LiteLLM 1.106.2, 2026-11-21: what its map does not have stays unknown",
        "litellm_native/model_info",
        {
            "tiny": {},
            "tiny-vllm": {},
            "mock": {
                "kind": "chat",
                "context_window": 128000,
                "max_output_tokens": 16384,
                "tools": True,
                "structured_output": True,
                "image_inputs": True,
                "input_cost": 2.5,
                "output_cost": 10.0,
            },
            "embed": {
                "kind": "embedding",
                "context_window": 8191,
                "dimensions": 1536,
                "input_cost": 0.02,
                "output_cost": 0.0,
            },
            "thinker": {
                "kind": "chat",
                "context_window": 131072,
                "max_output_tokens": 65536,
                "tools": False,
                "structured_output": True,
                "reasoning": True,
                "input_cost": 0.28,
                "output_cost": 0.42,
            },
            "written": {
                "kind": "chat",
                "context_window": 32768,
                "max_output_tokens": 4096,
                "tools": True,
                "image_inputs": False,
                "input_cost": 0.0,
                "output_cost": 0.0,
            },
        },
    ),
    "transformers serve": Case(
        "recorded, transformers 5.23.0, 2026-11-20", "transformers_serve/models", {}
    ),
    "ollama /api/tags": Case(
        "ollama/ollama docs/api.md, api/types.go (ListModelResponse) @fb307609, 2026-08-21",
        {
            "models": [
                {
                    "name": "deepseek-r1:latest",
                    "model": "deepseek-r1:latest",
                    "modified_at": "2025-05-10T08:06:48.639712648-07:00",
                    "size": 4683075271,
                    "digest": "0a8c266910232fd3291e71e5ba1e058cc5af9d411192cf88b6d30e92b6e73163",
                    "details": {"parent_model": "", "format": "gguf", "family": "qwen2"},
                },
                {
                    "name": "gemma4:latest",
                    "model": "gemma4:latest",
                    "details": {"context_length": 131072, "embedding_length": 2560},
                    "capabilities": ["completion", "tools", "vision", "thinking"],
                },
            ]
        },
        {
            "deepseek-r1:latest": {},
            "gemma4:latest": {
                "kind": "chat",
                "context_window": 131072,
                "dimensions": 2560,
                "tools": True,
                "reasoning": True,
                "image_inputs": True,
            },
        },
    ),
    "ollama /api/ps": Case(
        "ollama/ollama docs/openapi.yaml @fb307609, 2026-08-21",
        {"models": [{"name": "gemma4", "model": "gemma4", "size": 6591830464, "context_length": 4096}]},
        {"gemma4": {"context_window": 4096}},
    ),
    "ollama, nothing pulled": Case(
        "models-null-or-other-key of the quirk catalogue: openai/openai.go ToListCompletion",
        {"object": "list", "data": None},
        {},
    ),
    "lm studio /api/v0/models": Case(
        "lmstudio-ai/docs 1_developer/2_rest/endpoints.mdx @c6854fb, 2026-04-29; the loaded window and "
        "capabilities as in the answer in agustif/opencode-lmstudio#21, 2026-04-21",
        {
            "object": "list",
            "data": [
                {
                    "id": "qwen2-vl-7b-instruct",
                    "object": "model",
                    "type": "vlm",
                    "publisher": "mlx-community",
                    "state": "not-loaded",
                    "max_context_length": 32768,
                },
                {
                    "id": "meta-llama-3.1-8b-instruct",
                    "object": "model",
                    "type": "llm",
                    "state": "loaded",
                    "max_context_length": 131072,
                    "loaded_context_length": 4096,
                    "capabilities": ["tool_use"],
                },
                {
                    "id": "text-embedding-nomic-embed-text-v1.5",
                    "object": "model",
                    "type": "embeddings",
                    "state": "not-loaded",
                    "max_context_length": 2048,
                },
            ],
        },
        {
            "qwen2-vl-7b-instruct": {"kind": "chat", "context_window": 32768, "image_inputs": True},
            "meta-llama-3.1-8b-instruct": {"kind": "chat", "context_window": 4096, "tools": True},
            "text-embedding-nomic-embed-text-v1.5": {"kind": "embedding", "context_window": 2048},
        },
    ),
    "lm studio /api/v1/models": Case(
        "lmstudio-ai/docs 1_developer/2_rest/list.md @c6854fb, 2026-04-29",
        {
            "models": [
                {
                    "type": "llm",
                    "key": "google/gemma-4-26b-a4b",
                    "display_name": "Gemma 4 26B A4B",
                    "loaded_instances": [
                        {
                            "id": "google/gemma-4-26b-a4b",
                            "config": {"context_length": 4096, "parallel": 4},
                        }
                    ],
                    "max_context_length": 262144,
                    "capabilities": {
                        "vision": True,
                        "trained_for_tool_use": True,
                        "reasoning": {"allowed_options": ["off", "on"], "default": "on"},
                    },
                },
                {
                    "type": "embedding",
                    "key": "nomic",
                    "loaded_instances": [],
                    "max_context_length": 2048,
                },
            ]
        },
        {
            "google/gemma-4-26b-a4b": {
                "kind": "chat",
                "context_window": 4096,
                "tools": True,
                "reasoning": True,
                "image_inputs": True,
            },
            "nomic": {"kind": "embedding", "context_window": 2048},
        },
    ),
    "openrouter": Case(
        "OpenRouterTeam/docs openapi/openapi.yaml, guides/overview/models.mdx @c26125a, 2026-08-22",
        {
            "data": [
                {
                    "id": "openai/gpt-4",
                    "architecture": {
                        "input_modalities": ["text", "image"],
                        "output_modalities": ["text"],
                        "modality": "text->text",
                    },
                    "context_length": 8192,
                    "pricing": {"completion": "0.00006", "image": "0", "prompt": "0.00003"},
                    "supported_parameters": ["temperature", "tools", "structured_outputs"],
                    "top_provider": {"context_length": 8192, "max_completion_tokens": 4096},
                    "created": 1692901234,
                },
                {
                    "id": "openrouter/auto",
                    "context_length": 2000000,
                    "pricing": {"prompt": "-1", "completion": "-1"},
                    "supported_parameters": ["max_tokens", "response_format"],
                },
                {"id": "some/model:free", "pricing": {"prompt": "0", "completion": "0"}},
            ]
        },
        {
            "openai/gpt-4": {
                "context_window": 8192,
                "max_output_tokens": 4096,
                "tools": True,
                "structured_output": True,
                "reasoning": False,
                "image_inputs": True,
                "audio_inputs": False,
                "input_modalities": ("text", "image"),
                "output_modalities": TEXT,
                "input_cost": 30.0,
                "output_cost": 60.0,
            },
            "openrouter/auto": {"context_window": 2000000, "tools": False, "reasoning": False},
            "some/model:free": {"input_cost": 0.0, "output_cost": 0.0},
        },
    ),
    "groq": Case(
        "answers quoted in anomalyco/models.dev#1276 (2026-03-26) and #3761 (2026-07-27)",
        {
            "object": "list",
            "data": [
                {
                    "id": "llama-3.1-8b-instant",
                    "object": "model",
                    "created": 1693721698,
                    "owned_by": "Meta",
                    "active": True,
                    "context_window": 131072,
                    "public_apps": None,
                    "max_completion_tokens": 131072,
                },
                {
                    "id": "qwen/qwen3.6-27b",
                    "context_length": 131072,
                    "max_output_length": 16384,
                    "input_modalities": ["text", "image"],
                    "output_modalities": ["text"],
                    "pricing": {"prompt": "0.0000006", "completion": "0.000003"},
                },
            ],
        },
        {
            "llama-3.1-8b-instant": {"context_window": 131072, "max_output_tokens": 131072},
            "qwen/qwen3.6-27b": {
                "context_window": 131072,
                "max_output_tokens": 16384,
                "image_inputs": True,
                "audio_inputs": False,
                "input_modalities": ("text", "image"),
                "output_modalities": TEXT,
                "input_cost": 0.6,
                "output_cost": 3.0,
            },
        },
    ),
    "together": Case(
        "togethercomputer/openapi openapi.yaml (ModelInfo, Pricing) @090263a, 2026-04-28: a bare array",
        [
            {
                "id": "Austism/chronos-hermes-13b",
                "object": "model",
                "created": 1692896905,
                "type": "chat",
                "display_name": "Chronos Hermes (13B)",
                "context_length": 2048,
                "pricing": {"hourly": 0, "input": 0.3, "output": 0.3, "base": 0, "finetune": 0},
            },
            {"id": "a-reranker", "object": "model", "created": 1, "type": "rerank"},
            {"id": "a-moderator", "object": "model", "created": 1, "type": "moderation"},
        ],
        {
            "Austism/chronos-hermes-13b": {
                "kind": "chat",
                "context_window": 2048,
                "input_cost": 0.3,
                "output_cost": 0.3,
            },
            "a-reranker": {"kind": "rerank"},
            "a-moderator": {"kind": "other"},
        },
    ),
    "mistral": Case(
        "mistralai/client-python docs/models/{basemodelcard,modelcapabilities}.md @05629d23, 2026-06-30",
        {
            "object": "list",
            "data": [
                {
                    "id": "mistral-small",
                    "capabilities": {
                        "completion_chat": True,
                        "function_calling": True,
                        "reasoning": False,
                        "vision": True,
                        "audio": False,
                    },
                    "max_context_length": 32768,
                    "type": "base",
                }
            ],
        },
        {
            "mistral-small": {
                "kind": "chat",
                "context_window": 32768,
                "tools": True,
                "reasoning": False,
                "image_inputs": True,
                "audio_inputs": False,
            }
        },
    ),
    "deepinfra": Case(
        "the schema in cline/cline src/api/providers/fetchers/deepinfra.ts, stored copy of 2026-11-21",
        {
            "data": [
                {
                    "id": "Qwen/Qwen3-VL",
                    "object": "model",
                    "metadata": {
                        "context_length": 262144,
                        "max_tokens": 16384,
                        "pricing": {"input_tokens": 0.2, "output_tokens": 0.88},
                        "tags": ["vision", "prompt_cache"],
                    },
                },
                {"id": "none", "metadata": None},
            ]
        },
        {
            "Qwen/Qwen3-VL": {
                "context_window": 262144,
                "max_output_tokens": 16384,
                "image_inputs": True,
                "input_cost": 0.2,
                "output_cost": 0.88,
            },
            "none": {},
        },
    ),
    "vercel": Case(
        "anomalyco/models.dev packages/core/src/sync/providers/vercel.ts @f3fc692, 2026-07-02",
        {
            "data": [
                {
                    "id": "openai/gpt-5",
                    "type": "language",
                    "context_window": 400000,
                    "max_tokens": 128000,
                    "tags": ["reasoning", "tool-use", "vision"],
                    "pricing": {"input": "0.00000125", "output": "0.00001"},
                },
                {"id": "a/speaker", "type": "speech"},
            ]
        },
        {
            "openai/gpt-5": {
                "kind": "chat",
                "context_window": 400000,
                "max_output_tokens": 128000,
                "tools": True,
                "reasoning": True,
                "image_inputs": True,
                "input_cost": 1.25,
                "output_cost": 10.0,
            },
            "a/speaker": {"kind": "audio"},
        },
    ),
    "chutes": Case(
        "anomalyco/models.dev packages/core/src/sync/providers/chutes.ts @f3fc692, 2026-07-02",
        {
            "data": [
                {
                    "id": "zai-org/GLM-5",
                    "pricing": {"prompt": 0.3, "completion": 1.2},
                    "context_length": 202752,
                    "max_output_length": 65536,
                    "supported_features": ["json_mode", "tools", "structured_outputs"],
                }
            ]
        },
        {
            "zai-org/GLM-5": {
                "context_window": 202752,
                "max_output_tokens": 65536,
                "tools": True,
                "structured_output": True,
                "reasoning": False,
                "input_cost": 0.3,
                "output_cost": 1.2,
            }
        },
    ),
    "venice": Case(
        "anomalyco/models.dev packages/core/src/sync/providers/venice.ts @f3fc692, 2026-07-02",
        {
            "data": [
                {
                    "id": "qwen3",
                    "model_spec": {
                        "availableContextTokens": 131072,
                        "maxCompletionTokens": 16384,
                        "capabilities": {
                            "supportsFunctionCalling": True,
                            "supportsReasoning": False,
                            "supportsResponseSchema": True,
                            "supportsVision": False,
                            "supportsAudioInput": False,
                        },
                        "pricing": {"input": {"usd": 0.15, "diem": 1}, "output": {"usd": 0.6}},
                    },
                }
            ]
        },
        {
            "qwen3": {
                "context_window": 131072,
                "max_output_tokens": 16384,
                "tools": True,
                "structured_output": True,
                "reasoning": False,
                "image_inputs": False,
                "audio_inputs": False,
                "input_cost": 0.15,
                "output_cost": 0.6,
            }
        },
    ),
    "friendli": Case(
        "anomalyco/models.dev packages/core/script/generate-friendli.ts @f3fc692, 2026-07-02",
        {
            "data": [
                {
                    "id": "exaone",
                    "max_completion_tokens": 131072,
                    "context_length": 131072,
                    "functionality": {"tool_call": True, "structured_output": False},
                    "pricing": {"input": 0.6, "output": 1.0, "unit_type": "TOKEN"},
                },
                {"id": "by-time", "pricing": {"input": 0.002, "output": 0.002, "unit_type": "SECOND"}},
            ]
        },
        {
            "exaone": {
                "context_window": 131072,
                "max_output_tokens": 131072,
                "tools": True,
                "structured_output": False,
                "input_cost": 0.6,
                "output_cost": 1.0,
            },
            "by-time": {},
        },
    ),
    "xinference": Case(
        "xorbitsai/inference model/llm/llm_family.py (to_description), stored copy of 2026-11-21",
        {
            "object": "list",
            "data": [
                {
                    "id": "tiny",
                    "object": "model",
                    "model_type": "LLM",
                    "model_name": "qwen3",
                    "model_ability": ["chat", "tools", "reasoning"],
                    "context_length": 40960,
                }
            ],
        },
        {"tiny": {"kind": "chat", "context_window": 40960, "tools": True, "reasoning": True}},
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_says_what_it_says_and_no_more(name: str) -> None:
    case = LISTS[name]
    body = recorded(case.body) if isinstance(case.body, str) else json.dumps(case.body).encode()
    assert {info.id: known(info) for info in read_models(body)} == case.want


def test_ollama_shows_one_model_and_an_encoder_inside_it_is_not_its_length() -> None:
    """docs/openapi.yaml @fb307609, 2026-08-21: the example of ``/api/show``, shortened."""
    body = {
        "parameters": "temperature 0.7\nnum_ctx 2048",
        "capabilities": ["completion", "vision"],
        "model_info": {
            "gemma4.audio.embedding_length": 1024,
            "gemma4.context_length": 131072,
            "gemma4.embedding_length": 2560,
            "gemma4.vision.embedding_length": 768,
            "general.architecture": "gemma4",
        },
    }
    facts = {
        "kind": "chat",
        "context_window": 2048,
        "dimensions": 2560,
        "tools": False,
        "reasoning": False,
        "image_inputs": True,
    }
    assert known(read_shown(json.dumps(body).encode(), "gemma4")) == facts
    body["parameters"] = "num_keep 24\nnum_ctx_is_not_this 7"
    assert read_shown(json.dumps(body).encode(), "gemma4").context_window == 131072


def test_llama_cpp_says_what_it_serves_and_whether_its_template_has_tools() -> None:
    """Recorded, xllamacpp 2026.10.11549, 2026-11-21."""
    assert known(read_props(recorded("llama_server_native/props"), "tiny")) == {
        "context_window": 4096,
        "tools": True,
        "image_inputs": False,
        "audio_inputs": False,
    }


@pytest.mark.parametrize(
    ("body", "want"),
    [
        (  # huggingface/text-generation-inference docs/openapi.json @db931fcf, 2026-01-08
            {
                "model_id": "bigscience/blomm-560m",
                "model_pipeline_tag": "text-generation",
                "max_input_tokens": 1024,
                "max_total_tokens": 2048,
                "version": "0.5.0",
            },
            {"kind": "chat", "context_window": 2048},
        ),
        (  # huggingface/text-embeddings-inference docs/openapi.json 1.7.1, stored copy of 2026-11-21
            {
                "model_id": "BAAI/bge-m3",
                "model_type": {"embedding": {"pooling": "cls"}},
                "max_input_length": 512,
                "max_batch_tokens": 16384,
            },
            {"kind": "embedding", "context_window": 512},
        ),
        ({"model_id": "a-reranker", "model_type": {"reranker": {}}}, {"kind": "rerank"}),
        ({"model_id": 7}, {}),
    ],
)
def test_hugging_faces_servers_say_it_at_info(body: dict[str, Any], want: dict[str, Any]) -> None:
    info = read_info(json.dumps(body).encode(), "")
    assert known(info) == want
    assert info.id == (body["model_id"] if isinstance(body["model_id"], str) else "")
