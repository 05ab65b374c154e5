"""Real servers, each in an environment of its own, running the scripted model.

``nox -s conformance`` makes the environments and names their Python in a variable; without it the
tests of that server are skipped.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from openai_compatible.testing.llama_cpp import llama_cpp
from openai_compatible.testing.tiny_hf import write_hf_model


@dataclass(frozen=True)
class Server:
    """A running server and what it is known not to do."""

    name: str
    base_url: str
    model: str
    profile: str
    key: str | None = None
    lacks: dict[str, str] = field(default_factory=dict)
    """What is not there, each with the server's reason."""


# What each server does not do, as recorded in tests/fixtures and docs/quirks.md.
CHAT_ONLY = "this server was started for chat"
LACKS: dict[str, dict[str, str]] = {
    "llama_cpp": {"unknown_model": "answers any name"},
    "litellm": {
        "context": "LiteLLM hands the prompt on; llama.cpp's own test has it",
        "embeddings": CHAT_ONLY,
    },
    "vllm": {"embeddings": CHAT_ONLY},
    "transformers": {
        "json_schema": "response_format is ignored (tests/fixtures/transformers_serve/json_schema)",
        "n": "answers one choice (tests/fixtures/transformers_serve/n2)",
        "models": "lists the cache of downloads, not what it serves",
        "context": "takes longer prompts than the model's context",
        "embeddings": "has no embeddings endpoint",
        "unknown_model": "tries to download it",
    },
}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], url: str, env: dict[str, str], seconds: float) -> Iterator[None]:
    """A process that answers at ``url`` within so many seconds; its log is shown if it does not."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **env})
        try:
            end = time.monotonic() + seconds
            while not _answers(url):
                if process.poll() is not None or time.monotonic() > end:
                    log.seek(0)
                    tail = log.read()[-4_000:].decode("utf-8", "replace")
                    raise RuntimeError(f"{command[0]} is not up: {tail}")
                time.sleep(0.5)
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True  # 401 and 404 are answers
    except OSError:
        return False


@contextmanager
def litellm(python: str, folder: Path) -> Iterator[Server]:
    port, key = free_port(), "sk-conformance"
    with llama_cpp() as upstream:
        config = folder / "litellm.yaml"
        model = {"model": "openai/tiny", "api_base": upstream, "api_key": "none"}
        settings = {
            "model_list": [{"model_name": "tiny", "litellm_params": model}],
            "general_settings": {"master_key": key},
            "router_settings": {"num_retries": 0},
        }
        config.write_text(json.dumps(settings))  # JSON is YAML
        command = [str(Path(python).with_name("litellm")), "--config", str(config)]
        command += ["--host", "127.0.0.1", "--port", str(port)]
        env = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False", "DO_NOT_TRACK": "1"}
        with running(command, f"http://127.0.0.1:{port}/health/liveliness", env, 120):
            yield Server("litellm", f"http://127.0.0.1:{port}/v1", "tiny", "litellm", key)


@contextmanager
def transformers(python: str, folder: Path) -> Iterator[Server]:
    port, model = free_port(), write_hf_model(folder / "tiny-hf")
    (folder / "home" / "hub").mkdir(parents=True)
    env = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HOME": str(folder / "home")}
    command = [str(Path(python).with_name("transformers")), "serve", str(model)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    with running(command, f"http://127.0.0.1:{port}/health", env, 180):
        yield Server("transformers", f"http://127.0.0.1:{port}/v1", str(model), "transformers_serve")


@contextmanager
def vllm(python: str, folder: Path) -> Iterator[Server]:
    port, model = free_port(), write_hf_model(folder / "tiny-hf")
    env = {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_HOST_IP": "127.0.0.1",
    }
    command = [python, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model)]
    command += ["--served-model-name", "tiny", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--dtype", "float32", "--max-model-len", "4096", "--max-num-seqs", "8"]
    command += ["--enforce-eager", "--enable-auto-tool-choice", "--tool-call-parser", "hermes"]
    with running(command, f"http://127.0.0.1:{port}/health", env, 240):
        yield Server("vllm", f"http://127.0.0.1:{port}/v1", "tiny", "vllm")


@contextmanager
def llama(python: str, folder: Path) -> Iterator[Server]:
    with llama_cpp() as base_url:
        yield Server("llama_cpp", base_url, "tiny", "llama_cpp")


STARTERS = {"litellm": litellm, "transformers": transformers, "vllm": vllm, "llama_cpp": llama}


@pytest.fixture(scope="session", params=list(STARTERS))
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each real server that an environment was made for."""
    variable = f"OPENAI_COMPATIBLE_CONFORMANCE_{request.param.upper()}"
    python = os.environ.get(variable)
    if python is None:
        pytest.skip(f"{variable} names no Python that has the server; run: nox -s conformance")
    with STARTERS[request.param](python, tmp_path_factory.mktemp(request.param)) as started:
        yield replace(started, lacks=LACKS[started.name])


@pytest.fixture
def needs(server: Server) -> Any:
    """``needs("n")`` skips what the server is known not to do, with its reason."""

    def check(what: str) -> None:
        if what in server.lacks:
            pytest.skip(f"{server.name}: {server.lacks[what]}")

    return check
