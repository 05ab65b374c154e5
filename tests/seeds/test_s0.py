"""Items of ConduitLLM's guide that hold, each test named after those it proves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from langchain_openai_compatible import ChatOpenAICompatible, OpenAICompatibleEmbeddings
from llama_index.llms.openai_compatible import OpenAICompatible
from openai_compatible import (
    AsyncClient,
    AuthenticationError,
    ChatRequest,
    Client,
    Config,
    ConfigError,
    ConnectionFailedError,
    MalformedResponseError,
    ModelNotFoundError,
    PermissionDeniedError,
    Provider,
    explain,
    resolve,
    targets,
)
from openai_compatible.presets.registry import preset
from openai_compatible.testing.loopback import (
    Loopback,
    Reply,
    event_stream,
    in_order,
    json_reply,
    loopback,
    routes,
)
from openai_compatible.testing.scripted import respond

HELLO = [{"role": "user", "content": "hello"}]
ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
Configured = Callable[[str], Config]


def asked(**fields: Any) -> Any:
    """What a plain server saw of one call."""
    with loopback(json_reply(ANSWER)) as server:
        with Client(**{"model": "m", "base_url": server.base_url, **fields}) as client:
            client.chat(HELLO)
        return server.requests[0]


# ---------------------------------------------------------------------- services


def test_s0_01_s0_05_s0_06_any_server_of_the_format_works_without_a_preset() -> None:
    with loopback(routes({"POST /v1/chat/completions": json_reply(ANSWER)})) as server:
        with Client(base_url=server.base_url, model="whatever/it:has") as client:
            assert client.chat(HELLO).text == "hi"


LOCAL = {
    "localai": "http://localhost:8080/v1",
    "ollama": "http://localhost:11434/v1",
    "text-generation-webui": "http://localhost:5000/v1",
}


@pytest.mark.parametrize("name", LOCAL)
def test_s0_02_s0_03_s0_04_s0_32_s0_35_s0_37_local_servers_of_the_guide_are_presets(name: str) -> None:
    assert preset(name).base_url == LOCAL[name]
    assert Provider(preset=name).base_url == LOCAL[name]  # type: ignore[call-arg]


@pytest.mark.parametrize("name", LOCAL)
def test_s0_02_s0_03_s0_04_their_presets_answer_at_another_address_too(
    name: str, server: Loopback
) -> None:
    with Client(model="scripted", preset=name, base_url=server.base_url) as client:
        assert client.chat(HELLO).text == "You said: hello"
    assert "authorization" not in server.requests[0].headers


# ---------------------------------------------------------------------- the form's fields


def test_s0_09_the_name_is_free_and_there_is_one_of_each(configured: Configured) -> None:
    table = '[[providers]]\nname = "my.own_server-2"\nbase_url = "http://localhost:1/v1"\n'
    assert configured(table).providers[0].name == "my.own_server-2"
    with pytest.raises(ConfigError, match="two providers are named"):
        configured(table + table)


@pytest.mark.parametrize("wrong", [None, "", "ftp://host", "http:/host", "https://", "http://h:0"])
def test_s0_10_a_provider_needs_a_base_url_that_is_one(wrong: str | None) -> None:
    fields: dict[str, Any] = {"name": "a"} if wrong is None else {"name": "a", "base_url": wrong}
    with pytest.raises(ConfigError) as caught:
        Provider(**fields)
    assert "base" in str(caught.value)


@pytest.mark.parametrize(
    ("written", "final"),
    [
        ("http://localhost:5001/v1", "http://localhost:5001/v1/chat/completions"),
        ("http://localhost:5001/v1/", "http://localhost:5001/v1/chat/completions"),
        ("https://my-api-server.com/openai", "https://my-api-server.com/openai/chat/completions"),
    ],
)
def test_s0_10_s0_11_s0_12_the_url_that_is_asked_is_shown_before(written: str, final: str) -> None:
    assert explain(Client(base_url=written, model="m"), "Hi").url == final


def test_s0_12_a_path_without_version_is_used_as_written() -> None:
    app = routes({"POST /openai/chat/completions": json_reply(ANSWER)})
    with loopback(app) as server, Client(base_url=f"{server.url}/openai", model="m") as client:
        client.chat(HELLO)
        assert [seen.path for seen in server.requests] == ["/openai/chat/completions"]


def test_s0_13_no_key_is_no_authorization_header() -> None:
    assert "authorization" not in asked().headers


# ---------------------------------------------------------------------- the file


FILE = """
[[providers]]
name = "first"                        # comments are allowed
preset = "localai"
base_url = "http://localhost:5001/v1"
api_key_env = "FIRST_KEY"

