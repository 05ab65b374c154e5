"""The page of every preset does what it says.

Its TOML is read, its variables are set, and its examples are run as they are written: the provider
file sends them to a server on loopback by a base URL of which only the host was replaced. So the
request that arrives is the one that the service would get. That the file with the preset and the one
without say the same, real address included, is compared without sending anything.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from openai_compatible import Provider, explain, load_config
from openai_compatible.presets.pages_examples import key_variable
from openai_compatible.presets.preset import Preset
from openai_compatible.presets.registry import preset, presets
from openai_compatible.testing.loopback import Loopback, Seen
from openai_compatible.testing.scripted import scripted

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "presets"
FENCE = re.compile(r"^```(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAID = ("name", "display_name", "base_url", "profile", "auth", "headers", "query", "default_model")
ROWS = [preset(name) for name in presets()]
each_page = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)

# The last table of the guides this product grew from.
SERVICES_OF_THE_GUIDES = {
    "AI/ML API": "aimlapi",
    "AnythingLLM": "anythingllm",
    "Azure, deployments": "azure-openai",
    "Azure, one address for all": "azure-v1",
    "Chutes": "chutes",
    "DeepSeek": "deepseek",
    "FastChat": "fastchat",
    "Groq": "groq",
    "Jan": "jan",
    "LM Studio": "lmstudio",
    "LiteLLM proxy": "litellm-proxy",
    "LocalAI": "localai",
    "OVHcloud AI Endpoints": "ovhcloud",
    "Ollama": "ollama",
    "OpenAI": "openai",
    "OpenRouter": "openrouter",
    "Requesty": "requesty",
    "TGI": "tgi",
    "Text Generation WebUI": "text-generation-webui",
    "Together": "together",
    "fast-ai.chat": "fast-ai-chat",
    "llama.cpp server": "llamacpp",
    "vLLM": "vllm",
}


class Page(NamedTuple):
    """The blocks of a page, by language, in their order."""

    minimal: str
    whole: str
    python: list[str]
    curl: str
    posix: dict[str, str]
    powershell: dict[str, str]


def page_of(row: Preset) -> Page:
    text = (PAGES / f"{row.name}.md").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for language, block in FENCE.findall(text):
        found.setdefault(language, []).append(block)
    assert set(found) <= {"console", "toml", "python", "sh", "powershell"}
    minimal, whole = found["toml"]
    shell = [block for block in found["sh"] if not block.startswith("curl")]
    (curl,) = (block for block in found["sh"] if block.startswith("curl"))
    posix = [shlex.split(line)[1].split("=", 1) for block in shell for line in block.splitlines()]
    power = [
        re.fullmatch(r'\$env:(\w+) = "(.*)"', line)
        for block in found.get("powershell", [])
        for line in block.splitlines()
    ]
    assert all(power)
    return Page(
        minimal,
        whole,
        found["python"],
        curl,
        dict(posix),
        {line[1]: line[2] for line in power if line},
    )


def elsewhere(text: str, row: Preset, server: Loopback) -> str:
    """A text with the address of the service, its host replaced by the server's."""
    parts = re.match(r"https?://[^/?\"]+", row.base_url)
    assert parts is not None
    assert parts[0] in text
    return text.replace(parts[0], server.url)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, with no variable that names a server or holds a key."""
    for name in os.environ:
        if name.startswith(("OPENAI", "XDG_", "AZURE", "AWS_")) or re.search(
            "_(API_)?(KEY|TOKEN)$", name
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def model_server() -> Iterator[Loopback]:
    with scripted() as server:
        yield server


@pytest.fixture
def server(model_server: Loopback) -> Loopback:
    model_server.requests.clear()
    return model_server


@pytest.fixture
def configured(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Provider]:
    def write(text: str) -> Provider:
        path = home / "providers.toml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(path))
        (provider,) = load_config().providers
        return provider

    return write


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Sets the variables of a page; the key has a value of its own, so that it can be told."""

    def export(page: Page, row: Preset, *, key: bool = True) -> str:
        value, variable = f"secret-of-{row.name}", key_variable(row)
        for name, example in page.posix.items():
            if name != variable:
                monkeypatch.setenv(name, example)
            elif key:
                monkeypatch.setenv(name, value)
        return value

    return export


