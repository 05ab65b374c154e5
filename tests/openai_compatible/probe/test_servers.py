"""What is known of the server that should be there."""

from __future__ import annotations

import pytest

from openai_compatible import Provider
from openai_compatible.presets.registry import preset, presets
from openai_compatible.probe.servers import FILLED_BY, OTHER_PORTS, likely_preset, other_ports, start


def likely(**fields: str) -> str | None:
    provider = Provider(**{"name": "p", "base_url": "http://127.0.0.1:9/v1", **fields})
    row = likely_preset(provider, "")
    return None if row is None else row.name


def test_a_server_is_known_by_preset_name_profile_or_address() -> None:
    assert likely(preset="vllm") == "vllm"
    assert likely(name="lmstudio") == "lmstudio"
    assert likely(profile="sglang") == "sglang"
    assert likely(base_url="http://127.0.0.1:11434") == "ollama"
    assert likely() is None
    assert likely(base_url="http://127.0.0.1:8080/v1") is None


def test_a_start_command_has_the_port_of_the_base_url() -> None:
    assert start(preset("lmstudio"), "http://127.0.0.1:1299/v1") == (
        "Start LM Studio on port 1299: lms server start --port 1299"
    )
    assert "-p 9090:80 " in start(preset("tgi"), "http://127.0.0.1:9090")
    assert start(preset("ollama"), "http://127.0.0.1").startswith(
        "Start Ollama on port 80: ollama serve"
    )


@pytest.mark.parametrize("name", [n for n in presets() if preset(n).kind == "local"])
def test_every_server_of_ones_own_comes_with_a_command_of_one_line(name: str) -> None:
    row = preset(name)
    said = start(row, row.base_url)
    assert said.startswith(f"Start {row.display_name} on port {row.local_port}: ")
    assert "\n" not in said
    assert "#" not in said


def test_services_are_not_started() -> None:
    generic = "Start the server, and check the host and the port of base_url."
    assert start(preset("groq"), "https://api.groq.com/openai/v1") == generic
    assert start(None, "http://127.0.0.1:1/v1") == generic
    assert other_ports(None, "http://127.0.0.1:1/v1") == ()


def test_rows_are_about_presets_and_their_commands_are_those_of_the_presets() -> None:
    assert {*OTHER_PORTS, *FILLED_BY} <= {*presets()}
    for name, command in FILLED_BY.items():
        words = command.split()
        assert any(" ".join(words[:2]) in line for line in preset(name).start), name
