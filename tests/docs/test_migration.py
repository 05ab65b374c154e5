"""The pages for users of ChatOpenAI, OpenAILike and LiteLLM: their tables are whole, and true.

The parameters of the other classes are written down here, with version and date. Where such a package is
installed (in none of our environments for tests), its own are compared with the table as well, and the
examples of how it was before are run.
"""

from __future__ import annotations

import importlib
import inspect
import re
import socket
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from langchain_openai_compatible import ChatOpenAICompatible, OpenAICompatibleEmbeddings
from langchain_openai_compatible import parameters as langchain_names
from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding
from llama_index.embeddings.openai_compatible import parameters as embedding_names
from llama_index.llms.openai_compatible import OpenAICompatible
from llama_index.llms.openai_compatible import parameters as llm_names
from openai_compatible import Client, errors
from openai_compatible.config.importers.litellm_services import service_of
from openai_compatible.errors import ConfigError
from openai_compatible.presets.registry import preset
from openai_compatible.testing.loopback import json_reply, loopback
from openai_compatible.testing.scripted import scripted

pytestmark = pytest.mark.docs

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in (DOCS / "from-chatopenai.md", DOCS / "from-openailike.md", DOCS / "from-litellm.md")
}
TABLE = re.compile(r"^<!-- table: (.+) -->\n\|.*\n\|[-|]+\n((?:\|.*\n)+)", re.MULTILINE)
BEFORE = re.compile(r"^```text (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"`([a-z_A-Z]\w*)`")
SERVER = "http://127.0.0.1:8000"
URL = "http://127.0.0.1:1/v1"
OURS: dict[type, dict[str, str]] = {
    ChatOpenAICompatible: langchain_names.CHAT_ALIASES,
    OpenAICompatibleEmbeddings: langchain_names.EMBEDDINGS_ALIASES,
    OpenAICompatible: llm_names.ALIASES,
    OpenAICompatibleEmbedding: embedding_names.ALIASES,
}


class Row(NamedTuple):
    names: list[str]
    here: str


def table(title: str) -> list[list[str]]:
    """Cells of the table with that title, on whichever page it is."""
    found = [m[2] for text in PAGES.values() for m in TABLE.finditer(text) if m[1] == title]
    assert len(found) == 1, title
    lines = found[0].strip().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def rows(title: str) -> list[Row]:
    return [Row(NAME.findall(cells[0]), cells[1]) for cells in table(title)]


class Other(NamedTuple):
    """A class of another package, and which of ours stands for it."""

    title: str
    ours: type
    names: str
    """As of the version and date below, fields and their aliases."""
    home: str
    """Where to import it from."""
    beside: str = ""
    """Title of the table that holds what this one does not."""


# langchain-openai 1.7.4 with langchain-core 1.8.1, 2026-11-21
CHAT_OPENAI = """
    name cache verbose callbacks tags metadata custom_get_token_ids rate_limiter disable_streaming
    output_version profile client async_client root_client root_async_client model model_name
    temperature model_kwargs api_key openai_api_key base_url openai_api_base organization
    openai_organization openai_proxy timeout request_timeout stream_usage max_retries
    presence_penalty frequency_penalty seed logprobs top_logprobs logit_bias streaming n top_p
    max_tokens max_completion_tokens reasoning_effort reasoning verbosity tiktoken_model_name
    default_headers default_query http_client http_async_client http_socket_options
    stream_chunk_timeout stop stop_sequences extra_body include_response_headers disabled_params
    context_management include prompt_cache_options service_tier store truncation
    use_previous_response_id use_responses_api
"""
OPENAI_EMBEDDINGS = """
    client async_client model dimensions deployment api_version openai_api_version base_url
    openai_api_base openai_api_type openai_proxy embedding_ctx_length api_key openai_api_key
    organization openai_organization allowed_special disallowed_special chunk_size max_retries
    timeout request_timeout headers tiktoken_enabled tiktoken_model_name show_progress_bar
    model_kwargs skip_empty default_headers default_query retry_min_seconds retry_max_seconds
    http_client http_async_client check_embedding_ctx_length
"""
AZURE_CHAT_OPENAI = """
    azure_endpoint azure_deployment deployment_name api_version openai_api_version azure_ad_token
    azure_ad_token_provider azure_ad_async_token_provider model_version openai_api_type
    validate_base_url
"""
# llama-index-llms-openai-like 0.8.1, llama-index-llms-openai 0.8.3, 2026-11-21
OPENAI_LIKE = """
    model temperature max_tokens max_new_tokens additional_kwargs max_retries timeout reuse_client
    api_key api_base api_version callback_manager default_headers http_client async_http_client
    openai_client async_openai_client system_prompt messages_to_prompt completion_to_prompt
    pydantic_program_mode output_parser strict reasoning_effort modalities audio_config rate_limiter
    query_wrapper_prompt logprobs top_logprobs context_window is_chat_model
    is_function_calling_model should_use_structured_outputs tokenizer
"""
# llama-index-embeddings-openai-like 0.4.0, llama-index-embeddings-openai 0.6.0, 2026-11-21
OPENAI_LIKE_EMBEDDING = """
    mode model model_name embed_batch_size dimensions additional_kwargs api_key api_base api_version
    max_retries timeout reuse_client callback_manager default_headers http_client async_http_client
    num_workers embeddings_cache rate_limiter
"""
# litellm 1.106.2, 2026-11-21, with what its keyword arguments take beside
COMPLETION = """
    model messages timeout temperature top_p n stream stream_options stop max_completion_tokens
    max_tokens modalities prediction audio presence_penalty frequency_penalty logit_bias user
    reasoning_effort verbosity response_format seed tools tool_choice logprobs top_logprobs
    parallel_tool_calls web_search_options include_server_side_tool_invocations deployment_id
    extra_headers safety_identifier service_tier store prompt_cache_key functions function_call
    base_url api_version api_key model_list thinking shared_session enable_json_schema_validation
    additional_drop_params allowed_openai_params api_base caching custom_llm_provider drop_params
    fallbacks headers input_cost_per_token max_retries metadata mock_response num_retries
    output_cost_per_token request_timeout top_k
"""
# langchain-litellm 0.11.2, 2026-11-21
CHAT_LITELLM = """
    name cache verbose callbacks tags metadata custom_get_token_ids rate_limiter disable_streaming
    output_version profile client model model_name stream_options openai_api_key azure_api_key
    anthropic_api_key replicate_api_key cohere_api_key openrouter_api_key huggingface_api_key
    together_ai_api_key api_key streaming api_base base_url organization custom_llm_provider
    use_responses_api base_model extra_headers request_timeout temperature model_kwargs top_p top_k
    n max_tokens num_ctx max_retries router
"""
LITELLM_EMBEDDINGS = """
    model api_key api_base api_version custom_llm_provider organization request_timeout max_retries
    extra_headers model_kwargs dimensions encoding_format document_input_type query_input_type
"""
# llama-index-llms-litellm 0.8.0, llama-index-embeddings-litellm 0.6.0, 2026-11-21
LITELLM = """
    model temperature max_tokens additional_kwargs max_retries api_key api_type api_base
    callback_manager system_prompt messages_to_prompt completion_to_prompt pydantic_program_mode
    output_parser rate_limiter query_wrapper_prompt custom_llm_provider
"""
LITELLM_EMBEDDING = """
    model_name embed_batch_size callback_manager num_workers embeddings_cache rate_limiter api_key
    api_base dimensions timeout
"""
LI = "llama_index"
OTHERS = [
    Other("ChatOpenAI", ChatOpenAICompatible, CHAT_OPENAI, "langchain_openai"),
    Other("OpenAIEmbeddings", OpenAICompatibleEmbeddings, OPENAI_EMBEDDINGS, "langchain_openai"),
    Other("AzureChatOpenAI", ChatOpenAICompatible, AZURE_CHAT_OPENAI, "langchain_openai", "ChatOpenAI"),
    Other("OpenAILike", OpenAICompatible, OPENAI_LIKE, f"{LI}.llms.openai_like"),
    Other(
        "OpenAILikeEmbedding",
        OpenAICompatibleEmbedding,
        OPENAI_LIKE_EMBEDDING,
        f"{LI}.embeddings.openai_like",
    ),
    Other("ChatLiteLLM", ChatOpenAICompatible, CHAT_LITELLM, "langchain_litellm"),
    Other("LiteLLMEmbeddings", OpenAICompatibleEmbeddings, LITELLM_EMBEDDINGS, "langchain_litellm"),
    Other("LiteLLM", OpenAICompatible, LITELLM, f"{LI}.llms.litellm"),
    Other("LiteLLMEmbedding", OpenAICompatibleEmbedding, LITELLM_EMBEDDING, f"{LI}.embeddings.litellm"),
]
each_other = pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.title)


