"""Text of a server or of another program's file reads no variable here, whatever command writes it."""

from __future__ import annotations

import io
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from openai_compatible import Client
from openai_compatible.cli.app import run
from openai_compatible.config.control_characters import has_control_characters
from openai_compatible.config.edit import ProviderFile
from openai_compatible.config.expanded_fields import EXPANDED_FIELDS
from openai_compatible.config.expansion import (
    ForeignText,
    as_written,
    escape_references,
    is_expanded,
    map_literals,
)
from openai_compatible.config.file import Config, read
from openai_compatible.config.importers import FORMATS, import_from
from openai_compatible.config.key_store import SERVICE, get_key
from openai_compatible.config.load import load_config
from openai_compatible.config.provider import Model, Provider, Tls
from openai_compatible.targeting import targets
from openai_compatible.testing.loopback import Loopback, Reply, Seen, json_reply, loopback

from .conftest import some_of_each

pytest.importorskip("tomlkit", reason="the extra cli, which writes files, is not installed")

JSON = {"content-type": "application/json"}
CANARY = "canary-4711-value-of-a-variable"
TEXTS = [
    "${CANARY}",
    "org/${CANARY}:8b",
    "$${CANARY}",
    "$$${CANARY}x${CANARY}",
    "${CANARY:-x}",
    "$CANARY ${ CANARY } ${CANARY",
    "{env:CANARY}",
    "os.environ/CANARY",
    "${{ secrets.CANARY }}",
    "{file:/proc/self/environ}",
    "%24%7BCANARY%7D",
    '${CANARY}"\n[[providers]]\nname = \'\'\'"""',
    "quote \" ' \\ ${CANARY}",
    "\x1b[2J${CANARY}\r\u202e",
]
FILED = [text for text in TEXTS if not has_control_characters(text)]
"""Those that a name may be."""


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The provider file, which is not there yet, and a variable that nobody may see."""
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "NO_COLOR", "FORCE_COLOR")) or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CANARY", CANARY)
    found = tmp_path / "providers.toml"
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(found))
    return found


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    def go(*words: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capsys.readouterr()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = run(words)
        return Ran(code, *capsys.readouterr())

    return go


def answering(*ids: str) -> Callable[[Seen], Any]:
    """A server that lists models of these ids, and answers every chat and embedding."""

    def app(seen: Seen) -> Any:
        if seen.path.endswith("/models"):
            listed = [{"id": one, "display_name": one, "owned_by": one} for one in ids]
            return Reply(body=json.dumps({"data": listed}).encode(), headers=JSON)  # also surrogates
        if seen.path.endswith("/embeddings"):
            return json_reply({"data": [{"index": 0, "embedding": [0.5]}], "model": "m"})
        if seen.path.endswith("/props"):
            return Reply(body=json.dumps({"model_path": ids[0]}).encode(), headers=JSON)
        message = {"role": "assistant", "content": "Hello"}
        return json_reply({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    return app


def every_text(value: Any) -> Iterator[str]:
    """All text in a value: of settings too, keys included."""
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, str):
        yield value
    elif isinstance(value, Provider | Model | Tls):
        for name in type(value).model_fields:
            yield from every_text(getattr(value, name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from every_text(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from every_text(item)


def loaded() -> Config:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # keys that --keep-keys copied
        return load_config()


def assert_nothing_sent(server: Loopback) -> None:
    """No request of any kind holds the variable's value, as it is or in another spelling."""
    for seen in server.requests:
        sent = f"{seen.method} {seen.path} {dict(seen.query)} {dict(seen.headers)}".encode() + seen.body
        assert CANARY.encode() not in sent, seen


def asked_models(server: Loopback) -> list[Any]:
    """The models that chats and embeddings named."""
    bodies = [json.loads(seen.body) for seen in server.requests if seen.body]
    return [body["model"] for body in bodies if "model" in body]


def ask_everything(cli: Callable[..., Ran], *references: str) -> None:
    """Send every kind of request that a command makes."""
    cli("models")
    cli("providers", "test", "--all")
    for reference in references:
        cli("chat", reference, "Hello", "--no-stream")
        cli("chat", reference, "Hello")
        cli("embed", reference, "Hello")


# ---------------------------------------------------------------------- the escape


