"""Keys that a program prints, or a file holds; and what a 401 does to them."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

from openai_compatible import AsyncClient, Client, Model, Provider
from openai_compatible.config.keys import KeySource, key_source
from openai_compatible.errors import AuthenticationError, MissingKeyError
from openai_compatible.testing.loopback import Reply, Seen, json_reply, loopback

HELLO = [{"role": "user", "content": "hello"}]
ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
CANARY = "sk-canary-0123456789"


def source(**fields: Any) -> KeySource:
    return key_source(Provider(**{"name": "p", "base_url": "http://127.0.0.1:9", **fields}))


def program(text: str) -> list[str]:
    return [sys.executable, "-c", text]


async def test_the_first_line_a_program_prints_is_the_key() -> None:
    found = source(api_key_command=program("print('  sk-1 \\nmore')"))
    assert found.get() == "sk-1"
    assert await found.aget() == "sk-1"
    assert found.describe() == f"command {sys.executable!r}"
    assert found.blocks


def test_a_program_runs_once_until_its_key_is_refused(tmp_path: Path) -> None:
    count = tmp_path / "count"
    found = source(api_key_command=program(f"open({str(count)!r}, 'a').write('x'); print('k')"))
    assert [found.get(), found.get()] == ["k", "k"]
    assert count.read_text() == "x"
    assert found.renew()
    assert found.get() == "k"
    assert count.read_text() == "xx"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["/no/such/program"], "cannot be run"),
        (program(f"print('{CANARY}'); raise SystemExit(3)"), "ended with code 3"),
        (program("pass"), "printed no key"),
        (["\0"], "cannot be run"),
    ],
)
def test_a_program_that_fails_is_named_and_not_quoted(argv: list[str], said: str) -> None:
    with pytest.raises(MissingKeyError, match=said) as caught:
        source(api_key_command=argv).get()
    assert CANARY not in repr(caught.value)


def test_a_program_that_takes_too_long_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai_compatible.config.key_places._SECONDS", 0.2)
    with pytest.raises(MissingKeyError, match=r"longer than 0\.2 s"):
        source(api_key_command=program("import time; time.sleep(60)")).get()


def test_a_file_is_read_each_time(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("\ufeffsk-1\nsecond")
    found = source(api_key_file=str(file))
    assert found.get() == "sk-1"
    file.write_text("sk-2")
    assert found.get() == "sk-2"
    assert found.describe() == f"file {str(file)!r}"
    file.write_text("\n")
    with pytest.raises(MissingKeyError, match="holds no key"):
        found.get()
    file.unlink()
    with pytest.raises(MissingKeyError, match="cannot be read"):
        found.get()


def test_references_are_pickled_and_what_they_gave_is_not(tmp_path: Path) -> None:
    command = source(api_key_command=program(f"print('{CANARY}'[:9])"))
    assert command.get() == CANARY[:9]
    data = pickle.dumps(command)
    assert b"_key" in data
    assert pickle.loads(data).get() == CANARY[:9]
    assert "sk-canary" not in repr(command)


def tokens(*good: str) -> Any:
    """A server that takes each of these tokens for one request."""
    left = list(good)

    def app(seen: Seen) -> Reply:
        if left and seen.headers.get("authorization") == f"Bearer {left[0]}":
            left.pop(0)
            return json_reply(ANSWER)
        return json_reply({"error": {"message": "the token is expired"}}, 401)

    return app


async def test_a_token_that_has_run_out_is_asked_for_once_more() -> None:
    issued = iter("aabbc")
    with loopback(tokens("a", "b", "c")) as server:
        fields = {"base_url": server.base_url, "model": "m", "api_key": lambda: next(issued)}
        with Client(**fields) as client:
            client.chat(HELLO)
            answer = client.chat(HELLO)  # "a" is refused, "b" is taken
            assert answer.record is not None
            assert answer.record.attempts == 2
        async with AsyncClient(**fields) as client:
            await client.chat(HELLO)  # "b" is refused, "c" is taken
    assert len(server.requests) == 5


def test_a_program_gives_another_token_after_a_401(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_text("0")
    text = (
        f"f = {str(state)!r}; n = int(open(f).read()); open(f, 'w').write(str(n + 1)); print('t%d' % n)"
    )
    with loopback(tokens("t0", "t1")) as server:
        provider = Provider(name="p", base_url=server.base_url, api_key_command=program(text))
        with Client(provider, model="m") as client:
            client.chat(HELLO)
            client.chat(HELLO)
    assert len(server.requests) == 3


@pytest.mark.parametrize("key", ["literal", lambda: "always the same"])
def test_a_wrong_key_is_an_error_after_at_most_one_more_request(key: Any) -> None:
    with loopback(tokens()) as server:
        with Client(base_url=server.base_url, model="m", api_key=key) as client:
            with pytest.raises(AuthenticationError):
                client.chat(HELLO)
        assert len(server.requests) == (1 if key == "literal" else 2)


def test_models_have_sources_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("sk-model")
    provider = Provider(name="p", base_url="http://127.0.0.1:9", api_key_env="UNSET")
    assert key_source(provider, Model(api_key_file=str(file))).get() == "sk-model"
    assert key_source(provider, Model(api_key_command=program("print('c')"))).get() == "c"
    assert key_source(provider, Model(api_key_keyring="svc")).describe() == "keyring 'svc'"
