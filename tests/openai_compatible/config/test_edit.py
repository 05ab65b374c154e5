"""Changes to the provider file: what stays, what is refused, and what a crash leaves."""

from __future__ import annotations

import doctest
import os
import stat
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from openai_compatible.config import atomic, change, sections, toml_values, written
from openai_compatible.config import edit as module
from openai_compatible.config.control_characters import has_control_characters
from openai_compatible.config.edit import ProviderFile, edit, own_path
from openai_compatible.config.file import Route, read
from openai_compatible.config.load import default_path, load_config
from openai_compatible.config.provider import Model
from openai_compatible.errors import ConfigError, UnknownModelReferenceError, UnknownProviderError

pytest.importorskip("filelock", reason="the extra cli, which writes files, is not installed")

posix = pytest.mark.skipif(os.name == "nt", reason="permissions and links of POSIX")

FULL = """\
# all my servers
version = 1

# the machine below the desk
[[providers]]
name = "desk"   # short
base_url = "http://127.0.0.1:8000/v1"
timeout = { idle = 30 } # seconds

# the small one
[providers.models.small]
id = "qwen3-0.6b"  # as served

# first choice
[routes.main]
primary = "desk/small"

# rented
[[providers]]
name = "cloud"
base_url = "https://llm.example.com/v1"
api_key_env = "CLOUD_KEY"
models = { large = "org/large" }  # more to come
"""


@pytest.mark.parametrize("part", [atomic, change, module, sections, toml_values, written])
def test_examples_in_docstrings_hold(part: ModuleType) -> None:
    assert doctest.testmod(part).failed == 0


# ---------------------------------------------------------------------- what stays


def test_S1_53_a_change_touches_its_line_and_no_other() -> None:
    file = ProviderFile(FULL)
    file.patch("desk", {"timeout": {"idle": 60}, "priority": 1, "models": {"small": {"tools": True}}})
    expected = FULL.replace("{ idle = 30 } # seconds\n", "{ idle = 60 } # seconds\npriority = 1\n")
    assert file.text == expected.replace("# as served\n", "# as served\ntools = true\n")


def test_a_model_that_is_only_an_id_gets_its_facts_beside_it() -> None:
    file = ProviderFile(FULL)
    file.set_model("cloud", "large", {"tools": True})
    assert 'models = { large = {id = "org/large", tools = true} }  # more to come' in file.text


def test_a_new_model_gets_a_table_of_its_own() -> None:
    file = ProviderFile(FULL)
    file.set_model("desk", "org/big", "org/big-7b")
    assert '[providers.models."org/big"]\nid = "org/big-7b"\n\n# first choice\n[routes' in file.text


def test_a_new_provider_comes_after_the_others() -> None:
    file = ProviderFile(FULL)
    fields = {"name": "new", "base_url": "http://h:1", "headers": {"X-A": "b"}, "models": {"m": "id"}}
    file.add(fields)
    tail = '[[providers]]\nname = "new"\nbase_url = "http://h:1"\nheaders = {X-A = "b"}\n'
    assert file.text == f'{FULL}\n{tail}\n[providers.models.m]\nid = "id"\n'


def test_values_that_only_code_has_are_written_as_text_or_refused() -> None:
    file = ProviderFile()
    file.add(
        {
            "name": "a",
            "base_url": "http://h:1",
            "api_key": SecretStr("k"),
            "proxy": None,
            "drop_params": ("seed",),
            "models": {"m": Model(id="x")},
        }
    )
    assert tomllib.loads(file.text)["providers"][0] == {
        "name": "a",
        "base_url": "http://h:1",
        "api_key": "k",
        "drop_params": ["seed"],
        "models": {"m": {"id": "x"}},
    }
    with pytest.raises(ConfigError, match="cannot be written"):
        file.patch("a", {"api_key": lambda: "k"})


def test_a_removed_provider_takes_its_models_and_its_comment_along() -> None:
    file = ProviderFile(FULL)
    file.remove("desk")
    assert file.text.startswith("# all my servers\nversion = 1\n\n# first choice\n[routes.main]")
    assert file.names == ("cloud",)
    file.remove("cloud")
    assert file.names == ()
    assert "rented" not in file.text