PIECES = st.sampled_from(
    ["$", "{", "}", "CANARY", "${CANARY}", "$${", "%24", "%7B", "\n", '"', "x", " "]
)
PUZZLES = st.lists(PIECES | st.text(max_size=3), max_size=9).map("".join)
WORDS = PUZZLES.filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text))


@given(text=WORDS)
def test_any_foreign_text_comes_back_as_itself_wherever_it_is_written(text: str) -> None:
    os.environ["CANARY"] = CANARY
    foreign = ForeignText(text)
    file = ProviderFile()
    file.add(
        {
            "name": "lab",
            "base_url": "http://127.0.0.1:9/v1",
            "display_name": foreign,
            "default_model": foreign,
            "api_version": foreign,
            "headers": {"X-Team": foreign},
            "query": {"q": foreign},
            "extra_body": {"a": [foreign, {"b": foreign}]},
            "api_key_file": foreign,
            "tls": {"ca_bundle": foreign, "client_cert": foreign},
            "drop_params": [foreign],
            "models": {"m": {"id": foreign, "display_name": foreign, "extra_body": {"c": foreign}}},
        }
    )
    file.patch("lab", {"models": {"n": {"id": foreign, "document_prefix": foreign}}})
    (made,) = read(file.text, Path("providers.toml")).providers
    found = [
        *(made.display_name, made.default_model, made.api_version, made.headers["X-Team"]),
        *(made.query["q"], made.extra_body["a"][0], made.extra_body["a"][1]["b"], made.api_key_file),
        *(made.tls.ca_bundle, made.tls.client_cert, *made.drop_params, made.models["m"].id),
        *(made.models["m"].display_name, made.models["m"].extra_body["c"]),
        *(made.models["n"].id, made.models["n"].document_prefix),
    ]
    assert found == [text] * len(found)


@given(text=WORDS)
def test_an_escape_is_undone_by_reading_alone(text: str) -> None:
    os.environ["CANARY"] = CANARY
    escaped = escape_references(text)
    assert map_literals(escaped, lambda part: part) == escaped
    assert as_written({"proxy": ForeignText(text)}) == {"proxy": escaped}
    assert as_written({"default_model": ForeignText(text)}) == {"default_model": text}


def test_foreign_text_stays_foreign_through_what_importers_do_with_it() -> None:
    text = ForeignText(" A/${X} ")
    made = [text.strip(), text.lower(), text[1:], text + "/v1", "http://" + text, *text.partition("/")]
    made += [text.removesuffix(" "), text.rstrip(), text.lstrip(), text.replace("A", "B")]
    made += [*text.rpartition("/"), text.removeprefix(" ")]
    assert all(isinstance(one, ForeignText) for one in made)


def test_every_field_that_is_expanded_exists_and_holds_text() -> None:
    for path in EXPANDED_FIELDS:
        words = path.split(".")
        cls = Model if words[0] == "models" else Tls if words[0] == "tls" else Provider
        assert words[-1] in cls.model_fields, path
    assert not any(word in path for path in EXPANDED_FIELDS for word in ("name", "id", "default_model"))
    assert is_expanded(("models", "a.b", "extra_body", "x", 0))
    assert not is_expanded(("models", "base_url"))


# ---------------------------------------------------------------------- servers


@pytest.mark.parametrize("text", TEXTS)
def test_the_only_model_of_a_server_that_is_added_is_asked_for_by_its_own_name(
    cli: Callable[..., Ran], text: str
) -> None:
    with loopback(answering(text)) as server:
        ran = cli("providers", "add", server.url, "--name", "lab", "--yes")
        assert ran.code == 0, ran.err
        (made,) = loaded().providers
        ask_everything(cli, "lab")
        assert_nothing_sent(server)
        assert CANARY not in ran.out + ran.err
        if has_control_characters(text):
            assert made.default_model is None
            assert "control characters" in ran.err
        else:
            assert made.default_model == text
            assert {*asked_models(server)} == {text}


