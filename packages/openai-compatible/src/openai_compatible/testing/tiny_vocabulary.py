"""Tokens, script and chat template of the scripted model; see ``tiny_model``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

__all__ = ["ANSWER", "CONTEXT_LENGTH", "TEMPLATE", "THOUGHT", "VOCABULARY_SIZE", "Vocabulary"]

CONTEXT_LENGTH: Final = 8192
"""Tokens; a token is about one character."""

IM_START, IM_END, PAD = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
START = "assistant\n"  # the last token of every prompt

SAID = ("Hello", ", this is", " a tiny", " model", ".")
PONDERED = ("<think>", "\nThe user", " asked", " me", " to", " ponder.\n", "</think>", "\n\n")
CALL = ("<tool_call>", '\n{"name": ', '"get_weather"', ', "arguments": {', '"city": ', '"Paris"', "}}")
CALL_END = "\n</tool_call>"
AGAIN = ("\n<tool_call>", '\n{"name":', ' "get_weather",', ' "arguments": {"city":', ' "Rome"', "}}\n")
AGAIN_END = "</tool_call>\n"
JSON = ('{"', '": "', '": ', '", "', '"}', '"]', ', "', "answer")

ANSWER: Final = "".join(SAID)
"""What it says when no rule applies."""
THOUGHT: Final = "".join(PONDERED[1:6]).strip()
"""What it reasons when the prompt contains ``think``."""

FLAGS = {"<tools>": 0, "think": 1, " twice": 2, "<tool_response>\n": 3}
REGION = 4  # the flag "inside a quotation"
OPENING = (
    "<tool_response>\n",
    "<context>\n",
    "Context information is below.\n---------------------\n",  # LlamaIndex's question prompt
)
CLOSING = ("\n</tool_response>", "\n</context>", "\n---------------------\n")

VOCABULARY_SIZE: Final = 336

TEMPLATE: Final = """\
{%- macro text(content) -%}
{%- if content is string -%}{{ content }}
{%- elif content is iterable -%}{%- for part in content -%}
{%- if part.type == 'text' -%}{{ part.text }}{%- endif -%}
{%- endfor -%}{%- endif -%}
{%- endmacro -%}
{%- set first = messages[0] -%}
{%- if tools -%}
{{- '<|im_start|>system\\n' -}}
{%- if first.role in ['system', 'developer'] -%}{{- text(first.content) + '\\n\\n' -}}{%- endif -%}
{{- 'These functions can be called, one JSON object a line:\\n<tools>' -}}
{%- for tool in tools -%}{{- '\\n' + (tool | tojson) -}}{%- endfor -%}
{{- '\\n</tools>\\nA call looks like this:\\n<tool_call>\\n{"name": <name>, "arguments": <object>}' -}}
{{- '\\n</tool_call><|im_end|>\\n' -}}
{%- endif -%}
{%- for message in messages -%}
{%- if message.role in ['system', 'developer'] -%}
{%- if not (tools and loop.first) -%}
{{- '<|im_start|>system\\n' + text(message.content) + '<|im_end|>\\n' -}}
{%- endif -%}
{%- elif message.role == 'user' -%}
{{- '<|im_start|>user\\n' + text(message.content) + '<|im_end|>\\n' -}}
{%- elif message.role == 'assistant' -%}
{{- '<|im_start|>assistant\\n' -}}
{%- if message.reasoning_content -%}
{{- '<think>\\n' + message.reasoning_content + '\\n</think>\\n\\n' -}}
{%- endif -%}
{%- if message.content -%}{{- text(message.content) -}}{%- endif -%}
{%- for call in message.tool_calls or [] -%}
{%- set function = call.function or call -%}
{{- '\\n<tool_call>\\n{"name": "' + function.name + '", "arguments": ' -}}
{%- if function.arguments is string -%}{{- function.arguments -}}
{%- else -%}{{- function.arguments | tojson -}}{%- endif -%}
{{- '}\\n</tool_call>' -}}
{%- endfor -%}
{{- '<|im_end|>\\n' -}}
{%- elif message.role == 'tool' -%}
{%- set tag = 'tool_response' if loop.last else 'tool_output' -%}
{{- '<|im_start|>user\\n<' + tag + '>\\n' + text(message.content) + '\\n</' + tag + '>' -}}
{{- '<|im_end|>\\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}
"""
"""The chat template (Jinja): tools, tool results and reasoning in the style of Qwen.

Only a result that comes last is a quotation to answer from; after a new question it is history.
"""


def _byte_alphabet() -> list[str]:
    """The printable characters by which byte-level vocabularies write the 256 bytes."""
    plain = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    spare = iter(range(0x100, 0x200))
    return [chr(byte if byte in plain else next(spare)) for byte in range(256)]


@dataclass
class Vocabulary:
    """Bytes 0 to 255, one merge, control tokens, words; ``kinds`` says which is which."""

    tokens: list[str] = field(default_factory=_byte_alphabet)
    kinds: list[str] = field(default_factory=lambda: ["byte"] * 256)

    def __post_init__(self) -> None:
        space = self.tokens[0x20]
        self._add("merge", space + space)  # loaders want at least one merge
        self._add("control", PAD, IM_START, IM_END)
        words: tuple[str, ...] = (START, *SAID, *PONDERED, *CALL, CALL_END, *AGAIN, AGAIN_END, *JSON)
        words += (*FLAGS, "</tools>", *OPENING, *CLOSING)
        self._add("word", *dict.fromkeys(word for word in words if len(word) > 1))
        self._add("control", *(f"<|unused{n}|>" for n in range(VOCABULARY_SIZE - len(self.tokens))))

    def _add(self, kind: str, *tokens: str) -> None:
        self.tokens += tokens
        self.kinds += [kind] * len(tokens)

    def id(self, text: str) -> int:
        """The number of a word, or of a character below 128."""
        return ord(text) if len(text) == 1 else self.tokens.index(text, 256)

    def ids(self, *texts: str) -> list[int]:
        """The numbers of several."""
        return [self.id(text) for text in texts]
