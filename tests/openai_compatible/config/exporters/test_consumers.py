"""Exported files are loaded by the programs they are for, which then call a server on this machine.

LiteLLM and llm are looked for in this Python, and in the one that ``OPENAI_COMPATIBLE_CONSUMERS``
names: the two ask for releases of openai that the tests may not have.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from openai_compatible.config.exporters import export_to
from openai_compatible.config.file import Config, Route
from openai_compatible.config.provider import Model, Provider
from openai_compatible.testing.loopback import Reply, Seen, json_reply, loopback

HERE = Path(__file__).parent
KEY = "sk-canary-4711"


def consumer(name: str) -> str:
    """A Python that can import the program, or the test is skipped."""
    pythons = [sys.executable, os.environ.get("OPENAI_COMPATIBLE_CONSUMERS", "")]
    look = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
    for python in pythons:
        if python and subprocess.run([python, "-c", look], check=False).returncode == 0:
            return python
    pytest.skip(f"{name} is installed neither here nor in $OPENAI_COMPATIBLE_CONSUMERS")


def answering(seen: Seen) -> Reply:
    if not seen.path.startswith("/v1/"):
        return json_reply({"error": {"message": "no such path"}}, status=404)
    message = {"role": "assistant", "content": f"from {seen.json['model']}"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    body = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m"}
    return json_reply({**body, "choices": [choice], "usage": usage})


def run(python: str, script: str, *arguments: str, env: dict[str, str]) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI")}
    # A key of OpenAI lies about: no exported file may send it to another host.
    env = {**kept, "OPENAI_API_KEY": "sk-openai-canary", "LITELLM_LOCAL_MODEL_COST_MAP": "True", **env}
    done = subprocess.run(
        [python, str(HERE / script), *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return next(line for line in done.stdout.splitlines() if line.startswith("ANSWER"))


def config(url: str) -> Config:
    models = {"small": Model(id="org/small", tools=True, context_window=4096), "other": Model()}
    keyed = Provider(name="lab", base_url=url, api_key_env="LAB_KEY", models=models)
    free = Provider(name="free", base_url=url, models={"open": Model()})
    down = Provider(name="down", base_url="http://127.0.0.1:9/v1", models={"dead": Model()})
    return Config((keyed, free, down), {"main": Route("down/dead", ("lab/small",))})


@pytest.mark.parametrize(
    ("model", "wire", "authorization"),
    [
        ("small", "org/small", f"Bearer {KEY}"),
        ("open", "open", "Bearer not-needed"),
        ("main", "org/small", f"Bearer {KEY}"),
    ],
)
def test_S3_59_litellm_loads_an_exported_file_and_calls_the_server(
    tmp_path: Path, model: str, wire: str, authorization: str
) -> None:
    python = consumer("litellm")
    file = tmp_path / "config.yaml"
    with loopback(answering) as server:
        exported = export_to("litellm", config(server.url))
        assert KEY not in exported.text
        file.write_text(exported.text)
        said = run(python, "consumer_litellm.py", str(file), model, env={"LAB_KEY": KEY})
    assert said == f"ANSWER from {wire}"
    assert [seen.headers["authorization"] for seen in server.requests] == [authorization]
    assert server.requests[0].path == "/v1/chat/completions"


@pytest.mark.parametrize(
    ("model", "wire", "authorization"),
    [("small", "org/small", f"Bearer {KEY}"), ("open", "open", "Bearer DUMMY_KEY")],
)
def test_llm_loads_an_exported_file_and_calls_the_server(
    tmp_path: Path, model: str, wire: str, authorization: str
) -> None:
    python = consumer("llm")
    (tmp_path / "keys.json").write_text(json.dumps({"lab": KEY}))  # as "llm keys set lab" does
    with loopback(answering) as server:
        exported = export_to("llm", config(server.url))
        (tmp_path / "extra-openai-models.yaml").write_text(exported.text)
        said = run(python, "consumer_llm.py", model, env={"LLM_USER_PATH": str(tmp_path)})
    assert said == f"ANSWER from {wire}"
    assert [seen.headers["authorization"] for seen in server.requests] == [authorization]
