"""Facts of models at paths of the servers' own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_compatible.errors import MalformedResponseError
from openai_compatible.types import ModelInfo
from openai_compatible.wire.native import filled, read_info, read_props, read_shown


@pytest.mark.parametrize("read", [read_shown, read_props, read_info])
@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"3"])
def test_what_is_no_object_is_malformed(read: Any, body: bytes) -> None:
    with pytest.raises(MalformedResponseError):
        read(body, "m")


@pytest.mark.parametrize(
    ("read", "body", "window"),
    [
        (read_shown, {"model_info": {"a.context_length": 8}}, 8),
        (read_shown, {"model_info": "odd"}, None),
        (read_props, {"n_ctx": 8}, 8),
        (read_props, {"default_generation_settings": {"n_ctx": 8}}, 8),
        (read_info, {"max_total_tokens": 8, "max_input_tokens": 7}, 8),
        (read_info, {"max_input_tokens": 7}, 7),
        (read_info, {}, None),
    ],
)
def test_the_context_window_is_found(read: Any, body: Any, window: int | None) -> None:
    assert read(json.dumps(body).encode(), "m").context_window == window


def test_only_what_is_unknown_is_filled_in() -> None:
    known = ModelInfo("m", tools=False)
    assert filled(known, ModelInfo("n", tools=True, dimensions=3)) == ModelInfo(
        "m", tools=False, dimensions=3
    )
    assert filled(known, ModelInfo("n")) is known