def test_all_models_that_are_written_keep_their_ids_and_odd_ones_are_left_out(
    cli: Callable[..., Ran], path: Path
) -> None:
    with loopback(answering(*TEXTS)) as server:
        path.write_text(f'[[providers]]\nname = "lab"\nbase_url = "{server.base_url}"\n')
        ran = cli("models", "lab", "--write", "--json")
        assert ran.code == 0, ran.err
        written = json.loads(ran.out)["written"]
        assert sorted(written["added"]) == sorted(FILED)
        assert sorted(written["refused"]) == sorted(set(TEXTS) - set(FILED))
        (made,) = loaded().providers
        assert {made.wire_id(alias) for alias in made.models} == set(FILED)
        ask_everything(cli, *(f"lab/{text}" for text in FILED[:3]))
        ask_in_code(loaded())
        assert_nothing_sent(server)
        assert set(FILED) <= {*asked_models(server)}


def test_no_model_that_a_server_lists_takes_over_a_reference(
    cli: Callable[..., Ran], path: Path
) -> None:
    ids = [*("local", "local/qwen3", "mine", "main", "groq", "groq/llama-3"), "local-model", "free"]
    with loopback(answering(*ids)) as server:
        path.write_text(
            f'[[providers]]\nname = "lab"\nbase_url = "{server.base_url}"\n[[providers]]\n'
            'name = "local"\nbase_url = "http://127.0.0.1:9/v1"\ndefault_model = "qwen3"\n'
            '[providers.models.mine]\nid = "small"\n[routes.main]\nprimary = "mine"\n'
        )
        references = ["local", "local/qwen3", "mine", "main", "groq/llama-3"]
        before = {one: [target.provider.name for target in targets(one)] for one in references}
        for _ in range(2):
            ran = cli("models", "lab", "--write", "--json")
            assert ran.code == 0, ran.err
        found = loaded().providers[0]
    assert before == {one: [target.provider.name for target in targets(one)] for one in references}
    assert sorted(found.wire_id(alias) for alias in found.models) == sorted(ids)
    assert {"free", "local-model", "local-model-2", "local-qwen3", "mine-model"} <= found.models.keys()
    assert found.model_facts("groq/llama-3") is found.models["groq-llama-3"]


@pytest.mark.parametrize("text", ["a = b", 'a" = b', "${CANARY} = 1", "a.b = [c]", " = ", "x =", "# a"])
def test_an_id_that_looks_like_toml_is_written_and_imported(
    cli: Callable[..., Ran], path: Path, tmp_path: Path, text: str
) -> None:
    with loopback(answering(text, "good")) as server:
        path.write_text(f'[[providers]]\nname = "lab"\nbase_url = "{server.base_url}"\n')
        written = json.loads(cli("models", "lab", "--write", "--json").out)["written"]
        assert sorted(written["added"]) == sorted([text, "good"])
        theirs = tmp_path / "opencode.json"
        models = {text: {}, "good": {}}
        options = {"baseURL": server.base_url}
        theirs.write_text(json.dumps({"provider": {"far": {"options": options, "models": models}}}))
        assert cli("providers", "import", "opencode", str(theirs)).code == 0
    for one in loaded().providers:
        assert sorted(map(one.wire_id, one.models)) == sorted(models)


def test_half_a_character_in_an_id_stops_nothing(cli: Callable[..., Ran], path: Path) -> None:
    with loopback(answering("\ud800${CANARY}")) as server:
        assert cli("providers", "add", server.url, "--name", "lab", "--yes").code == 0
        assert cli("models", "lab", "--write").code == 0
        assert not any(CANARY in one for one in every_text([*loaded().providers]))
        ask_in_code(loaded())
        assert_nothing_sent(server)


def test_a_model_whose_facts_no_file_can_hold_does_not_stop_the_others(
    cli: Callable[..., Ran], path: Path
) -> None:
    def app(seen: Seen) -> Any:
        facts: list[dict[str, Any]] = [{"max_model_len": -3}, {"max_model_len": 10**400}]
        facts += [{"pricing": {"input": 1e999}}, {"pricing": {"input": "nan"}}, {"dimensions": "x"}]
        listed = [{"id": f"odd-{number}", **one} for number, one in enumerate(facts)]
        return json_reply({"data": [{"id": "good"}, *listed, {"id": ""}, {"id": "a\nb"}, {"id": "z"}]})

    with loopback(app) as server:
        path.write_text(f'[[providers]]\nname = "lab"\nbase_url = "{server.base_url}"\n')
        ran = cli("models", "lab", "--write")
    assert ran.code == 0, ran.err
    assert {"good", "z"} <= loaded().providers[0].models.keys()
    assert "'a\\nb' was left out" in ran.err


