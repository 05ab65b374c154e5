"""Start the server, run every part, stop the server."""

from __future__ import annotations

import importlib.util
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path

from openai_compatible.demo import chain, index, reasoning, structured, tool_call
from openai_compatible.demo.provider_file import ENVIRONMENT_KEY, write_provider_file
from openai_compatible.demo.screen import Screen

PARTS = (chain, tool_call, structured, reasoning, index)

NEEDED = ("gguf", "langchain_openai_compatible", "llama_index.llms", "numpy", "xllamacpp")


def main() -> int:
    """Run the demo; 0 when every part ran."""
    if missing := [name for name in NEEDED if not _installed(name)]:
        print(
            f'The demo needs {", ".join(missing)}: pip install "openai-compatible[demo]"',
            file=sys.stderr,
        )
        return 2
    from openai_compatible.testing.llama_cpp import llama_cpp

    screen = Screen()
    screen.title("openai-compatible: one provider entry, LangChain and LlamaIndex on one real server")
    key = secrets.token_urlsafe(12)
    os.environ[ENVIRONMENT_KEY] = key
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, llama_cpp(api_key=key, embeddings=True) as base_url:
        path = write_provider_file(Path(folder), base_url)
        screen.part("A llama.cpp server, and the file that names it")
        screen.text(
            f"It runs a tiny scripted model and wants a key. Ready in {time.monotonic() - start:.1f} s."
        )
        screen.text(f"{path.name}:")
        screen.code(path.read_text(encoding="utf-8"))
        for part in PARTS:
            part.show(screen, path)
    screen.end(
        f"All {screen.part_number} parts ran in {time.monotonic() - start:.1f} s; the server is stopped."
    )
    return 0


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(main())
