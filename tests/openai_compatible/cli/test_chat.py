"""``chat``: what is sent, what is printed where, and how it ends."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openai_compatible.testing.loopback import (
    HANG,
    Loopback,
    Reply,
    event_stream,
    json_reply,
    loopback,
    sse,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
WEATHER = {
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


def delta(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": None}]}


END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def test_S2_18_a_reference_is_split_at_its_first_slash(configured: Any, cli: Any) -> None:
    with loopback(event_stream(delta(content="hi"), END)) as server:
        configured(local=server.base_url)
        assert cli("chat", "local/org/model", "Hello").out == "hi\n"
        assert server.requests[0].json["model"] == "org/model"


def test_S2_19_a_provider_alone_stands_for_its_default_model(
    configured: Any, cli: Any, server: Loopback
) -> None:
    configured('default_model = "scripted-reasoner"', local=server.base_url)
    assert cli("chat", "local", "Hello").code == 0
    assert server.requests[0].json["model"] == "scripted-reasoner"


def test_S2_44_one_question_with_the_name_of_a_provider(
    configured: Any, cli: Any, server: Loopback
) -> None:
    configured('default_model = "scripted"', local=server.base_url)
    ran = cli("chat", "local", "Hello")
    assert ran[:2] == (0, "You said: Hello\n")
    assert ran.err.startswith("5 tokens in, 3 out, ")


def test_the_prompt_comes_from_standard_input(configured: Any, cli: Any, server: Loopback) -> None:
    configured(local=server.base_url)
    assert cli("chat", "local/m", stdin="Grüße\n".encode()).out == "You said: Grüße\n"
    assert cli(
        "chat", "local/m", "-", stdin=b"\xef\xbb\xbfa\r\nb\r\n"
    ).out == "You said: a\r\nb\n".replace("\r", "\\r")


def test_an_argument_leaves_standard_input_alone(configured: Any, cli: Any, server: Loopback) -> None:
    configured(local=server.base_url)
    assert cli("chat", "local/m", "Hello", stdin=b"not this").out == "You said: Hello\n"


@pytest.mark.parametrize(
    "words", [["chat", "local/m"], ["chat", "local/m", " "], ["chat", "local/m", "-"]]
)
def test_without_a_prompt_nothing_is_sent(
    words: list[str], configured: Any, cli: Any, server: Loopback
) -> None:
    configured(local=server.base_url)
    ran = cli(*words)
    assert (ran.code, ran.out, server.requests) == (2, "", [])
    assert "there is no prompt" in ran.err


def test_options_are_sent_under_their_names(configured: Any, cli: Any) -> None:
    with loopback(event_stream(delta(content="hi"), END)) as server:
        configured(local=server.base_url)
        words = [
            "--system",
            "Be short.",
            "--temperature",
            "0.5",
            "--max-tokens",
            "7",
            "--reasoning",
            "low",
        ]
        more = ["-p", "top_p=0.9", "-p", "stop=['a']", "-p", "user=me", "-p", "options.num_ctx=8192"]
        assert cli("chat", "local/m", "Hello", *words, *more, "-H", "X-Team: search").code == 0
        sent = server.requests[0]
    body = sent.json
    assert body["messages"] == [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Hello"},
    ]
    assert (body["temperature"], body["max_tokens"], body["reasoning_effort"]) == (0.5, 7, "low")
    assert (body["top_p"], body["stop"], body["user"]) == (0.9, ["a"], "me")
    assert body["options"] == {"num_ctx": 8192}
    assert body["stream"] is True
    assert sent.headers["x-team"] == "search"


def test_reasoning_is_switched_on_and_off(configured: Any, cli: Any) -> None:
    with loopback(event_stream(delta(content="hi"), END)) as server:
        configured('dialect = { reasoning_switch = "enable_thinking" }', local=server.base_url)
        for word in ("on", "off"):
            assert cli("chat", "local/m", "Hello", "--reasoning", word).code == 0
        assert [seen.json["enable_thinking"] for seen in server.requests] == [True, False]


def test_no_stream_asks_for_one_whole_answer(configured: Any, cli: Any, server: Loopback) -> None:
    configured(local=server.base_url)
    assert cli("chat", "local/m", "Hello", "--no-stream").out == "You said: Hello\n"
    assert "stream" not in server.requests[0].json


def test_S0_51_an_image_goes_as_data_or_as_its_url(
    configured: Any, cli: Any, server: Loopback, tmp_path: Path
) -> None:
    configured(local=server.base_url)
    (tmp_path / "picture").write_bytes(PNG)
    web = "https://example.com/a.jpg"
    words = ["--image", str(tmp_path / "picture"), "--image", web]
    assert cli("chat", "local/m", "What is this?", *words).code == 0
    text, first, second = server.requests[0].json["messages"][0]["content"]
    assert text == {"type": "text", "text": "What is this?"}
    data = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert first == {"type": "image_url", "image_url": {"url": data}}
    assert second["image_url"]["url"] == web


@pytest.mark.parametrize(("name", "said"), [("none.png", "cannot read"), ("text.txt", "is no image")])
def test_what_is_no_image_is_told(
    name: str, said: str, configured: Any, cli: Any, tmp_path: Path, server: Loopback
) -> None:
    configured(local=server.base_url)
    (tmp_path / "text.txt").write_text("hello")
    ran = cli("chat", "local/m", "Hello", "--image", str(tmp_path / name))
    assert (ran.code, server.requests) == (3, [])
    assert said in ran.err


@pytest.mark.parametrize("form", ["bare", "list", "openai", "object"])
def test_tool_calls_are_shown_and_not_made(
    form: str, configured: Any, cli: Any, server: Loopback, tmp_path: Path
) -> None:
    configured(local=server.base_url)
    whole = {"type": "function", "function": WEATHER}
    written = {"bare": WEATHER, "list": [WEATHER], "openai": [whole], "object": {"tools": [whole]}}
    (tmp_path / "tools.json").write_text(json.dumps(written[form]))
    words = ["chat", "local/m", "Weather in 'Paris'?", "--tools", str(tmp_path / "tools.json")]
    assert cli(*words).out == 'get_weather({"city": "Paris"})\n'
    assert server.requests[0].json["tools"] == [whole]
    (call,) = json.loads(cli(*words, "--json").out)["tool_calls"]
    assert (call["name"], call["arguments"]) == ("get_weather", '{"city": "Paris"}')


@pytest.mark.parametrize("text", ["{", "[]", '["a"]', '{"a": 1}', "3"])
def test_a_file_without_tools_is_told(text: str, configured: Any, cli: Any, tmp_path: Path) -> None:
    configured(local="http://127.0.0.1:9")
    (tmp_path / "tools.json").write_text(text)
    ran = cli("chat", "local/m", "Hello", "--tools", str(tmp_path / "tools.json"))
    assert ran.code == 3
    assert "tools.json" in ran.err


@pytest.mark.parametrize("streamed", [True, False])
def test_the_answer_alone_is_on_standard_output(
    streamed: bool, configured: Any, cli: Any, server: Loopback
) -> None:
    configured(local=server.base_url)
    ran = cli("chat", "local/scripted-reasoner", "Hello", *([] if streamed else ["--no-stream"]))
    assert ran.out == "You said: Hello\n"
    marked, said, answer, took = ran.err.splitlines()
    assert (marked, said, answer) == ("[reasoning]", "The user says: Hello", "[answer]")
    assert took.startswith("5 tokens in, 7 out (4 reasoning), ")


def test_further_choices_follow_the_first(configured: Any, cli: Any, server: Loopback) -> None:
    configured(local=server.base_url)
    ran = cli("chat", "local/m", "Hello", "-p", "n=2")
    assert ran.out == "You said: Hello\n" * 2
    assert "[choice 2]\n" in ran.err
    document = json.loads(cli("chat", "local/m", "Hello", "-p", "n=2", "--json").out)
    assert [choice["text"] for choice in document["choices"]] == ["You said: Hello"] * 2


def test_json_is_one_document(configured: Any, cli: Any, server: Loopback) -> None:
    configured(local=server.base_url)
    ran = cli("chat", "local/scripted-reasoner", "Hello", "--json")
    document = json.loads(ran.out)
    assert ran.err == ""
    assert document["text"] == "You said: Hello"
    assert document["reasoning"] == "The user says: Hello"
    assert document["tool_calls"] == []
    assert document["usage"]["output_tokens"] == 7
    assert document["finish_reason"] == "stop"
    assert document["record"]["provider"] == "local"
    assert document["interrupted"] is False


def test_what_came_before_a_cut_stays(configured: Any, cli: Any, server: Loopback) -> None:
    configured(local=server.base_url)
    ran = cli("chat", "local/scripted-cut", "Hello")
    assert (ran.code, ran.out) == (9, "You said: Hello\n")
    assert "cut off" in ran.err
    ran = cli("chat", "local/scripted-cut", "Hello", "--json")
    document = json.loads(ran.out)
    assert (ran.code, document["text"]) == (9, "You said: Hello")
    assert document["error"]["type"] == "StreamInterruptedError"


def test_how_an_answer_ended_is_told_unless_it_is_as_usual(
    configured: Any, cli: Any, server: Loopback
) -> None:
    configured(local=server.base_url)
    assert "finish reason: length" in cli("chat", "local/m", "Hello", "--max-tokens", "1").err


def test_who_answered_instead_is_told(configured: Any, cli: Any, server: Loopback) -> None:
    with loopback(json_reply({"error": {"message": "Loading"}}, 503, {"retry-after": "0"})) as loading:
        configured(
            '[routes.main]\nprimary = "first/m"\nfallback = ["second/m"]\n',
            first=loading.base_url,
            second=server.base_url,
        )
        assert "answered by second/m, after first failed" in cli("chat", "main", "Hello").err


@pytest.mark.parametrize(
    ("model", "code"),
    [("401", 5), ("403", 5), ("404", 6), ("400", 7), ("context", 7), ("429", 8), ("500", 8)],
)
def test_the_exit_code_says_what_went_wrong(
    model: str, code: int, configured: Any, cli: Any, server: Loopback
) -> None:
    configured("max_retries = 0", local=server.base_url)
    ran = cli("chat", f"local/scripted-{model}", "Hello")
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("error: local: ")
    document = json.loads(cli("chat", f"local/scripted-{model}", "Hello", "--json").out)
    assert document["error"]["provider"] == "local"


def test_a_server_that_is_not_there_and_names_that_nobody_has(configured: Any, cli: Any) -> None:
    with loopback(json_reply({})) as gone:
        pass
    configured("max_retries = 0", local=gone.base_url)
    assert cli("chat", "local/m", "Hello").code == 4
    ran = cli("chat", "locl/m", "Hello")
    assert ran.code == 3
    assert "locl" in ran.err
    ran = cli("chat", "locl/m", "Hello", "--json")
    assert ran.code == 3
    assert json.loads(ran.out)["error"]["type"] == "UnknownProviderError"


@pytest.mark.parametrize(
    "words",
    [["-p", "temperature"], ["-p", "=1"], ["-p", "a b=1"], ["-H", "s3cret-value"], ["--nonsense"]],
)
def test_an_option_that_cannot_be_read_is_told_without_what_may_be_a_key(
    words: list[str], configured: Any, cli: Any
) -> None:
    configured(local="http://127.0.0.1:9")
    ran = cli("chat", "local/m", "Hello", *words)
    assert ran.code == 2
    assert "s3cret" not in ran.err
    assert (
        json.loads(cli("chat", "local/m", "Hello", "--json", *words).out)["error"]["type"]
        == "UsageError"
    )


HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202eevil\r\x08\x9b31m"


def test_nothing_of_a_server_moves_the_cursor(configured: Any, cli: Any) -> None:
    """Also when an escape sequence is split between two chunks."""
    pieces = [delta(reasoning_content=char) for char in HOSTILE] + [delta(content=c) for c in HOSTILE]
    call = {"index": 0, "id": "c", "function": {"name": HOSTILE, "arguments": HOSTILE}}
    with loopback(event_stream(*pieces, delta(tool_calls=[call]), END)) as server:
        configured(local=server.base_url)
        ran = cli("chat", "local/m", "Hello")
    with loopback(json_reply({"error": {"message": HOSTILE}}, 400)) as server:
        configured(local=server.base_url)
        failed = cli("chat", "local/m", "Hello")
    for text in (ran.out, ran.err, failed.out, failed.err):
        assert not {char for char in text if not char.isprintable()} - {"\n"}
    assert "\\x1b]0;owned\\x07\\x1b[2J\\u202eevil\\r\\x08\\x9b31m" in ran.out
    assert "owned" in failed.err


def test_spaces_tabs_and_joined_characters_stay_as_they_are(configured: Any, cli: Any) -> None:
    text = "a\tb\u00a0c\u202fd\u3000e\u200d\U0001f469\u200d\U0001f680\n\n"
    with loopback(event_stream(*(delta(content=char) for char in text), END)) as server:
        configured(local=server.base_url)
        assert cli("chat", "local/m", "Hello").out == text


def test_S2_26_no_character_is_too_much_for_an_ascii_terminal(
    configured: Any, program: Any, server: Loopback
) -> None:
    configured(local=server.base_url)
    for words in (
        ["chat", "local/scripted-reasoner", "-"],
        ["chat", "local/scripted-reasoner", "-", "--json"],
    ):
        process = program(*words, env={"PYTHONIOENCODING": "ascii"})
        out, err = process.communicate("→ Grüße \U0001f600".encode(), timeout=60)
        assert process.returncode == 0, err
        assert out.isascii()
        assert err.isascii()
        assert b"\\u2192 Gr" in out


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.parametrize("as_json", [False, True])
def test_ctrl_c_keeps_what_came(as_json: bool, configured: Any, program: Any) -> None:
    read = threading.Event()

    def pieces() -> Iterator[Any]:
        yield sse(delta(reasoning_content="hm"), delta(content="Once upon"), done=False)
        yield from [b":" + b" " * 2**20 + b"\n\n"] * 16  # more than the sockets hold: it must be read
        read.set()
        yield HANG

    with loopback(Reply(headers={"content-type": "text/event-stream"}, body=pieces)) as server:
        configured(local=server.base_url)
        process = program("chat", "local/m", "Hello", *(["--json"] if as_json else []))
        assert read.wait(60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err
    if as_json:
        document = json.loads(out)
        assert (document["text"], document["reasoning"]) == ("Once upon", "hm")
        assert document["interrupted"] is True
        assert document["finish_reason"] is None
    else:
        assert out == b"Once upon\n"
        assert b"interrupted: this is what came" in err


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_ctrl_c_before_anything_came(configured: Any, program: Any) -> None:
    with loopback(event_stream(HANG)) as server:
        configured(local=server.base_url)
        process = program("chat", "local/m", "Hello")
        assert server.wait_for_requests(1, timeout=30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
@pytest.mark.parametrize(
    "line",
    [
        "chat local/m 'one two three' -p n=3 | head -1",
        "models local --json | head -1",
        "models local | head -1",
        "explain local/m | head -1",
        "schema | head -1",
        "--help | true",
        "--version | true",
    ],
)
def test_a_reader_that_leaves_early_hears_no_complaint(
    line: str, configured: Any, server: Loopback
) -> None:
    configured(local=server.base_url)
    command, _, reader = line.rpartition(" | ")
    script = f"{sys.executable} -m openai_compatible.cli {command} 3>&1 | {reader} >/dev/null"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr
    assert "Broken" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_empty_ones(closed: str, configured: Any, server: Loopback) -> None:
    configured(local=server.base_url)
    script = f"{sys.executable} -m openai_compatible.cli chat local/scripted-reasoner Hello {closed}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert done.stdout == ("" if ">&-" in closed.replace("2>&-", "") else "You said: Hello\n")
