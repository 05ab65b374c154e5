"""The embedding against a loopback server."""

from __future__ import annotations

import asyncio
import base64
import json
import pickle
import struct
import subprocess
import sys
import threading

import cloudpickle
import pytest

import openai_compatible
from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding
from llama_index.embeddings.openai_compatible.parameters import REFUSED
from openai_compatible import Provider, errors
from openai_compatible.config.provider import Timeouts
from openai_compatible.testing.loopback import json_reply, loopback

SECRET = "sk-very-secret"


def vectors(seen):
    """A vector per text that names the text, in reversed order."""
    texts = seen.json["input"]
    rows = [{"index": i, "embedding": [float(len(t)), 1.0]} for i, t in enumerate(texts)]
    return json_reply({"object": "list", "model": "e", "data": rows[::-1], "usage": {}})


@pytest.fixture
def server():
    with loopback(vectors) as running:
        yield running


@pytest.fixture
def embedding(server):
    def make(**fields):
        return OpenAICompatibleEmbedding(**{"model_name": "e", "base_url": server.base_url, **fields})

    return make


def test_texts_are_sent_as_text_and_unchanged(server, embedding):
    texts = ["line\nbreak", "  spaces ", "ünïcode"]
    found = embedding().get_text_embedding_batch(texts)
    assert found == [[10.0, 1.0], [9.0, 1.0], [7.0, 1.0]]
    assert server.requests[0].json["input"] == texts
    assert server.requests[0].path == "/v1/embeddings"