[[providers]]
name = "second"
preset = "localai"

[providers.models]
local-llama = "llama2-7b"
"""


def test_s0_15_s0_17_s0_20_s0_34_a_toml_file_lists_providers_and_may_have_comments(
    configured: Configured,
) -> None:
    config = configured(FILE)
    assert [(one.name, one.base_url) for one in config.providers] == [
        ("first", "http://localhost:5001/v1"),
        ("second", "http://localhost:8080/v1"),
    ]


def test_s0_16_what_belongs_to_another_program_is_refused_with_its_line(configured: Configured) -> None:
    with pytest.raises(ConfigError, match=r"providers\.toml:\d+: the file has an unknown key 'conduit'"):
        configured(FILE + "\n[conduit]\n")


def test_s0_18_two_providers_of_one_kind_have_names_of_their_own(configured: Configured) -> None:
    assert {(one.name, one.preset) for one in configured(FILE).providers} == {
        ("first", "localai"),
        ("second", "localai"),
    }


def test_s0_19_a_key_is_optional_for_each_provider(configured: Configured) -> None:
    first, second = configured(FILE).providers
    assert (first.api_key_env, second.api_key_env) == ("FIRST_KEY", None)


def test_s0_21_s0_22_s0_23_s0_24_s0_28_an_alias_says_provider_and_wire_id(
    configured: Configured, server: Loopback
) -> None:
    config = configured(FILE.replace('preset = "localai"\n\n', f'base_url = "{server.base_url}"\n\n'))
    (target,) = resolve("local-llama", config)
    assert (target.provider.name, target.model) == ("second", "llama2-7b")
    with Client("local-llama") as client:
        client.chat(HELLO)
    assert server.requests[0].json["model"] == "llama2-7b"


# ---------------------------------------------------------------------- use


def test_s0_25_a_configured_alias_makes_objects_of_the_frameworks(
    configured: Configured, server: Loopback
) -> None:
    from langchain_core.language_models import BaseChatModel
    from llama_index.core.llms import LLM

    configured(
        f'[[providers]]\nname = "a"\nbase_url = "{server.base_url}"\nmodels = {{ small = "scripted" }}\n'
    )
    chat, llm = ChatOpenAICompatible(model="small"), OpenAICompatible(model="small")
    assert isinstance(chat, BaseChatModel)
    assert isinstance(llm, LLM)
    assert chat.invoke("hello").content == "You said: hello"
    assert llm.complete("hello").text == "You said: hello"


def test_s0_26_without_arguments_the_configuration_says_where_to_go(
    configured: Configured, server: Loopback
) -> None:
    configured(
        f'[[providers]]\nname = "a"\nbase_url = "{server.base_url}"\ndefault_model = "scripted"\n'
    )
    with Client() as client:
        assert client.chat(HELLO).text == "You said: hello"
    assert ChatOpenAICompatible().invoke("hello").content == "You said: hello"
    assert OpenAICompatible().complete("hello").text == "You said: hello"


def test_s0_26_with_nothing_configured_it_says_what_to_set() -> None:
    with pytest.raises(ConfigError, match="no server was named.*OPENAI_COMPATIBLE_BASE_URL"):
        Client()


def test_s0_27_requests_are_typed(server: Loopback) -> None:
    with Client(base_url=server.base_url, model="m") as client:
        client.chat(ChatRequest("", HELLO, sampling={"temperature": 0}))
    assert server.requests[0].json == {"model": "m", "messages": HELLO, "temperature": 0}


def test_s0_29_all_roles_are_sent_and_servers_with_one_system_message_get_one(server: Loopback) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    history: list[dict[str, Any]] = [
        {"role": "system", "content": "be kind"},
        *HELLO,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "42"},
        {"role": "developer", "content": "be brief"},
        *HELLO,
    ]
    with Client(base_url=server.base_url, model="m") as client:
        client.chat(history)
    roles = [message["role"] for message in server.requests[0].json["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "system", "user"]
    one = {"system_messages": "merge_leading"}
    with Client(base_url=server.base_url, model="m", dialect=one) as client:
        client.chat([history[0], history[-2], *HELLO])
    assert server.requests[1].json["messages"] == [
        {"role": "system", "content": "be kind\n\nbe brief"},
        *HELLO,
    ]


def test_s0_30_s0_31_calls_are_blocking_and_async_and_the_text_is_an_attribute(server: Loopback) -> None:
    async def ask() -> str:
        async with AsyncClient(base_url=server.base_url, model="m") as client:
            return (await client.chat(HELLO)).text

    with Client(base_url=server.base_url, model="m") as client:
        assert client.chat(HELLO).text == asyncio.run(ask()) == "You said: hello"


def test_s0_31_a_message_without_content_has_empty_text() -> None:
    message = {"content": None, "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": ""}}]}
    with loopback(json_reply({"choices": [{"message": message}]})) as server:
        with Client(base_url=server.base_url, model="m") as client:
            assert client.chat(HELLO).text == ""
        assert ChatOpenAICompatible(model="m", base_url=server.base_url).invoke("a").content == ""


def test_s0_33_s0_46_a_placeholder_is_accepted_and_not_needed() -> None:
    assert asked(api_key="not-required").headers["authorization"] == "Bearer not-required"
    assert "authorization" not in asked().headers


@pytest.mark.parametrize("empty", ["", "  "])
def test_s0_36_an_empty_key_is_no_bearer_without_a_token(empty: str) -> None:
    assert "authorization" not in asked(api_key=empty).headers
    assert asked(api_key="ollama").headers["authorization"] == "Bearer ollama"


@pytest.mark.parametrize("port", [5000, 5001])
def test_s0_37_text_generation_webui_is_found_at_both_ports_of_the_guide(port: int) -> None:
    (target,) = targets("m", provider="text-generation-webui", base_url=f"http://localhost:{port}/v1")
    assert target.provider.base_url == f"http://localhost:{port}/v1"


# ---------------------------------------------------------------------- trouble


def test_s0_38_s0_40_a_server_that_does_not_run_is_named_with_host_and_port(server: Loopback) -> None:
    server.stop()
    with Client(base_url=server.base_url, model="m", max_retries=0) as client:
        with pytest.raises(ConnectionFailedError, match=rf"127\.0\.0\.1:{server.port}: .*refused"):
            client.chat(HELLO)


def test_s0_39_another_spelling_of_the_base_url_is_tried_and_the_right_one_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = routes({"POST /v1/chat/completions": json_reply(ANSWER)})
    with loopback(app) as server, Client(base_url=f"{server.url}/v1/v1", model="m") as client:
        with caplog.at_level("INFO"):
            completion = client.chat(HELLO)
        assert completion.record is not None
        assert completion.record.url == f"{server.base_url}/chat/completions"
        assert server.base_url in caplog.text


@pytest.mark.parametrize(("key", "right"), [(None, False), ("wrong", False), ("right", True)])
def test_s0_41_s0_45_a_key_that_is_required_and_missing_or_wrong_is_told(
    key: str | None, right: bool
) -> None:
    with loopback(
        lambda seen: respond(seen.method, seen.path, seen.headers, seen.body, api_key="right")
    ) as server:
        client = Client(base_url=server.base_url, model="scripted", api_key=key)
        if right:
            assert client.chat(HELLO).text
            return
        with pytest.raises(AuthenticationError, match="HTTP 401.*key") as caught:
            client.chat(HELLO)
        assert "wrong" not in str(caught.value)
        client.close()


def test_s0_41_a_key_that_may_not_do_this_is_another_error_than_a_wrong_one() -> None:
    with loopback(json_reply({"error": {"message": "no"}}, 403)) as server:
        with Client(base_url=server.base_url, model="m") as client, pytest.raises(PermissionDeniedError):
            client.chat(HELLO)


@pytest.mark.parametrize(
    "model", ["org/Model-1b", "model:free", "model@v2", "C:\\m.gguf", "Modell ÄÖ", "gpt-4/x"]
)
def test_s0_42_s0_43_s0_44_an_id_is_sent_as_it_is_written(model: str) -> None:
    assert asked(model=model).json["model"] == model


def test_s0_42_s0_43_a_missing_model_is_answered_with_near_ids() -> None:
    table = {
        "GET /v1/models": json_reply({"data": [{"id": "llama2-7b-chat"}, {"id": "other"}]}),
        "POST /v1/chat/completions": json_reply(
            {"error": {"message": "The model `llama2-7b` does not exist", "code": "model_not_found"}},
            404,
        ),
    }
    with (
        loopback(routes(table)) as server,
        Client(base_url=server.base_url, model="llama2-7b") as client,
    ):
        with pytest.raises(ModelNotFoundError, match="The server has: llama2-7b-chat"):
            client.chat(HELLO)


@pytest.mark.parametrize(
    ("auth", "place", "value"),
    [
        ("bearer", "authorization", "Bearer k"),
        ({"style": "header", "name": "X-Api-Key"}, "x-api-key", "k"),
        ({"style": "header", "name": "Authorization", "prefix": "Token "}, "authorization", "Token k"),
        ({"style": "basic", "username": "u"}, "authorization", "Basic dTpr"),
    ],
)
def test_s0_47_s0_48_a_key_travels_as_bearer_or_as_the_service_wants_it(
    auth: Any, place: str, value: str
) -> None:
    assert asked(api_key="k", auth=auth).headers[place] == value


def test_s0_47_a_key_of_any_form_is_sent() -> None:
    for key in ("sk-1", "tb_1", "gsk_1", "00ff", "a.b.c"):
        assert asked(api_key=key).headers["authorization"] == f"Bearer {key}"


# ---------------------------------------------------------------------- what is supported


def test_s0_49_s0_50_chat_and_embeddings_are_what_the_server_implements(server: Loopback) -> None:
    with Client(base_url=server.base_url, model="scripted") as client:
        assert client.chat(HELLO).text == "You said: hello"
        assert len(client.embed(["a", "b"]).vectors) == 2
    embeddings = OpenAICompatibleEmbeddings(model="scripted-embeddings", base_url=server.base_url)
    assert embeddings.embed_query("a")


def test_s0_52_a_stream_ends_with_the_servers_token_counts(server: Loopback) -> None:
    with Client(base_url=server.base_url, model="scripted") as client:
        whole = client.chat(HELLO).usage
        streamed = [*client.stream(HELLO)][-1]
    assert whole is not None
    assert streamed.usage == whole


def test_s0_53_an_answer_that_differs_from_the_specification_is_read() -> None:
    odd = {"choices": {"message": {"content": [{"type": "text", "text": "hi"}]}}, "vendor": [1]}
    with loopback(json_reply(odd)) as server, Client(base_url=server.base_url, model="m") as client:
        assert client.chat(HELLO).text == "hi"
    page = Reply(200, {"content-type": "text/html"}, b"<html>Login</html>")
    with loopback(page) as server, Client(base_url=server.base_url, model="m") as client:
        with pytest.raises(MalformedResponseError, match="web page"):
            client.chat(HELLO)


def test_s0_54_passing_trouble_and_429_are_tried_again() -> None:
    busy = json_reply({"error": "busy"}, 429, {"retry-after": "0"})
    down = json_reply({"error": "down"}, 502, {"retry-after": "0"})
    with loopback(
        in_order(
            busy,
            down,
            event_stream(b'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\n'),
        )
    ) as server:
        with Client(base_url=server.base_url, model="m") as client:
            assert [*client.stream(HELLO)][-1].text == "hi"
        assert len(server.requests) == 3


def test_s0_55_the_provider_of_highest_priority_is_asked_first(configured: Configured) -> None:
    table = (
        '[[providers]]\nname = "{}"\nbase_url = "http://h:1"\npriority = {}\nmodels = {{ m = "m" }}\n'
    )
    config = configured(table.format("second", 2) + table.format("first", 1))
    assert [target.provider.name for target in resolve("m", config)] == ["first", "second"]
