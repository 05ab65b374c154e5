"""Fields that hold objects of others, which may be unfit for a pickle."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo

__all__ = ["leave_unpicklable_behind"]

_FOREIGN = (
    "callback_manager",
    "completion_to_prompt",
    "messages_to_prompt",
    "output_parser",
    "query_wrapper_prompt",
    "rate_limiter",
)


def leave_unpicklable_behind(values: dict[str, Any], fields: Mapping[str, FieldInfo]) -> None:
    """Replace objects of others that cannot be pickled by their fields' defaults, in place."""
    for name in _FOREIGN:
        if name in fields and not _is_picklable(values.get(name)):
            values[name] = fields[name].get_default(call_default_factory=True)


def _is_picklable(value: Any) -> bool:
    try:
        pickle.dumps(value)
    except Exception:  # noqa: BLE001 - anything may be raised by a foreign object's reduction
        return False
    return True