@pytest.mark.parametrize("size", [2, 200])
def test_requests_hold_embed_batch_size_texts(server, embedding, size):
    embedding(embed_batch_size=size).get_text_embedding_batch(["x"] * 201)
    assert max(len(seen.json["input"]) for seen in server.requests) == size
    assert len(server.requests) == -(-201 // size)


@pytest.mark.filterwarnings("ignore::openai_compatible.errors.AdaptationWarning")
@pytest.mark.parametrize("way", ["sync", "async"])
async def test_errors_count_in_the_whole_list(server, embedding, way):
    def refuse(seen):
        if "bad" in seen.json["input"]:
            return json_reply({"error": {"message": "input is too long: max 8 tokens"}}, 400)
        return vectors(seen)

    server.app = refuse
    texts = ["same"] * 16 + ["bad"] + ["same"] * 13
    model = embedding(embed_batch_size=5)
    with pytest.raises(errors.OpenAICompatibleError, match=r"text 16 of 30"):
        if way == "sync":
            model.get_text_embedding_batch(texts)
        else:
            await model.aget_text_embedding_batch(texts)
    with pytest.raises(errors.OpenAICompatibleError) as caught:
        model.get_text_embedding("bad")
    assert " of " not in str(caught.value.hint)


@pytest.mark.parametrize(("num_workers", "most"), [(None, 8), (1, 1), (3, 3)])
async def test_async_requests_are_bounded(server, embedding, num_workers, most):
    lock, under_way, seen_most = threading.Lock(), 0, 0

    def slow(seen):
        nonlocal under_way, seen_most
        with lock:
            under_way += 1
            seen_most = max(seen_most, under_way)
        threading.Event().wait(0.02)
        with lock:
            under_way -= 1
        return vectors(seen)

    server.app = slow
    model = embedding(embed_batch_size=1, num_workers=num_workers)
    assert len(await model.aget_text_embedding_batch(["x"] * 30)) == 30
    await model.aclose()
    assert 1 <= seen_most <= most


def test_prefixes_go_before_queries_and_texts(server, embedding):
    model = embedding(query_prefix="query: ", text_prefix="passage: ")
    model.get_query_embedding("a")
    model.get_text_embedding("b")
    model.get_text_embedding_batch(["b"])
    asyncio.run(model.aget_query_embedding("a"))
    asyncio.run(model.aget_text_embedding("b"))
    asyncio.run(model.aget_text_embedding_batch(["b"]))
    sent = [seen.json["input"] for seen in server.requests]
    assert sent == [["query: a"], ["passage: b"], ["passage: b"]] * 2


def test_prefixes_may_come_from_the_facts_of_the_model(server):
    facts = {"query_prefix": "q: ", "document_prefix": "d: "}
    provider = {"name": "p", "base_url": server.base_url, "models": {"e": facts}}
    model = OpenAICompatibleEmbedding(model="e", provider=provider)
    model.get_query_embedding("a")
    model.get_text_embedding("b")
    OpenAICompatibleEmbedding(model="e", provider=provider, query_prefix="").get_query_embedding("a")
    assert [seen.json["input"] for seen in server.requests] == [["q: a"], ["d: b"], ["a"]]


def test_only_what_is_set_is_sent(server, embedding):
    embedding().get_query_embedding("a")
    embedding(dimensions=2, additional_kwargs={"user": "u"}).get_query_embedding("a")
    bare, full = (seen.json for seen in server.requests)
    assert not {"dimensions", "user"} & bare.keys()
    assert (full["dimensions"], full["user"]) == (2, "u")


def test_base64_is_read(server, embedding):
    packed = base64.b64encode(struct.pack("<2f", 0.5, -1.0)).decode()
    server.app = lambda _: json_reply({"data": [{"index": 0, "embedding": packed}]})
    assert embedding(encoding_format="base64").get_query_embedding("x") == [0.5, -1.0]
    assert server.requests[0].json["encoding_format"] == "base64"


def test_the_names_of_openailikeembedding_are_taken(server):
    model = OpenAICompatibleEmbedding(
        model_name="e",
        api_base=server.base_url,
        api_key="sk-1",
        api_version="2024-10-21",
        max_retries=1,
        timeout=5.0,
        reuse_client=False,
        default_headers={"X-A": "1"},
        http_client=None,
        async_http_client=None,
        additional_kwargs=None,
        dimensions=None,
        embed_batch_size=3,
        callback_manager=None,
        num_workers=None,
    )
    model.get_query_embedding("a")
    seen = server.requests[0]
    assert seen.headers["authorization"] == "Bearer sk-1"
    assert seen.headers["x-a"] == "1"
    assert seen.query == {"api-version": "2024-10-21"}
    assert server.wait_for_open_connections(0)
    assert model.targets[0].provider.max_retries == 1
    assert model.targets[0].provider.timeout == Timeouts.of(5.0)


def test_one_configured_provider_is_enough(server, tmp_path):
    file = tmp_path / "providers.toml"
    file.write_text(f'[[providers]]\nname = "p"\nbase_url = "{server.base_url}"\n')
    assert OpenAICompatibleEmbedding(model="p/e", config=file).get_query_embedding("ab") == [2.0, 1.0]
    made = OpenAICompatibleEmbedding(model="e", provider="p", config=str(file))
    again = OpenAICompatibleEmbedding.from_json(made.to_json(), config=file)
    assert again.get_query_embedding("abc") == [3.0, 1.0]
    assert [seen.json["model"] for seen in server.requests] == ["e", "e"]


@pytest.mark.parametrize("value", [None, False])
@pytest.mark.parametrize("name", sorted(REFUSED))
def test_saying_that_something_unknown_here_is_not_wanted_is_no_error(server, name, value):
    OpenAICompatibleEmbedding(model_name="m", api_base=server.base_url, **{name: value})


def test_the_model_may_be_the_first_argument(server):
    assert OpenAICompatibleEmbedding("m", api_base=server.base_url).model_name == "m"
    with pytest.raises(errors.ConfigError, match="two models"):
        OpenAICompatibleEmbedding("m", model_name="other", api_base=server.base_url)


def test_what_to_do_instead_is_said(server):
    for name, said in REFUSED.items():
        with pytest.raises(errors.ConfigError) as caught:
            OpenAICompatibleEmbedding(model_name="m", api_base=server.base_url, **{name: "x"})
        assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("api_url", "base_url"), ("model_nam", "model_name"), ("embed_batchsize", "embed_batch_size")],
)
def test_a_misspelt_name_is_an_error_that_names_the_nearest(embedding, name, nearest):
    with pytest.raises(errors.ConfigError, match=f"no '{name}'.*{nearest}"):
        embedding(**{name: "x"})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"model": "other"}, "twice"),
        ({"embed_batch_size": 0}, "embed_batch_size"),
        ({"dimensions": -1}, "dimensions"),
        ({"timeout": "soon"}, "timeout"),
        ({"provider": {"name": "p"}}, "base_url"),
        ({"mode": "text_search"}, "model_name"),
    ],
)
def test_a_wrong_setting_is_a_config_error(embedding, fields, said):
    with pytest.raises(errors.ConfigError, match=said):
        embedding(**fields)


