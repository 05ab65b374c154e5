"""Presets by name and by address: the rows shipped here, and those of plugins.

The files of rows are read when a row is asked for. Plugins are loaded when the names of all presets are
asked for, or one that is not shipped.
"""

from __future__ import annotations

import difflib
import re
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from openai_compatible.errors import ConfigError
from openai_compatible.presets.preset import Preset
from openai_compatible.urls import base_url as read_base_url
from openai_compatible.urls import is_private_host

__all__ = ["for_url", "is_home", "is_shipped", "preset", "presets", "provider_fields", "register"]

_FILES: dict[str, str] = {
    "clouds_hosts": "baseten cerebras chutes deepinfra fireworks friendli groq hyperbolic "
    "modelscope nebius novita nvidia-nim sambanova siliconflow together venice",
    "clouds_makers": "cohere-compat dashscope deepseek gemini meta-llama minimax mistral moonshot "
    "ollama-cloud openai perplexity publicai volcengine xai zai",
    "clouds_platforms": "azure-openai azure-v1 bedrock-openai cloudflare-workers-ai databricks "
    "github-copilot github-models ionos ovhcloud scaleway snowflake stackit "
    "vertex",
    "gateways": "aihubmix aimlapi cloudflare-ai-gateway fast-ai-chat helicone huggingface "
    "litellm-proxy one-api open-webui opencode-zen openrouter poe portkey "
    "requesty vercel-ai-gateway",
    "local_apps": "anythingllm docker-model-runner jan koboldcpp lemonade lmstudio localai mlx-servers "
    "ollama tabbyapi text-generation-webui xinference",
    "local_embeddings": "infinity tei",
    "local_servers": "fastchat llama-cpp-python llamacpp llamafile lmdeploy sglang tgi "
    "transformers-serve vllm",
}
"""Names of the presets, by the file their rows are in."""


_added: dict[str, Preset] = {}


def register(added: Preset) -> bool:
    """Add a preset of a plugin's; ``False`` if its name is taken: that stays with who has it."""
    if added.name in _index() or _added.setdefault(added.name, added) is not added:
        return False
    _known.cache_clear()
    return True


def presets() -> tuple[str, ...]:
    """Every name, sorted.

    >>> "ollama" in presets()
    True
    """
    _load_plugins()
    return tuple(sorted({*_index(), *_added}))


def is_shipped(name: str) -> bool:
    """Return whether a preset of that name is one of this package and not of a plugin.

    >>> is_shipped("groq"), is_shipped("acme")
    (True, False)
    """
    return name in _index()


def _load_plugins() -> None:
    """Let plugins register theirs. By name, for this room knows none above it; a second time is free."""
    import_module("openai_compatible.plugins").load()


@lru_cache(maxsize=1)
def _index() -> dict[str, str]:
    return {name: file for file, names in _FILES.items() for name in names.split()}


@cache
def _rows(file: str) -> dict[str, Preset]:
    rows: tuple[Preset, ...] = import_module(f"openai_compatible.presets.{file}").ROWS
    return {row.name: row for row in rows}


def preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        ConfigError: There is none; the message has near names.

    >>> preset("ollama").base_url
    'http://localhost:11434/v1'
    """
    file = _index().get(name)
    if file is not None:
        return _rows(file)[name]
    _load_plugins()
    if name not in _added:
        raise _unknown(name)
    return _added[name]


def _unknown(name: object) -> ConfigError:
    word, known = _plain(name), {_plain(each): each for each in presets()}
    near = [plain for plain in known if len(word) > 2 and (word in plain or plain in word)]
    near.sort(key=lambda plain: abs(len(plain) - len(word)))
    near += difflib.get_close_matches(word, known, n=2)
    found = [repr(known[plain]) for plain in dict.fromkeys(near)][:2]
    listed = "They are listed by: openai-compatible providers presets"
    hint = f"Did you mean {' or '.join(found)}?" if found else listed
    return ConfigError(f"there is no preset {name!r}", param="preset", hint=hint)


def _plain(name: object) -> str:
    """``llama.cpp`` as ``llamacpp``."""
    return re.sub(r"[^a-z0-9]+", "", str(name).lower())


def provider_fields(row: Preset) -> dict[str, Any]:
    """Fields of a :class:`~openai_compatible.config.provider.Provider`, those that say something.

    ``${VARIABLE}`` stays as it is: it is for whoever may read the environment. ``api_key_env`` is set
    where a key is required, to the recommended variable; the others are in ``Preset.api_key_env``.

    >>> provider_fields(preset("groq"))["api_key_env"]
    'GROQ_API_KEY'
    """
    fields: dict[str, Any] = {
        "name": row.name,
        "display_name": row.display_name,
        "base_url": row.base_url,
    }
    if row.profile is not None:
        fields["profile"] = row.profile
    if row.auth != "bearer":
        fields["auth"] = row.auth if isinstance(row.auth, str) else dict(row.auth)
    if row.headers:
        fields["headers"] = dict(row.headers)
    if row.query:
        fields["query"] = dict(row.query)
    if row.key == "required" and row.api_key_env:
        fields["api_key_env"] = row.api_key_env[0]
    if row.default_model is not None:
        fields["default_model"] = row.default_model
    return fields


class _Address(NamedTuple):
    host: re.Pattern[str]
    path: str
    row: Preset


@lru_cache(maxsize=1)
def _known() -> tuple[tuple[_Address, ...], dict[int, Preset | None]]:
    """Addresses of hosts, and presets by port: ``None`` for a port that several use."""
    addresses: list[_Address] = []
    ports: dict[int, Preset | None] = {}
    for row in map(preset, presets()):
        addresses += [
            found for url in (row.base_url, *row.other_base_urls) if (found := _read(url, row))
        ]
        if row.local_port is not None:
            ports[row.local_port] = None if row.local_port in ports else row
    return tuple(addresses), ports


def _read(url: str, row: Preset) -> _Address | None:
    """An address to compare with; ``None`` for this machine, and where the host is all variable."""
    parts = urlsplit(re.sub(r"\$\{\w+\}", "VARIABLE", url))
    host = parts.hostname or ""
    if host in ("localhost", "127.0.0.1", "variable"):
        return None
    pattern = re.escape(host).replace("variable", r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")
    path = re.sub(r"VARIABLE.*", "", parts.path).rstrip("/")
    return _Address(re.compile(pattern), path, row)


def is_home(row: Preset, url: str) -> bool:
    """Whether a URL is at an address of the preset, so that a key of the preset may go there.

    Always, where the address is the user's own to choose: a server of one's own, a host that is all
    variable.

    >>> is_home(preset("groq"), "https://api.groq.com/v2"), is_home(preset("groq"), "http://127.0.0.1:1")
    (True, False)
    """
    addresses = [_read(address, row) for address in (row.base_url, *row.other_base_urls)]
    parts = urlsplit(read_base_url(url).url)
    if parts.scheme != "https" or parts.port not in (None, 443):
        return None in addresses
    return any(one is None or one.host.fullmatch(parts.hostname or "") for one in addresses)


def for_url(url: str) -> Preset | None:
    """The preset that lives at an address: by its host, on private hosts by its port.

    It says what the server is likely to be, not that a key may go there. ``None`` where several use
    the same port, and for everything that cannot be read as a URL.

    >>> for_url("https://api.groq.com/openai/v1").name
    'groq'
    >>> for_url("http://127.0.0.1:8080/v1") is None  # llama.cpp, LocalAI and others
    True
    """
    try:
        parts = urlsplit(read_base_url(url).url)
        host, port = parts.hostname or "", parts.port
    except (ConfigError, ValueError):
        return None
    addresses, ports = _known()
    found = [one for one in addresses if one.host.fullmatch(host)]
    if not found and port is not None and is_private_host(host):
        return ports.get(port)
    fitting = [one for one in found if f"{parts.path}/".startswith(f"{one.path}/")]
    longest = max((len(one.path) for one in fitting), default=0)
    rows = {one.row.name: one.row for one in fitting or found if not fitting or len(one.path) == longest}
    return next(iter(rows.values())) if len(rows) == 1 else None
