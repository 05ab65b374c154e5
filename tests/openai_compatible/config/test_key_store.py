"""Keys in a keyring: set, used in a call, removed; and what is said where there is none."""

from __future__ import annotations

import inspect
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null
from keyring.errors import KeyringLocked, PasswordSetError
from pydantic import SecretStr

from openai_compatible import AsyncClient, Client, Model, Provider
from openai_compatible.config.key_store import (
    SERVICE,
    get_key,
    has_key,
    keyring_name,
    saved_for,
    set_key,
    unset_key,
)
from openai_compatible.config.keys import key_source
from openai_compatible.errors import ConfigError, MissingKeyError
from openai_compatible.testing.loopback import json_reply, loopback

CANARY = "sk-canary-0815-keyring"
HOST = "http://127.0.0.1:8000/v1"
HELLO = [{"role": "user", "content": "hello"}]
ANSWER = json_reply({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]})


@pytest.fixture(autouse=True)
def no_keyring_of_this_machine() -> Iterator[None]:
    """Whatever a test does, it reaches no keyring of the person who runs it."""
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(fail.Keyring())


@pytest.fixture
def ring(tmp_path: Path) -> KeyringBackend:
    """The keyring that headless machines can have: a file (keyrings.alt)."""
    alt = pytest.importorskip("keyrings.alt.file")
    found: KeyringBackend = alt.PlaintextKeyring()
    found.file_path = str(tmp_path / "keyring.cfg")  # type: ignore[attr-defined]
    keyring.set_keyring(found)
    return found


class Broken(KeyringBackend):
    """Fails as keyrings do: with its own errors, which may quote what they were given."""

    priority = 1  # type: ignore[assignment]
    held: str | None = CANARY

    def get_password(self, service: str, username: str) -> str | None:
        if self.held is None:
            raise KeyringLocked(CANARY)
        return self.held

    def set_password(self, service: str, username: str, password: str) -> None:
        raise PasswordSetError(f"cannot store {password}")

    def delete_password(self, service: str, username: str) -> None:
        raise OSError(13, CANARY)


def frames(error: BaseException) -> str:
    """All that an error reporter sees of an error, but for the frames of this file."""
    own = [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename != __file__
    ]
    texts = traceback.StackSummary.extract(iter(own), capture_locals=True).format()
    more = [one for one in (error.__cause__, error.__context__) if one is not None]
    return "".join([*texts, repr(error), str(vars(error)), *map(frames, more)])


# ---------------------------------------------------------------------- a real keyring


@pytest.mark.parametrize("key", [CANARY, f" {CANARY}\n", SecretStr(CANARY)])
def test_s3_26_a_key_is_set_read_and_removed_in_a_real_keyring(
    ring: KeyringBackend, key: str | SecretStr
) -> None:
    assert not has_key(SERVICE, "lab")
    assert not unset_key(SERVICE, "lab")
    set_key(SERVICE, "lab", key, base_url=HOST)
    assert has_key(SERVICE, "lab")
    assert not has_key(SERVICE, "other")
    assert not has_key("other", "lab")
    assert get_key(SERVICE, "lab", base_url=HOST) == CANARY
    assert CANARY not in repr(get_key(SERVICE, "lab", base_url=HOST))
    set_key(SERVICE, "lab", "sk-second", base_url=HOST)
    assert get_key(SERVICE, "lab", base_url=HOST) == "sk-second"
    assert unset_key(SERVICE, "lab")
    assert not has_key(SERVICE, "lab")
    assert keyring_name() == "file PlaintextKeyring"