@pytest.mark.parametrize("text", [1, None, ["a"]])
def test_what_is_no_text_is_an_error(server, embedding, text):
    with pytest.raises(errors.ConfigError, match="str"):
        embedding().get_query_embedding(text)
    assert server.requests == []


def test_errors_are_ours(server, embedding):
    server.app = lambda _: json_reply({"error": {"message": "no"}}, status=401)
    with pytest.raises(errors.AuthenticationError):
        embedding().get_query_embedding("a")
    with pytest.raises(errors.AuthenticationError):
        asyncio.run(embedding().aget_text_embedding_batch(["a"]))
    server.app = lambda _: json_reply({"data": [{"index": 0, "embedding": [1.0]}]})
    with pytest.raises(errors.MalformedResponseError):
        embedding().get_text_embedding_batch(["a", "b"])


def test_a_failing_server_is_asked_once_and_max_retries_times(server, embedding):
    server.app = lambda _: json_reply({"error": {"message": "x"}}, 500, {"retry-after": "0"})
    with pytest.raises(errors.ServerError):
        embedding(max_retries=2).get_query_embedding("a")
    assert len(server.requests) == 3


def secretive(server):
    """An embedding that holds a secret in every place that can hold one."""
    return OpenAICompatibleEmbedding(
        model_name="e",
        base_url=server.base_url + f"?code={SECRET}",
        api_key=SECRET,
        headers={"X-Own": SECRET},
        query={"own": SECRET},
        fallbacks=[Provider(name="spare", base_url=server.base_url, api_key=SECRET)],
    )


def test_no_secret_is_shown_or_stored(server):
    model = secretive(server)
    model.get_query_embedding("a")
    for text in (
        repr(model),
        str(model),
        model.to_json(),
        json.dumps(model.to_dict()),
        model.model_dump_json(),
        repr(model.to_payload()),
        repr(model.targets),
        repr(model.client),
    ):
        assert SECRET not in text
    assert server.requests[0].query == {"code": SECRET, "own": SECRET}


@pytest.mark.parametrize("how", [pickle, cloudpickle], ids=lambda module: module.__name__)
def test_a_pickle_holds_no_secret_and_says_so_when_used(server, how):
    model = secretive(server)
    model.get_query_embedding("a")
    data = how.dumps(model)
    assert SECRET.encode() not in data
    with pytest.raises(errors.MissingKeyError, match="pickled without its secrets: api_key"):
        pickle.loads(data).get_query_embedding("a")


def test_a_pickled_embedding_works_once_it_has_its_secrets_again(server, embedding):
    again = pickle.loads(pickle.dumps(embedding(api_key=SECRET)))
    again.api_key = "sk-other"
    assert again.get_query_embedding("abc") == [3.0, 1.0]
    assert server.requests[-1].headers["authorization"] == "Bearer sk-other"


def test_an_embedding_without_literal_secrets_pickles_and_works(server, embedding, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-env")
    data = pickle.dumps(embedding(api_key_env="MY_KEY", headers={"X-Title": "app"}))
    assert b"sk-env" not in data
    assert pickle.loads(data).get_query_embedding("abc") == [3.0, 1.0]
    assert server.requests[0].headers["authorization"] == "Bearer sk-env"
    assert server.requests[0].headers["x-title"] == "app"


def test_a_setting_changed_later_counts(server, embedding):
    model = embedding()
    model.get_query_embedding("a")
    model.model_name = "other"
    model.model_copy(update={"headers": {"X-B": "2"}}).get_query_embedding("a")
    model.get_query_embedding("a")
    assert [seen.json["model"] for seen in server.requests] == ["e", "other", "other"]
    assert [seen.headers.get("x-b") for seen in server.requests] == [None, "2", None]


def test_create_makes_the_class():
    made = openai_compatible.create("llama_index.embeddings", "e", base_url="http://127.0.0.1:1/v1")
    assert isinstance(made, OpenAICompatibleEmbedding)
    assert made.model_name == "e"


@pytest.mark.parametrize(
    "statement",
    [
        "import llama_index.embeddings.openai_compatible",
        "import llama_index.embeddings.openai_compatible.plugin",
    ],
)
def test_the_package_and_its_plugin_import_no_framework(statement):
    code = f"import sys; {statement}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"llama_index.core", "langchain_core", "openai"} & set(run.stdout.split())
