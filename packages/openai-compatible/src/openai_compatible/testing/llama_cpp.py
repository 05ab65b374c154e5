"""A real llama.cpp HTTP server on loopback, with the scripted model of ``tiny_model``.

::

    with llama_cpp(api_key="sk-test") as base_url:      # http://127.0.0.1:PORT/v1
        ...

The server is llama.cpp's own C++ server, from the wheel ``xllamacpp`` (extra
``openai-compatible[demo]``); it runs in a process of its own, is ready in about half a second and
stops with the block, also when the block raises or this process dies. One server does chat and
embeddings. Nothing is downloaded: the model is written on the spot.

What it answers (measured with xllamacpp 2026.10.11549, temperature 0 or not)
    ==========================================  ==================================================
    request                                     answer
    ==========================================  ==================================================
    anything                                    ``Hello, this is a tiny model.``
    ``think`` anywhere in the prompt            ``reasoning_content`` first: ``The user asked me to
                                                ponder.``
    ``tools``                                   a call: ``get_weather({"city": "Paris"})``; offer a
                                                tool of that name with a string ``city``, a grammar
                                                makes the call fit other schemas
    ``tools`` and `` twice`` in the prompt      two calls, for Paris and for Rome
    last message has role ``tool``              the first sentence of the last tool's result
    LlamaIndex's question prompt, or a text     the first sentence of the context that is quoted
    between ``<context>`` and ``</context>``    there; with a retriever, of the best document
    lines
    ``response_format`` ``json_object``         ``{"answer": "Hello, this is a tiny model."}``
    ``response_format`` ``json_schema``         an instance: strings hold the greeting, numbers 7
    a forced tool                               a call of it, arguments as for a schema
    ``POST /v1/embeddings``                     640 numbers; texts that share words (letter triples)
                                                are near, in any language that has letters
    a prompt of more than 8,192 tokens          400 ``exceed_context_size_error``
    ==========================================  ==================================================

A token is about a character. The answer to a question is copied from the prompt as long as eight
characters in a row tell where to go on; text that repeats itself inside may be cut short.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

from openai_compatible.errors import ConfigError
from openai_compatible.testing.tiny_vocabulary import CONTEXT_LENGTH

__all__ = ["MODEL", "ReasoningFormat", "llama_cpp"]

MODEL: Final = "tiny"
"""The model id the server lists; it answers any other name too."""

ReasoningFormat = Literal["none", "auto", "deepseek"]

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_NEEDED = ("xllamacpp", "gguf", "numpy")


@contextlib.contextmanager
def llama_cpp(
    *,
    api_key: str | None = None,
    embeddings: bool = True,
    reasoning_format: ReasoningFormat = "auto",
    model: str = MODEL,
    parallel: int = 2,
) -> Iterator[str]:
    """Run the server as long as the block runs; yields its base URL, ending in ``/v1``.

    Args:
        api_key: If given, requests need ``Authorization: Bearer <api_key>``.
        embeddings: Serve ``/v1/embeddings`` beside chat; without it that path answers 501.
        reasoning_format: ``none`` leaves ``<think>`` in the content.
        model: The model id.
        parallel: How many requests are worked on at once; more wait.

    Raises:
        ConfigError: xllamacpp, gguf or numpy is not installed, or the server did not start.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"the llama.cpp server needs {', '.join(missing)}",
            hint="Install it with: pip install 'openai-compatible[demo]'",
        )
    with tempfile.TemporaryDirectory(prefix="openai-compatible-") as folder:
        settings = {
            "folder": folder,
            "api_key": api_key,
            "embeddings": embeddings,
            "reasoning_format": reasoning_format,
            "model": model,
            "parallel": parallel,
        }
        log = Path(folder, "server.log")
        with log.open("wb") as errors, _process(errors) as process:
            try:
                yield f"{_wait_for_address(process, settings, log)}/v1"
            finally:
                _stop(process)


def _process(errors: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", __name__]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, text=True)  # noqa: S603


def _wait_for_address(process: subprocess.Popen[str], settings: dict[str, Any], log: Path) -> str:
    """Hand over the settings and wait for the line that says where the server listens."""
    assert process.stdin is not None
    assert process.stdout is not None
    late = threading.Timer(_START_SECONDS, process.kill)
    late.daemon = True
    late.start()
    try:
        # Not as arguments or environment: other users can read those.
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(settings) + "\n")
            process.stdin.flush()
        address = process.stdout.readline().strip()
    finally:
        late.cancel()
        late.join()
    if not address:
        said = log.read_text(encoding="utf-8", errors="replace").strip()[-2000:] or "no message"
        last = said.splitlines()[-1]
        raise ConfigError(f"the llama.cpp server did not start: {last}", body=said)
    return address


def _stop(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()  # the server stops when its input ends
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _serve(settings: dict[str, Any]) -> None:
    """The process of the server: write the model, listen, say where, stop when the input ends."""
    from openai_compatible.testing.tiny_model import write_model

    xllamacpp = importlib.import_module("xllamacpp")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(write_model(Path(settings["folder"], "tiny.gguf")))
    parameters.model_alias = {settings["model"]}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_parallel = settings["parallel"]
    parameters.n_ctx = CONTEXT_LENGTH * settings["parallel"]
    parameters.api_keys = [settings["api_key"]] if settings["api_key"] is not None else []
    parameters.use_jinja = True
    parameters.warmup = False
    name = f"COMMON_REASONING_FORMAT_{settings['reasoning_format'].upper()}"
    parameters.reasoning_format = getattr(xllamacpp.common_reasoning_format, name)
    if settings["embeddings"]:
        parameters.embedding = True
        parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        # With a cache per slot, texts of different lengths that are worked on together are cut into
        # several batches, and the mean is taken over the last one only (seen 2026-11-21).
        parameters.kv_unified = True
        # A text to embed has to fit into one batch, else the server answers 500.
        parameters.n_batch = parameters.n_ubatch = CONTEXT_LENGTH
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _serve(json.loads(sys.stdin.readline()))
