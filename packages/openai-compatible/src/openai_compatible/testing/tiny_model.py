"""A language model whose weights are written down, not trained, and its GGUF file.

:func:`write_model` makes a file of 14 MB in a fraction of a second. It needs numpy and gguf
(extra ``openai-compatible[demo]``) and downloads nothing. Any server that runs GGUF files runs it;
:mod:`openai_compatible.testing.llama_cpp` starts one and lists what it answers.

How it works. It is a three-layer Qwen2 network whose tokens are bytes and a few whole words.

* Layer 0 looks back: head ``j`` attends to the token ``j`` places before (constant queries and keys,
  rotated by the rotary embedding, peak at that distance). The residual stream gets a signature of
  the last eight tokens, and whether more quotations have begun than ended. Its feed-forward block
  multiplies "this letter" by "the letter before".
* Layer 1 raises a flag for each marker that stands anywhere in the prompt ("think", tools ...). Its
  feed-forward block makes letter triples of the letter pairs; their mean is the embedding of a text.
* Layer 2 copies: it attends to the place inside a quotation whose eight tokens before it are the
  eight tokens said last, and brings the token that stands there.
* The output matrix says which token follows which token, given the flags and the copied token.

So the model answers by a script, quotes tool results and retrieved context, and embeds texts so
that those sharing words are near. Where a grammar forbids the script, JSON punctuation is
preferred, so that strings and objects get closed.
"""

from __future__ import annotations

from pathlib import Path

from openai_compatible.errors import ConfigError
from openai_compatible.testing.tiny_vocabulary import (
    ANSWER,
    CONTEXT_LENGTH,
    IM_END,
    PAD,
    TEMPLATE,
    THOUGHT,
    Vocabulary,
)

__all__ = ["ANSWER", "CONTEXT_LENGTH", "THOUGHT", "write_model"]


def write_model(path: str | Path) -> Path:
    """Write the model as a GGUF file; the folder must exist.

    Raises:
        ConfigError: numpy or gguf is not installed.
    """
    try:
        import gguf

        from openai_compatible.testing import tiny_weights
    except ImportError as error:
        raise ConfigError(
            f"the scripted model needs {error.name}",
            hint="Install it with: pip install 'openai-compatible[demo]'",
        ) from error
    kinds = {
        "byte": gguf.TokenType.NORMAL,
        "merge": gguf.TokenType.NORMAL,
        "word": gguf.TokenType.USER_DEFINED,
        "control": gguf.TokenType.CONTROL,
    }
    vocabulary = Vocabulary()
    tensors = tiny_weights.build(vocabulary)
    file = gguf.GGUFWriter(str(path), "qwen2")
    file.add_name("openai-compatible scripted model")
    file.add_context_length(CONTEXT_LENGTH)
    file.add_embedding_length(tiny_weights.WIDTH)
    file.add_block_count(tiny_weights.LAYERS)
    file.add_feed_forward_length(tiny_weights.FF)
    file.add_head_count(tiny_weights.HEADS)
    file.add_head_count_kv(tiny_weights.HEADS)
    file.add_rope_freq_base(tiny_weights.ROPE_BASE)
    file.add_layer_norm_rms_eps(1e-6)
    file.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    file.add_tokenizer_model("gpt2")
    file.add_tokenizer_pre("qwen2")
    file.add_token_list(vocabulary.tokens)
    file.add_token_types([kinds[kind] for kind in vocabulary.kinds])
    space = vocabulary.tokens[0x20]
    file.add_token_merges([f"{space} {space}"])
    file.add_bos_token_id(vocabulary.id(PAD))
    file.add_eos_token_id(vocabulary.id(IM_END))
    file.add_pad_token_id(vocabulary.id(PAD))
    file.add_add_bos_token(False)
    file.add_chat_template(TEMPLATE)
    for name, tensor in tensors.items():
        file.add_tensor(name, tensor)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
    return Path(path)