async def test_s3_34_a_key_of_the_keyring_travels_with_the_request(ring: KeyringBackend) -> None:
    with loopback(ANSWER) as server:
        set_key(SERVICE, "lab", CANARY, base_url=server.base_url)
        lab = Provider(name="lab", base_url=server.base_url, api_key_keyring=SERVICE)
        with Client(lab, model="m") as client:
            client.chat(HELLO)
        async with AsyncClient(lab, model="m") as aclient:
            await aclient.chat(HELLO)
        assert [seen.headers["authorization"] for seen in server.requests] == [f"Bearer {CANARY}"] * 2
        assert unset_key(SERVICE, "lab")
        with Client(lab, model="m") as client, pytest.raises(MissingKeyError) as caught:
            client.chat(HELLO)
        assert len(server.requests) == 2
    assert "holds no key for service 'openai-compatible', user 'lab'" in str(caught.value)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("Run: openai-compatible keys set lab ")


def test_what_one_process_keeps_another_reads(ring: Any) -> None:
    set_key(SERVICE, "lab", CANARY, base_url=HOST)
    code = (
        "from openai_compatible.config.key_store import get_key, keyring_name\n"
        f"found = get_key({SERVICE!r}, 'lab', base_url={HOST!r})\n"
        "assert found == 'sk-canary-' + '0815-keyring', keyring_name()\n"
    )
    env = {
        "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
        "KEYRING_PROPERTY_FILE_PATH": ring.file_path,
    }
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env
    )
    assert (done.returncode, done.stderr) == (0, "")


# ---------------------------------------------------------------------- another host


@pytest.mark.parametrize(
    "other", ["http://localhost:8000/v1", "https://127.0.0.1:8000", "http://127.0.0.1:8001/v1"]
)
async def test_a_key_goes_to_the_origin_that_it_was_saved_for_alone(
    ring: KeyringBackend, other: str
) -> None:
    set_key(SERVICE, "lab", CANARY, base_url=HOST)
    assert saved_for(SERVICE, "lab") == "http://127.0.0.1:8000"
    same = Provider(name="lab", base_url="HTTP://127.0.0.1:8000/other", api_key_keyring=SERVICE)
    assert key_source(same).get() == CANARY
    moved = key_source(Provider(name="lab", base_url=other, api_key_keyring=SERVICE))
    for act in (moved.get, moved.aget):
        with pytest.raises(MissingKeyError, match="was saved for http://127.0.0.1:8000, ") as caught:
            found = act()
            assert inspect.isawaitable(found), "sent"
            await found
        assert "run: openai-compatible keys set lab " in str(caught.value.hint)
        assert CANARY not in frames(caught.value)


def test_a_provider_s_key_does_not_go_to_another_host_of_its_models(ring: KeyringBackend) -> None:
    set_key(SERVICE, "lab", CANARY, base_url=HOST)
    model = Model(base_url="http://evil.example/v1")
    lab = Provider(name="lab", base_url=HOST, api_key_keyring=SERVICE, models={"m": model})
    with pytest.raises(MissingKeyError, match=r"not for http://evil.example. .* --model ALIAS"):
        key_source(lab, model).get()


@pytest.mark.parametrize(
    "entry", [CANARY, "4711", "[]", "{}", '{"key": "k"}', '{"origin": 1, "key": "k"}']
)
def test_an_entry_without_a_host_is_sent_to_none(ring: KeyringBackend, entry: str) -> None:
    ring.set_password(SERVICE, "lab", entry)
    assert saved_for(SERVICE, "lab") is None
    with pytest.raises(MissingKeyError, match=r"names no host, .* Run: openai-compatible keys set lab "):
        get_key(SERVICE, "lab", base_url=HOST)


@pytest.mark.parametrize(
    ("service", "options"), [("work", "--service work"), (f"{SERVICE}/small", "--model small")]
)
def test_the_hint_names_the_service_or_the_model(
    ring: KeyringBackend, service: str, options: str
) -> None:
    with pytest.raises(MissingKeyError, match=f"keys set lab {options} "):
        get_key(service, "lab", base_url=HOST)


# ---------------------------------------------------------------------- none


