"""Recognisable secrets, the ways in which they are given, and eyes for every place they may show in."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import logging
import os
import pickle
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from pydantic import SecretStr

from openai_compatible import CachedToken, Model, Provider
from openai_compatible.config.key_store import SERVICE, set_key

# Signs that URLs, HTML and base64 spell in another way.
SECRETS = {
    "key": "sk-canary/4711+A&B==key",
    "header": "canary/0815+C&D==header",
    "query": "canary/1234+E&F==query",
    "password": "canary-9876-G-password",
    "proxy": "canary-5555-H-proxy",
}
KEY, HEADER, QUERY, PASSWORD, PROXY = SECRETS.values()
EVERY_PAIR = bool(os.environ.get("OPENAI_COMPATIBLE_EVERY_PAIR"))
"""Set by ``nox -s security``: long matrices are run whole."""
HERE = str(Path(__file__).parent)


def in_turn(
    first: Iterable[str], second: Iterable[str], third: Iterable[str]
) -> list[tuple[str, str, str]]:
    """Every pair of the first two; the third takes turns, so that it meets every one of both."""
    firsts, seconds, thirds = list(first), list(second), list(third)
    return [
        (one, two, three)
        for number, one in enumerate(firsts)
        for place, two in enumerate(seconds)
        for three in (thirds if EVERY_PAIR else [thirds[(number + place) % len(thirds)]])
    ]


def some_of_each(first: Iterable[str], second: Iterable[str], count: int) -> list[tuple[str, str]]:
    """For each of the first ``count`` of the second, which take turns."""
    firsts, seconds = list(first), list(second)
    count = len(seconds) if EVERY_PAIR else count
    return [
        (one, seconds[(number * count + step) % len(seconds)])
        for number, one in enumerate(firsts)
        for step in range(count)
    ]


def spellings(secret: str) -> set[str]:
    """A secret as it is, in URLs, HTML, JSON and base64, wherever it begins in that."""
    raw = secret.encode()
    found = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), html.escape(secret)}
    found |= {json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    for shift in range(3):
        found.add(base64.b64encode(b"x" * shift + raw).decode()[4 if shift else 0 : -4])
    return found


SPELLINGS = {name: spellings(secret) for name, secret in SECRETS.items()}


def seen_in(text: str | bytes) -> list[str]:
    """Names of the secrets in a text."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    return [name for name, forms in SPELLINGS.items() if any(form in text for form in forms)]


class Sinks:
    """Texts by the place they were seen in."""

    def __init__(self) -> None:
        self.leaks: list[str] = []
        self.count = 0
        self._pickled = True

    def look(self, place: str, *things: Any) -> None:
        """Look at things as text, as ``repr`` and in an f-string; at bytes as they are."""
        for thing in things:
            for text in (thing,) if isinstance(thing, str | bytes) else (str(thing), repr(thing)):
                self.count += 1
                for name in seen_in(text):
                    self.leaks.append(f"{place}: {name} in {str(text)[:2000]}")

    def look_into(self, place: str, thing: Any) -> None:
        """As error reporters do: items of containers, text as it is, and ``repr`` of the rest."""
        self.look(place, thing)
        if isinstance(thing, Mapping):
            for key, value in thing.items():
                self.look_into(f"{place}[{key!r}]", value)
        elif isinstance(thing, list | tuple | set | frozenset):
            for item in thing:
                self.look_into(place, item)

    def look_at_error(self, error: BaseException) -> None:
        """An error, its causes, what it was raised during, what these hold, and their frames' locals."""
        waiting: list[BaseException | None] = [error]
        seen: list[BaseException] = []
        while waiting:
            one = waiting.pop()
            if one is None or any(one is known for known in seen):
                continue
            seen.append(one)
            name = type(one).__name__
            self.look(name, one)
            self.look_into(f"vars({name})", vars(one))
            self.look_into(f"{name}.args", one.args)
            waiting += [one.__cause__, one.__context__, *getattr(one, "errors", ())]
            waiting += getattr(one, "exceptions", ())
            for frame, line in traceback.walk_tb(one.__traceback__):
                if not frame.f_code.co_filename.startswith(HERE):
                    place = f"{name} at {frame.f_code.co_filename}:{line}"
                    self.look_into(place, dict(frame.f_locals))
        frames = [
            (frame, line)
            for frame, line in traceback.walk_tb(error.__traceback__)
            if not frame.f_code.co_filename.startswith(HERE)
        ]
        stack = traceback.StackSummary.extract(iter(frames), capture_locals=True)
        shown = traceback.TracebackException.from_exception(error)
        shown.stack = stack
        self.look("traceback", "".join(shown.format()))
        if self._pickled:
            self.look("pickled error", pickle.dumps(error))

    def look_at_cancelled(self, error: BaseException) -> None:
        """An exception that is not ours: as an error, but for the pickle, its own class's affair."""
        self._pickled = False
        self.look_at_error(error)
        self._pickled = True

    def check(self) -> None:
        """No secret was seen, and something was looked at."""
        assert self.leaks == []
        assert self.count