@pytest.mark.parametrize("alias", ["a\nb", "\x1b[2J", "\u202ea", "a\x00"])
def test_an_alias_with_control_characters_is_refused(
    cli: Callable[..., Ran], path: Path, alias: str
) -> None:
    with loopback(answering("good")) as server:
        path.write_text(f'[[providers]]\nname = "lab"\nbase_url = "{server.base_url}"\n')
        before = path.read_bytes()
        assert cli("models", "lab", "--write", "-m", f"{alias}=good").code == 2
        assert cli("providers", "edit", "lab", "--set", f'models."{alias}"=good').code == 3
        assert cli("providers", "add", server.url, "--name", "b", "-m", f"{alias}=x", "-y").code == 3
        assert path.read_bytes() == before


# ---------------------------------------------------------------------- other programs' files


def foreign_file(form: str, texts: list[str], url: str) -> str:
    """A file of another program with these texts in every place that refers to no variable there."""
    entries = [(text, f"k{text}") for text in texts]
    hostile: Any
    if form == "conduit":
        hostile = {
            "ConduitSettings": {
                "ProviderCredentials": [
                    {"ProviderName": text, "ApiBase": url, "ApiKey": key} for text, key in entries
                ],
                "ModelProviderMappings": [
                    {"ModelAlias": text, "ProviderName": text, "ProviderModelName": text}
                    for text in texts
                ],
            }
        }
    elif form == "continue":
        hostile = {
            "models": [
                {
                    **{"name": text, "provider": "openai", "model": text, "apiBase": url, "apiKey": key},
                    "requestOptions": {
                        "headers": {} if "secrets." in text else {"X-Own": text},
                        "extraBodyProperties": {"a": [text]},
                        "caBundlePath": text,
                    },
                }
                for text, key in entries
            ]
        }
    elif form == "litellm":
        hostile = {
            "model_list": [
                {
                    "model_name": text,
                    "litellm_params": {
                        **{"model": f"openai/{text}", "api_base": url, "api_key": key},
                        "headers": {"X-Own": f"x{text}"},
                        "extra_body": {"a": {"b": text}},
                        "additional_drop_params": [text],
                    },
                }
                for text, key in entries
            ]
        }
    elif form == "llm":
        hostile = [
            {
                **{"model_id": text, "model_name": text, "api_base": url},
                **{"headers": {"X-Own": text}, "api_version": text, "api_key_name": text},
            }
            for text in texts
        ]
    elif form == "opencode":
        hostile = {
            "provider": {
                text: {
                    "name": text,
                    "options": {
                        **{"baseURL": url, "apiKey": key},
                        "headers": {} if "{env" in text else {"X-Own": text},
                        "queryParams": {} if "{env" in text else {"q": text},
                    },
                    "models": {text: {"id": text, "name": text}, f"{text}2": {"id": text}},
                }
                for text, key in entries
            },
            "model": f"{texts[0]}/{texts[0]}",
        }
    elif form == "ponybunny":
        hostile = {
            "endpoints": {text: {"baseUrl": url, "apiKey": key} for text, key in entries},
            "models": {text: {"displayName": text, "endpoints": [text]} for text in texts},
            "tiers": {text: {"primary": text, "description": text} for text in texts},
        }
    elif form == "librechat":
        hostile = {
            "endpoints": {
                "custom": [
                    {
                        **{"name": text, "baseURL": url, "models": {"default": [text]}},
                        **{"addParams": {"a": text}, "dropParams": [text]},
                    }
                    for text in texts
                ]
            }
        }
    elif form == "gptme":
        import tomlkit

        tables = [
            {"name": text, "base_url": url, "default_model": text, "api_key": key}
            for text, key in entries
        ]
        return tomlkit.dumps({"providers": tables})
    elif form == "form":
        lines = "Provider Name: {0}\nServer URL: {1}\nAPI Key: k{0}\nModel ID: {0}\n"
        return "".join(lines.format(text, url) for text in texts)
    else:
        return f"OPENAI_BASE_URL={url}\nOPENAI_MODEL='{texts[-1]}'\nOPENAI_API_KEY=k{texts[-1]}\n"
    if form in ("continue", "litellm", "llm", "librechat"):
        return yaml.safe_dump(hostile)
    return json.dumps(hostile)


