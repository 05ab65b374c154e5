"""The stages of a test: TLS, proxies, what servers answer instead of an API; and the report."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from openai_compatible import Provider
from openai_compatible.probe.connection import check
from openai_compatible.probe.stages import STAGES, Report, Stage
from openai_compatible.testing.loopback import (
    HANG,
    Reply,
    Seen,
    event_stream,
    in_order,
    json_reply,
    loopback,
    routes,
)

from .conftest import ANSWER, Fails, Here, api, asked, at, models, probed, raw, refusal

NOT_JSON = Reply(200, {"content-type": "text/plain"}, b"pong")


# ---------------------------------------------------------------- key


def test_settings_that_cannot_be_used_are_an_outcome() -> None:
    report = asked(api(), profile="no-such-profile")
    assert at(report, "key").outcome == "settings"
    assert report.curl == ""
    assert report.working_base_url is None


def test_a_key_in_clear_to_a_public_host_ends_the_test_before_a_name_is_looked_up() -> None:
    report = probed("http://llm.example.com/v1", api_key="k-4711", reach=Fails("name", "unknown_host"))
    failed = report.failed
    assert failed is not None
    assert (failed.name, failed.outcome) == ("key", "in_clear")
    assert "https://" in failed.change


def test_a_key_may_travel_in_clear_where_that_is_permitted() -> None:
    report = probed(
        "http://llm.example.com/v1",
        api_key="k-4711",
        allow_insecure=True,
        reach=Fails("name", "unknown_host"),
    )
    assert at(report, "key").ok
    assert at(report, "name").outcome == "unknown_host"


def test_an_async_callable_and_a_failing_one_are_outcomes() -> None:
    async def later() -> str:
        return "k"

    def fails() -> str:
        raise RuntimeError("secret-in-the-error")

    for source in (later, fails):
        report = asked(api(), api_key=source)
        assert at(report, "key").outcome == "unusable"
        assert "secret-in-the-error" not in repr(report)


def test_auth_none_sends_no_key() -> None:
    with loopback(api()) as server:
        report = probed(server.base_url, api_key="k-4711-secret", auth="none")
    assert (at(report, "key").outcome, at(report, "authentication").outcome) == ("off", "not_needed")
    assert all("authorization" not in seen.headers for seen in server.requests)


def test_a_key_that_is_gone_when_it_is_needed_is_told() -> None:
    asked_for = iter(["k-4711-secret"])
    report = asked(api(), api_key=lambda: next(asked_for, ""))
    assert at(report, "key").ok
    assert report.failed is at(report, "http")
    assert at(report, "http").outcome == "failed"


def test_a_request_that_cannot_be_written_is_told() -> None:
    report = asked(api(), extra_body={"odd": {1, 2}})
    assert report.failed is at(report, "chat")
    assert at(report, "chat").outcome == "settings"
    assert report.curl == ""


# ---------------------------------------------------------------- TLS


def test_a_certificate_of_a_known_authority_is_valid(secure: Callable[..., Any], bundle: str) -> None:
    with secure(api()) as server:
        report = probed(server.base_url, tls={"ca_bundle": bundle})
    assert report.ok
    assert at(report, "tls").text.endswith("the certificate is valid for 127.0.0.1")


@pytest.mark.parametrize(
    ("host", "days", "trusted", "outcome"),
    [
        ("127.0.0.1", 30, False, "untrusted"),
        ("127.0.0.1", -1, True, "expired"),
        ("127.0.0.1", 60, True, "not_yet_valid"),
        ("llm.example.com", 30, True, "wrong_host"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told(
    secure: Callable[..., Any], bundle: str, host: str, days: int, trusted: bool, outcome: str
) -> None:
    with secure(api(), host, days) as server:
        report = probed(server.base_url, **({"tls": {"ca_bundle": bundle}} if trusted else {}))
        assert server.requests == []
    assert report.failed is at(report, "tls")
    assert at(report, "tls").outcome == outcome
    assert at(report, "tls").change


def test_an_unchecked_certificate_is_noted(secure: Callable[..., Any]) -> None:
    with secure(api()) as server:
        report = probed(server.base_url, tls={"verify": False})
    assert (report.ok, at(report, "tls").outcome) == (True, "unchecked")


def test_https_to_a_server_of_plain_http_is_told_with_the_right_base_url() -> None:
    with loopback(api()) as server:
        report = probed(f"https://127.0.0.1:{server.port}/v1")
        assert all("authorization" not in seen.headers for seen in server.requests)
    assert at(report, "tls").outcome == "plain_http"
    assert at(report, "tls").change == f"Write base_url = '{server.base_url}'."


def test_http_to_a_server_of_tls_is_told_with_the_right_base_url(secure: Callable[..., Any]) -> None:
    with secure(api()) as server:
        report = probed(server.base_url.replace("https", "http"))
    assert report.failed is at(report, "tls")
    assert at(report, "tls").outcome == "wanted"
    assert at(report, "tls").change == f"Write base_url = '{server.base_url}'."
    assert at(report, "http").outcome == "skipped"


def test_a_server_that_is_no_tls_and_no_http_is_told_as_failed_tls() -> None:
    with raw(b"SSH-2.0-OpenSSH_9.6\r\n") as port:
        report = probed(f"https://127.0.0.1:{port}/v1")
    assert at(report, "tls").outcome == "failed"


def test_tls_files_that_cannot_be_read_are_told(tmp_path: Any) -> None:
    with loopback(api()) as server:
        report = probed(
            f"https://127.0.0.1:{server.port}/v1", tls={"ca_bundle": str(tmp_path / "no.pem")}
        )
    assert at(report, "tls").outcome == "files"
    assert "ca_bundle" in at(report, "tls").change


def test_a_server_that_wants_a_certificate_of_the_client_says_which_setting(
    authority: Any, bundle: str, tmp_path: Any
) -> None:
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=bundle)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with raw(b"", context) as port:
        report = probed(f"https://127.0.0.1:{port}/v1", tls={"ca_bundle": bundle})
    assert report.failed is at(report, "http")
    assert "tls.client_cert" in at(report, "http").change


# ---------------------------------------------------------------- proxies


def test_behind_a_proxy_name_and_connection_are_those_of_the_proxy() -> None:
    def app(seen: Seen) -> Reply:
        return models("qwen3") if seen.method == "GET" else json_reply(ANSWER)

    with loopback(app) as proxy:
        report = probed("http://llm.internal/v1", proxy=proxy.url)
    assert report.ok
    assert at(report, "name").text == f"requests go through the proxy 127.0.0.1:{proxy.port}"
    assert at(report, "tls").outcome == "skipped"
    assert proxy.requests[0].target == "http://llm.internal/v1/models"


def test_the_environments_proxy_counts_and_not_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    report = probed("https://llm.example.com/v1")
    assert at(report, "name").text == "requests go through the proxy 127.0.0.1:9"
    assert at(report, "connection").outcome == "proxy"
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert asked(api()).ok


def test_a_proxy_that_refuses_is_told_apart_from_the_server() -> None:
    with loopback(Reply(407, {}, b"")) as proxy:
        report = probed("https://llm.example.com/v1", proxy=proxy.url)
    assert at(report, "http").outcome == "proxy"
    assert at(report, "tls").outcome == "skipped"
    with loopback(refusal(407, "Who are you?")) as proxy:
        report = probed("http://llm.internal/v1", proxy=proxy.url)
    assert at(report, "http").outcome == "proxy"


def test_a_proxy_that_is_none_is_told_without_its_password() -> None:
    report = asked(api(), proxy="http://user:s3cret@:99999")
    assert at(report, "name").outcome == "bad_proxy"
    assert "s3cret" not in repr(report)


def test_a_proxy_of_an_unknown_kind_is_told() -> None:
    with loopback(api()) as server:
        proxy = f"gopher://127.0.0.1:{server.port}"
        report = probed("https://llm.example.com/v1", proxy=proxy)
    assert report.failed is at(report, "http")
    assert "Check proxy" in at(report, "http").change


# ---------------------------------------------------------------- HTTP


@pytest.mark.parametrize(
    ("app", "outcome"),
    [
        (NOT_JSON, "not_api"),
        (Reply(200, {"content-type": "application/json"}, b""), "not_api"),
        (Reply(307, {"location": "https://login.example.com/x"}), "redirect"),
        (refusal(503, "Loading model"), "loading"),
        (refusal(503, "The engine is overloaded"), "overloaded"),
        (refusal(529, "Overloaded"), "overloaded"),
        (Reply(503, {"content-type": "text/html"}, b"<html><h1>503</h1></html>"), "gateway"),
        (Reply(504, {}, b""), "gateway"),
        (Reply(403, {"content-type": "text/html"}, b"<html><h1>403 Forbidden</h1></html>"), "firewall"),
        (Reply(403, {}, b"error code: 1010"), "firewall"),
        (Reply(404, {}, b""), "no_route"),
    ],
)
def test_what_is_no_answer_of_an_api_is_told_as_what_it_is(app: Reply, outcome: str) -> None:
    report = asked(app)
    assert report.failed is at(report, "http")
    assert at(report, "http").outcome == outcome
    assert at(report, "http").change
    assert report.working_base_url is None


def test_a_redirect_to_the_same_host_with_tls_is_told_with_the_base_url() -> None:
    with loopback(lambda seen: Reply(308, {"location": f"https://127.0.0.1{seen.path}"})) as server:
        report = probed(server.base_url)
    stage = at(report, "http")
    assert stage.outcome == "redirect"
    assert stage.change == "Write base_url = 'https://127.0.0.1/v1'."


def test_a_server_that_takes_the_connection_and_says_nothing_is_told() -> None:
    report = asked(Reply(200, {}, [HANG], before=30), timeout=0.2)
    assert at(report, "http").outcome == "no_answer"


def test_the_airplay_receiver_at_port_5000_is_told_by_its_name() -> None:
    report = asked(Reply(403, {"server": "AirTunes/845.5.1"}, b""))
    assert report.failed is at(report, "http")
    assert "AirPlay receiver of macOS" in at(report, "http").text


def test_a_server_without_any_path_is_fine_where_none_is_written() -> None:
    app = routes({"GET /models": models("qwen3"), "POST /chat/completions": json_reply(ANSWER)})
    with loopback(app) as server:
        report = probed(server.url)
    assert (report.ok, at(report, "http").outcome) == (True, "ok")
    assert at(report, "http").text == f"the API answers at {server.url}"
    assert at(report, "http").change == ""


def test_a_server_of_another_protocol_is_told() -> None:
    with raw(b"220 mail.example.com ESMTP\r\n\r\n") as port:
        report = probed(f"http://127.0.0.1:{port}/v1")
    assert at(report, "http").outcome == "not_api"


def test_a_web_page_for_the_list_and_a_chat_that_answers_is_an_api() -> None:
    page = Reply(200, {"content-type": "text/html"}, b"<html></html>")
    report = asked(api(**{"GET /v1/models": page}))
    assert report.ok
    assert at(report, "models").outcome == "failed"


def test_a_list_that_the_key_may_not_see_is_no_failure() -> None:
    table = {"GET /v1/models": refusal(403, "Missing scopes: api.model.read")}
    report = asked(api(**table), api_key="k-4711-secret")
    assert report.ok
    assert (at(report, "authentication").outcome, at(report, "models").outcome) == ("ok", "list_refused")


# ---------------------------------------------------------------- authentication


def test_a_public_list_does_not_prove_a_key() -> None:
    refused = refusal(401, "Invalid API key")
    report = asked(api(chat=refused), api_key="k-4711-secret")
    assert report.failed is at(report, "authentication")
    assert at(report, "authentication").outcome == "wrong_key"
    assert at(report, "models").outcome == "listed"
    assert at(report, "chat").outcome == "skipped"


def test_a_key_that_is_known_and_may_not_is_told_apart_from_a_wrong_one() -> None:
    report = asked(api(chat=refusal(403, "Project has no access to model qwen3")), api_key="k-4711-x")
    assert at(report, "authentication").outcome == "forbidden"


def test_without_a_chat_a_list_that_needs_the_key_proves_it() -> None:
    def app(seen: Seen) -> Reply:
        return models("m") if "authorization" in seen.headers else refusal(401, "No key.")

    report = asked(app, "", api_key="k-4711-secret", chat=False)
    assert at(report, "authentication").outcome == "ok"


def test_a_server_that_fails_to_list_decides_nothing_of_the_key() -> None:
    report = asked(routes({"GET /v1/models": refusal(500, "oops")}), "", api_key="k-4711-secret")
    assert at(report, "authentication").outcome == "undecided"
    assert at(report, "models").outcome == "failed"
    assert report.failed is None


def test_what_a_preset_reads_its_key_from_is_proposed() -> None:
    with loopback(refusal(401, "No.")) as server:
        report = probed(server.base_url, preset="vllm")
    assert "VLLM_API_KEY" in at(report, "authentication").change


@pytest.mark.parametrize(
    ("fields", "advice"),
    [
        ({"auth": "none"}, "Set auth"),
        ({"name": "openai"}, "Name the variable that holds the key in api_key_env."),
        ({"name": "team-a"}, "TEAM_A_API_KEY"),
    ],
)
def test_what_to_set_where_a_key_is_missing_fits_the_provider(
    fields: dict[str, Any], advice: str
) -> None:
    report = asked(refusal(401, "No."), **fields)
    assert advice in at(report, "authentication").change


# ---------------------------------------------------------------- models and chat


def test_the_only_model_of_the_list_is_taken_for_the_chat() -> None:
    report = asked(api("the-only-one"), "")
    assert at(report, "chat").text.startswith("the-only-one answers in ")


def test_embeddings_models_are_no_choice_for_a_chat() -> None:
    listed = json_reply({"data": [{"id": "talks"}, {"id": "embeds", "type": "embedding"}]})
    report = asked(api(**{"GET /v1/models": listed}), "")
    assert at(report, "chat").text.startswith("talks answers")


VECTOR = json_reply({"data": [{"index": 0, "embedding": [0.1, 0.2, 0.3]}]})


@pytest.mark.parametrize(
    "chat", [refusal(404, "Not Found"), refusal(400, "This model does not chat"), refusal(501, "")]
)
def test_a_model_that_embeds_instead_of_chatting_is_told_as_such(chat: Reply) -> None:
    report = asked(api(chat=chat, **{"POST /v1/embeddings": VECTOR}))
    assert (report.ok, at(report, "chat").outcome) == (True, "embeddings")
    assert "3 dimensions" in at(report, "chat").text


def test_a_model_that_is_listed_as_one_for_embeddings_is_not_chatted_with() -> None:
    listed = json_reply({"data": [{"id": "qwen3", "type": "embedding"}]})
    with loopback(api(**{"GET /v1/models": listed, "POST /v1/embeddings": VECTOR})) as server:
        report = probed(server.base_url)
    assert at(report, "chat").outcome == "embeddings"
    assert [seen.path for seen in server.requests if seen.method == "POST"] == ["/v1/embeddings"]


def test_the_only_model_is_tried_even_if_it_embeds() -> None:
    listed = json_reply({"data": [{"id": "embeds", "type": "embedding"}]})
    report = asked(api(**{"GET /v1/models": listed, "POST /v1/embeddings": VECTOR}), "")
    assert at(report, "chat").outcome == "embeddings"


def test_a_server_that_only_embeds_by_its_preset_is_not_chatted_with() -> None:
    with loopback(api(**{"POST /v1/embeddings": VECTOR})) as server:
        report = probed(server.base_url, preset="tei")
    assert at(report, "chat").outcome == "embeddings"
    assert all(seen.path != "/v1/chat/completions" for seen in server.requests)


def test_embeddings_that_fail_are_told_with_what_the_server_said() -> None:
    listed = json_reply({"data": [{"id": "qwen3", "type": "embedding"}]})
    broken = refusal(500, "out of memory")
    report = asked(api(**{"GET /v1/models": listed, "POST /v1/embeddings": broken}))
    assert at(report, "chat").outcome == "server_error"


def test_a_server_without_models_is_told_what_to_do_whatever_it_is() -> None:
    report = asked(api(**{"GET /v1/models": json_reply({"data": []})}), "")
    assert "Load a model there" in at(report, "models").change


def test_a_model_that_is_not_listed_and_answers_is_only_noted() -> None:
    report = asked(api("other"))
    assert report.ok
    assert (at(report, "models").outcome, at(report, "models").ok) == ("answers_anyway", None)


def test_ollamas_latest_need_not_be_written() -> None:
    assert at(asked(api("qwen3:latest")), "models").outcome == "listed"


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (refusal(404, "Not Found"), "no_chat"),
        (refusal(400, "This model's maximum context length is 4 tokens."), "context"),
        (
            refusal(400, "Unsupported parameter", param="top_k", code="unsupported_parameter"),
            "parameter",
        ),
        (refusal(402, "Payment required"), "quota"),
        (refusal(429, "You exceeded your current quota, check your plan"), "quota"),
        (refusal(429, "Too many requests"), "rate_limited"),
        (refusal(400, "messages: bad"), "refused"),
        (NOT_JSON, "malformed"),
        (json_reply({"hello": 1}), "malformed"),
    ],
)
def test_each_way_a_chat_fails_is_told(reply: Reply, outcome: str) -> None:
    report = asked(api(chat=reply))
    assert report.failed is at(report, "chat")
    assert at(report, "chat").outcome == outcome
    assert at(report, "chat").change
    assert at(report, "models").outcome == "listed"


def test_a_chat_with_reasoning_and_no_text_works_and_is_noted() -> None:
    said = {"message": {"content": "", "reasoning_content": "Hm."}, "finish_reason": "stop"}
    report = asked(api(chat=json_reply({"choices": [said]})))
    assert (report.ok, at(report, "chat").outcome) == (True, "only_reasoning")


def test_a_stream_that_is_refused_is_noted_beside_a_chat_that_works() -> None:
    app = in_order(json_reply(ANSWER), refusal(400, "streaming is off"))
    report = asked(api(chat=app))
    assert (report.ok, at(report, "chat").outcome) == (True, "no_stream")
    assert "streaming is off" in at(report, "chat").text


def test_a_stream_that_is_long_is_left_after_some_pieces() -> None:
    long = event_stream(*[_piece(f"{number} ") for number in range(60)], HANG)
    app = in_order(json_reply(ANSWER), long)
    report = asked(api(chat=app))
    assert (report.ok, at(report, "chat").outcome) == (True, "ok")


def _piece(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


def test_a_model_that_is_known_not_to_stream_is_not_asked_to() -> None:
    with loopback(api()) as server:
        provider = Provider(
            name="local", base_url=server.base_url, models={"qwen3": {"streaming": False}}
        )
        report = check(provider, "qwen3", timeout=5, reach=Here())
    assert at(report, "chat").outcome == "ok"
    assert len([seen for seen in server.requests if seen.method == "POST"]) == 1


# ---------------------------------------------------------------- the test as a whole


def test_stages_are_told_in_order_as_they_are_decided_and_are_those_of_the_report() -> None:
    told: list[Stage] = []
    report = asked(api(), on_stage=told.append)
    assert tuple(told) == report.stages
    told.clear()
    report = asked(refusal(503, "Loading model"), on_stage=told.append)
    assert tuple(told) == report.stages
    assert [stage.name for stage in told] == list(STAGES)


def test_a_test_asks_little_repeats_nothing_and_obeys_no_rate_limit_of_the_provider() -> None:
    with loopback(api(chat=refusal(503, "busy"))) as server:
        report = probed(server.base_url, max_retries=9, rate_limit=1)
    assert at(report, "chat").outcome == "server_error"
    assert [seen.method for seen in server.requests] == ["GET", "POST"]
    with loopback(api(chat=event_stream())) as server:
        probed(server.base_url, api_key="k-4711-secret")
    assert len(server.requests) <= 4


def test_a_provider_that_is_switched_off_can_be_tested() -> None:
    assert asked(api(), enabled=False).ok


def test_a_report_is_plain_json() -> None:
    report = asked(api(), api_key="k-4711-secret")
    found = json.loads(json.dumps(report.to_dict()))
    assert (found["ok"], found["failed"], found["models"]) == (True, None, ["qwen3"])
    assert [stage["name"] for stage in found["stages"]] == list(STAGES)
    assert found["working_base_url"] == found["base_url"]


def test_a_report_without_http_is_not_ok() -> None:
    assert not Report("p", "http://127.0.0.1", ()).ok


def test_what_servers_say_is_one_short_line_without_keys_and_control_characters() -> None:
    said = "\x1b[31mred\nInvalid: sk-abcdefgh12345678 k-4711-secret " + "x" * 5_000
    for app in (
        refusal(401, said),
        api(chat=refusal(500, said)),
        api(f"evil\x1b]0;\n{'y' * 3000}", chat=refusal(404, f"model not found {said}")),
        Reply(200, {"content-type": "text/html"}, f"<title>{said}</title>".encode()),
    ):
        report = asked(app, api_key="k-4711-secret")
        for stage in report.stages:
            for line in (stage.text, stage.change):
                assert line.isprintable()
                assert len(line) <= 600
                assert "k-4711-secret" not in line
                assert "sk-abcdefgh" not in line


def test_braces_in_what_a_server_says_are_text() -> None:
    report = asked(api(chat=refusal(500, "{said} {0} {model!r}")))
    assert "{said} {0} {model!r}" in at(report, "chat").text


def test_warnings_of_the_client_are_not_given_twice() -> None:
    refused = refusal(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
    report = asked(api(chat=in_order(refused, json_reply(ANSWER))), extra_body={"max_tokens": 5})
    assert at(report, "chat").outcome in ("ok", "no_stream", "parameter", "refused")