ACTS: list[Callable[[], object]] = [
    lambda: set_key(SERVICE, "lab", CANARY, base_url=HOST),
    lambda: unset_key(SERVICE, "lab"),
    lambda: has_key(SERVICE, "lab"),
    lambda: get_key(SERVICE, "lab", base_url=HOST),
    keyring_name,
    key_source(Provider(name="lab", base_url="http://h", api_key_keyring=SERVICE)).get,
]


class Empty(chainer.ChainerBackend):
    backends = ()  # type: ignore[assignment]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("none", [fail.Keyring, null.Keyring, Empty], ids=lambda cls: cls.__module__)
def test_s3_26_a_machine_without_a_keyring_says_what_to_use_instead(
    act: Callable[[], object], none: type[KeyringBackend]
) -> None:
    keyring.set_keyring(none())
    with pytest.raises(ConfigError, match="no keyring .* api_key_env, .* api_key_file") as caught:
        act()
    assert CANARY not in frames(caught.value)


def test_a_keyring_that_cannot_be_opened_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> KeyringBackend:
        raise ModuleNotFoundError("No module named 'nowhere'")

    monkeypatch.setattr(keyring, "get_keyring", fails)
    with pytest.raises(ConfigError, match=r"opened: ModuleNotFoundError. Check \$PYTHON_KEYRING"):
        set_key(SERVICE, "lab", CANARY, base_url=HOST)


BLOCKED = """
import sys
sys.modules["keyring"] = None
from openai_compatible.config import key_store
from openai_compatible.errors import ConfigError
asked = [
    lambda: key_store.set_key("svc", "lab", "sk-canary", base_url="http://h"),
    lambda: key_store.unset_key("svc", "lab"),
    lambda: key_store.has_key("svc", "lab"),
    lambda: key_store.get_key("svc", "lab", base_url="http://h"),
    key_store.keyring_name,
]
for ask in asked:
    try:
        ask()
    except ConfigError as error:
        print(error)
"""


def test_a_missing_package_is_named_with_its_extra() -> None:
    done = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True, check=True)
    said = done.stdout.splitlines()
    assert len(said) == 5
    assert all('Run: pip install "openai-compatible[keyring]"' in line for line in said)
    assert "sk-canary" not in done.stdout + done.stderr


# ---------------------------------------------------------------------- failures


@pytest.mark.parametrize("key", ["", "  ", "two\nlines", "bell\x07"])
def test_what_is_no_key_is_not_kept(ring: KeyringBackend, key: str) -> None:
    with pytest.raises(ConfigError, match="lab: the key (is empty|contains)"):
        set_key(SERVICE, "lab", key, base_url=HOST)
    assert not has_key(SERVICE, "lab")


@pytest.mark.parametrize(
    ("act", "held", "name"),
    [
        (lambda: set_key(SERVICE, "lab", CANARY, base_url=HOST), CANARY, "PasswordSetError"),
        (lambda: unset_key(SERVICE, "lab"), CANARY, "PermissionError"),
        (lambda: has_key(SERVICE, "lab"), None, "KeyringLocked"),
        (lambda: get_key(SERVICE, "lab", base_url=HOST), None, "KeyringLocked"),
    ],
    ids=["set", "unset", "has", "get"],
)
def test_a_keyring_that_fails_is_named_and_not_quoted(
    act: Callable[[], object], held: str | None, name: str
) -> None:
    broken = Broken()
    broken.held = held
    keyring.set_keyring(broken)
    with pytest.raises(ConfigError, match=f"Broken' cannot be used: {name}") as caught:
        act()
    assert CANARY not in frames(caught.value)


def test_a_keyring_that_forgets_is_told() -> None:
    forgetful = Broken()
    forgetful.held = "another"
    forgetful.set_password = lambda *_: None  # type: ignore[method-assign]
    keyring.set_keyring(forgetful)
    with pytest.raises(ConfigError, match="did not keep the key") as caught:
        set_key(SERVICE, "lab", CANARY, base_url=HOST)
    assert CANARY not in frames(caught.value)
