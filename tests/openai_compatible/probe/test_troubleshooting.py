"""Every troubleshooting entry of the guides is an outcome here; each test is named after its entries."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from openai_compatible import Provider
from openai_compatible.presets.registry import preset
from openai_compatible.probe import servers
from openai_compatible.probe.connection import check, find_base_url, spellings
from openai_compatible.probe.outcomes import OUTCOMES
from openai_compatible.probe.requests import buffered
from openai_compatible.probe.stages import STAGES
from openai_compatible.probe.subject import PATIENCE
from openai_compatible.testing.loopback import (
    HANG,
    Pause,
    Reply,
    Seen,
    event_stream,
    json_reply,
    loopback,
    routes,
)
from openai_compatible.testing.scripted import scripted

from .conftest import ANSWER, PAGE, Fails, Here, api, asked, at, models, probed, raw, refusal

DELTA = {"choices": [{"index": 0, "delta": {"content": "w "}, "finish_reason": None}]}
FINISH = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
NGINX = Reply(
    502,
    {"content-type": "text/html", "server": "nginx"},
    b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
)


# ---------------------------------------------------------------- the connection


def test_s0_38_s0_40_s1_46_s3_38_a_refused_connection_is_told_apart_from_what_comes_after(
    free_port: int,
) -> None:
    report = probed(f"http://127.0.0.1:{free_port}/v1")
    failed = report.failed
    assert failed is not None
    assert not report.ok
    assert (failed.name, failed.outcome) == ("connection", "refused")
    assert failed.text == f"127.0.0.1:{free_port} refuses connections: nothing listens there"
    assert failed.change == "Start the server, and check the host and the port of base_url."
    assert [stage.name for stage in report.stages] == list(STAGES)
    assert at(report, "name").ok
    after = [
        stage for stage in report.stages if stage.name in ("http", "authentication", "models", "chat")
    ]
    assert {(stage.outcome, stage.ok) for stage in after} == {("skipped", None)}


@pytest.mark.parametrize(
    "name", ["vllm", "ollama", "localai", "lmstudio", "text-generation-webui", "tgi"]
)
def test_s1_78_s3_06_a_server_that_is_not_started_comes_with_how_to_start_it(
    name: str, free_port: int
) -> None:
    row = preset(name)
    report = probed(f"http://127.0.0.1:{free_port}/v1", preset=name, reach=_NoOther())
    assert at(report, "connection").outcome == "refused"
    change = at(report, "connection").change
    assert change.startswith(f"Start {row.display_name} on port {free_port}: ")
    assert change.split(": ", 1)[1].split()[0] == row.start[0].split()[0]


class _NoOther(Here):
    """Nothing else listens on this machine."""

    def listens(self, *args: Any) -> bool:
        return False


def test_s3_41_a_refusal_of_another_machine_comes_with_the_address_to_listen_on() -> None:
    stage = at(probed("http://192.0.2.7:8000/v1", reach=Fails("connection", "refused")), "connection")
    assert stage.outcome == "refused"
    assert "--host 0.0.0.0" in stage.change


def test_s0_40_in_a_container_its_own_loopback_is_named_as_what_it_is(free_port: int) -> None:
    class Container(Here):
        in_container = True

    stage = at(probed(f"http://127.0.0.1:{free_port}/v1", reach=Container()), "connection")
    assert stage.outcome == "refused_in_container"
    assert "host.docker.internal" in stage.change


def test_s0_37_the_other_usual_port_of_the_same_program_is_tried(
    free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loopback(api()) as server:
        ports = (free_port, server.port)
        monkeypatch.setitem(servers.OTHER_PORTS, "text-generation-webui", ports)
        report = probed(f"http://127.0.0.1:{free_port}/v1", preset="text-generation-webui")
        assert server.requests == []
    stage = at(report, "connection")
    assert stage.outcome == "other_port"
    assert f"something listens on port {server.port}" in stage.text
    assert f"base_url = '{server.base_url}'" in stage.change


def test_s0_37_both_ports_of_the_guides_are_known() -> None:
    row = preset("text-generation-webui")
    assert servers.other_ports(row, "http://localhost:5001/v1") == (5000,)
    assert servers.other_ports(row, "http://localhost:5000/v1") == (5001,)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("timeout", "firewall or VPN"),
        ("unreachable", "network or VPN"),
        ("blocked", "firewall or a sandbox"),
    ],
)
def test_s3_41_a_firewall_a_missing_route_and_a_closed_port_are_told_apart(
    kind: str, words: str
) -> None:
    report = probed("https://llm.example.com/v1", reach=Fails("connection", kind, "why"))
    assert at(report, "connection").outcome == kind
    assert words in at(report, "connection").change


def test_s0_40_a_name_that_is_not_known_ends_the_test_at_the_name() -> None:
    report = probed("https://llm.invalid/v1", reach=Fails("name", "unknown_host"))
    failed = report.failed
    assert failed is not None
    assert (failed.name, failed.text) == ("name", "the name llm.invalid is not known")


def test_s3_38_s3_42_a_server_that_hangs_up_is_told_with_its_log() -> None:
    with raw(None) as port:
        report = probed(f"http://127.0.0.1:{port}/v1")
    assert (at(report, "connection").ok, at(report, "http").outcome) == (True, "closed")
    assert "Look at the server's log." in at(report, "http").change


# ---------------------------------------------------------------- the base URL


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1/chat/completions", "/v1/models"])
def test_s0_39_a_base_url_with_or_without_version_ends_at_the_api(path: str) -> None:
    report = asked(api(), path=path)
    assert report.ok
    assert at(report, "http").outcome == "ok"


@pytest.mark.parametrize(
    ("path", "outcome"), [("/api", "spelling"), ("/api/v1/v1", "spelling"), ("", "spelling")]
)
def test_s0_39_another_spelling_that_answers_is_printed(path: str, outcome: str) -> None:
    app = routes(
        {"GET /api/v1/models": models("qwen3"), "POST /api/v1/chat/completions": json_reply(ANSWER)}
    )
    with loopback(app) as server:
        report = probed(f"{server.url}{path}")
        right = f"{server.url}/api/v1"
    stage = at(report, "http")
    assert (report.ok, stage.outcome, report.working_base_url) == (True, outcome, right)
    assert f"base_url = '{right}'" in stage.change


def test_s0_39_a_web_page_at_the_base_url_and_an_api_below_it_are_told_apart() -> None:
    with loopback(routes({"GET /ui/models": PAGE, "GET /v1/models": models("qwen3")})) as server:
        report = probed(f"{server.url}/ui")
        stage = at(report, "http")
    assert (stage.outcome, report.working_base_url) == ("other_spelling", server.base_url)
    assert stage.change == f"Set base_url = '{server.base_url}'."


def test_s0_39_a_web_page_and_no_api_is_told_with_its_title() -> None:
    report = asked(PAGE)
    assert at(report, "http").outcome == "web_page"
    assert "('Models UI')" in at(report, "http").text


def test_s0_38_s0_39_a_server_of_something_else_is_told() -> None:
    report = asked(json_reply({"status": "ok"}), "")
    assert at(report, "http").outcome == "not_api"
    report = asked(Reply(404, {"content-type": "text/plain"}, b"nope"), "")
    assert at(report, "http").outcome == "no_route"
    assert "/v1 or http" in at(report, "http").text


def test_s3_40_a_url_without_scheme_is_offered_with_the_one_that_fits() -> None:
    assert spellings("localhost:8000")[0] == "http://localhost:8000/v1"
    assert spellings("llm.example.com/v1")[0] == "https://llm.example.com/v1"
    with loopback(api()) as server:
        found = find_base_url(f"127.0.0.1:{server.port}", reach=Here())
    assert (found.base_url, found.models) == (server.base_url, ("qwen3",))


def test_s3_52_a_sub_path_of_a_proxy_is_used_as_written() -> None:
    app = routes(
        {"GET /llm/v1/models": models("qwen3"), "POST /llm/v1/chat/completions": json_reply(ANSWER)}
    )
    report = asked(app, path="/llm/v1")
    assert report.ok
    assert report.working_base_url == report.base_url


def test_s0_40_s3_52_a_proxy_whose_server_is_down_is_told_apart_from_a_server_that_is_down() -> None:
    report = asked(NGINX)
    assert at(report, "connection").ok
    assert at(report, "http").text == "a proxy answers HTTP 502: the server behind it does not"


# ---------------------------------------------------------------- the key


def test_s0_41_s0_45_a_key_that_is_needed_is_told_with_the_variable_that_is_read() -> None:
    with scripted(api_key="k-4711") as server:
        report = probed(server.base_url, "scripted")
    stage = at(report, "authentication")
    assert stage.outcome == "needs_key"
    assert "LOCAL_API_KEY" in stage.change
    assert report.failed is stage


def test_s0_41_s0_45_s3_48_s3_49_a_wrong_key_is_told_and_never_shown() -> None:
    with scripted(api_key="k-4711") as server:
        report = probed(server.base_url, "scripted", api_key="wrong-key-0815")
    stage = at(report, "authentication")
    assert stage.outcome == "wrong_key"
    assert stage.text == "the key from argument is refused (HTTP 401: Incorrect API key provided.)"
    assert "wrong-key-0815" not in repr(report.to_dict())


def test_s0_41_the_right_key_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "k-4711-secret")
    with scripted(api_key="k-4711-secret") as server:
        report = probed(server.base_url, "scripted", api_key_env="MY_KEY")
    assert report.ok
    assert at(report, "key").text == "the key comes from $MY_KEY"
    assert at(report, "authentication").outcome == "ok"
    assert "k-4711-secret" not in repr(report.to_dict())
    assert "$MY_KEY" in report.curl


def test_s0_41_a_variable_that_is_named_and_not_set_ends_the_test_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    with loopback(api()) as server:
        report = probed(server.base_url, api_key_env="MY_KEY")
    assert at(report, "key").outcome == "missing"
    assert "export MY_KEY=" in at(report, "key").change
    assert server.connections == 0


@pytest.mark.parametrize("key", ["not-required", "not-needed", "EMPTY", "sk-no-key-required", "ollama"])
def test_s0_46_s1_49_s1_50_a_placeholder_is_called_one_and_works(key: str) -> None:
    report = asked(api(), api_key=key)
    assert (at(report, "key").outcome, report.ok) == ("placeholder", True)


def test_s0_46_s1_49_a_server_without_authentication_needs_no_key() -> None:
    report = asked(api())
    assert at(report, "key").outcome == "none"
    assert at(report, "authentication").outcome == "not_needed"


def test_s1_49_a_server_that_ignores_a_key_is_noticed_at_home_only() -> None:
    with loopback(api()) as server:
        report = probed(server.base_url, api_key="k-4711-secret")
        lists = [seen for seen in server.requests if seen.path == "/v1/models"]
    assert at(report, "authentication").outcome == "ignored"
    assert ["authorization" in seen.headers for seen in lists] == [True, False]


def test_s0_47_a_key_of_another_service_is_named_by_its_beginning() -> None:
    from openai_compatible.probe.key_forms import form_hint

    assert form_hint("gsk_0815", preset("openai")) == " A key that begins with gsk_ is one of Groq."
    assert form_hint("gsk_0815", preset("groq")) == ""
    assert form_hint("tb_0815", preset("groq")) == ""
    assert form_hint("gsk_0815", None) == ""
    assert form_hint('"sk-1"', None) == " It begins with a quotation mark."


def test_s0_47_a_key_with_a_line_break_is_told_before_it_is_sent() -> None:
    report = asked(api(), api_key="line\nbreak")
    assert at(report, "key").text == "the key contains a line break or another control character"


@pytest.mark.parametrize(
    ("reply", "fields", "advice"),
    [
        (refusal(401, "x-api-key header is required"), {}, 'name = "x-api-key"'),
        (
            refusal(401, "Access denied due to missing subscription key."),
            {},
            "Ocp-Apim-Subscription-Key",
        ),
        (refusal(401, "No.", headers={"www-authenticate": 'Basic realm="llm"'}), {}, 'style = "basic"'),
        (
            refusal(
                401,
                "No.",
                headers={"www-authenticate": 'AzureApiManagementKey name="Ocp-Apim-Subscription-Key"'},
            ),
            {},
            "Ocp-Apim-Subscription-Key",
        ),
        (
            refusal(401, "You need to provide it in an Authorization header using Bearer auth."),
            {"auth": {"style": "header", "name": "api-key"}},
            'auth = "bearer"',
        ),
    ],
)
def test_s3_50_s3_51_a_server_that_looks_for_the_key_elsewhere_is_told_with_the_setting(
    reply: Reply, fields: dict[str, Any], advice: str
) -> None:
    report = asked(reply, api_key="k-4711-secret", **fields)
    assert at(report, "authentication").outcome == "other_style"
    assert advice in at(report, "authentication").change


@pytest.mark.parametrize(
    "auth", ["bearer", {"style": "header", "name": "x-own"}, {"style": "query", "name": "k"}]
)
def test_s3_51_the_key_travels_as_auth_says_in_all_requests_of_the_test(auth: Any) -> None:
    def app(seen: Seen) -> Reply:
        sent = seen.headers.get("authorization", seen.headers.get("x-own", seen.query.get("k", "")))
        return api()(seen) if sent.endswith("k-4711-secret") else refusal(401, "Wrong.")

    assert asked(app, api_key="k-4711-secret", auth=auth).ok


@pytest.mark.parametrize(
    "message",
    [
        "invalid x-api-key",
        "Incorrect API key: see /account/api-keys",
        "No such api key",
        "Send Authorization: Bearer or x-api-key",
    ],
)
def test_s3_49_a_key_that_is_wrong_is_not_taken_for_one_in_the_wrong_place(message: str) -> None:
    report = asked(refusal(401, message), api_key="k-4711-secret")
    assert at(report, "authentication").outcome == "wrong_key"


@pytest.mark.parametrize(
    "message", ["Missing Authentication header", "No api key passed in.", "Not authenticated"]
)
def test_s3_55_a_header_that_a_proxy_does_not_pass_on_is_told(message: str) -> None:
    report = asked(refusal(401, message), api_key="k-4711-secret")
    assert at(report, "authentication").outcome == "stripped"
    assert "pass the header on" in at(report, "authentication").change


# ---------------------------------------------------------------- the model


def test_s0_42_s0_43_s1_51_s1_53_s3_43_s3_44_an_unknown_model_comes_with_the_ids_that_are_near() -> None:
    missing = refusal(404, "The model `qwen3` does not exist.", code="model_not_found")
    report = asked(api("Qwen3-8B-Instruct", "llama-3", chat=missing))
    stage = at(report, "models")
    assert (stage.outcome, report.failed) == ("not_listed", stage)
    assert stage.text == "qwen3 is not among 2 models; nearest: Qwen3-8B-Instruct"
    assert stage.change == "Write the id exactly as the server has it: Qwen3-8B-Instruct."
    assert at(report, "chat").outcome == "model_not_found"


def test_s0_44_without_a_list_the_ways_to_name_models_are_told() -> None:
    missing = refusal(404, "The model `qwen3` does not exist.", code="model_not_found")
    report = asked(routes({"POST /v1/chat/completions": missing}))
    assert at(report, "models").outcome == "no_list"
    assert "org/model, model:free, model@version, a file name" in at(report, "chat").change


def test_s0_43_s1_51_ids_are_sent_and_compared_exactly() -> None:
    with loopback(api("Org/Model:Q4_K_M@1")) as server:
        report = probed(server.base_url, "Org/Model:Q4_K_M@1")
        sent = [seen.json["model"] for seen in server.requests if seen.method == "POST"]
    assert at(report, "models").outcome == "listed"
    assert set(sent) == {"Org/Model:Q4_K_M@1"}


def test_s1_52_s3_39_the_list_of_models_is_in_the_report() -> None:
    report = asked(api("a", "b", "c"), "")
    assert report.models == ("a", "b", "c")
    assert at(report, "models").text == "3 models: a, b, c"
    assert at(report, "chat").outcome == "which"


def test_s1_52_a_server_without_a_model_is_told_with_how_to_give_it_one() -> None:
    report = asked(routes({"GET /v1/models": json_reply({"data": None})}), "", preset="ollama")
    assert at(report, "models").outcome == "empty"
    assert at(report, "models").change == "Give it a model: ollama pull MODEL"


def test_s3_43_a_server_without_a_list_is_no_failure() -> None:
    report = asked(routes({"POST /v1/chat/completions": json_reply(ANSWER)}))
    assert report.ok
    assert (at(report, "models").outcome, at(report, "models").ok) == ("no_list", None)


def test_s3_45_a_model_that_takes_no_tools_is_noted() -> None:
    table = {"GET /v1/models": models("qwen3", capabilities=["completion"])}
    report = asked(api(**table))
    assert at(report, "models").outcome == "no_tools"
    assert "Agents need tools" in at(report, "models").change


def test_s3_45_a_server_that_was_not_started_for_tools_is_told_how() -> None:
    refused = refusal(
        400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
    )
    report = asked(api(chat=refused), extra_body={"parallel_tool_calls": False})
    assert at(report, "chat").outcome == "parameter"
    assert "--enable-auto-tool-choice" in at(report, "chat").change


# ---------------------------------------------------------------- the chat


def test_s3_47_the_first_chat_has_model_and_messages_and_nothing_else() -> None:
    with loopback(api()) as server:
        report = probed(server.base_url)
        sent = [seen.json for seen in server.requests if seen.method == "POST"]
    assert report.ok
    assert sent[0].keys() == {"model", "messages"}
    assert at(report, "chat").text.endswith(
        " s: 'Hello there.'; but not as a stream: one whole answer comes"
    )


def test_s1_47_s3_39_s3_47_the_same_chat_is_given_as_curl_without_the_key() -> None:
    report = asked(api(), api_key="k-4711-secret")
    assert report.curl.startswith(f"curl {report.base_url}/chat/completions")
    assert '"model": "qwen3", "messages": [' in report.curl
    assert "Authorization: Bearer ***" in report.curl


def test_s1_48_no_request_goes_to_another_host(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{free_port}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-host")
    with loopback(api()) as server:
        assert probed(server.base_url).ok
    assert all("authorization" not in seen.headers for seen in server.requests)


def test_s3_42_s3_43_s3_46_a_server_that_fails_is_told_with_its_log() -> None:
    report = asked(api(chat=refusal(500, "CUDA out of memory")))
    stage = at(report, "chat")
    assert (stage.outcome, stage.text) == (
        "server_error",
        "the server failed: HTTP 500: CUDA out of memory",
    )
    assert stage.change == "Look at the server's log."


def test_s3_43_s3_46_an_answer_without_text_is_told() -> None:
    empty = json_reply({"choices": [{"message": {"content": ""}, "finish_reason": "stop"}]})
    assert at(asked(api(chat=empty)), "chat").outcome == "empty"


def test_s3_54_a_chat_may_take_a_minute_and_its_limit_is_told() -> None:
    assert PATIENCE * 10.0 >= 60
    with loopback(api(chat=Reply(200, {}, [HANG]))) as server:
        report = probed(server.base_url, timeout=0.1)
    assert at(report, "chat").text == "qwen3 did not answer within 0.6 s"


def test_s3_53_streams_need_no_websocket() -> None:
    streamed = _by_stream(json_reply(ANSWER), event_stream(DELTA, DELTA, FINISH))
    with loopback(api(chat=streamed)) as server:
        report = probed(server.base_url)
    assert at(report, "chat").outcome == "ok"
    assert all("upgrade" not in seen.headers for seen in server.requests)


def _by_stream(whole: Reply, stream: Reply) -> Any:
    return lambda seen: stream if seen.json.get("stream") else whole


def test_s3_52_s3_56_a_stream_that_a_proxy_holds_back_is_noticed() -> None:
    held = Reply(
        200,
        {"content-type": "text/event-stream"},
        [Pause(0.7), b"".join(event_stream(*[DELTA] * 30, FINISH).pieces())],  # type: ignore[arg-type]
    )
    report = asked(api(chat=_by_stream(json_reply(ANSWER), held)))
    assert (report.ok, at(report, "chat").outcome) == (True, "buffered")
    assert "proxy_buffering off" in at(report, "chat").change


def test_s3_56_a_stream_that_comes_piece_by_piece_is_not_called_held_back() -> None:
    assert not buffered([1.0 + 0.02 * n for n in range(20)])
    assert not buffered([0.01] * 20)
    assert not buffered([1.0, 1.0, 1.0])


def test_s3_57_a_proxy_that_gives_up_waiting_is_told_with_its_setting() -> None:
    late = Reply(504, {"content-type": "text/html"}, b"<html><title>504 Gateway Time-out</title></html>")
    report = asked(api(chat=late))
    assert at(report, "chat").outcome == "gateway"
    assert "proxy_read_timeout 300s" in at(report, "chat").change


def test_s0_14_s4_11_a_connection_that_works_is_told_in_all_stages() -> None:
    with scripted() as server:
        report = probed(server.base_url, "scripted")
    assert report.ok
    assert [(stage.name, stage.ok) for stage in report.stages] == [
        (name, None if name == "tls" else True) for name in STAGES
    ]


def test_s4_15_a_model_with_an_endpoint_of_its_own_is_tested_there() -> None:
    with loopback(api("main")) as main, loopback(api("extra")) as own:
        provider = Provider(
            name="local",
            base_url=main.base_url,
            api_key="key-of-all-4711",
            models={"special": {"id": "extra", "base_url": own.base_url, "api_key": "key-of-one-0815"}},
        )
        report = check(provider, "special", timeout=5, reach=Here())
    assert (report.ok, report.base_url) == (True, own.base_url)
    assert main.requests == []
    assert own.requests[0].headers["authorization"] == "Bearer key-of-one-0815"


def test_x8_three_levels_reach_authenticate_and_one_smallest_chat() -> None:
    report = asked(api(), chat=False)
    assert report.ok
    assert at(report, "chat").text == "not tried: not asked for"
    reached = {"http": "ok", "authentication": "not_needed", "models": "listed"}
    assert {name: at(report, name).outcome for name in reached} == reached


# ---------------------------------------------------------------- all of them

ENTRIES = {
    *(f"S0-{number}" for number in range(37, 48)),
    *(f"S1-{number}" for number in (*range(46, 54), 78)),
    "S3-06",
    *(f"S3-{number}" for number in range(38, 58)),
    "S4-11",
    "S4-15",
    "X8",
}
OF_THE_REPORT = {"S1-47", "S1-48"}
"""What is no outcome but in the report: the curl command, and that no other host is asked."""


def test_every_entry_is_an_outcome_and_a_test_of_this_file() -> None:
    outcomes = {item for row in OUTCOMES for item in row.items}
    assert ENTRIES - OF_THE_REPORT - outcomes == set()
    names = re.findall(r"^def (test_\w+)", Path(__file__).read_text(encoding="utf-8"), re.MULTILINE)
    tested = {
        found.upper().replace("_", "-")
        for name in names
        for found in re.findall(r"(?<=_)(?:s\d_\d\d|x\d+)(?=_)", name)
    }
    assert ENTRIES - tested == set()
    assert outcomes - tested == set()