def test_the_comment_at_the_head_of_a_file_outlives_its_first_provider() -> None:
    file = ProviderFile('# mine\n[[providers]]\nname = "a"\nbase_url = "http://a"\n')
    file.remove("a")
    assert file.text == "# mine\n"


def test_providers_between_other_tables_are_told_apart() -> None:
    file = ProviderFile(FULL)
    file.patch("cloud", {"priority": 2})
    file.patch("desk", {"priority": 1})
    found = {one["name"]: one["priority"] for one in tomllib.loads(file.text)["providers"]}
    assert found == {"desk": 1, "cloud": 2}


def test_routes_are_added_changed_and_taken_out() -> None:
    file = ProviderFile(FULL)
    file.set_route("main", Route("cloud/large", ("desk/small",), "why"))
    file.set_route("second", Route("desk/small"))
    assert (
        '# first choice\n[routes.main]\nprimary = "cloud/large"\nfallback = ["desk/small"]' in file.text
    )
    file.set_route("main", None)
    assert read(file.text, Path("f")).routes == {"second": Route("desk/small")}
    file.set_route("second", None)
    assert "routes" not in tomllib.loads(file.text)
    with pytest.raises(UnknownModelReferenceError):
        file.set_route("second", None)


def test_a_field_or_a_model_is_taken_out() -> None:
    file = ProviderFile(FULL)
    file.patch("desk", {"timeout": None})
    file.remove_model("desk", "small")
    file.remove_model("cloud", "large")
    assert [table.get("models", {}) for table in tomllib.loads(file.text)["providers"]] == [{}, {}]
    with pytest.raises(UnknownModelReferenceError):
        file.remove_model("desk", "small")


def test_windows_line_ends_and_a_byte_order_mark_stay() -> None:
    text = "\ufeff" + FULL.replace("\n", "\r\n")
    file = ProviderFile(text)
    file.patch("desk", {"priority": 1})
    assert file.text.startswith("\ufeff# all")
    assert file.text.count("\n") == file.text.count("\r\n") == FULL.count("\n") + 1


@pytest.mark.parametrize(
    "text",
    [
        '[[providers]]\nname="a"\nbase_url="http://a"\nmodels.small.id="x"',
        '[[providers]]\nname="a"\nbase_url="http://a"\n[providers.models]\nsmall="x"',
        '[[ providers ]] # [x]\nname="a"\nbase_url="http://a"\n[ providers . "models" . small ]\nid="x"',
        '[[providers]]\nbase_url="http://a"\nname="a"\nmodels={small={id="x"}}',
        '[[providers]]\nname="a"\nbase_url="http://a"\nextra_body.s="""\n[[providers]]\n"""\nmodels.small="x"',
    ],
)
def test_every_way_to_write_models_can_be_changed(text: str) -> None:
    file = ProviderFile(text)
    file.set_model("a", "small", {"tools": True})
    file.set_model("a", "big", "y")
    (found,) = tomllib.loads(file.text)["providers"]
    assert found["models"] == {"small": {"id": "x", "tools": True}, "big": {"id": "y"}}


NAMES = st.sampled_from(
    ["headers", "query", "extra_body", "models", "priority", "display_name", "dialect"]
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
HEADER_NAMES = st.text("abc019-_.", min_size=1, max_size=6)
ALIASES = KEYS.filter(lambda one: not has_control_characters(one)) | st.sampled_from(["small", "large"])
PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "display_name": TEXT | st.none(),
        "priority": st.integers(1, 9) | st.none(),
        "headers": st.dictionaries(HEADER_NAMES, TEXT | st.none(), max_size=3) | st.none(),
        "extra_body": st.dictionaries(
            KEYS, st.integers(-5, 5) | TEXT | st.lists(TEXT, max_size=2) | st.booleans(), max_size=3
        ),
        "timeout": st.fixed_dictionaries({}, optional={"idle": st.floats(1, 9), "connect": st.none()}),
        "models": st.dictionaries(
            ALIASES,
            st.none()
            | st.fixed_dictionaries({}, optional={"id": KEYS, "tools": st.booleans() | st.none()}),
            max_size=3,
        ),
    },
)


