"""Seals: what keeps a cut call invalid however leniently its arguments are read."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk
from langchain_core.utils.json import parse_partial_json

from langchain_openai_compatible.invalid_calls import seal, unseal

TEXTS = st.one_of(
    st.text(alphabet='{}[]":,\\a1 \n\u00e9\u27e8\u27e9'),
    st.recursive(
        st.one_of(st.none(), st.integers(), st.text()),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    ).flatmap(lambda value: st.integers(0, 40).map(lambda size: json.dumps(value)[:size])),
)


@given(TEXTS, st.sampled_from(["length", "content_filter", "stop", "tool_calls", None]))
def test_sealed_arguments_are_never_an_object_and_hold_the_text(text, finish):
    sealed = text + seal(text, finish)
    assert unseal(sealed) == text
    try:
        read = parse_partial_json(sealed)
    except ValueError:
        read = None
    assert not isinstance(read, dict)
    chunk = {"name": "f", "args": sealed, "id": "c", "index": 0, "type": "tool_call_chunk"}
    assert AIMessageChunk(content="", tool_call_chunks=[chunk]).tool_calls == []


@given(TEXTS)
def test_what_is_not_sealed_stays_as_it_is(text):
    assert unseal(text) == text
