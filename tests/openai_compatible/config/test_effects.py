"""Every field of Provider, Model, Auth and Timeouts changes something a user can see.

Each test names the fields whose effect it proves; the last test compares the names with the classes,
so that a field nobody reads cannot stay.
"""

from __future__ import annotations

import base64
import gzip
import json
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from keyrings.alt.file import PlaintextKeyring

from openai_compatible import Client
from openai_compatible.config.keys import key_source
from openai_compatible.config.load import Config
from openai_compatible.config.provider import (
    Auth,
    Model,
    Provider,
    RateLimit,
    ResponseLimits,
    Timeouts,
    Tls,
)
from openai_compatible.errors import (
    AdaptationWarning,
    ConfigError,
    ConnectionFailedError,
    ConnectTimeoutError,
    FirstEventTimeoutError,
    IdleTimeoutError,
    OpenAICompatibleError,
    RateLimitError,
    ResponseTooLargeError,
    ServerError,
    TotalTimeoutError,
    UnsupportedParameterError,
)
from openai_compatible.plan.routing import resolve
from openai_compatible.testing.loopback import HANG, Loopback, Reply, event_stream, json_reply, loopback
from openai_compatible.testing.scripted import scripted

T = TypeVar("T", bound=Callable[..., Any])

PROVED: set[str] = set()
HELLO = [{"role": "user", "content": "hello"}]
DELTA = {"choices": [{"index": 0, "delta": {"content": "a"}}]}
ANSWER = {"choices": [{"index": 0, "message": {"content": "a"}, "finish_reason": "stop"}]}


def proves(*fields: str) -> Callable[[T], T]:
    """Note which fields a test proves the effect of."""
    PROVED.update(fields)
    return lambda test: test


@pytest.fixture(name="server")
def _server() -> Iterator[Loopback]:
    with scripted() as server:
        yield server


def ask(
    server: Loopback,
    *,
    model: str = "m",
    facts: Model | None = None,
    call: dict[str, Any] | None = None,
    **fields: Any,
) -> Any:
    """Ask once and return what the server saw."""
    models = {model: facts} if facts is not None else {}
    provider = Provider(**{"name": "p", "base_url": server.base_url, "models": models, **fields})
    with Client(provider, model=model) as client:
        client.chat(HELLO, **(call or {}))
    return server.requests[-1]


# ---------------------------------------------------------------------- Provider: where and who


@proves("Provider.name")
def test_name_is_in_records_errors_and_references(server: Loopback) -> None:
    provider = Provider(name="shown", base_url=server.base_url, max_retries=0)
    with Client(provider, model="m") as client:
        record = client.chat(HELLO).record
        assert record is not None
        assert record.provider == "shown"
        with pytest.raises(ServerError, match="shown: "):
            client.chat(HELLO, model="scripted-500")
    assert resolve("shown/m", Config((provider,)))[0].provider is provider


@proves("Provider.base_url")
def test_base_url_is_where_requests_go(server: Loopback) -> None:
    assert ask(server, base_url=f"{server.url}/v1/").path == "/v1/chat/completions"


@proves("Provider.display_name", "Model.display_name")
def test_display_names_are_what_frameworks_show(server: Loopback) -> None:
    chat = pytest.importorskip("langchain_openai_compatible").ChatOpenAICompatible
    provider = Provider(
        name="p",
        base_url=server.base_url,
        display_name="My server",
        models={"m": Model(display_name="My model")},
    )
    assert chat(model="m", provider=provider).profile["name"] == "My model"
    assert provider.display_name == "My server"  # shown by the command line tools


@proves("Provider.profile")
def test_profile_decides_how_parameters_are_called(server: Loopback) -> None:
    with Client(Provider(name="p", base_url=server.base_url, profile="openai"), model="m") as client:
        client.chat(HELLO, max_tokens=5)
    assert server.requests[-1].json["max_completion_tokens"] == 5
    with pytest.raises(ConfigError, match="no-such-profile"):
        ask(server, profile="no-such-profile")


@proves("Provider.default_model")
def test_default_model_is_used_when_a_reference_names_the_provider_alone(server: Loopback) -> None:
    provider = Provider(name="p", base_url=server.base_url, default_model="preferred")
    assert resolve("p", Config((provider,)))[0].model == "preferred"
    with Client(provider) as client:
        client.chat(HELLO)
    assert server.requests[-1].json["model"] == "preferred"