def with_key(text: str) -> str:
    """The commented line with the key's variable, in force."""
    return re.sub(r"^# (api_key_env = \S+).*$", r"\1", text, flags=re.MULTILINE)


def expected_path(row: Preset, endpoint: str, variables: dict[str, str]) -> str:
    base = re.sub(r"\$\{(\w+)\}", lambda found: variables[found[1]], row.base_url)
    return f"{urlsplit(base).path.rstrip('/') or '/v1'}/{endpoint}"


def assert_sent(seen: Seen, row: Preset, page: Page, key: str | None) -> None:
    """The request has the preset's path, query and headers, and the key where the preset says."""
    endpoint = "chat/completions" if "messages" in seen.json else "embeddings"
    assert seen.path == expected_path(row, endpoint, page.posix)
    filled = {
        name: re.sub(r"\$\{(\w+)\}", lambda m: page.posix[m[1]], v) for name, v in row.query.items()
    }
    assert dict(seen.query) == filled
    assert all(seen.headers[name.lower()] == value for name, value in row.headers.items())
    place = "authorization" if isinstance(row.auth, str) else row.auth["name"]
    prefix = "Bearer " if isinstance(row.auth, str) else row.auth.get("prefix", "")
    carrying = {name: value for name, value in seen.headers.items() if "secret-of-" in value}
    assert carrying == ({} if key is None else {place.lower(): f"{prefix}{key}"})
    assert key is not None or "authorization" not in seen.headers
    assert "secret-of-" not in seen.target + seen.body.decode()


# ---------------------------------------------------------------------- the provider file


@each_page
def test_the_file_with_the_preset_and_the_one_without_say_the_same(
    row: Preset, configured: Callable[[str], Provider], exported: Callable[..., str]
) -> None:
    page = page_of(row)
    exported(page, row)
    for change in (str, with_key):
        short, whole = configured(change(page.minimal)), configured(change(page.whole))
        assert short.preset == row.name
        assert whole.preset is None
        # A preset takes an optional key where its variable is set; written out it has to be named.
        stated = ("api_key_env",) if change is with_key or row.key == "required" else ()
        for field in (*SAID, *stated):
            assert getattr(short, field) == getattr(whole, field), field
    assert whole.api_key_env == key_variable(row)


@each_page
def test_the_preset_in_the_file_sends_to_the_service_with_its_key(
    row: Preset, configured: Callable[[str], Provider], exported: Callable[..., str]
) -> None:
    page = page_of(row)
    key = exported(page, row)
    configured(with_key(page.minimal))
    found = explain(f"{row.name}/MODEL", "Hello")
    host = re.sub(r"\$\{(\w+)\}", lambda m: page.posix[m[1]], row.base_url).split("/")[2]
    assert urlsplit(found.url).netloc == host
    assert urlsplit(found.url).path == expected_path(row, "chat/completions", page.posix)
    variable = key_variable(row)
    assert found.key == (f"${variable}" if variable else "none")
    assert key not in f"{found} {found.curl()}"


@each_page
def test_s1_80_variables_are_set_alike_in_both_kinds_of_shell(row: Preset) -> None:
    page = page_of(row)
    assert page.posix == page.powershell
    variable = key_variable(row)
    assert set(page.posix) == {*row.variables, *([variable] if variable else [])}


# ---------------------------------------------------------------------- the examples


def run(page: Page) -> None:
    for block in page.python:
        names: dict[str, Any] = {"__name__": "__example__"}
        exec(compile(block, "page", "exec"), names)
        for made in names.values():
            if hasattr(made, "close") and hasattr(made, "model"):
                made.close()


@each_page
def test_every_example_of_a_page_sends_what_its_preset_says(
    row: Preset,
    server: Loopback,
    configured: Callable[[str], Provider],
    exported: Callable[..., str],
) -> None:
    page = page_of(row)
    key = exported(page, row)
    configured(elsewhere(with_key(page.whole), row, server))
    run(page)
    assert len(page.python) == 2 * (row.chat + bool(row.embeddings))
    assert len(server.requests) == len(page.python)
    for seen in server.requests:
        assert_sent(seen, row, page, None if row.key == "none" else key)
        wanted = (row.default_model or "MODEL") if "messages" in seen.json else "EMBEDDING_MODEL"
        assert seen.json["model"] == wanted


