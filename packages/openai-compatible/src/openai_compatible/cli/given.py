"""What commands are given beside names: text on standard input, parameters, headers, images, tools."""

from __future__ import annotations

import base64
import json
import mimetypes
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from openai_compatible.errors import ConfigError

__all__ = ["chat_request", "content", "has_terminal", "headers", "parameters", "stdin_text", "tools"]

_STARTS = (
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
)
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*([^\r\n]*)")
_SWITCH = {"on": True, "true": True, "off": False, "false": False}


def has_terminal() -> bool:
    """Whether somebody types on standard input."""
    return sys.stdin.isatty()


def stdin_text() -> str:
    """All of standard input: UTF-8, else what the terminal's encoding makes of it."""
    raw = getattr(sys.stdin, "buffer", None)
    if raw is None:
        return sys.stdin.read()
    data: bytes = raw.read()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode(sys.stdin.encoding or "latin-1", errors="replace")


def parameters(pairs: Sequence[str] | None) -> dict[str, Any]:
    """``NAME=VALUE`` as TOML reads it; a value that is no TOML is text.

    >>> parameters(["top_p=0.5", "stop=['a', 'b']", "user=me", "options.num_ctx=8192"])
    {'top_p': 0.5, 'stop': ['a', 'b'], 'user': 'me', 'options': {'num_ctx': 8192}}
    """
    from openai_compatible.config.change import merged

    found: dict[str, Any] = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"{pair!r} is not NAME=VALUE", param_hint="--param")
        found = merged(found, _toml(name.strip(), value.strip()))
    return found


def _toml(name: str, value: str) -> dict[str, Any]:
    import tomllib

    for text in (value, json.dumps(value)):
        try:
            made = tomllib.loads(f"{name} = {text}")
        except (ValueError, RecursionError):
            continue
        if len(made) == 1:
            return made
    raise typer.BadParameter(f"{name!r} is no name of a parameter", param_hint="--param")


def headers(lines: Sequence[str] | None) -> dict[str, str]:
    """``NAME: VALUE`` as headers.

    >>> headers(["X-Team: search"])
    {'X-Team': 'search'}
    """
    found = {}
    for line in lines or ():
        match = _HEADER.fullmatch(line.strip())
        if match is None:  # the line is not repeated: it may hold a key
            raise typer.BadParameter("a header is written NAME: VALUE", param_hint="--header")
        found[match[1]] = match[2]
    return found


def content(prompt: str, images: Sequence[str] | None) -> str | list[dict[str, Any]]:
    """The content of a user message: text, or parts if there are images.

    Raises:
        ConfigError: A file cannot be read, or is no image.
    """
    if not images:
        return prompt
    text = [{"type": "text", "text": prompt}] if prompt else []
    return [*text, *({"type": "image_url", "image_url": {"url": _url(image)}} for image in images)]


def _url(image: str) -> str:
    """A URL as it is; a file as data in a URL."""
    if re.match(r"(https?|data):", image, re.IGNORECASE):
        return image
    data = _read(Path(image), "image")
    kind = next((kind for start, kind in _STARTS if data.startswith(start)), None)
    if kind is None and data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "image/webp"
    kind = kind or mimetypes.guess_type(image)[0] or ""
    if not kind.startswith("image/"):
        raise ConfigError(f"{image} is no image", hint="Give PNG, JPEG, GIF or WebP, or a URL.")
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def tools(path: Path | None) -> list[dict[str, Any]]:
    """The tools of a file: OpenAI's form, or the functions alone, in a list or under ``tools``.

    Raises:
        ConfigError: The file cannot be read, or holds something else.
    """
    if path is None:
        return []
    try:
        value = json.loads(_read(path, "tools"))
    except ValueError as error:
        raise ConfigError(f"{path} is no JSON: {error}", hint="Write a list of tools.") from None
    listed = value.get("tools", [value]) if isinstance(value, Mapping) else value
    made = [_tool(entry) for entry in listed] if isinstance(listed, list) else []
    if not made or None in made:
        raise ConfigError(
            f"{path} holds no tools",
            hint='Write [{"type": "function", "function": {"name": ..., "parameters": {...}}}].',
        )
    return [tool for tool in made if tool is not None]


def _tool(entry: Any) -> dict[str, Any] | None:
    function = entry.get("function", entry) if isinstance(entry, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        return None
    return dict(entry) if "function" in entry else {"type": "function", "function": dict(function)}


def _read(path: Path, what: str) -> bytes:
    try:
        return path.expanduser().read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(
            f"cannot read {os.fspath(path)}: {reason}", hint=f"Give the path of a file with {what}."
        ) from None


def chat_request(
    messages: Sequence[Mapping[str, Any]],
    *,
    named: Mapping[str, Any],
    params: Sequence[str] | None,
    header_lines: Sequence[str] | None,
) -> Any:
    """A :class:`ChatRequest` from options.

    Args:
        messages: OpenAI chat dicts.
        named: Options that are parameters; ``None`` is not given. ``reasoning`` as a word.
        params: ``NAME=VALUE``; what is no OpenAI parameter goes into the body as it is.
        header_lines: ``NAME: VALUE``.
    """
    from openai_compatible import parameters as library

    given = {name: value for name, value in named.items() if value not in (None, [])}
    if "reasoning" in given:
        given["reasoning"] = _SWITCH.get(str(given["reasoning"]).lower(), given["reasoning"])
    more = _shaped(parameters(params))
    apart = {
        name: {**more.pop(f"extra_{name}", {}), **more.pop(name, {})} for name in ("headers", "query")
    }
    call = {**apart, "headers": {**apart["headers"], **headers(header_lines)}}
    return library.chat_request(messages, {**given, **more}, call)


_OF_TEXT = ("headers", "query", "extra_headers", "extra_query")
_TABLES = (*_OF_TEXT, "extra_body", "stream_options")


def _shaped(given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of which each is of the kind that requests are made of."""
    made = dict(given)
    for name in _TABLES:
        if name in made and not isinstance(made[name], Mapping):
            raise typer.BadParameter(f"{name} is a table: {name}.KEY=VALUE", param_hint="--param")
    for name in _OF_TEXT:
        if name in made:
            made[name] = {key: _text(f"{name}.{key}", value) for key, value in made[name].items()}
    stop, listed = made.get("stop", ""), made.get("tools", [])
    if not isinstance(stop, str) and not (
        isinstance(stop, list) and all(isinstance(one, str) for one in stop)
    ):
        raise typer.BadParameter("stop is text, or a list of text", param_hint="--param")
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise typer.BadParameter("tools is a list of tables; --tools reads a file", param_hint="--param")
    return made


def _text(name: str, value: Any) -> str:
    """A header or a query parameter, in which a number is text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise typer.BadParameter(f"{name} is text", param_hint="--param")
