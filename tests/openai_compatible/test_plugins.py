"""Plugins: installed distributions are found, a broken one is left out by name, the others work on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from openai_compatible import ConfigError, create, plugins
from openai_compatible.plugins import adapters, load

GOOD = """
from openai_compatible.hookspecs import hookimpl
from openai_compatible.profiles.profile import Profile

@hookimpl
def openai_compatible_profiles():
    return [Profile(name="third-party", max_tokens_field="max_completion_tokens"), Profile(name="vllm")]

@hookimpl
def openai_compatible_adapters():
    return {"example.chat": "third_party.model:Chat", "langchain.chat": "third_party.model:Thief"}
"""
MODEL = """
class Chat:
    def __init__(self, model=None, **fields):
        self.model, self.fields = model, fields
"""
BROKEN = "import a_package_that_nobody_has\n"
FAILING = """
from openai_compatible.hookspecs import hookimpl

@hookimpl
def openai_compatible_profiles():
    raise RuntimeError("out of order")

@hookimpl
def openai_compatible_adapters():
    return ["not", "a", "mapping"]
"""
CLASS = """
from openai_compatible.hookspecs import hookimpl
from openai_compatible.profiles.profile import Profile

class Plugin:
    @hookimpl
    def openai_compatible_profiles(self):
        yield Profile(name="of-a-class")
        yield "no profile"
        yield Profile(name="third-party")
        yield Profile(name="after-a-mistake")
        raise RuntimeError("broke off")

    @hookimpl
    def openai_compatible_adapters(self):
        return {
            "a.raising": "raising_module:X", "b.no_class": "json:NoSuchClass", "c.no_colon": "json",
            4: "a:b",
        }

    @hookimpl
    def openai_compatible_of_the_future(self):
        return "what an older release does not ask for"
"""
UNMARKED = "def openai_compatible_profiles(): raise RuntimeError('never called')"
ARGUMENTS = """
from openai_compatible.hookspecs import hookimpl

@hookimpl
def openai_compatible_profiles(unknown):
    raise RuntimeError("never called")
"""
USE = """
import json, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from openai_compatible import ConfigError, create
    from openai_compatible.plugins import adapters, load
    load()
    kinds = adapters()
from openai_compatible.profiles.registry import names, profile
made = create("example.chat", "any/model", temperature=1)
errors = {}
for kind in ("a.raising", "b.no_class", "c.no_colon"):
    try:
        create(kind, "m")
    except ConfigError as error:
        errors[kind] = str(error)
