"""The two environments of the comparison, made below ``.venvs/`` as ``run.py`` makes its own.

Ours and its peer share an interpreter, and so the SDK and the framework. There are two because
LlamaIndex's OpenAI packages need openai below 3.
"""

from __future__ import annotations

import functools
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import run

ROOT = run.ROOT
_ENVIRONMENTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "langchain": (
        "openai-3",
        ("openai-compatible", "langchain-openai-compatible"),
        ("langchain-openai",),
    ),
    "llama-index": (
        "openai-2-aiohttp",
        (
            "openai-compatible",
            "llama-index-llms-openai-compatible",
            "llama-index-embeddings-openai-compatible",
        ),
        ("llama-index-core", "llama-index-llms-openai-like", "llama-index-embeddings-openai-like"),
    ),
}
_SHOWN = (
    "openai",
    "langchain-core",
    "langchain-openai",
    "llama-index-core",
    "llama-index-llms-openai-like",
)


@functools.cache  # nothing is installed in the middle of a run
def python(name: str) -> Path:
    """The interpreter of an environment, which is made or brought up to date."""
    folder = run.VENVS / f"bench-{name}"
    interpreter = folder / run.BIN / f"python{run.EXE}"
    combination, ours, peers = _ENVIRONMENTS[name]
    arguments = [*run.combination(combination), *peers]
    for package in ours:
        arguments += ["--editable", f"./packages/{package}"]
    files = [ROOT / "pyproject.toml", *(ROOT / "packages" / each / "pyproject.toml" for each in ours)]
    text = repr(arguments).encode() + sys.version.encode() + b"".join(f.read_bytes() for f in files)
    digest, stamp = hashlib.sha256(text).hexdigest(), folder / "installed"
    if interpreter.exists() and stamp.exists() and stamp.read_text() == digest:
        return interpreter
    uv, env = run.install_uv(), run.environment()
    run.say(f"Installing .venvs/bench-{name}")
    made = run.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], env)
    if made or run.run([uv, "pip", "install", "--quiet", "--python", interpreter, *arguments], env):
        run.stop(f"could not install .venvs/bench-{name}; the lines above say why.")
    stamp.write_text(digest)
    return interpreter


def versions(name: str) -> dict[str, str]:
    """Versions of what is compared, in an environment."""
    code = (
        "import json, platform; from importlib import metadata as m; "
        "found = {d.metadata['Name'].lower(): d.version for d in m.distributions()}; "
        "print(json.dumps({'python': platform.python_version(), **found}))"
    )
    done = subprocess.run([python(name), "-c", code], capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return {each: found[each] for each in ("python", *_SHOWN) if each in found}