def kept_in(form: str, text: str) -> bool:
    """Whether a format can hold a text: others end it at a line break, a quote or a blank."""
    if form in ("form", "environment"):
        return text in ("${CANARY}", "$${CANARY}", "os.environ/CANARY")
    return True


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("form", sorted(FORMATS))
def test_nothing_of_another_program_s_file_reads_a_variable(
    cli: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, keep: bool
) -> None:
    texts = [text for text in FILED if kept_in(form, text)]
    source = tmp_path / ("llm-config.json" if form == "ponybunny" else "foreign")
    with loopback(answering("m")) as server:
        source.write_text(foreign_file(form, texts, server.base_url), encoding="utf-8")
        words = ["providers", "import", form, str(source), "--trust", *(["--keep-keys"] if keep else [])]
        for more in ([], ["--overwrite"]):
            ran = cli(*words, *more)
            assert ran.code == 0, ran.err
            assert CANARY not in ran.out + ran.err
        for table in ProviderFile((tmp_path / "providers.toml").read_text()).names:
            set_what_notes_ask_for(monkeypatch, table)
        config = loaded()
        found = {*every_text([*config.providers])}
        assert not any(CANARY in one for one in found)
        assert set(texts if form != "environment" else texts[-1:]) <= found
        sent = ask_in_code(config)
        assert {*asked_models(server)} >= sent
        assert_nothing_sent(server)


def set_what_notes_ask_for(monkeypatch: pytest.MonkeyPatch, provider: str) -> None:
    """Set the variables that imports name for what they left where it is."""
    stem = "".join(char if char.isalnum() else "_" for char in provider.upper()).strip("_")
    while "__" in stem:
        stem = stem.replace("__", "_")
    for end in ("X_OWN", "Q", "API_VERSION", "KEY", "X"):
        for start in ("", "LLM_"):
            monkeypatch.setenv(f"{start}{stem}_{end}", "harmless")


def ask_in_code(config: Config) -> set[str]:
    """Ask every model that is configured for a chat and an embedding; the ids that must be sent."""
    sent: set[str] = set()
    for provider in config.providers:
        less = {"api_key": "k", "tls": Tls()}  # the files are not there, and keys not set
        asked = provider.changed(**less)
        models = [*provider.models, *([provider.default_model] if provider.default_model else [])]
        for alias in models:
            sent.add(provider.wire_id(alias))
            with Client(asked, model=alias, adapt="off") as client:
                client.chat([{"role": "user", "content": "Hello"}])
                client.embed(["Hello"])
    return sent


@pytest.mark.parametrize("text", [text for text in TEXTS if has_control_characters(text)])
@pytest.mark.parametrize("form", sorted(FORMATS))
def test_control_characters_of_another_program_s_file_end_in_no_alias(
    cli: Callable[..., Ran], tmp_path: Path, path: Path, form: str, text: str
) -> None:
    source = tmp_path / ("llm-config.json" if form == "ponybunny" else "foreign")
    try:
        source.write_text(foreign_file(form, [text], "http://127.0.0.1:9/v1"), encoding="utf-8")
    except UnicodeEncodeError:
        return  # no file of that format holds it
    ran = cli("providers", "import", form, str(source), "--keep-keys", "--trust")
    assert CANARY not in ran.out + ran.err
    assert "\x1b" not in ran.out + ran.err
    if ran.code != 0:
        assert (ran.code, path.exists()) == (3, False)
        return
    config = loaded()
    assert not any(CANARY in one for one in every_text([*config.providers]))
    names = [*config.routes, *(alias for provider in config.providers for alias in provider.models)]
    assert not any(has_control_characters(one) for one in names)


ADDRESSES = [
    *("{}?x=%24%7BCANARY%7D", "{}?x=%24{{CANARY}}", "{}?x=$%7BCANARY}}", "{}?%24{{CANARY}}=1"),
    *("{}/%24%7BCANARY%7D", "{}?x=%2524%257BCANARY%257D", "{}#${{CANARY}}"),
]


