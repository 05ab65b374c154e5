"""What is known of the server that should be there: how to start it, and where else it may listen."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from openai_compatible.config.provider import Provider
from openai_compatible.presets.preset import Preset
from openai_compatible.presets.registry import for_url, preset, presets

__all__ = ["FILLED_BY", "OTHER_PORTS", "likely_preset", "other_ports", "start"]

OTHER_PORTS: dict[str, tuple[int, ...]] = {
    "text-generation-webui": (5000, 5001),  # 5000 is taken on macOS; guides write either
}
"""Ports beside the usual one, by the name of the preset."""

FILLED_BY: dict[str, str] = {
    "docker-model-runner": "docker model pull MODEL",
    "fastchat": "python -m fastchat.serve.model_worker --model-path MODEL",
    "lemonade": "lemonade pull MODEL",
    "lmstudio": "lms get MODEL",
    "localai": "local-ai models install MODEL",
    "ollama": "ollama pull MODEL",
    "xinference": "xinference launch --model-name NAME --model-uid MODEL",
}
"""What gives a model to servers that start without one; the commands are those of the presets' pages."""


def likely_preset(provider: Provider, url: str) -> Preset | None:
    """What the server at that address is, as far as preset, name, profile or address tell.

    >>> likely_preset(Provider(name="local", base_url="http://127.0.0.1:11434/v1"), "").name
    'ollama'
    """
    for name in (provider.preset, provider.name):
        if name in presets():
            return preset(name)
    if provider.profile is not None:
        same = [row for row in map(preset, presets()) if row.profile == provider.profile]
        if len(same) == 1:
            return same[0]
    return for_url(url or provider.base_url)


_NUMBER = re.compile(r"\b\d+\b")


def start(row: Preset | None, url: str) -> str:
    """How to start the server at that address, one sentence.

    >>> start(preset("llamacpp"), "http://127.0.0.1:8081/v1")
    'Start llama.cpp server on port 8081: llama-server -m MODEL.gguf --port 8081'
    """
    if row is None or row.kind == "cloud" or not row.start:
        return "Start the server, and check the host and the port of base_url."
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    lines = [line for line in row.start[0].splitlines() if line.strip() and not line.startswith("#")]
    command = "; ".join(lines)
    place = next((one for one in _NUMBER.finditer(command) if one[0] == str(row.local_port)), None)
    if place is not None:
        command = f"{command[: place.start()]}{port}{command[place.end() :]}"
    return f"Start {row.display_name} on port {port}: {command}"


def other_ports(row: Preset | None, url: str) -> tuple[int, ...]:
    """Further ports on which a server of that kind may listen.

    >>> other_ports(preset("text-generation-webui"), "http://127.0.0.1:5001/v1")
    (5000,)
    """
    if row is None:
        return ()
    known = (row.local_port, *OTHER_PORTS.get(row.name, ()))
    return tuple(dict.fromkeys(port for port in known if port and port != urlsplit(url).port))
