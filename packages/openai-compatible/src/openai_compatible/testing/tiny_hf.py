"""The scripted model of ``tiny_model`` as a Hugging Face folder, for vLLM and transformers.

Needs numpy (extra ``openai-compatible[demo]``). The safetensors file is written here: a JSON header with
its length before it, then the numbers (https://github.com/huggingface/safetensors, 2026-11-21).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openai_compatible.testing.tiny_vocabulary import (
    CONTEXT_LENGTH,
    IM_END,
    PAD,
    TEMPLATE,
    Vocabulary,
)

__all__ = ["write_hf_model"]

_TOP = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output.weight": "lm_head.weight",
    "output_norm.weight": "model.norm.weight",
}
_IN_LAYER = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def write_hf_model(folder: str | Path) -> Path:
    """Write ``config.json``, tokenizer, chat template and ``model.safetensors``; the folder is made."""
    from openai_compatible.testing import tiny_weights

    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    vocabulary = Vocabulary()
    tensors = {_named(name): tensor for name, tensor in tiny_weights.build(vocabulary).items()}
    _write_tensors(path / "model.safetensors", tensors)
    pad, end = vocabulary.id(PAD), vocabulary.id(IM_END)
    tokens = {"bos_token_id": pad, "eos_token_id": end, "pad_token_id": pad}
    config = {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "torch_dtype": "float32",
        "vocab_size": len(vocabulary.tokens),
        "hidden_size": tiny_weights.WIDTH,
        "intermediate_size": tiny_weights.FF,
        "num_hidden_layers": tiny_weights.LAYERS,
        "num_attention_heads": tiny_weights.HEADS,
        "num_key_value_heads": tiny_weights.HEADS,
        "max_position_embeddings": CONTEXT_LENGTH,
        "rope_theta": tiny_weights.ROPE_BASE,
        "rms_norm_eps": 1e-6,
        "hidden_act": "silu",
        "tie_word_embeddings": False,
        "use_sliding_window": False,
        **tokens,
    }
    _write(path / "config.json", config)
    _write(path / "generation_config.json", {**tokens, "do_sample": False})
    _write(path / "tokenizer.json", _tokenizer(vocabulary))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": CONTEXT_LENGTH,
        "bos_token": PAD,
        "eos_token": IM_END,
        "pad_token": PAD,
        "clean_up_tokenization_spaces": False,
        "chat_template": TEMPLATE,
    }
    _write(path / "tokenizer_config.json", settings)
    return path


def _named(name: str) -> str:
    """``blk.0.attn_q.bias`` -> ``model.layers.0.self_attn.q_proj.bias``."""
    if name in _TOP:
        return _TOP[name]
    _, layer, part, kind = name.split(".")
    return f"model.layers.{layer}.{_IN_LAYER[part]}.{kind}"


def _write_tensors(path: Path, tensors: Mapping[str, Any]) -> None:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    parts, at = [], 0
    for name, tensor in tensors.items():
        data = tensor.astype("<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [at, at + len(data)],
        }
        parts.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        file.writelines(parts)


def _tokenizer(vocabulary: Vocabulary) -> dict[str, Any]:
    entries = list(enumerate(zip(vocabulary.tokens, vocabulary.kinds, strict=True)))
    space = vocabulary.tokens[0x20]
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": True}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": number, "content": token, "special": kind == "control", **flags}
            for number, (token, kind) in entries
            if kind in ("word", "control")
        ],
        "normalizer": None,
        "pre_tokenizer": level,
        "post_processor": None,
        "decoder": level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: number for number, (token, kind) in entries if kind in ("byte", "merge")},
            "merges": [[space, space]],
        },
    }


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