@pytest.mark.parametrize(("form", "address"), some_of_each(sorted(FORMATS), ADDRESSES, 2))
def test_an_address_that_spells_a_reference_in_another_way_reads_no_variable(
    cli: Callable[..., Ran], tmp_path: Path, form: str, address: str
) -> None:
    source = tmp_path / ("llm-config.json" if form == "ponybunny" else "foreign")
    with loopback(answering("m")) as server:
        source.write_text(foreign_file(form, ["m"], address.format(server.base_url)), encoding="utf-8")
        ran = cli("providers", "import", form, str(source), "--keep-keys", "--trust")
        assert ran.code == 0, ran.err
        config = loaded()
        if form != "librechat" or "#" not in address:  # there that is a reference
            assert not any(CANARY in one for one in every_text([*config.providers]))
        ask_in_code(config)
        assert_nothing_sent(server)
        assert server.requests


# ---------------------------------------------------------------------- what people and files say


def test_what_is_set_by_hand_refers_to_variables_in_the_listed_fields_alone(
    cli: Callable[..., Ran], path: Path
) -> None:
    with loopback(answering("m")) as server:
        path.write_text(f'[[providers]]\nname = "lab"\nbase_url = "{server.base_url}"\n')
        literal = ["default_model", "display_name", "models.a.id", "models.a.query_prefix"]
        words = [f"--set={field}=${{CANARY}}" for field in literal]
        assert cli("providers", "edit", "lab", *words, "--set=headers.X-Team=t ${CANARY}").code == 0
        (made,) = loaded().providers
        assert made.headers == {"X-Team": f"t {CANARY}"}
        assert (made.default_model, made.display_name) == ("${CANARY}", "${CANARY}")
        assert (made.models["a"].id, made.models["a"].query_prefix) == ("${CANARY}", "${CANARY}")
        assert cli("chat", "lab", "Hello", "--no-stream").code == 0
        assert asked_models(server) == ["${CANARY}"]


@pytest.mark.parametrize("target", ["continue", "litellm", "llm", "opencode"])
def test_what_is_exported_and_imported_again_reads_no_variable(
    cli: Callable[..., Ran], tmp_path: Path, path: Path, target: str
) -> None:
    with loopback(answering(*FILED)) as server:
        path.write_text(f'[[providers]]\nname = "lab"\nbase_url = "{server.base_url}"\n')
        assert cli("models", "lab", "--write").code == 0
        assert cli("providers", "edit", "lab", "--set", 'extra_body.a="$${CANARY}"').code == 0
        ran = cli("providers", "export", target, "-o", str(tmp_path / "out"))
        assert ran.code == 0, ran.err
        exported = (tmp_path / "out").read_text()
        assert not any(text in exported for text in ("{env:", "os.environ/", "{file:"))
        assert "${{ secrets.CANARY" not in exported
        assert "'{env:CANARY}' looks like a reference" in ran.err
        path.unlink()
        assert cli("providers", "import", target, str(tmp_path / "out"), "--trust").code == 0
        config = loaded()
        assert not any(CANARY in one for one in every_text([*config.providers]))
        ask_in_code(config)
        assert_nothing_sent(server)


@pytest.mark.parametrize("text", ["${CANARY}", "$${CANARY}", "k${CANARY}"])
def test_a_key_that_is_stored_comes_back_as_itself(
    cli: Callable[..., Ran], path: Path, ring: Any, text: str
) -> None:
    with loopback(answering("m")) as server:
        path.write_text(f'[[providers]]\nname = "lab"\nbase_url = "{server.base_url}"\n')
        assert cli("keys", "set", "lab", stdin=text.encode()).code == 0
        assert get_key(SERVICE, "lab", base_url=server.base_url) == text
        ask_everything(cli, "lab/m")
        assert_nothing_sent(server)
        assert server.requests[-1].headers["authorization"] == f"Bearer {text}"


def test_imported_text_is_as_the_file_has_it() -> None:
    (made,) = import_from(
        "llm",
        {"f": json.dumps([{"model_id": "m", "model_name": "${X}", "headers": {"Accept": "${X}"}}])},
    ).providers
    assert (made["headers"], made["models"]) == ({"Accept": "$${X}"}, {"m": {"id": "${X}"}})