@proves("Provider.models", "Model.id")
def test_models_give_aliases_their_wire_ids(server: Loopback) -> None:
    assert ask(server, model="small", facts=Model(id="org/small-1b")).json["model"] == "org/small-1b"


@proves("Provider.priority")
def test_priority_orders_the_providers_of_an_alias() -> None:
    both = [
        Provider(name=name, base_url="http://127.0.0.1:1", priority=priority, models={"m": Model()})
        for name, priority in (("later", 3), ("first", 1))
    ]
    assert [target.provider.name for target in resolve("m", Config(tuple(both)))] == ["first", "later"]


@proves("Provider.enabled")
def test_a_provider_that_is_not_enabled_is_never_asked(server: Loopback) -> None:
    off = Provider(name="off", base_url="http://127.0.0.1:1", enabled=False, models={"m": Model()})
    on = Provider(name="on", base_url=server.base_url, models={"m": Model()})
    assert [target.provider.name for target in resolve("m", Config((off, on)))] == ["on"]
    with pytest.raises(ConfigError, match="switched off"):
        resolve("off/m", Config((off, on)))


# ---------------------------------------------------------------------- keys and auth


@proves("Provider.api_key")
def test_api_key_travels_and_is_not_shown(server: Loopback) -> None:
    assert ask(server, api_key="sk-secret").headers["authorization"] == "Bearer sk-secret"
    provider = Provider(name="p", base_url=server.base_url, api_key="sk-secret")
    assert "sk-secret" not in f"{provider!r}{provider}{provider.model_dump_json()}"


