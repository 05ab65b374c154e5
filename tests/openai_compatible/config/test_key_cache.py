"""Keys of a keyring and of a program: read once, kept until a 401; and how a program is found."""

from __future__ import annotations

import asyncio
import os
import pickle
import shutil
import stat
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import AsyncClient, AuthenticationError, Client, Provider
from openai_compatible.config.concealed import Secret
from openai_compatible.config.key_cache import CachedKeyPlace
from openai_compatible.config.key_places import resolve_program
from openai_compatible.config.key_store import SERVICE, set_key
from openai_compatible.config.keys import key_source
from openai_compatible.errors import MissingKeyError
from openai_compatible.testing.loopback import Loopback, Reply, Seen, json_reply, loopback

HELLO = [{"role": "user", "content": "hello"}]
ANSWER = json_reply({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]})


class CountingRing(KeyringBackend):
    """A keyring in memory that counts how often it is read."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.reads = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.reads += 1
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


@pytest.fixture
def ring() -> Iterator[CountingRing]:
    made = CountingRing()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(fail.Keyring())


@pytest.fixture
def locked() -> Iterator[tuple[Loopback, set[str]]]:
    """A server, and the keys that it takes."""
    good: set[str] = set()

    def app(seen: Seen) -> Reply:
        if seen.headers.get("authorization", "").removeprefix("Bearer ") in good:
            return ANSWER
        return json_reply({"error": {"message": "Invalid API key"}}, 401)

    with loopback(app) as server:
        yield server, good


def store(ring: CountingRing, server: Loopback, key: str) -> Provider:
    """Put a key into the keyring, and return the provider that it belongs to."""
    set_key(SERVICE, "lab", key, base_url=server.base_url)
    ring.reads = 0
    return Provider(name="lab", base_url=server.base_url, api_key_keyring=SERVICE)


# ---------------------------------------------------------------------- the keyring


def test_the_keyring_is_read_once_for_a_hundred_calls(ring: CountingRing, locked: Any) -> None:
    server, good = locked
    good.add("key-1")
    with Client(store(ring, server, "key-1"), model="m") as client:
        for _ in range(100):
            client.chat(HELLO)
    assert (ring.reads, len(server.requests)) == (1, 100)


async def test_concurrent_async_calls_read_the_keyring_once(ring: CountingRing, locked: Any) -> None:
    server, good = locked
    good.add("key-1")
    async with AsyncClient(store(ring, server, "key-1"), model="m") as client:
        await asyncio.gather(*(client.chat(HELLO) for _ in range(20)))
        await client.chat(HELLO)
    assert ring.reads == 1


def test_threads_that_share_a_client_read_the_keyring_once(ring: CountingRing, locked: Any) -> None:
    server, good = locked
    good.add("key-1")
    with Client(store(ring, server, "key-1"), model="m") as client, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.chat(HELLO), range(16)))
    assert ring.reads == 1


async def test_a_key_that_was_replaced_is_read_after_a_401_and_kept(
    ring: CountingRing, locked: Any
) -> None:
    server, good = locked
    good.add("key-1")
    provider = store(ring, server, "key-1")
    with Client(provider, model="m") as client:
        async with AsyncClient(provider, model="m") as aclient:
            client.chat(HELLO)
            await aclient.chat(HELLO)
            store(ring, server, "key-2")
            good.clear()
            good.add("key-2")
            for _ in range(3):
                client.chat(HELLO)
                await aclient.chat(HELLO)
    assert ring.reads == 2  # one for each client
    assert len(server.requests) == 2 + 6 + 2


async def test_many_calls_that_are_refused_at_once_read_the_new_key_once(
    ring: CountingRing, locked: Any
) -> None:
    server, good = locked
    good.add("key-1")
    async with AsyncClient(store(ring, server, "key-1"), model="m") as client:
        await client.chat(HELLO)
        store(ring, server, "key-2")
        good.clear()
        good.add("key-2")
        await asyncio.gather(*(client.chat(HELLO) for _ in range(10)))
    assert ring.reads == 1


def test_a_wrong_key_of_the_keyring_is_an_error_after_one_more_request(
    ring: CountingRing, locked: Any
) -> None:
    server, _ = locked
    with Client(store(ring, server, "wrong"), model="m") as client:
        with pytest.raises(AuthenticationError):
            client.chat(HELLO)
    assert (ring.reads, len(server.requests)) == (2, 2)


def test_a_key_that_is_kept_goes_to_its_origin_alone(ring: CountingRing, locked: Any) -> None:
    server, good = locked
    good.add("key-1")
    provider = store(ring, server, "key-1")
    with loopback(ANSWER) as other, Client(provider, model="m") as client:
        client.chat(HELLO)
        moved = provider.changed(models={"x": {"base_url": other.base_url}})
        with (
            Client(moved, model="x") as elsewhere,
            pytest.raises(MissingKeyError, match="was saved for"),
        ):
            elsewhere.chat(HELLO)
        assert other.requests == []


def test_frameworks_read_the_keyring_once(ring: CountingRing, locked: Any) -> None:
    server, good = locked
    good.add("key-1")
    provider = store(ring, server, "key-1")
    chat, llm = (
        ChatOpenAICompatible(model="m", provider=provider),
        OpenAICompatible(model="m", provider=provider),
    )
    for _ in range(3):
        chat.invoke("hello")
        chat.bind(stop=["x"]).invoke("hello")
        llm.complete("hello")
    chat.close()
    llm.close()
    assert ring.reads == 2


# ---------------------------------------------------------------------- the cache


class Slow(CachedKeyPlace):
    """Reads when it is let, and fails where it has nothing."""

    def __init__(self, *keys: str) -> None:
        super().__init__()
        self.keys = list(keys)
        self.reads = 0
        self.began, self.may_end = threading.Event(), threading.Event()

    def _read(self) -> Secret:
        self.reads += 1
        self.began.set()
        assert self.may_end.wait(20)
        if not self.keys:
            raise MissingKeyError("no key", hint="Set one.")
        return Secret(self.keys.pop(0))


def read_together(place: Slow, callers: int = 6) -> list[Any]:
    """What that many threads get that ask while the first is reading."""
    found: list[Any] = []

    def ask() -> None:
        try:
            found.append(place.get())
        except MissingKeyError as error:
            found.append(error)

    threads = [threading.Thread(target=ask) for _ in range(callers)]
    threads[0].start()
    assert place.began.wait(20)
    for thread in threads[1:]:
        thread.start()
    threading.Timer(0.1, place.may_end.set).start()
    for thread in threads:
        thread.join(20)
    return found


def test_callers_at_the_same_time_wait_for_one_read() -> None:
    place = Slow("a", "b")
    assert read_together(place) == ["a"] * 6
    assert place.reads == 1


def test_callers_at_the_same_time_get_each_an_error_of_their_own_from_one_read() -> None:
    place = Slow()
    errors = read_together(place)
    assert place.reads == 1
    assert {str(one) for one in errors} == {"no key. Set one."}
    assert len({id(one) for one in errors}) == 6
    place.keys = ["a"]
    assert place.get() == "a"  # a failure is not kept


def test_a_key_that_another_caller_renewed_is_not_forgotten_again() -> None:
    place = Slow("a", "b", "c")
    place.may_end.set()
    assert place.get() == "a"
    assert place.renew("a")
    assert place.get() == "b"
    assert place.renew("a")  # a late refusal of the first key
    assert place.get() == "b"
    place.renew()
    assert place.get() == "c"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_that_is_forked_during_a_read_does_not_wait_for_it() -> None:
    place = Slow("a", "b")
    thread = threading.Thread(target=place.get)
    thread.start()
    assert place.began.wait(20)
    pid = os.fork()
    if pid == 0:
        place.may_end = threading.Event()
        place.may_end.set()
        os._exit(0 if place.get() == "a" else 1)
    place.may_end.set()
    thread.join(20)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_pickle_of_a_place_holds_no_key(ring: CountingRing, locked: Any) -> None:
    source = key_source(store(ring, locked[0], "sk-canary-0123456789"))
    assert source.get() == "sk-canary-0123456789"
    data = pickle.dumps(source)
    assert b"sk-canary" not in data
    assert pickle.loads(data).get() == "sk-canary-0123456789"
    assert ring.reads == 2


# ---------------------------------------------------------------------- programs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def write_program(path: Path, key: str) -> None:
    path.write_text(f"#!{sys.executable}\nimport sys\nprint({key!r}, *sys.argv[1:], sep='-')\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.mark.skipif(sys.platform == "win32", reason="scripts with #!")
def test_a_program_is_found_in_path_and_by_its_own_path(folder: Path) -> None:
    write_program(folder / "gcloud", "key")
    for name in ("gcloud", str(folder / "gcloud")):
        provider = Provider(name="p", base_url="http://h", api_key_command=[name, "auth", "token"])
        assert key_source(provider).get() == "key-auth-token"


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files")
def test_a_program_that_is_not_found_is_named_with_the_reason(folder: Path) -> None:
    (folder / "plain").write_text("no program")
    for name, why in (
        ("gcloud", r"the program 'gcloud' .* cannot be run: it is in no folder of PATH\. Install it"),
        (str(folder / "gcloud"), "cannot be run: there is no such file"),
        (str(folder / "plain"), "cannot be run: it is not executable"),
        (str(folder), "cannot be run: there is no such file"),
        ("\0", "cannot be run"),
    ):
        provider = Provider(name="p", base_url="http://h", api_key_command=[name, "auth"])
        with pytest.raises(MissingKeyError, match=why):
            key_source(provider).get()


def windows_which(files: set[str], pathext: str) -> Any:
    """Look for a program as ``shutil.which`` does on Windows, in a folder with these files."""

    def which(name: str) -> str | None:
        endings = ["", *pathext.split(";")] if "." in name else pathext.split(";")
        found = (f"{name}{ending}".lower() for ending in endings)
        return next((rf"C:\sdk\bin\{one}" for one in found if one in files), None)

    return which


def test_on_windows_a_program_with_any_ending_of_pathext_is_found() -> None:
    which = windows_which({"gcloud", "gcloud.cmd", "op.exe", "pass.bat"}, ".COM;.EXE;.BAT;.CMD")
    assert resolve_program("gcloud", which) == r"C:\sdk\bin\gcloud.cmd"
    assert resolve_program("gcloud.cmd", which) == r"C:\sdk\bin\gcloud.cmd"
    assert resolve_program("op", which) == r"C:\sdk\bin\op.exe"
    assert resolve_program("pass", which) == r"C:\sdk\bin\pass.bat"
    assert resolve_program("vault", which) is None


@pytest.mark.skipif(sys.platform == "win32", reason="scripts with #!")
def test_the_file_that_was_found_is_what_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "gcloud.cmd", "from-cmd")
    monkeypatch.setattr(shutil, "which", {"gcloud": str(tmp_path / "gcloud.cmd")}.get)
    provider = Provider(name="p", base_url="http://h", api_key_command=["gcloud", "x"])
    assert key_source(provider).get() == "from-cmd-x"
