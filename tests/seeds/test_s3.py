"""Items of Openwork's guide that hold, each test named after those it proves."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from langchain_openai_compatible import ChatOpenAICompatible
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import (
    AsyncClient,
    AuthenticationError,
    Client,
    Config,
    ConfigError,
    ConnectionFailedError,
    ConnectTimeoutError,
    EndpointNotFoundError,
    InvalidRequestError,
    MissingKeyError,
    Provider,
    Timeouts,
    UnsupportedParameterError,
    explain,
    load_config,
    targets,
)
from openai_compatible.config.exporters import export_to
from openai_compatible.config.importers import import_from
from openai_compatible.config.keys import key_source
from openai_compatible.config.load import default_path
from openai_compatible.config.provider import slug
from openai_compatible.presets.registry import preset, presets
from openai_compatible.testing.loopback import Loopback, Reply, Seen, json_reply, loopback, routes
from openai_compatible.testing.scripted import respond

HELLO = [{"role": "user", "content": "hello"}]
ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
CANARY = "sk-canary-4711"
ROOT = Path(__file__).parents[2]
Configured = Callable[[str], Config]


def sent(server: Loopback, **fields: Any) -> Any:
    """What the server saw of one call."""
    with Client(**{"model": "m", "base_url": server.base_url, **fields}) as client:
        client.chat(HELLO)
    return server.requests[-1]


# ---------------------------------------------------------------------- which servers


def test_s3_01_s3_05_s3_88_any_server_of_the_standard_serves_both_frameworks(server: Loopback) -> None:
    at: dict[str, Any] = {"model": "m", "base_url": server.base_url}
    assert ChatOpenAICompatible(**at).invoke("hello").text == "You said: hello"
    assert OpenAICompatible(**at).complete("hello").text == "You said: hello"


@pytest.mark.parametrize(
    "name",
    ["vllm", "tgi", "localai", "ollama", "fastchat", "lmstudio", "jan", "anythingllm", "litellm-proxy"],
)
def test_s3_02_s3_59_s3_67_s3_68_services_of_the_guide_are_presets(name: str, server: Loopback) -> None:
    assert preset(name).base_url.startswith("http://localhost:")
    assert sent(server, preset=name).json["model"] == "m"


@pytest.mark.parametrize(
    ("name", "command", "port"),
    [("vllm", "vllm serve MODEL", 8000), ("tgi", "8080:80", 8080), ("localai", "localai/localai", 8080)],
)
def test_s3_07_s3_08_s3_09_s3_89_presets_say_how_their_server_is_started(
    name: str, command: str, port: int
) -> None:
    row = preset(name)
    assert any(command in line for line in row.start)
    assert row.local_port == port
    assert not any(":latest" in line for one in presets() for line in preset(one).start)


def test_s3_61_s3_69_what_was_tested_says_version_date_and_evidence() -> None:
    assert preset("vllm").tier == "verified"
    for name in presets():
        for proof in preset(name).tested:
            assert all((proof.version, proof.date, (ROOT / proof.evidence).exists()))
        assert preset(name).tier != "verified" or preset(name).tested


def test_s3_03_s3_04_a_gateway_has_headers_a_proxy_and_authorities_of_its_own(
    server: Loopback, tmp_path: Path
) -> None:
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    mine, issued = authority.issue_cert("me@example.com"), authority.issue_cert("127.0.0.1")
    mine.private_key_and_cert_chain_pem.write_to_path(tmp_path / "me.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    tls = {"ca_bundle": str(tmp_path / "ca.pem"), "client_cert": str(tmp_path / "me.pem")}
    with loopback(json_reply(ANSWER), tls=(tmp_path / "cert.pem", tmp_path / "key.pem")) as secured:
        with pytest.raises(ConnectionFailedError, match="certificate|CERTIFICATE"):
            sent(secured, max_retries=0)
        assert sent(secured, tls=tls, headers={"X-Team": "a"}).headers["x-team"] == "a"
    seen = sent(server, base_url="http://gateway.internal/v1", proxy=server.url)
    assert seen.target == "http://gateway.internal/v1/chat/completions"


def test_s3_04_s3_84_a_token_that_has_run_out_is_fetched_anew_once(server: Loopback) -> None:
    tokens = iter(["old", "new", "newer"])

    def app(seen: Seen) -> Reply:
        return respond(seen.method, seen.path, seen.headers, seen.body, api_key="new")

    with loopback(app) as guarded:
        with Client(base_url=guarded.base_url, model="m", api_key=lambda: next(tokens)) as client:
            assert client.chat(HELLO).text == "You said: hello"
        assert [seen.headers["authorization"] for seen in guarded.requests] == [
            "Bearer old",
            "Bearer new",
        ]


def test_s3_04_s3_84_tokens_may_come_from_an_async_function() -> None:
    async def token() -> str:
        return "t"

    async def ask(url: str) -> str:
        async with AsyncClient(base_url=url, model="m", api_key=token) as client:
            return (await client.chat(HELLO)).text

    with loopback(json_reply(ANSWER)) as server:
        assert asyncio.run(ask(server.base_url)) == "hi"
        assert server.requests[0].headers["authorization"] == "Bearer t"


# ---------------------------------------------------------------------- the form


def test_s3_11_s3_90_a_friendly_name_is_shown_and_a_slug_names_the_variable(
    configured: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert slug("My vLLM Server") == "my-vllm-server"
    (provider,) = configured(
        '[[providers]]\nname = "vllm-local"\ndisplay_name = "vLLM Local"\nbase_url = "http://h:1"\n'
    ).providers
    assert provider.display_name == "vLLM Local"
    monkeypatch.setenv("VLLM_LOCAL_API_KEY", CANARY)
    assert key_source(provider).describe() == "$VLLM_LOCAL_API_KEY"
    with pytest.raises(ConfigError, match="'vllm-local'"):
        Provider(name="vLLM Local", base_url="http://h:1")


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("http://localhost:8000", "http://localhost:8000/v1/chat/completions"),
        ("http://localhost:8000/", "http://localhost:8000/v1/chat/completions"),
        ("http://localhost:8080/v1", "http://localhost:8080/v1/chat/completions"),
        ("https://api.mycompany.com/v1", "https://api.mycompany.com/v1/chat/completions"),
        ("https://ai-api.company.com/v1", "https://ai-api.company.com/v1/chat/completions"),
        ("http://localhost:8000/v1/chat/completions", "http://localhost:8000/v1/chat/completions"),
    ],
)
def test_s3_12_s3_13_s3_14_s3_15_s3_81_urls_with_and_without_v1(written: str, asked: str) -> None:
    assert explain(Client(base_url=written, model="m"), "Hi").url == asked


def test_s3_81_a_bare_origin_whose_server_has_no_v1_is_found_too() -> None:
    with loopback(routes({"POST /chat/completions": json_reply(ANSWER)})) as server:
        with Client(base_url=server.url, model="m") as client:
            client.chat(HELLO)
            client.chat(HELLO)
        assert [seen.path for seen in server.requests] == [
            "/v1/chat/completions",
            "/chat/completions",
            "/chat/completions",
        ]


@pytest.mark.parametrize("key", [None, "", " "])
def test_s3_16_s3_22_s3_79_leaving_the_key_empty_sends_none(key: str | None, server: Loopback) -> None:
    assert "authorization" not in sent(server, api_key=key).headers


def test_s3_22_the_vllm_example_of_the_guide(server: Loopback) -> None:
    seen = sent(server, base_url=server.url, api_key="", model="meta-llama/Llama-2-7b-chat-hf")
    assert seen.path == "/v1/chat/completions"
    assert seen.json["model"] == "meta-llama/Llama-2-7b-chat-hf"
    assert "authorization" not in seen.headers


def test_s3_23_the_tgi_example_of_the_guide(server: Loopback) -> None:
    (target,) = targets("tgi", preset="tgi", base_url="http://localhost:8080")
    assert target.provider.profile == preset("tgi").profile
    assert Provider(preset="tgi").default_model == "tgi"  # type: ignore[call-arg]
    assert sent(server, preset="tgi", base_url=server.url, model="tgi").json["model"] == "tgi"


@pytest.mark.parametrize("model", ["gpt-4-company", "gpt-3.5-turbo", "o1-mini", "gpt-5-local"])
def test_s3_24_s3_25_a_model_named_like_openais_is_treated_like_any_other(
    model: str, server: Loopback
) -> None:
    chat = ChatOpenAICompatible(model=model, base_url=server.base_url, max_tokens=5, temperature=0.5)
    chat.invoke([("system", "be kind"), ("user", "hello")])
    other = ChatOpenAICompatible(model="x", base_url=server.base_url, max_tokens=5, temperature=0.5)
    other.invoke([("system", "be kind"), ("user", "hello")])
    one, two = (seen.json for seen in server.requests)
    assert {**one, "model": "x"} == two
    assert "max_input_tokens" not in (chat.profile or {})
    assert chat.get_num_tokens("hello") == other.get_num_tokens("hello")
    llm = OpenAICompatible(model=model, base_url=server.base_url)
    assert (
        llm.metadata.context_window
        == OpenAICompatible(model="x", base_url=server.base_url).metadata.context_window
    )
    assert "tiktoken" not in sys.modules or len(server.requests) == 2


def test_s3_18_a_model_id_typed_by_hand_works_without_a_model_list() -> None:
    with loopback(routes({"POST /v1/chat/completions": json_reply(ANSWER)})) as server:
        assert ChatOpenAICompatible(model="by-hand", base_url=server.base_url).invoke("a").text == "hi"
        assert [seen.path for seen in server.requests] == ["/v1/chat/completions"]


# ---------------------------------------------------------------------- keys and files


def test_s3_26_s3_34_s3_70_a_key_can_be_kept_in_the_systems_keyring(
    server: Loopback, monkeypatch: pytest.MonkeyPatch, configured: Configured
) -> None:
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend

    class Memory(KeyringBackend):
        """A store of this test."""

        priority = 1

        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call]
            self.kept: dict[tuple[str, str], str] = {}

        def get_password(self, service: str, username: str) -> str | None:
            return self.kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            self.kept[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del self.kept[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    try:
        entry = json.dumps({"origin": server.url, "key": CANARY})
        keyring.set_password("openai-compatible", "lab", entry)
        configured(
            f'[[providers]]\nname = "lab"\nbase_url = "{server.base_url}"\n'
            'api_key_keyring = "openai-compatible"\n'
        )
        with Client("lab/m") as client:
            client.chat(HELLO)
        keyring.delete_password("openai-compatible", "lab")
        with Client("lab/m") as client, pytest.raises(MissingKeyError, match="keyring"):
            client.chat(HELLO)
    finally:
        keyring.set_keyring(before)
    assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"
    assert CANARY not in default_path().read_text(encoding="utf-8")


def test_s3_26_s3_70_where_there_is_no_keyring_it_says_so_and_keeps_nothing_elsewhere(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    provider = Provider(name="lab", base_url=server.base_url, api_key_keyring="openai-compatible")
    with Client(provider, model="m") as client, pytest.raises(ConfigError, match="keyring"):
        client.chat(HELLO)
    assert server.requests == []


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("macos", "Library/Application Support/openai-compatible/providers.toml"),
        ("windows", "openai-compatible/providers.toml"),
        ("unix", ".config/openai-compatible/providers.toml"),
    ],
)
def test_s3_35_s3_36_the_file_is_where_the_platform_keeps_settings(
    platform: str, expected: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import platformdirs

    module = pytest.importorskip(f"platformdirs.{platform}")
    found = {"macos": "MacOS", "windows": "Windows", "unix": "Unix"}[platform]
    monkeypatch.delenv("XDG_CONFIG_HOME")
    if platform == "windows":
        monkeypatch.setenv("LOCALAPPDATA", str(home / "AppData" / "Local"))
        monkeypatch.setattr(module, "get_win_folder", lambda _: str(home / "AppData" / "Local"))
    monkeypatch.setattr(platformdirs, "PlatformDirs", getattr(module, found))
    path = default_path().as_posix()
    assert path.startswith(home.as_posix())
    assert path.endswith(expected)


def test_s3_37_settings_hold_no_secret_and_can_be_shared(configured: Configured) -> None:
    (provider,) = configured(
        '[[providers]]\nname = "a"\nbase_url = "http://h:1"\napi_key_env = "A_KEY"\n'
    ).providers
    assert provider.model_dump()["api_key_env"] == "A_KEY"
    assert "api_key" not in provider.model_dump()


def test_s3_27_s3_91_what_is_exported_for_opencode_comes_back_as_it_was(configured: Configured) -> None:
    config = configured(
        '[[providers]]\nname = "lab"\ndisplay_name = "The lab"\nbase_url = "http://h:1/v1"\n'
        'api_key_env = "LAB_KEY"\n\n[providers.models.small]\nid = "org/small"\ncontext_window = 4096\n'
    )
    made = export_to("opencode", config)
    assert json.loads(made.text)["provider"]["lab"]["npm"] == "@ai-sdk/openai-compatible"
    (again,) = import_from("opencode", {"opencode.json": made.text}).providers
    (provider,) = config.providers
    for field in ("name", "display_name", "base_url", "api_key_env"):
        assert again[field] == getattr(provider, field)
    assert again["models"]["small"]["id"] == "org/small"
    assert again["models"]["small"]["context_window"] == 4096


def test_s3_28_no_request_goes_to_any_other_host(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[Any] = []
    connect, names = socket.socket.connect, socket.getaddrinfo

    def seen(self: socket.socket, address: Any) -> Any:
        places.append(address)
        return connect(self, address)

    def asked(host: Any, *more: Any, **named: Any) -> Any:
        places.append((host, None))
        return names(host, *more, **named)

    monkeypatch.setattr(socket.socket, "connect", seen)
    monkeypatch.setattr(socket, "getaddrinfo", asked)
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    chat = ChatOpenAICompatible(model="gpt-4", base_url=server.base_url)
    assert chat.invoke("hello").text
    assert "".join(chunk.text for chunk in chat.stream("hello"))
    assert chat.get_num_tokens("hello")
    assert OpenAICompatible(model="gpt-4", base_url=server.base_url).complete("hello").text
    with Client(base_url=server.base_url, model="m") as client:
        client.embed(["a"])
        client.models()
        client.model_info()
    assert {str(place[0]) for place in places} <= {"127.0.0.1"}


# ---------------------------------------------------------------------- what a server must have


def test_s3_29_chat_completions_is_all_that_a_server_must_have() -> None:
    with loopback(routes({"POST /v1/chat/completions": json_reply(ANSWER)})) as server:
        at: dict[str, Any] = {"model": "m", "base_url": server.base_url}
        with Client(**at) as client:
            assert client.chat(HELLO).text == "hi"
        assert "".join(chunk.text for chunk in ChatOpenAICompatible(**at).stream("a")) == "hi"
        assert [answer.delta for answer in OpenAICompatible(**at).stream_complete("a")][-1] is not None


def test_s3_30_a_server_without_a_model_list_says_so_and_works() -> None:
    with loopback(routes({"POST /v1/chat/completions": json_reply(ANSWER)})) as server:
        with Client(base_url=server.base_url, model="m") as client:
            with pytest.raises(EndpointNotFoundError, match="/models"):
                client.models()
            assert client.model_info() is None
            assert client.chat(HELLO).text == "hi"


def test_s3_31_streams_come_piece_by_piece(server: Loopback) -> None:
    chat = ChatOpenAICompatible(model="m", base_url=server.base_url)
    assert [chunk.text for chunk in chat.stream("hello") if chunk.text] == ["You", " said:", " hello"]


def test_s3_32_s3_45_s3_82_a_server_started_without_tools_is_told_with_the_flag_to_set() -> None:
    message = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
    with loopback(json_reply({"error": {"message": message}}, 400)) as server:
        chat = ChatOpenAICompatible(model="m", base_url=server.base_url)
        with pytest.raises(UnsupportedParameterError, match="Start vLLM with --enable-auto-tool-choice"):
            chat.bind_tools([{"name": "f", "description": "", "parameters": {}}]).invoke("a")


def test_s3_33_an_answer_in_another_form_is_read() -> None:
    odd = {"response": None, "choices": [{"text": "hi", "finish_reason": "eos"}], "usage": None}
    with loopback(json_reply(odd)) as server, Client(base_url=server.base_url, model="m") as client:
        assert client.chat(HELLO).text == "hi"


# ---------------------------------------------------------------------- trouble


def test_s3_38_s3_41_refused_timeout_and_unknown_host_are_told_apart(server: Loopback) -> None:
    server.stop()
    with Client(base_url=server.base_url, model="m", max_retries=0) as client:
        with pytest.raises(ConnectionFailedError, match="refused"):
            client.chat(HELLO)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(8)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(full.getsockname())
            url = f"http://127.0.0.1:{full.getsockname()[1]}"
            limits = Timeouts(connect=0.2, call=20)
            with Client(base_url=url, model="m", timeout=limits, max_retries=0) as client:
                with pytest.raises(ConnectTimeoutError, match="firewall"):
                    client.chat(HELLO)
        finally:
            for one in waiting:
                one.close()


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("localhost:8000", "http://localhost:8000/v1"),
        ("192.168.1.5:8000/v1", "http://192.168.1.5:8000/v1"),
    ],
)
def test_s3_40_a_scheme_is_added_for_hosts_of_ones_own(written: str, used: str) -> None:
    told = explain(Client(base_url=written, model="m"), "Hi")
    assert told.url == f"{used}/chat/completions"


def test_s3_40_another_host_without_a_scheme_gets_a_proposal() -> None:
    with pytest.raises(ConfigError, match="has no scheme. Write https://api.mycompany.com/v1"):
        Client(base_url="api.mycompany.com/v1", model="m")


def test_s3_43_s3_44_the_servers_own_words_are_in_the_error() -> None:
    with loopback(json_reply({"error": {"message": "temperature must be below 2"}}, 400)) as server:
        with Client(base_url=server.base_url, model="m") as client:
            with pytest.raises(InvalidRequestError, match="temperature must be below 2"):
                client.chat(HELLO, temperature=3)


def test_s3_47_the_smallest_request_has_model_and_messages_only(server: Loopback) -> None:
    assert sent(server).json == {"model": "m", "messages": HELLO}
    told = explain(Client(base_url="http://localhost:8000", model="m"), "hello").curl()
    assert told.endswith("""-d '{"model": "m", "messages": [{"role": "user", "content": "hello"}]}'""")


def test_s3_48_s3_49_401_says_to_check_the_key_and_does_not_show_it() -> None:
    body = {"error": {"message": f"Invalid API key: {CANARY}"}}
    with loopback(json_reply(body, 401)) as server:
        with Client(base_url=server.base_url, model="m", api_key=CANARY) as client:
            with pytest.raises(AuthenticationError, match="Check the key") as caught:
                client.chat(HELLO)
    assert CANARY not in f"{caught.value}{caught.value!r}{caught.value.body}"


@pytest.mark.parametrize(
    ("auth", "place"),
    [
        ("bearer", ("headers", "authorization", "Bearer k")),
        ({"style": "header", "name": "x-api-key"}, ("headers", "x-api-key", "k")),
        ({"style": "query", "name": "key"}, ("query", "key", "k")),
        ({"style": "basic", "username": "u"}, ("headers", "authorization", "Basic dTpr")),
        ("none", ("headers", "authorization", None)),
    ],
)
def test_s3_50_s3_51_a_key_travels_in_the_form_the_server_wants(
    auth: Any, place: tuple[str, str, str | None], server: Loopback
) -> None:
    where, name, value = place
    assert getattr(sent(server, api_key="k", auth=auth), where).get(name) == value


# ---------------------------------------------------------------------- proxies and time


def test_s3_52_a_sub_path_of_a_proxy_is_used_as_written(server: Loopback) -> None:
    assert sent(server, base_url=f"{server.url}/llm/v1").path == "/llm/v1/chat/completions"


def test_s3_54_limits_are_a_minute_at_least_and_each_has_its_own() -> None:
    limits = Timeouts()
    assert limits.total is None
    for limit in (limits.first_event, limits.idle, limits.call):
        assert limit is not None
        assert limit >= 60


def test_s3_58_s3_60_s3_78_many_providers_at_once_and_no_reconnecting(
    configured: Configured, server: Loopback
) -> None:
    with loopback(json_reply(ANSWER)) as other:
        configured(
            f'[[providers]]\nname = "a"\nbase_url = "{server.base_url}"\n'
            f'[[providers]]\nname = "b"\nbase_url = "{other.base_url}"\n'
        )
        one, two = ChatOpenAICompatible(model="a/m"), ChatOpenAICompatible(model="b/m")
        assert [one.invoke("x").text, two.invoke("x").text, one.invoke("y").text] == [
            "You said: x",
            "hi",
            "You said: y",
        ]


# ---------------------------------------------------------------------- security


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "192.168.1.5", "vllm", "gpu.internal"])
def test_s3_71_http_is_allowed_to_hosts_of_ones_own(host: str) -> None:
    told = explain(Client(base_url=f"http://{host}:8000/v1", model="m", api_key=CANARY), "Hi")
    assert told.headers["Authorization"] == "Bearer ***"


def test_s3_72_a_key_is_not_sent_unencrypted_to_a_public_host(server: Loopback) -> None:
    with Client(base_url="http://llm.example.com/v1", model="m", api_key=CANARY) as client:
        with pytest.raises(ConfigError, match="travel unencrypted to llm.example.com.*https") as caught:
            client.chat(HELLO)
    assert CANARY not in str(caught.value)
    fields: dict[str, Any] = {"api_key": CANARY, "allow_insecure": True, "proxy": server.url}
    seen = sent(server, base_url="http://llm.example.com/v1", **fields)
    assert seen.headers["authorization"] == f"Bearer {CANARY}"


# ---------------------------------------------------------------------- what the code there does


def test_s3_83_reasoning_goes_back_without_a_proxy(server: Loopback) -> None:
    thinking = {"content": "hi", "reasoning_content": "a thought"}
    reply = {"choices": [{"message": thinking, "finish_reason": "stop"}]}
    with loopback(json_reply(reply)) as thinker:
        echo = {"reasoning_replay": "always", "reasoning_field": "reasoning_content"}
        model = ChatOpenAICompatible(model="m", base_url=thinker.base_url, dialect=echo)
        answer = model.invoke("hello")
        assert isinstance(answer, AIMessage)
        model.invoke([HumanMessage("hello"), answer, HumanMessage("and?")])
        assert thinker.requests[1].json["messages"][1]["reasoning_content"] == "a thought"


def test_s1_65_nothing_is_logged_above_debug_in_an_ordinary_call(
    server: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        sent(server)
    assert caplog.records == []


def test_s3_10_s3_78_configured_and_shipped_providers_are_named_in_the_same_way(
    configured: Configured,
) -> None:
    configured('[[providers]]\nname = "mine"\nbase_url = "http://localhost:1/v1"\n')
    assert load_config().providers[0].name == "mine"
    assert [targets(f"{name}/m")[0].provider.name for name in ("mine", "ollama")] == ["mine", "ollama"]
