"""Feed damaged and invented text to what reads text of others, as long as it is told.

``python tests/fuzz/fuzz.py --seconds 600 [errors] [chat] [lists] [importers]``; the nox session ``fuzz``
runs it. No part of the default test run: pytest collects ``test_*.py`` only.

For any text, only our own errors and values come out, in a bounded time, and nothing of the text reaches
``str(error)`` unescaped. Hypothesis shrinks what fails, and prints how to repeat it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import unicodedata
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from openai_compatible.config.importers import FORMATS, guess, import_from
from openai_compatible.errors import OpenAICompatibleError
from openai_compatible.plan.batches import divide_batch
from openai_compatible.plan.structured import is_refusal_of
from openai_compatible.profiles.profile import Profile
from openai_compatible.wire.adaptations import adaptation, droppable
from openai_compatible.wire.chat import ChatStream, fold
from openai_compatible.wire.embeddings import read_embeddings
from openai_compatible.wire.error_body import error_from_chunk, error_from_response, error_from_text
from openai_compatible.wire.json_answer import json_values
from openai_compatible.wire.models import read_models

TESTS = Path(__file__).parents[1]
SLOW = 2.0
"""Seconds of processor time for one text."""
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
PIECES = (
    *("_", "1", "a_", " ", "\n", "\r", "\x00", "\x1b[2J", "\u202e", "\u2028", "\ud800", "\ufeff"),
    *("é", "𝕏", "<think>", "</think>", "<tool_call>", "</tool_call>", "```json", "<function="),
    *("data: ", "data:", "\n\n", "\r\n", "event: error\n", "[DONE]", ": ", "error: ", "${HOME}"),
    *('{"', '":', "[", "]", "{", "}", ",", '"', "\\", "\\u", "null", "true", "1e999", "-", "NaN"),
    *('{"error":', '"message":', '"detail":', '"choices":', '"delta":', '"tool_calls":', '"content":'),
    *("not supported", "Unsupported parameter: '", "try again in ", "maximum context length"),
    *("os.environ/", "{env:A}", "base_url: ", "api_key: ", "model_list:\n  - ", "&a ", "*a", "<<: "),
    *("!!python/object:", "[[", "]]", "[TOOL_CALLS]"),
)
KEYS = (
    "error",
    "message",
    "detail",
    "code",
    "type",
    "param",
    "loc",
    "msg",
    "status",
    "details",
    "errors",
    "choices",
    "delta",
    "content",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "index",
    "id",
    "usage",
    "reasoning",
    "reasoning_content",
    "finish_reason",
    "data",
    "object",
    "embedding",
    "models",
    "base_resp",
    "retryDelay",
    "metadata",
    "raw",
    "request_id",
    "total_tokens",
    "role",
    "text",
    "refusal",
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(PIECES),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=25,
)


def read_seeds(folder: Path, pattern: str) -> list[bytes]:
    """Recorded texts; of a recorded answer, its body."""
    found = []
    for path in sorted(folder.rglob(pattern)):
        if path.is_file() and path.stat().st_size < 60_000:
            data = path.read_bytes()
            _, _, body = data.partition(b"\r\n\r\n")
            found.append(body if path.suffix == ".http" and body else data)
    return found


ANSWERS = read_seeds(TESTS / "fixtures", "*.http")
FILES = read_seeds(TESTS / "openai_compatible" / "config" / "importers" / "data", "*")


@st.composite
def damaged(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A recorded text with pieces cut out, doubled, replaced and put in."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        size = draw(st.integers(0, 40))
        piece = draw(st.sampled_from(PIECES)).encode("utf-8", "surrogatepass")
        piece *= draw(st.sampled_from((0, 1, 1, 2, 50, 3_000)))
        keep = draw(st.booleans())
        data = data[:at] + piece + data[at if keep else at + size :]
    return data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data


INVENTED = st.builds(
    lambda value, ascii: json.dumps(value, ensure_ascii=ascii).encode("utf-8", "surrogatepass"),
    JSON,
    st.booleans(),
)
PATCHED = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=30).map(
    lambda pieces: "".join(pieces).encode("utf-8", "surrogatepass")
)
REPEATED = st.builds(
    lambda head, piece, times: (head + piece * times).encode("utf-8", "surrogatepass"),
    st.sampled_from(PIECES),
    st.sampled_from(PIECES) | st.text(min_size=1, max_size=5),
    st.sampled_from((100, 5_000)),
)


def texts(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """Recorded, damaged, invented and repeated texts."""
    return damaged(seeds) | INVENTED | PATCHED | REPEATED | st.binary(max_size=300)


def check_error(error: BaseException | None) -> None:
    """Raise unless an error is one of ours, shows no control character and is bounded."""
    if error is None:
        return
    assert isinstance(error, OpenAICompatibleError), repr(error)
    for shown in (str(error), repr(error)):
        assert not any(unicodedata.category(sign) in HIDDEN for sign in shown), shown
    assert len(error.body or "") <= 2_000
    assert len(str(error)) < 20_000
    error.escape_texts()


def expect_ours(read: Callable[[], Any]) -> Any:
    """The value of a reader, or the error of ours that it raises."""
    start = time.thread_time()
    try:
        found = read()
    except OpenAICompatibleError as error:
        check_error(error)
        found = error
    spent = time.thread_time() - start
    assert spent < SLOW, f"{spent:.2f} s"
    return found


@given(texts(ANSWERS), st.sampled_from((302, 400, 401, 404, 413, 422, 429, 500, 503)), PATCHED, JSON)
def fuzz_errors(body: bytes, status: int, header: bytes, value: Any) -> None:
    """The error reader, and all that decides by what it read."""
    text = header.decode("utf-8", "replace")
    names = ("retry-after", "retry-after-ms", "x-ratelimit-reset-tokens", "x-request-id", "date")
    headers = {**dict.fromkeys(names, text), "x-ratelimit-remaining-tokens": "0"}

    def read() -> None:
        endpoint = "/chat/completions"
        error = error_from_response(status, headers, body, endpoint=endpoint, url="http://h", now=0.0)
        sent = {"messages": [], "tools": [], "tool_choice": "required", "max_tokens": 1}
        adaptation(error, sent, Profile(name="p"))
        droppable(error)
        divide_batch(error, 64)
        is_refusal_of("json_schema", error)
        for found in (error, error_from_text(body), error_from_chunk(value)):
            check_error(found)

    assert not isinstance(expect_ours(read), OpenAICompatibleError)


PROFILES = (
    Profile(name="p"),
    Profile(name="p", reasoning_place="tags"),
    Profile(name="p", reasoning_place="opened"),
    Profile(name="p", reasoning_place="off"),
)
TYPES = (None, "application/json", "text/event-stream", "text/html", "application/x-ndjson")
TOOLS = {"add": {"type": "object", "properties": {"a": {"type": "integer"}}}, "f": None}


@given(
    texts(ANSWERS),
    st.lists(st.integers(1, 400), max_size=12),
    st.sampled_from(PROFILES),
    st.sampled_from(TYPES),
    st.booleans(),
)
def fuzz_chat(body: bytes, sizes: list[int], profile: Profile, media: str | None, offered: bool) -> None:
    """The readers of server-sent events and of chat answers, whole and in pieces."""
    tools = TOOLS if offered else {}

    def read() -> Any:
        stream = ChatStream(profile, content_type=media, tools=tools)
        at = 0
        for size in sizes:
            stream.feed(body[at : at + size])
            at += size
        stream.feed(body[at:])
        stream.flush()
        return stream.close()

    expect_ours(read)
    whole = expect_ours(lambda: fold(body, profile, content_type=media, tools=tools))
    if not isinstance(whole, OpenAICompatibleError):
        for choice in whole.choices:
            list(json_values(choice.text or ""))


@given(texts(ANSWERS), st.sampled_from(TYPES))
def fuzz_lists(body: bytes, media: str | None) -> None:
    """The readers of model lists and of embeddings."""
    expect_ours(lambda: read_models(body, content_type=media))
    expect_ours(lambda: read_embeddings(body, 2))


@given(texts(FILES or [b"model_list: []"]), st.sampled_from(sorted(FORMATS)), st.booleans())
def fuzz_importers(data: bytes, name: str, keep_keys: bool) -> None:
    """The importers of foreign configuration."""
    text = data.decode("utf-8", "replace")
    expect_ours(lambda: guess("config.yaml", text))
    files = dict.fromkeys(FORMATS[name] if name == "ponybunny" else ("file",), text)
    expect_ours(lambda: import_from(name, files, keep_keys=keep_keys))


TARGETS: dict[str, Callable[[], None]] = {
    "errors": fuzz_errors,
    "chat": fuzz_chat,
    "lists": fuzz_lists,
    "importers": fuzz_importers,
}


def main(arguments: list[str]) -> int:
    """Run the targets in turn, each with new random numbers, until the time is over or one fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long (600)")
    parser.add_argument("--seed", type=int, help="start of the random numbers, to repeat a run")
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], help="all of them by default")
    options = parser.parse_args(arguments)
    warnings.simplefilter("error")
    number = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
    end, rounds = time.monotonic() + options.seconds, 0
    limits = settings(
        max_examples=200,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),  # to explain is to trace: it slows what is measured
        print_blob=True,
    )
    runs = {name: limits(TARGETS[name]) for name in options.targets or TARGETS}
    while time.monotonic() < end:
        for name, run in runs.items():
            print(f"{name} --seed {number}", flush=True)
            seed(number)(run)()
            rounds += 1
        number += 1
    print(f"{rounds} rounds of {limits.max_examples} texts, no finding")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