@pytest.fixture
def sinks() -> Sinks:
    return Sinks()


class Logs(logging.Handler):
    """Every record of every logger, with its arguments."""

    def __init__(self, sinks: Sinks) -> None:
        super().__init__(logging.DEBUG)
        self.sinks = sinks
        self.names: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.names.add(record.name.partition(".")[0])
        self.sinks.look(f"log of {record.name}", self.format(record), record.__dict__)


@pytest.fixture
def logs(sinks: Sinks) -> Iterator[Logs]:
    """All loggers at DEBUG."""
    watch, root = Logs(sinks), logging.getLogger()
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(watch)
    yield watch
    root.removeHandler(watch)
    root.setLevel(before)


@pytest.fixture
def warned(sinks: Sinks) -> Iterator[None]:
    """Warnings, looked at instead of raised."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for one in caught:
        sinks.look("warning", one.message)


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


@pytest.fixture
def ring() -> Iterator[Ring]:
    """The keyring of this process."""
    made = Ring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(fail.Keyring())


PRINT = (
    f"import base64; print(base64.b64decode({base64.b64encode(KEY.encode()[::-1])!r}).decode()[::-1])"
)
"""A program that prints the key and does not have it in its text."""

Given = Callable[[], dict[str, Any]]


@pytest.fixture
def given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ring: Ring
) -> Callable[[str], dict[str, Any]]:
    """Fields of a provider named ``lab`` whose key is given in the way of that name."""

    def env() -> dict[str, Any]:
        monkeypatch.setenv("CANARY_VARIABLE", KEY)
        return {"api_key_env": "CANARY_VARIABLE"}

    def convention() -> dict[str, Any]:
        monkeypatch.setenv("LAB_API_KEY", KEY)
        return {}

    def file() -> dict[str, Any]:
        (tmp_path / "key").write_text(KEY)
        return {"api_key_file": str(tmp_path / "key")}

    def in_keyring() -> dict[str, Any]:
        return {"api_key_keyring": SERVICE}  # set by the fixture lab, for the host that it knows

    ways: dict[str, Given] = {
        "text": lambda: {"api_key": KEY},
        "secret": lambda: {"api_key": SecretStr(KEY)},
        "callable": lambda: {"api_key": lambda: KEY},
        "token": lambda: {"api_key": CachedToken(lambda: (KEY, 3600.0))},
        "variable": env,
        "convention": convention,
        "command": lambda: {"api_key_command": [sys.executable, "-c", PRINT]},
        "file": file,
        "keyring": in_keyring,
        "model": lambda: {"models": {"m": Model(api_key=KEY)}},
        "header style": lambda: {"api_key": KEY, "auth": {"style": "header", "name": "X-Api-Key"}},
        "query style": lambda: {"api_key": KEY, "auth": {"style": "query", "name": "code"}},
        "basic style": lambda: {"api_key": PASSWORD, "auth": {"style": "basic", "username": "u"}},
    }
    return lambda way: {"headers": {"X-Own": HEADER}, "query": {"own": QUERY}, **ways[way]()}


WAYS_TO_GIVE = (
    *("text", "secret", "callable", "token", "variable", "convention", "command", "file", "keyring"),
    *("model", "header style", "query style", "basic style"),
)


@pytest.fixture
def lab(given: Callable[[str], dict[str, Any]]) -> Callable[..., Provider]:
    """A provider whose key is given in that way, with a secret header and a secret parameter."""

    def make(base_url: str, way: str = "text", **fields: Any) -> Provider:
        made = Provider(**{"name": "lab", "base_url": base_url, **given(way), **fields})
        if way == "keyring":
            set_key(SERVICE, "lab", KEY, base_url=made.base_url)
        return made

    return make


@contextlib.contextmanager
def caught() -> Iterator[list[BaseException]]:
    """The exception that the block raises, if it does."""
    found: list[BaseException] = []
    try:
        yield found
    except BaseException as error:
        found.append(error)
