"""The versions of the provider file, and how what an older one says is said today.

======= ====================================================================================
version what is new
======= ====================================================================================
1       the first
2       ``tls = {verify, ca_bundle, client_cert}`` in the place of ``verify`` and ``client_cert``
======= ====================================================================================

A file without ``version`` may be of any. Reading migrates in memory; the next change that is written
migrates the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["VERSION", "difference", "migrated"]

VERSION = 2


def migrated(data: Mapping[str, Any], version: int) -> dict[str, Any]:
    """What a file of that version says, in the words of the newest.

    >>> migrated({"providers": [{"name": "a", "verify": "ca.pem"}]}, 1)
    {'providers': [{'name': 'a', 'tls': {'ca_bundle': 'ca.pem'}}]}
    """
    made = dict(data)
    for step in range(version, VERSION):
        made = _STEPS[step](made)
    return made


def _tls_is_a_table(data: dict[str, Any]) -> dict[str, Any]:
    tables = data.get("providers")
    if not isinstance(tables, list):
        return data
    return {**data, "providers": [_with_tls(one) if isinstance(one, dict) else one for one in tables]}


def _with_tls(table: dict[str, Any]) -> dict[str, Any]:
    verify, tls = table.get("verify"), table.get("tls", {})
    if not {"verify", "client_cert"} & table.keys() or not isinstance(tls, dict):
        return table
    moved = {
        "ca_bundle" if isinstance(verify, str) else "verify": verify,
        "client_cert": table.get("client_cert"),
    }
    kept = {name: value for name, value in table.items() if name not in ("verify", "client_cert")}
    return {**kept, "tls": {**{k: v for k, v in moved.items() if v is not None}, **tls}}


_STEPS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _tls_is_a_table}


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The merge patch (RFC 7386) that makes the new table of the old one.

    >>> difference({"a": 1, "b": {"c": 1}}, {"b": {"c": 1, "d": 2}})
    {'a': None, 'b': {'d': 2}}
    """
    patch: dict[str, Any] = {name: None for name in old if name not in new}
    for name, value in new.items():
        before = old.get(name)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            inner = difference(before, value)
            patch |= {name: inner} if inner else {}
        elif before != value:
            patch[name] = value
    return patch