@given(patches=st.lists(st.tuples(st.sampled_from(["desk", "cloud"]), PATCHES), max_size=5))
def test_any_patch_says_what_it_says_and_keeps_every_comment(
    patches: list[tuple[str, dict[str, Any]]],
) -> None:
    file = ProviderFile(FULL)
    data = tomllib.loads(FULL)
    data["providers"][1]["models"] = {"large": {"id": "org/large"}}
    for name, patch in patches:
        table = next(one for one in data["providers"] if one["name"] == name)
        file.patch(name, patch)
        table.update(change.merged(table, patch))
        for key in [key for key, value in patch.items() if value is None]:
            table.pop(key, None)
    found = tomllib.loads(file.text)
    for table in [one for one in found["providers"] if "models" in one]:
        table["models"] = {
            alias: {"id": one} if isinstance(one, str) else one for alias, one in table["models"].items()
        }
    assert module._lean(found) == module._lean(data)
    for comment in ("# all my servers", "# the machine below", "# short", "# first choice", "# rented"):
        assert comment in file.text


# ---------------------------------------------------------------------- keys and hosts


def test_S1_58_S1_59_a_key_does_not_move_to_another_host() -> None:
    file = ProviderFile(FULL)
    file.patch("cloud", {"headers": {"X-A": "b"}, "models": {"large": {"api_key_env": "OWN"}}})
    lost = file.patch("cloud", {"base_url": "https://other.example.com/v1"})
    assert lost == ("api_key_env", "headers", "models.large.api_key_env")
    assert file.fields("cloud") == {
        "name": "cloud",
        "base_url": "https://other.example.com/v1",
        "models": {"large": {"id": "org/large"}},
    }


def test_what_is_given_with_a_new_base_url_belongs_to_it() -> None:
    file = ProviderFile(FULL)
    assert file.patch("cloud", {"base_url": "https://o.example.com", "api_key_env": "NEW"}) == ()
    assert file.fields("cloud")["api_key_env"] == "NEW"


def test_a_new_key_source_takes_the_place_of_the_old_one() -> None:
    file = ProviderFile(FULL)
    assert file.patch("cloud", {"api_key_file": "~/key"}) == ("api_key_env",)
    assert "CLOUD_KEY" not in file.text


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("act", "kind", "told"),
    [
        (lambda f: f.add({"name": "desk", "base_url": "http://a"}), ConfigError, "already"),
        (lambda f: f.add({"name": "x", "base_ulr": "http://a"}), ConfigError, "base_ulr"),
        (lambda f: f.add({"base_url": "http://a"}), ConfigError, "name"),
        (lambda f: f.patch("desk", {"name": "cloud"}), ConfigError, "already"),
        (lambda f: f.patch("desk", {"base_url": None}), ConfigError, "base_url"),
        (lambda f: f.patch("desk", {"priority": "high"}), ConfigError, "priority"),
        (lambda f: f.patch("gone", {}), UnknownProviderError, "no provider 'gone'"),
        (lambda f: f.remove("gone"), UnknownProviderError, "no provider 'gone'"),
    ],
)
def test_a_change_that_makes_no_provider_is_refused(
    act: Callable[[ProviderFile], object], kind: type[ConfigError], told: str
) -> None:
    file = ProviderFile(FULL)
    with pytest.raises(kind) as caught:
        act(file)
    assert told in caught.value.message
    assert file.text == FULL


def test_what_is_no_toml_or_no_table_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"providers.toml: .*line 1"):
        ProviderFile("a = \n")
    with pytest.raises(ConfigError, match="not written as tables"):
        ProviderFile('providers = [{name = "a", base_url = "http://a"}]')


@pytest.mark.parametrize(
    "text", ["providers = []\n", '[[providers]]\nname="a"\nbase_url="http://a"\n[providers.models]\n']
)
def test_what_cannot_be_said_without_harm_leaves_the_text_as_it_was(text: str) -> None:
    file = ProviderFile(text)
    with pytest.raises(ConfigError):
        file.add({"name": "x", "base_url": "http://h", "display_name": "\ud800"})
    assert file.text == text


def test_a_preset_is_written_without_its_variables_being_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_RESOURCE_NAME", raising=False)
    file = ProviderFile()
    file.add({"preset": "azure-v1"})
    file.add({"name": "gate", "base_url": "https://${GATE_HOST}/v1"})
    assert file.names == ("azure-v1", "gate")


# ---------------------------------------------------------------------- the file itself


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "conf" / "providers.toml"
    made.parent.mkdir()
    made.write_text(FULL)
    return made