@pytest.mark.parametrize("row", [row for row in ROWS if row.key != "required"], ids=lambda row: row.name)
def test_where_no_key_is_needed_none_is_sent(
    row: Preset,
    server: Loopback,
    configured: Callable[[str], Provider],
    exported: Callable[..., str],
) -> None:
    page = page_of(row)
    exported(page, row, key=False)
    configured(elsewhere(page.whole, row, server))
    run(page)
    assert len(server.requests) == len(page.python)
    for seen in server.requests:
        assert_sent(seen, row, page, None)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("sh")), reason="no curl, or no sh")
@each_page
def test_curl_sends_the_same_request(
    row: Preset, server: Loopback, exported: Callable[..., str]
) -> None:
    page = page_of(row)
    key = exported(page, row)
    command = elsewhere(page.curl, row, server).replace(
        "curl ", "curl --silent --fail --noproxy '*' ", 1
    )
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (seen,) = server.requests
    assert_sent(seen, row, page, key if row.key == "required" else None)
    assert seen.headers["content-type"] == "application/json"


@each_page
def test_a_page_names_the_commands_that_test_the_connection(row: Preset) -> None:
    text = (PAGES / f"{row.name}.md").read_text(encoding="utf-8")
    assert f"openai-compatible providers test {row.name}\n" in text
    assert f"openai-compatible models {row.name}\n" in text


# ---------------------------------------------------------------------- all pages


@pytest.mark.parametrize("service", SERVICES_OF_THE_GUIDES)
def test_every_service_that_the_guides_name_has_a_page(service: str) -> None:
    assert (PAGES / f"{SERVICES_OF_THE_GUIDES[service]}.md").is_file()


def test_s2_46_no_example_names_a_model_that_will_be_gone() -> None:
    for row in ROWS:
        page = page_of(row)
        models = re.findall(r'model="([^"]+)"', "".join(page.python))
        allowed = {row.name, f"{row.name}/MODEL", f"{row.name}/EMBEDDING_MODEL"}
        assert set(models) <= allowed
        assert (
            '"model": "MODEL"' in page.curl
            or '"model": "EMBEDDING_MODEL"' in page.curl
            or (row.default_model)
        )


def test_s1_72_one_table_has_all_services_whoever_names_them() -> None:
    text = (ROOT / "docs" / "presets.md").read_text(encoding="utf-8")
    table = text.partition("## All presets")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| [`")]
    assert {len(row) for row in rows} == {7}
    assert sorted(row[0] for row in rows) == sorted(f"[`{n}`](presets/{n}.md)" for n in presets())
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", row[6]) for row in rows)


@pytest.mark.parametrize(
    ("name", "said"), [("localai", "`name` in the model's YAML file"), ("vllm", "`--served-model-name`")]
)
def test_s3_19_s3_20_a_page_says_where_the_id_of_a_model_comes_from(name: str, said: str) -> None:
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert said in text.partition("## Model names")[2].partition("\n## ")[0]


def test_the_toml_of_every_page_is_one_provider() -> None:
    for row in ROWS:
        page = page_of(row)
        for text in (page.minimal, page.whole):
            assert len(tomllib.loads(text)["providers"]) == 1


def test_the_table_of_what_was_tested_has_versions_dates_levels_and_evidence() -> None:
    text = (ROOT / "docs" / "presets.md").read_text(encoding="utf-8")
    table = text.partition("## Tested with")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| [`")]
    assert len(rows) == sum(len(row.tested) for row in ROWS)
    for _, server, version, date, level, evidence in rows:
        assert server
        assert re.search(r"\d", version)
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", date)
        assert level in ("verified", "replayed")
        assert re.fullmatch(r"\[tests/\S+\]\(\.\./tests/\S+\)", evidence)
    assert [row[0] for row in rows if row[4] == "verified"] == [
        f"[`{row.name}`](presets/{row.name}.md)" for row in ROWS if row.tier == "verified"
    ]