print(json.dumps({
    "warnings": [str(one.message) for one in caught],
    "kinds": kinds,
    "names": names(),
    "field": profile("third-party").max_tokens_field,
    "vllm": profile("vllm").json_schema,
    "errors": errors,
    "made": [type(made).__module__, made.model, made.fields],
}))
"""


def wheel(folder: Path, name: str, files: dict[str, str], plugin: str) -> Path:
    """A wheel made by hand, as a third party's build would make it."""
    info = f"{name}-1.0.dist-info"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    contents = {
        **files,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[openai_compatible]\n{name} = {plugin}\n",
    }
    record = "".join(f"{each},,\n" for each in [*contents, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in {**contents, f"{info}/RECORD": record}.items():
            archive.writestr(each, text)
    return path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a process sees that has a good, a broken and a failing plugin installed."""
    folder, site = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("site")
    package = {
        "third_party/__init__.py": "",
        "third_party/plugin.py": GOOD,
        "third_party/model.py": MODEL,
    }
    wheels = [
        wheel(folder, "third_party", package, "third_party.plugin"),
        wheel(folder, "broken_plugin", {"broken_plugin.py": BROKEN}, "broken_plugin"),
        wheel(folder, "failing_plugin", {"failing_plugin.py": FAILING}, "failing_plugin"),
        wheel(folder, "class_plugin", {"class_plugin.py": CLASS}, "class_plugin:Plugin"),
        wheel(folder, "exiting_plugin", {"exiting_plugin.py": "raise SystemExit(3)"}, "exiting_plugin"),
        wheel(folder, "invalid_plugin", {"invalid_plugin.py": "def ("}, "invalid_plugin"),
        wheel(folder, "unmarked_plugin", {"unmarked_plugin.py": UNMARKED}, "unmarked_plugin"),
        wheel(folder, "arguing_plugin", {"arguing_plugin.py": ARGUMENTS}, "arguing_plugin"),
        wheel(folder, "disabled_plugin", {"disabled_plugin.py": BROKEN}, "disabled_plugin"),
        wheel(folder, "bare_plugin", {"raising_module.py": "raise ValueError('boom')"}, "json"),
    ]
    for each in wheels:  # a pure wheel is installed by unpacking it
        with zipfile.ZipFile(each) as archive:
            archive.extractall(site)
    # on PYTHONPATH third parties come before our own packages, and still cannot take their place
    env = {
        **os.environ,
        "PYTHONPATH": str(site),
        "OPENAI_COMPATIBLE_DISABLE_PLUGINS": "disabled_plugin, bare_plugin",
    }
    done = subprocess.run(
        [sys.executable, "-c", USE], capture_output=True, text=True, check=False, timeout=60, env=env
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_an_installed_plugin_brings_its_profile(installed: dict[str, list[str]]) -> None:
    """Hook openai_compatible_profiles."""
    assert "third-party" in installed["names"]
    assert installed["field"] == "max_completion_tokens"


def test_an_installed_plugin_brings_its_kind(installed: dict[str, dict[str, str]]) -> None:
    """Hook openai_compatible_adapters."""
    assert installed["kinds"]["example.chat"] == "third_party.model:Chat"
    assert installed["made"] == ["third_party.model", "any/model", {"temperature": 1}]


def test_a_plugin_cannot_take_over_what_is_shipped(installed: dict[str, dict[str, str]]) -> None:
    assert installed["vllm"] is True
    assert installed["kinds"]["langchain.chat"].startswith("langchain_openai_compatible:")


def test_a_plugin_that_cannot_be_imported_is_named_and_left_out(installed: dict[str, list[str]]) -> None:
    (told,) = [text for text in installed["warnings"] if "broken_plugin" in text]
    assert "ModuleNotFoundError" in told
    assert "a_package_that_nobody_has" in told
    assert "Upgrade or uninstall" in told


def test_a_plugin_whose_hooks_fail_is_named_for_each(installed: dict[str, list[str]]) -> None:
    told = [text for text in installed["warnings"] if "failing_plugin" in text]
    assert any("RuntimeError: out of order" in text for text in told)
    assert any("list is no mapping" in text for text in told)


def test_what_a_plugin_may_not_take_is_named(installed: dict[str, list[str]]) -> None:
    told = [text for text in installed["warnings"] if "third_party" in text]
    assert any("the profile 'vllm' is taken" in text for text in told)
    assert any("taken by langchain_openai_compatible:ChatOpenAICompatible" in text for text in told)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("exiting_plugin", "SystemExit: 3"),
        ("invalid_plugin", "SyntaxError"),
        ("unmarked_plugin", "defines no hook; its functions are to be marked with hookimpl"),
        ("arguing_plugin", "PluginValidationError"),
    ],
)
def test_what_is_no_plugin_is_named_with_its_distribution_and_left_out(
    name: str, reason: str, installed: dict[str, list[str]]
) -> None:
    (told,) = [text for text in installed["warnings"] if name in text]
    assert told.startswith(f"plugin '{name}' ({name}) of {name} 1.0 is left out: ")
    assert reason in told


def test_a_class_is_a_plugin_and_what_fails_in_it_keeps_nothing_else(
    installed: dict[str, list[str]],
) -> None:
    told = [text for text in installed["warnings"] if "class_plugin" in text]
    assert {"of-a-class", "after-a-mistake"} <= set(installed["names"])
    for reason in (
        "str is no Profile",
        "the profile 'third-party' is taken",
        "RuntimeError: broke off",
        "openai_compatible_of_the_future of plugin",
        "kind 'c.no_colon'",
        "kind 4 ",
    ):
        assert len([text for text in told if reason in text]) == 1


def test_a_disabled_plugin_is_not_loaded(installed: dict[str, list[str]]) -> None:
    assert not [text for text in installed["warnings"] if "disabled_plugin" in text]


def test_a_plugins_class_that_cannot_be_imported_is_an_error_of_ours(
    installed: dict[str, dict[str, str]],
) -> None:
    errors = installed["errors"]
    assert "raising_module:X for 'a.raising' cannot be imported: ValueError: boom" in errors["a.raising"]
    assert "json:NoSuchClass" in errors["b.no_class"]
    assert "nothing makes the kind 'c.no_colon'" in errors["c.no_colon"]


def test_what_we_ship_is_found_the_same_way() -> None:
    assert set(adapters()) >= {
        "langchain.chat",
        "langchain.embeddings",
        "llama_index.llm",
        "llama_index.embeddings",
    }


def test_loading_twice_is_loading_once() -> None:
    assert load() is load()


@pytest.mark.parametrize(
    ("kind", "cls"),
    [
        ("langchain.chat", "ChatOpenAICompatible"),
        ("langchain.embeddings", "OpenAICompatibleEmbeddings"),
        ("llama_index.llm", "OpenAICompatible"),
        ("llama_index.embeddings", "OpenAICompatibleEmbedding"),
    ],
)
def test_create_makes_each_kind(kind: str, cls: str) -> None:
    made = create(kind, "m", base_url="http://127.0.0.1:1/v1")
    assert type(made).__name__ == cls


def test_create_without_a_reference_leaves_the_choice_to_the_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENAI_COMPATIBLE_MODEL", "of-the-environment")
    assert create("llama_index.llm").metadata.model_name == "of-the-environment"


def test_an_unknown_kind_is_an_error_with_the_nearest() -> None:
    with pytest.raises(
        ConfigError, match=r"nothing makes the kind 'langchain\.chatt'.*'langchain\.chat'"
    ):
        create("langchain.chatt", "m")


def test_a_missing_package_is_named_with_its_install_command() -> None:
    code = (
        "import openai_compatible.plugins as p\n"
        "p.entry_points = lambda group: []\n"
        "try: p.create('llama_index.llm', 'm')\n"
        "except Exception as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "openai-compatible[llama-index]"' in done.stdout


def test_a_model_that_is_given_twice_is_an_error_of_ours() -> None:
    with pytest.raises(ConfigError, match="the model is given twice. Leave out model="):
        create("langchain.chat", "m", model="other")


def test_a_kind_that_is_no_text_is_an_error_of_ours() -> None:
    with pytest.raises(ConfigError, match="nothing makes the kind '5'"):
        create(5, "m")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("no_such_module_anywhere:Class", "ModuleNotFoundError"),
        ("openai_compatible.errors:NoSuchClass", "AttributeError"),
        ("openai_compatible.errors", "AttributeError"),
        (":Class", "ValueError"),
        ("module_that_fails:Class", "RuntimeError: no licence"),
    ],
)
def test_a_class_that_cannot_be_imported_is_an_error_of_ours(
    target: str, reason: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "module_that_fails.py").write_text("raise RuntimeError('no licence')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(plugins, "adapters", lambda: {"acme.chat": target})
    with pytest.raises(
        ConfigError, match=f"the class {target} for 'acme.chat' cannot be imported: {reason}"
    ):
        create("acme.chat", "m")