@each_other
def test_every_parameter_of_the_other_class_is_in_the_table_once(other: Other) -> None:
    names = [name for row in rows(other.title) for name in row.names]
    assert sorted(names) == sorted(set(other.names.split()))


@each_other
def test_the_table_knows_what_the_installed_class_takes(
    other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    titles = [title for title in (other.title, other.beside) if title]
    assert taken_by(installed(other.home, other.title)) - listed(titles) == set()


# Classes of other packages that have no table of their own.
COUSINS = [
    ("langchain_openai", "AzureOpenAIEmbeddings", ["OpenAIEmbeddings", "AzureChatOpenAI"]),
    ("langchain_litellm", "ChatLiteLLMRouter", ["ChatLiteLLM"]),
    (f"{LI}.llms.openai", "OpenAI", ["OpenAILike"]),
    (f"{LI}.embeddings.openai", "OpenAIEmbedding", ["OpenAILikeEmbedding"]),
]


@pytest.mark.parametrize(("home", "name", "titles"), COUSINS)
def test_the_tables_know_what_their_cousins_take(
    home: str, name: str, titles: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    assert taken_by(installed(home, name)) - listed(titles) == set()


def listed(titles: list[str]) -> set[str]:
    return {name for title in titles for row in rows(title) for name in row.names}


def taken_by(cls: Any) -> set[str]:
    """Names of a constructor: fields, their aliases, and arguments."""
    fields = cls.model_fields
    names = {*fields, *(field.alias for field in fields.values() if field.alias)}
    names |= inspect.signature(cls.__init__).parameters.keys()
    return names - {"self", "args", "kwargs", "data"}


@pytest.mark.parametrize(
    "title", ["ChatOpenAI", "OpenAIEmbeddings", "OpenAILike", "OpenAILikeEmbedding"]
)
def test_what_is_called_new_is_ours_alone(title: str) -> None:
    new, other = new_after(title), next(each for each in OTHERS if each.title == title)
    assert new <= other.ours.model_fields.keys()
    assert not new & listed([title])


@pytest.mark.parametrize("title", ["ChatOpenAI", "OpenAILike"])
def test_every_setting_of_ours_is_in_the_table_or_called_new(title: str) -> None:
    other = next(each for each in OTHERS if each.title == title)
    told = {name for cells in table(title) for cell in cells[:2] for name in NAME.findall(cell)}
    assert other.ours.model_fields.keys() - told - new_after(title) == set()


def new_after(title: str) -> set[str]:
    """Names of the paragraph "New here" that follows a table."""
    (text,) = (text for text in PAGES.values() if f"<!-- table: {title} -->" in text)
    section = text.partition(f"<!-- table: {title} -->")[2].partition("\n#")[0]
    return set(NAME.findall(section.partition("New here:")[2]))


def installed(module: str, name: str = "__name__") -> Any:
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        pytest.skip(str(error))


@each_other
def test_what_the_table_calls_the_same_is_a_setting_of_ours(other: Other) -> None:
    for row in rows(other.title):
        if row.here == "same":
            assert set(row.names) <= other.ours.model_fields.keys(), row


@each_other
def test_what_the_table_calls_otherwise_is_taken_under_both_names(other: Other) -> None:
    for row in rows(other.title):
        found = re.fullmatch(r"`(\w+)`", row.here)
        if found:
            assert found[1] in other.ours.model_fields, row
            aliases = {**OURS[other.ours], found[1]: found[1]}
            assert {aliases.get(name) for name in row.names} == {found[1]}, row


@each_other
def test_what_the_table_says_to_use_instead_is_a_setting_of_ours(other: Other) -> None:
    for row in rows(other.title):
        if row.here.startswith("use "):
            assert set(NAME.findall(row.here)) <= other.ours.model_fields.keys(), row


@each_other
def test_what_is_not_taken_is_an_error_that_says_what_to_do(other: Other) -> None:
    model = "model" if "model" in other.ours.model_fields else "model_name"
    for row in rows(other.title):
        if row.here.startswith(("use ", "not ")):
            for name in row.names:
                with pytest.raises(ConfigError) as caught:
                    other.ours(**{model: "m", "base_url": URL, name: "x"})
                assert name in str(caught.value)
                assert "Did you mean" not in str(caught.value), name


@each_other
def test_the_second_column_says_one_of_five_things(other: Other) -> None:
    for row in rows(other.title):
        assert re.fullmatch(r"same|`\w+`|use (`\w+`(, | or )?)+|not needed|not there", row.here), row


EXAMPLES = [
    pytest.param(found[1], found[2], id=f"{page}-{text.count(chr(10), 0, found.start()) + 2}")
    for page, text in PAGES.items()
    for found in BEFORE.finditer(text)
]


@pytest.mark.filterwarnings("default")  # of the other packages
@pytest.mark.parametrize(("package", "text"), EXAMPLES)
def test_the_examples_of_how_it_was_run_with_the_package_they_are_for(
    package: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted() as server:
        code = compile(text.replace(SERVER, server.url), "<before>", "exec")
        installed(package)
        monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it asks the internet for it
        exec(code, {"__name__": "__example__"})


def not_read(page: str) -> list[str]:
    """Variables that a page names before it says what happens with the other class."""
    told = PAGES[page].partition("### Variables")[2].partition("With ")[0]
    return re.findall(r"`([A-Z][A-Z_]+)`", told)


@pytest.mark.parametrize("page", ["from-chatopenai", "from-openailike"])
@pytest.mark.parametrize("cls", [ChatOpenAICompatible, OpenAICompatible])
def test_the_variables_that_the_page_says_are_not_read_are_not(
    page: str, cls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(not_read(page)) > 5
    for name in not_read(page):
        monkeypatch.setenv(name, "http://127.0.0.1:1/poison")
    with scripted() as server:
        llm = cls(model="m", base_url=server.base_url)
        (llm.invoke if cls is ChatOpenAICompatible else llm.complete)("Hello")
    (seen,) = server.requests
    assert "poison" not in f"{seen.target}{seen.headers}{seen.body!r}"
    assert "authorization" not in seen.headers
    with pytest.raises(ConfigError):
        cls(model="m")


# -- errors


def asked(cls: type, url: str, **fields: Any) -> BaseException:
    """What is raised when an object of the class asks there."""
    with pytest.raises(Exception) as caught:
        cls(model="m", base_url=url, api_key="sk-anything", max_retries=0, **fields).invoke("Hello")
    return caught.value


def provoked(case: str, cls: type) -> BaseException:
    """The error of the row with that first cell."""
    if case == "none":
        return asked(cls, URL)
    if case == "too late":
        with socket.create_server(("127.0.0.1", 0)) as silent:
            return asked(cls, f"http://127.0.0.1:{silent.getsockname()[1]}/v1", timeout=0.2)
    error = {"message": "no", "code": "model_not_found" if case.endswith("the model") else None}
    with loopback(json_reply({"error": error}, int(case[:3]))) as server:
        return asked(cls, server.base_url)


def kinds(error: BaseException) -> set[str]:
    return {cls.__name__ for cls in type(error).__mro__}


@pytest.mark.parametrize("cells", table("errors"), ids=lambda cells: cells[0])
def test_the_errors_are_those_of_the_table(cells: list[str]) -> None:
    case, _, here, framework = cells
    error = provoked(case, ChatOpenAICompatible)
    (ours,) = NAME.findall(here)
    assert isinstance(error, getattr(errors, ours))
    assert set(NAME.findall(framework)) <= kinds(error)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("cells", table("errors"), ids=lambda cells: cells[0])
def test_the_errors_of_the_installed_class_are_those_of_the_table(cells: list[str]) -> None:
    case, theirs, _, framework = cells
    error = provoked(case, installed("langchain_openai", "ChatOpenAI"))
    assert set(NAME.findall(theirs)) <= kinds(error)
    assert set(NAME.findall(framework)) <= kinds(error) or framework.endswith("here only")


# -- LiteLLM's library


HELLO = [{"role": "user", "content": "Call get_weather for 'Paris'."}]
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]
VALUES: dict[str, Any] = {
    "n": 1,
    "logprobs": True,
    "max_tokens": 9,
    "max_completion_tokens": 9,
    "parallel_tool_calls": False,
    "response_format": {"type": "text"},
    "stop": ["END"],
    "stream_options": {"include_usage": True},
    "tool_choice": "auto",
    "tools": TOOLS,
}


def test_every_parameter_of_completion_is_in_the_table_once() -> None:
    names = [name for row in rows("completion") for name in row.names]
    assert sorted(names) == sorted(COMPLETION.split())


def test_the_table_knows_what_the_installed_completion_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    taken = inspect.signature(installed("litellm", "completion")).parameters.keys() - {"kwargs"}
    assert taken - set(COMPLETION.split()) == set()


def test_the_parameters_of_completion_do_here_what_the_table_says() -> None:
    done = set()
    with scripted() as server, Client(base_url=server.base_url, model="m") as client:
        for row in rows("completion"):
            for name in row.names:
                if row.here == "same" and name != "model":
                    asked = {"tools": TOOLS, name: VALUES.get(name, "x")}
                    list(client.stream(HELLO, **asked))
                    assert server.requests[-1].json[name] == asked[name]
                elif row.here.startswith("client "):
                    (ours,) = NAME.findall(row.here)
                    with pytest.raises(ConfigError, match=rf"Client\(..., {ours}=...\)"):
                        client.chat(HELLO, **{name: "x"})
                done.add(row.here.partition(" ")[0])
        client.chat(HELLO, extra_headers={"X-A": "1"}, max_completion_tokens=9)
        assert server.requests[-1].headers["x-a"] == "1"
        assert server.requests[-1].json["max_tokens"] == 9
        with pytest.raises(ConfigError, match=r"stream\(\)"):
            client.chat(HELLO, stream=True)
    assert done == {"first", "same", "`max_tokens`", "`stream()`", "`headers`", "client", "not"}


def test_an_answer_has_what_the_table_says() -> None:
    with scripted() as server, Client(base_url=server.base_url, model="m") as client:
        answer = client.chat(HELLO, tools=TOOLS)
    for _, here in table("answers"):
        for expression in re.findall(r"`(.+?)`", here):
            assert eval(expression, {"answer": answer}) is not None, expression


def test_prefixes_of_litellm_are_the_presets_of_the_table() -> None:
    for theirs, here in table("prefixes"):
        if "no prefix" in here or here.startswith("`base_url`"):
            continue
        (ours,) = re.findall(r"`([\w-]+)/`", here) or [None]
        for prefix in re.findall(r"`(\w+)/`", theirs):
            service, wire = service_of(f"{prefix}/m", None)
            expected = prefix if here == "the same" else ours
            assert (service.preset if service else None) == expected, prefix
            assert wire == "m"
            assert expected is None or preset(expected)