def priority(file: ProviderFile) -> None:
    file.patch("desk", {"priority": 1})


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_users_own_file_is_made_where_it_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_COMPATIBLE_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert own_path() == default_path()
    assert edit(lambda file: file.add({"name": "a", "base_url": "http://127.0.0.1:1"}))
    assert load_config().providers[0].name == "a"
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(tmp_path / "other.toml"))
    assert edit(lambda file: file.add({"name": "b", "base_url": "http://127.0.0.1:1"}))
    assert (tmp_path / "other.toml").exists()


def test_a_change_that_changes_nothing_writes_nothing(path: Path) -> None:
    before = path.stat().st_mtime_ns
    assert edit(lambda file: file.patch("desk", {"name": "desk"}), path) is False
    assert path.stat().st_mtime_ns == before


@posix
def test_S2_54_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "conf" / "providers.toml"
    edit(lambda file: file.add({"name": "a", "base_url": "http://127.0.0.1:1"}), path)
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700


@posix
def test_permissions_of_a_file_without_keys_stay(path: Path) -> None:
    path.chmod(0o644)
    edit(priority, path)
    assert mode(path) == 0o644


@posix
@pytest.mark.parametrize(
    "fields",
    [
        {"api_key": "sk-canary"},
        {"headers": {"X-Key": "sk-canary"}},
        {"query": {"key": "sk-canary"}},
        {"proxy": "http://me:sk-canary@proxy"},
        {"models": {"small": {"api_key": "sk-canary"}}},
        {"extra_body": {"deep": [{"access_token": "sk-canary"}]}},
        {"base_url": "http://127.0.0.1:8000/v1?key=sk-canary"},
    ],
)
def test_S2_07_S2_54_a_file_that_gets_a_key_is_closed_to_others(path: Path, fields: Any) -> None:
    path.chmod(0o664)
    edit(lambda file: file.patch("desk", fields), path)
    assert mode(path) == 0o600


@posix
@pytest.mark.parametrize(
    "fields",
    [{"api_key": "${KEY}"}, {"headers": {"X-Key": "Bearer ${KEY}"}}, {"query": {"api-version": "1"}}],
)
def test_a_reference_is_no_key(fields: dict[str, Any]) -> None:
    secret = written.holds_secret({"providers": [fields]})
    assert secret is ("Bearer" in str(fields))  # text beside a reference may be anything


@posix
def test_a_link_stays_a_link_and_its_target_is_written(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    edit(priority, link)
    assert link.is_symlink()
    assert "priority = 1" in path.read_text()


@posix
def test_a_loop_of_links_and_a_folder_that_is_none_are_told(tmp_path: Path) -> None:
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    (tmp_path / "file").write_text("")
    for place in (loop, tmp_path / "file" / "providers.toml", tmp_path):
        with pytest.raises(ConfigError, match=r"cannot (write|read)"):
            edit(lambda file: file.add({"name": "a", "base_url": "http://h"}), place)


def test_a_file_that_is_no_text_is_told(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="no UTF-8"):
        edit(priority, path)


def test_what_an_editor_saves_meanwhile_is_kept(path: Path) -> None:
    calls = 0

    def slow(file: ProviderFile) -> None:
        nonlocal calls
        calls += 1
        file.patch("desk", {"priority": 1})
        if calls == 1:
            path.write_text(FULL + "# saved by an editor\n")

    assert edit(slow, path)
    assert calls == 2
    assert "# saved by an editor" in path.read_text()
    assert "priority = 1" in path.read_text()


def test_a_file_that_never_rests_is_told(path: Path) -> None:
    def busy(file: ProviderFile) -> None:
        file.patch("desk", {"priority": 1})
        path.write_text(path.read_text() + "# again\n")

    with pytest.raises(ConfigError, match="keeps changing"):
        edit(busy, path)


def test_a_file_that_somebody_else_writes_is_waited_for_and_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atomic, "_LOCK_SECONDS", 0.05)

    def nested(file: ProviderFile) -> None:
        edit(priority, path)

    with pytest.raises(ConfigError, match="another process"):
        edit(nested, path)


