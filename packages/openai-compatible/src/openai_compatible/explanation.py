"""A request that was not sent, as a value: what :func:`openai_compatible.explain` gives."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

__all__ = ["Explanation"]

_MASK = "***"
_VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[A-Za-z0-9 .:_/-]*")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A request that was not sent. Its text is for reading, :meth:`curl` for a terminal.

    Keys, and every header and query parameter that may be one, are ``***``.
    """

    provider: str
    model: str
    profile: str
    """Name of the dialect."""
    key: str
    """Where the key comes from: ``$GROQ_API_KEY``, ``argument``, ``none`` ..."""
    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    dialect: Mapping[str, Any] = field(default_factory=dict)
    """Facts that made the body differ from OpenAI's."""
    learned: Mapping[str, Any] = field(default_factory=dict)
    """Those of them that the server's refusals taught in this process."""
    fallbacks: tuple[str, ...] = ()
    """Who would be asked next, as ``provider/model``."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """Where each setting of the provider and the model, and each fact of the dialect, comes from:
    ``argument``, ``$VARIABLE``, ``FILE:LINE``, ``preset NAME``, ``profile NAME``, ``learned``,
    ``default``."""
    _key_header: str = field(default="", repr=False, compare=False)
    """Name of the header with the key."""

    def curl(self) -> str:
        """The request as a shell command.

        A key from the environment is written as its variable; another one is ``***``.
        """
        pairs = "?" + urlencode(self.query, safe="*") if self.query else ""
        lines = [f"curl {shlex.quote(self.url + pairs)}"]
        for name, value in self.headers.items():
            if name == self._key_header and _VARIABLE.fullmatch(self.key):
                lines.append(f"-H {_with_variable(f'{name}: {value}', self.key)}")
            else:
                lines.append(f"-H {shlex.quote(f'{name}: {value}')}")
        if any(name.lower() == "accept-encoding" for name in self.headers):
            lines.append("--compressed")  # without it curl prints the packed bytes
        lines.append(f"-d {shlex.quote(json.dumps(self.body, ensure_ascii=False))}")
        return " \\\n  ".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        fields = [name for name in self.__slots__ if not name.startswith("_")]
        return {name: getattr(self, name) for name in fields} | {
            "fallbacks": list(self.fallbacks),
            "curl": self.curl(),
        }

    def __str__(self) -> str:
        about = [
            f"provider  {self.provider} (profile {self.profile})",
            f"model     {self.model}",
            f"key       {self.key}",
        ]
        if self.dialect:
            facts = ", ".join(f"{fact}={value!r}" for fact, value in self.dialect.items())
            about.append(f"dialect   {facts}")
        if self.learned:
            about.append(f"learned   {', '.join(self.learned)}")
        if self.fallbacks:
            about.append(f"then      {', '.join(self.fallbacks)}")
        told = {name: origin for name, origin in self.origins.items() if origin != "default"}
        about += [
            f"{'from' if not number else '':<10}{name}: {origin}"
            for number, (name, origin) in enumerate(told.items())
        ]
        head = [f"{name}: {value}" for name, value in self.headers.items()]
        pairs = "?" + urlencode(self.query, safe="*") if self.query else ""
        text = json.dumps(self.body, ensure_ascii=False, indent=2)
        return "\n".join([*about, "", f"{self.method} {self.url}{pairs}", *head, "", text])

    __repr__ = __str__


def _with_variable(text: str, variable: str) -> str:
    """A word of a shell, with the variable in the place of the mask."""
    before, _, after = text.partition(_MASK)
    if _PLAIN.fullmatch(before + after):
        return f'"{before}{variable}{after}"'
    return f'{shlex.quote(before)}"{variable}"{shlex.quote(after) if after else ""}'