@proves("Provider.api_key_env")
def test_api_key_env_names_the_variable(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_VARIABLE", "from-variable")
    assert ask(server, api_key_env="SOME_VARIABLE").headers["authorization"] == "Bearer from-variable"


@proves("Provider.api_key_keyring")
def test_api_key_keyring_names_the_service(
    server: Loopback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ring = PlaintextKeyring()
    ring.file_path = str(tmp_path / "keyring.cfg")
    ring.set_password("svc", "p", json.dumps({"origin": server.url, "key": "svc-p"}))
    monkeypatch.setattr("keyring.get_keyring", lambda: ring)
    assert ask(server, api_key_keyring="svc").headers["authorization"] == "Bearer svc-p"


@proves("Model.api_key", "Model.api_key_env")
def test_a_model_may_have_its_own_key(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_VARIABLE", "of-model-variable")
    own = ask(server, api_key="of-provider", facts=Model(api_key="of-model"))
    assert own.headers["authorization"] == "Bearer of-model"
    own = ask(server, api_key="of-provider", facts=Model(api_key_env="MODEL_VARIABLE"))
    assert own.headers["authorization"] == "Bearer of-model-variable"


@proves("Provider.auth", "Auth.style", "Auth.name", "Auth.prefix", "Auth.username")
@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (Auth(), "authorization", "Bearer k"),
        (Auth(prefix="Token "), "authorization", "Token k"),
        (Auth(style="header"), "api-key", "k"),
        (Auth(style="header", name="X-Key", prefix="Key "), "x-key", "Key k"),
        (
            Auth(style="basic", username="u"),
            "authorization",
            f"Basic {base64.b64encode(b'u:k').decode()}",
        ),
        (Auth(style="none"), "authorization", None),
    ],
)
def test_auth_says_how_a_key_travels(
    server: Loopback, auth: Auth, header: str, value: str | None
) -> None:
    assert ask(server, auth=auth, api_key="k").headers.get(header) == value


def test_auth_by_query_sends_no_header(server: Loopback) -> None:
    seen = ask(server, auth=Auth(style="query", name="token"), api_key="k")
    assert seen.query["token"] == "k"
    assert "authorization" not in seen.headers


@proves("Provider.allow_insecure")
def test_allow_insecure_permits_a_key_over_plain_http() -> None:
    with loopback(json_reply(ANSWER)) as proxy:
        place: dict[str, Any] = {
            "base_url": "http://api.example.com/v1",
            "proxy": proxy.url,
            "api_key": "k",
        }
        with pytest.raises(ConfigError, match="unencrypted"):
            ask(proxy, **place)
        assert not proxy.requests
        assert ask(proxy, **place, allow_insecure=True).headers["authorization"] == "Bearer k"


# ---------------------------------------------------------------------- what is sent besides


@proves("Provider.headers", "Provider.query")
def test_headers_and_query_are_on_every_request_and_not_shown(server: Loopback) -> None:
    seen = ask(server, headers={"X-Team": "search"}, query={"api-version": "1"})
    assert seen.headers["x-team"] == "search"
    assert seen.query == {"api-version": "1"}
    assert "search" not in repr(Provider(name="p", base_url="http://h", headers={"X-Team": "search"}))


@proves("Provider.api_version")
def test_api_version_travels_as_a_query_parameter(server: Loopback) -> None:
    assert ask(server, api_version="2024-10-21", query={"a": "b"}).query == {
        "a": "b",
        "api-version": "2024-10-21",
    }


@proves("Provider.extra_body", "Model.extra_body")
def test_extra_body_is_sent_and_the_models_own_wins(server: Loopback) -> None:
    body = ask(server, extra_body={"a": 1, "b": 1}, facts=Model(extra_body={"b": 2})).json
    assert (body["a"], body["b"]) == (1, 2)


@proves("Provider.api_key_command", "Provider.api_key_file")
def test_a_program_or_a_file_gives_the_key(server: Loopback, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from-file")
    assert ask(server, api_key_file=str(file)).headers["authorization"] == "Bearer from-file"
    printing = (sys.executable, "-c", "print('printed')")
    assert ask(server, api_key_command=printing).headers["authorization"] == "Bearer printed"


@proves("Model.api_key_command", "Model.api_key_file", "Model.api_key_keyring")
def test_a_models_own_source_wins(server: Loopback, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("own")
    printing = (sys.executable, "-c", "print('printed')")
    for facts, want in (
        (Model(api_key_file=str(file)), "own"),
        (Model(api_key_command=printing), "printed"),
    ):
        assert ask(server, api_key="p", facts=facts).headers["authorization"] == f"Bearer {want}"
    assert key_source(Provider(name="p", base_url="http://h"), Model(api_key_keyring="s")).blocks


@proves("Provider.preset")
def test_preset_fills_in_what_is_not_given() -> None:
    assert Provider(preset="groq").base_url == "https://api.groq.com/openai/v1"  # type: ignore[call-arg]


@proves("Provider.dialect", "Model.dialect")
def test_dialect_changes_facts_of_the_profile_and_the_models_own_wins(server: Loopback) -> None:
    limit = {"max_tokens_field": "max_completion_tokens"}
    assert "max_completion_tokens" in ask(server, dialect=limit, call={"max_tokens": 5}).json
    own = Model(dialect={"max_tokens_field": "max_tokens"})
    assert "max_tokens" in ask(server, dialect=limit, facts=own, call={"max_tokens": 5}).json
    with pytest.raises(ConfigError, match="max_tokens_field"):
        ask(server, dialect={"max_token_field": "max_tokens"})


@proves("Provider.adapt", "Provider.drop_params")
def test_a_refused_parameter_is_dropped_only_where_that_is_permitted() -> None:
    refused = json_reply({"error": {"message": "Unsupported parameter: 'seed'"}}, status=400)
    with loopback(lambda seen: refused if "seed" in seen.json else json_reply(ANSWER)) as server:
        with pytest.raises(UnsupportedParameterError, match=r"drop_params=\['seed'\]"):
            ask(server, call={"seed": 1})
        with pytest.raises(UnsupportedParameterError):
            ask(server, call={"seed": 1}, drop_params=("seed",), adapt="off")
        with pytest.warns(AdaptationWarning, match="seed"):
            assert "seed" not in ask(server, call={"seed": 1}, drop_params=("seed",)).json


@proves("Model.base_url")
def test_a_model_may_have_its_own_endpoint(server: Loopback) -> None:
    facts = Model(base_url=server.base_url)
    provider = Provider(name="p", base_url="http://127.0.0.1:1", models={"m": facts})
    with Client(provider, model="m") as client:
        assert client.chat(HELLO).text == "You said: hello"


@proves("Model.streaming")
def test_a_model_that_cannot_stream_is_asked_for_one_whole_answer(server: Loopback) -> None:
    provider = Provider(name="p", base_url=server.base_url, models={"m": Model(streaming=False)})
    with Client(provider, model="m") as client:
        events = list(client.stream(HELLO))
    assert server.requests[-1].json.get("stream") is not True
    assert events[-1].text == "You said: hello"


# ---------------------------------------------------------------------- facts that frameworks ask for


@proves(
    "Model.context_window",
    "Model.max_output_tokens",
    "Model.tools",
    "Model.structured_output",
    "Model.reasoning",
    "Model.image_inputs",
    "Model.audio_inputs",
)
def test_model_facts_fill_langchains_profile(server: Loopback) -> None:
    chat = pytest.importorskip("langchain_openai_compatible").ChatOpenAICompatible
    facts = Model(
        context_window=1000,
        max_output_tokens=100,
        tools=True,
        structured_output=False,
        reasoning=True,
        image_inputs=True,
        audio_inputs=False,
    )
    provider = Provider(name="p", base_url=server.base_url, models={"m": facts})
    profile = chat(model="m", provider=provider).profile
    assert profile["max_input_tokens"] == 1000
    assert profile["max_output_tokens"] == 100
    assert (profile["tool_calling"], profile["structured_output"], profile["reasoning_output"]) == (
        True,
        False,
        True,
    )
    assert (profile["image_inputs"], profile["audio_inputs"]) == (True, False)


def test_model_facts_fill_llama_indexs_metadata(server: Loopback) -> None:
    module = pytest.importorskip("llama_index.llms.openai_compatible")
    facts = Model(context_window=1000, max_output_tokens=100, tools=True)
    provider = Provider(name="p", base_url=server.base_url, models={"m": facts})
    metadata = module.OpenAICompatible(model="m", provider=provider).metadata
    assert (metadata.context_window, metadata.num_output) == (1000, 100)
    assert metadata.is_function_calling_model is True


@proves("Model.query_prefix", "Model.document_prefix")
def test_prefixes_are_put_before_texts_to_embed(server: Loopback) -> None:
    embeddings = pytest.importorskip("langchain_openai_compatible").OpenAICompatibleEmbeddings
    facts = Model(query_prefix="query: ", document_prefix="passage: ")
    provider = Provider(name="p", base_url=server.base_url, models={"m": facts})
    model = embeddings(model="m", provider=provider)
    model.embed_query("a")
    assert server.requests[-1].json["input"] in (["query: a"], "query: a")
    model.embed_documents(["b"])
    assert server.requests[-1].json["input"] in (["passage: b"], "passage: b")


@proves("Model.dimensions", "Model.input_cost", "Model.output_cost")
def test_size_and_price_are_kept_with_the_model_and_zero_is_not_unknown() -> None:
    facts = Model(dimensions=384, input_cost=0, output_cost=1.5)
    provider = Provider(name="p", base_url="http://127.0.0.1:1", models={"m": facts})
    found = resolve("p/m", Config((provider,)))[0].facts
    assert (found.dimensions, found.input_cost, found.output_cost) == (384, 0, 1.5)
    assert Model().input_cost is None


# ---------------------------------------------------------------------- retries and time


@proves("Provider.max_retries")
@pytest.mark.parametrize("retries", [0, 1])
def test_max_retries_bounds_the_further_attempts(retries: int) -> None:
    with loopback(json_reply({}, status=500, headers={"retry-after": "0"})) as server:
        provider = Provider(name="p", base_url=server.base_url, max_retries=retries)
        with Client(provider, model="m") as client, pytest.raises(ServerError):
            client.chat(HELLO)
        assert len(server.requests) == 1 + retries


def waits(reply: Reply, error: type[Exception], limits: Timeouts, *, stream: bool) -> None:
    with loopback(reply) as server:
        provider = Provider(name="p", base_url=server.base_url, timeout=limits, max_retries=0)
        with Client(provider, model="m") as client, pytest.raises(error):
            _ = list(client.stream(HELLO)) if stream else client.chat(HELLO)


@proves("Provider.timeout", "Timeouts.first_event")
def test_first_event_bounds_the_wait_for_a_streams_first_event() -> None:
    waits(event_stream(HANG), FirstEventTimeoutError, Timeouts(first_event=0.1), stream=True)


@proves("Timeouts.idle")
def test_idle_bounds_the_wait_between_events() -> None:
    waits(event_stream(DELTA, HANG), IdleTimeoutError, Timeouts(idle=0.1), stream=True)


@proves("Timeouts.call")
def test_call_bounds_an_answer_that_is_not_streamed() -> None:
    waits(Reply(body=[b"{", HANG]), TotalTimeoutError, Timeouts(call=0.1), stream=False)


@proves("Timeouts.total")
@pytest.mark.parametrize("stream", [False, True])
def test_total_bounds_everything_together(stream: bool) -> None:
    reply = event_stream(DELTA, HANG) if stream else Reply(body=[b"{", HANG])
    waits(reply, TotalTimeoutError, Timeouts(total=0.1), stream=stream)


@proves("Timeouts.connect")
def test_connect_bounds_the_wait_for_a_connection() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(8)]
        try:
            for sock in waiting:  # fills the queue of a server that accepts nobody
                sock.setblocking(False)
                sock.connect_ex(full.getsockname())
            provider = Provider(
                name="p",
                base_url=f"http://127.0.0.1:{full.getsockname()[1]}",
                timeout=Timeouts(connect=0.2, call=20),
                max_retries=0,
            )
            with Client(provider, model="m") as client, pytest.raises(ConnectTimeoutError):
                client.chat(HELLO)
        finally:
            for sock in waiting:
                sock.close()


# ---------------------------------------------------------------------- how often


@proves(
    "Provider.response_limits",
    "ResponseLimits.body",
    "ResponseLimits.answer",
    "ResponseLimits.json_depth",
    "ResponseLimits.json_values",
)
@pytest.mark.parametrize("limit", [{"body": 50}, {"answer": 1}, {"json_depth": 2}, {"json_values": 5}])
def test_response_limits_refuse_what_is_larger(limit: dict[str, int]) -> None:
    body = {"choices": [{"index": 0, "message": {"content": "abc"}, "finish_reason": "stop"}]}
    with loopback(json_reply(body)) as server:
        with pytest.raises(ResponseTooLargeError, match=rf"response_limits\.{next(iter(limit))}"):
            ask(server, response_limits=limit)
        ask(server)


@proves("ResponseLimits.line")
def test_the_line_limit_bounds_one_event_of_a_stream() -> None:
    with loopback(event_stream({**DELTA, "more": "x" * 500})) as server:
        provider = Provider(name="p", base_url=server.base_url, response_limits={"line": 200})
        with Client(provider, model="m") as client, pytest.raises(ResponseTooLargeError, match="line"):
            list(client.stream(HELLO))


@proves("ResponseLimits.error_body")
def test_the_error_body_limit_cuts_what_an_error_quotes() -> None:
    with (
        loopback(Reply(status=400, body=b"abcdefgh")) as server,
        pytest.raises(OpenAICompatibleError) as caught,
    ):
        ask(server, response_limits={"error_body": 3})
    assert caught.value.body == "abc"


@proves("ResponseLimits.decompression_ratio")
def test_the_decompression_ratio_is_bounded() -> None:
    packed = gzip.compress(json.dumps({**ANSWER, "more": " " * 9_000_000}).encode())
    with loopback(Reply(headers={"content-encoding": "gzip"}, body=packed)) as server:
        with pytest.raises(ResponseTooLargeError, match="decompression_ratio"):
            ask(server)
        ask(server, response_limits={"decompression_ratio": 2_000})


@proves("Provider.rate_limit", "RateLimit.requests_per_minute")
def test_a_rate_limit_holds_requests_back_until_the_minute_is_over(server: Loopback) -> None:
    provider = Provider(name="limited", base_url=server.base_url, rate_limit=2, timeout={"total": 30})
    for _ in range(2):  # two objects share what the server is asked
        Client(provider, model="m").chat(HELLO)
    with pytest.raises(
        RateLimitError, match=r"limited: its rate_limit leaves no request for (59|60)\.\d s"
    ):
        Client(provider, model="m").chat(HELLO)
    assert len(server.requests) == 2


@proves("Model.rate_limit")
def test_a_rate_limit_of_a_model_leaves_others_alone(server: Loopback) -> None:
    models = {"slow": {"id": "slow-1", "rate_limit": {"requests_per_minute": 1}}}
    provider = Provider(name="p", base_url=server.base_url, models=models, timeout={"total": 30})
    for model in ("slow", "fast", "fast"):
        Client(provider, model=model).chat(HELLO)
    with pytest.raises(RateLimitError):
        Client(provider, model="slow").chat(HELLO)


def test_s1_82_a_call_that_one_limit_refuses_takes_no_place_of_the_other(server: Loopback) -> None:
    provider = Provider(
        name="p",
        base_url=server.base_url,
        rate_limit=2,
        models={"slow": {"rate_limit": 1}},
        timeout={"total": 30},
    )
    Client(provider, model="slow").chat(HELLO)
    with pytest.raises(RateLimitError):
        Client(provider, model="slow").chat(HELLO)
    Client(provider, model="fast").chat(HELLO)
    assert len(server.requests) == 2


def test_a_provider_over_its_rate_limit_lets_the_next_one_answer(server: Loopback) -> None:
    limits = {"rate_limit": 1, "timeout": {"total": 30}, "base_url": server.base_url}
    client = Client(Provider(name="a", **limits), model="m", fallbacks=[Provider(name="b", **limits)])
    found = [client.chat(HELLO).record for _ in range(2)]
    assert [record and record.provider for record in found] == ["a", "b"]


# ---------------------------------------------------------------------- TLS and proxy


@proves("Provider.tls", "Tls.verify", "Tls.ca_bundle", "Tls.client_cert", "Tls.client_key")
def test_tls_decides_whom_to_trust_and_what_to_show(tmp_path: Path) -> None:
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    bundle, mine = tmp_path / "ca.pem", tmp_path / "client.pem"
    authority.cert_pem.write_to_path(bundle)
    shown = authority.issue_cert("client@example.com")
    shown.private_key_and_cert_chain_pem.write_to_path(mine)
    shown.cert_chain_pems[0].write_to_path(tmp_path / "shown.pem")
    shown.private_key_pem.write_to_path(tmp_path / "shown.key")
    issued = authority.issue_cert("127.0.0.1")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(cert)
    issued.private_key_pem.write_to_path(key)
    with loopback(json_reply(ANSWER), tls=(cert, key)) as server:
        with pytest.raises(ConnectionFailedError, match=r"(?i)certificate|tls"):
            ask(server, max_retries=0)
        trusting = {"ca_bundle": str(bundle)}
        apart = {"client_cert": str(tmp_path / "shown.pem"), "client_key": str(tmp_path / "shown.key")}
        for tls in (
            trusting,
            {"verify": False},
            trusting | {"client_cert": str(mine)},
            trusting | apart,
        ):
            assert ask(server, tls=tls).path == "/v1/chat/completions"
        for wrong in ({"client_cert": str(tmp_path / "no.pem")}, apart | {"client_key": str(bundle)}):
            with pytest.raises(ConfigError, match=r"TLS.*client_key"):
                ask(server, tls=wrong)


def test_tls_settings_that_contradict_each_other_are_refused() -> None:
    for tls in ({"verify": False, "ca_bundle": "ca.pem"}, {"client_key": "key.pem"}):
        with pytest.raises(ConfigError, match=r"ca_bundle|client_key"):
            Provider(name="p", base_url="http://127.0.0.1:1", tls=tls)


@proves("Provider.proxy")
def test_proxy_is_asked_instead_of_the_host() -> None:
    with loopback(json_reply(ANSWER)) as proxy:
        seen = ask(proxy, base_url="http://api.example.com:9/v1", proxy=proxy.url)
        assert seen.target == "http://api.example.com:9/v1/chat/completions"


# ---------------------------------------------------------------------- the registry


def test_every_field_has_a_test_of_its_effect() -> None:
    fields = {
        f"{cls.__name__}.{name}"
        for cls in (Provider, Model, Auth, RateLimit, ResponseLimits, Timeouts, Tls)
        for name in cls.model_fields
    }
    assert fields == PROVED