def test_changes_of_many_threads_are_all_there(path: Path) -> None:
    def add(number: int) -> None:
        edit(lambda file: file.set_model("desk", f"m{number}", "x"), path)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    models = tomllib.loads(path.read_text())["providers"][0]["models"]
    assert models.keys() == {"small", *(f"m{number}" for number in range(12))}


ADDS = """
import sys
from openai_compatible.config.control_characters import has_control_characters
from openai_compatible.config.edit import edit
for number in range(8):
    edit(lambda file: file.set_model("desk", f"{sys.argv[2]}-{number}", "x"), sys.argv[1])
"""


def test_changes_of_several_processes_are_all_there(path: Path) -> None:
    command = [sys.executable, "-c", ADDS, str(path)]
    running = [subprocess.Popen([*command, name]) for name in "abc"]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    models = tomllib.loads(path.read_text())["providers"][0]["models"]
    assert len(models) == 1 + 3 * 8


# ---------------------------------------------------------------------- crashes


class Killed(BaseException):
    """The process is gone: nothing is caught, nothing cleaned up."""


class Faulty:
    """The module ``os`` that fails at one of its calls, and, if killed there, at all later ones."""

    def __init__(self, at: int, error: BaseException) -> None:
        self.left = at
        self.error = error
        self.fired = False

    def __getattr__(self, name: str) -> Any:
        found = getattr(os, name)
        if not callable(found) or name in ("geteuid", "getegid") or isinstance(found, type):
            return found

        def call(*args: Any, **named: Any) -> Any:
            self.left -= 1
            dead = self.fired and isinstance(self.error, Killed)
            if self.left == 0 or dead:
                self.fired = True
                if name == "write":  # the disk took some of it
                    os.write(args[0], bytes(args[1][: len(args[1]) // 2]))
                if name == "close":
                    os.close(*args)
                raise self.error
            return found(*args, **named)

        return call


@posix
@pytest.mark.parametrize("there", [True, False], ids=["changed", "new"])
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), Killed()], ids=["error", "kill"]
)
def test_a_failure_at_any_call_leaves_the_old_or_the_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, there: bool
) -> None:
    expected = ProviderFile(FULL if there else None)
    add = {"name": "added", "base_url": "http://127.0.0.1:1/v1", "api_key": "sk-canary"}
    expected.add(add)
    for at in range(1, 60):
        path = tmp_path / f"{at}" / "providers.toml"
        path.parent.mkdir()
        if there:
            path.write_text(FULL)
            path.chmod(0o644)
        faulty = Faulty(at, error)
        with monkeypatch.context() as patch:
            patch.setattr(atomic, "os", faulty)
            try:
                edit(lambda file: file.add(add), path)
                failed = False
            except (ConfigError, Killed):
                failed = True
        found = path.read_text() if path.exists() else None
        assert found in ((FULL if there else None), expected.text)
        if not failed:
            assert found == expected.text
        left = [one for one in path.parent.iterdir() if one.name.endswith(".new")]
        assert all(mode(one) == 0o600 for one in left)
        if "sk-canary" in (found or ""):
            assert mode(path) == 0o600
        edit(lambda file: file.set_route("again", Route("added/x")), path)  # nothing is in the way
        assert not list(path.parent.glob("*.new"))
        assert not list(path.parent.glob(".*.new"))
        if not faulty.fired:
            assert at > 8  # so many calls were made to fail
            return
    pytest.fail("the change makes more calls than were tried")


def test_without_its_packages_the_extra_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("filelock", "tomlkit"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, None)
            with pytest.raises(ConfigError) as caught:
                edit(priority, path)
        assert "openai-compatible[cli]" in str(caught.value.hint)
        assert path.read_text() == FULL


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_what_is_no_file_stays_what_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    for path in (pipe, tmp_path / "link", tmp_path, Path(os.devnull)):
        with pytest.raises(ConfigError, match="no regular file"):
            edit(lambda file: file.add({"name": "a", "base_url": "http://127.0.0.1:1"}), path)
    assert pipe.is_fifo()
    assert [one.name for one in sorted(tmp_path.iterdir())] == ["link", "pipe"]


def test_a_number_that_cannot_be_read_is_told() -> None:
    with pytest.raises(ConfigError, match="more digits than can be read"):
        ProviderFile(f'[[providers]]\nname = "a"\nbase_url = "http://a"\npriority = {"9" * 5000}\n')
