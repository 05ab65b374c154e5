"""Every row of every preset: complete, readable by the rest, and never claiming more than was seen."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from openai_compatible import urls
from openai_compatible.config.provider import Auth, Provider, slug
from openai_compatible.presets.page import LEFT_OUT
from openai_compatible.presets.preset import Kind, Preset, Proof, Tier
from openai_compatible.presets.registry import preset, presets, provider_fields
from openai_compatible.profiles.registry import names as profiles
from openai_compatible.profiles.registry import profile

ROOT = Path(__file__).parents[3]
VARIABLE = re.compile(r"\$\{([^}]*)\}")
ROWS = [preset(name) for name in presets()]
ADDRESSES = [(row, url) for row in ROWS for url in (row.base_url, *row.other_base_urls)]

# fmt: off
SERVICES = {
    "aihubmix", "aimlapi", "anythingllm", "azure-openai", "azure-v1", "baseten", "bedrock-openai",
    "cerebras", "chutes", "cloudflare-ai-gateway", "cloudflare-workers-ai", "cohere-compat",
    "corporate-gateway", "dashscope", "databricks", "deepinfra", "deepseek",
    "docker-model-runner", "fast-ai-chat", "fastchat", "fireworks", "friendli", "gemini",
    "github-copilot", "github-models", "groq", "helicone", "huggingface", "hyperbolic",
    "infinity", "ionos", "jan", "koboldcpp", "lemonade", "litellm-proxy", "llama-cpp-python",
    "llamacpp", "llamafile", "lmdeploy", "lmstudio", "localai", "meta-llama", "minimax",
    "mistral", "mlx-servers", "modelscope", "moonshot", "nebius", "novita", "nvidia-nim",
    "ollama", "ollama-cloud", "one-api", "open-webui", "openai", "opencode-zen", "openrouter",
    "ovhcloud", "perplexity", "poe", "portkey", "publicai", "requesty", "sambanova", "scaleway",
    "sglang", "siliconflow", "snowflake", "stackit", "tabbyapi", "tei", "text-generation-webui",
    "tgi", "together", "venice", "vercel-ai-gateway", "vertex", "vllm", "volcengine", "xai",
    "xinference", "zai",
}
"""The services that were looked at, 82 of them."""
# fmt: on


def filled(text: str) -> str:
    return VARIABLE.sub("acme.example", text)


def test_every_service_has_a_preset_or_a_reason_to_have_none() -> None:
    assert len(SERVICES) == 82
    assert {*presets(), *LEFT_OUT} == {*SERVICES, "transformers-serve"}
    assert not set(presets()) & LEFT_OUT.keys()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_is_complete(row: Preset) -> None:
    assert slug(row.name) == row.name
    assert row.display_name.strip()
    assert row.kind in get_args(Kind)
    assert row.tier in get_args(Tier)
    assert row.docs.startswith("https://")
    assert row.profile is None or row.profile in profiles()
    assert row.evidence
    assert all(one.source and date.fromisoformat(one.date) for one in row.evidence)
    assert len(set(row.evidence)) == len(row.evidence)
    assert all(note[-1] == "." for note in row.notes)
    assert row.model_names == "" or row.model_names[-1] == "."
    assert row.key_page == "" or row.key_page.startswith("https://")
    assert row.chat or row.embeddings


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_s1_78_a_server_of_ones_own_says_how_it_is_started(row: Preset) -> None:
    assert bool(row.start) == (row.local_port is not None)
    assert bool(row.start) == bool(row.start_evidence)
    assert not (row.start and row.start[0].startswith("#"))


@pytest.mark.parametrize("row", [row for row in ROWS if row.start], ids=lambda row: row.name)
def test_an_image_has_a_version(row: Preset) -> None:
    text = "\n".join(row.start)
    images = re.findall(r"\s([\w.-]+(?:/[\w.-]+)+):(\S+)", re.sub(r"-v \S+", "", text))
    assert ("docker run" in text) == bool(images)
    assert all(re.search(r"\d|VERSION", tag) for _, tag in images)
    assert "latest" not in text


@pytest.mark.parametrize(("row", "url"), ADDRESSES, ids=lambda value: getattr(value, "name", value))
def test_an_address_is_a_base_url_as_it_is_written(row: Preset, url: str) -> None:
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]+", name) for name in VARIABLE.findall(url))
    read = urls.base_url(filled(url))
    assert not read.query
    assert (read.url == filled(url)) or (read.guessed_v1 and read.url == filled(url) + "/v1")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_only_servers_of_ones_own_are_spoken_to_without_tls(row: Preset) -> None:
    parts = [urls.urlsplit(filled(url)) for url in (row.base_url, *row.other_base_urls)]
    for one in parts:
        assert one.scheme == "https" or urls.is_private_host(one.hostname or "")
    local = urls.is_private_host(parts[0].hostname or "")
    assert (row.local_port is not None) == local == (parts[0].port is not None)
    assert row.local_port == parts[0].port
    if row.kind != "gateway":
        assert local == (row.kind == "local")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_variables_hold_keys_and_not_addresses(row: Preset) -> None:
    for name in row.api_key_env:
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", name)
        assert re.search(r"KEY|TOKEN|PAT$|BEARER", name)
        assert not re.search(r"_(BASE|HOST|URL|ENDPOINT|ACCOUNT|ACCOUNT_ID|CREDENTIALS)$", name)
    assert row.key != "none" or not row.api_key_env
    assert not set(row.variables) & set(row.api_key_env)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_provider_is_made_of_a_row(row: Preset) -> None:
    fields = {
        key: value for key, value in provider_fields(row).items() if key not in ("headers", "query")
    }
    made = Provider(**{**fields, "base_url": filled(row.base_url)})
    assert made.name == row.name
    assert made.auth == (Auth(style=row.auth) if isinstance(row.auth, str) else Auth(**row.auth))
    assert (made.api_key_env is None) == (row.key != "required" or not row.api_key_env)
    assert made.profile == row.profile


def test_a_recording_is_there_for_every_row_that_says_so() -> None:
    """Tier ``replayed`` and ``verified``: the fixture that the evidence names exists."""
    proven = [row for row in ROWS if row.tier in ("replayed", "verified")]
    assert {row.name for row in proven} == {
        "litellm-proxy",
        "llama-cpp-python",
        "llamacpp",
        "transformers-serve",
        "vllm",
        "xinference",
    }
    for row in proven:
        named = [m[0] for one in row.evidence for m in re.finditer(r"tests/fixtures/[\w/]+", one.source)]
        assert named, row.name
        for path in named:
            assert list(ROOT.glob(f"{path}*")), path


def test_the_rows_that_are_verified_are_those_whose_servers_the_tests_start() -> None:
    started = (ROOT / "tests/conformance/servers/conftest.py").read_text("utf-8")
    names = re.search(r"^STARTERS = \{(.*)\}$", started, re.MULTILINE)
    assert names is not None
    servers = {"litellm": "litellm-proxy", "transformers": "transformers-serve", "llama_cpp": "llamacpp"}
    assert {row.name for row in ROWS if row.tier == "verified"} == {
        servers.get(name, name) for name in re.findall(r'"(\w+)":', names[1])
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_tier_is_the_best_level_of_what_was_tested(row: Preset) -> None:
    levels = {one.level for one in row.tested}
    tested = "verified" if "verified" in levels else "replayed"
    assert row.tier == tested if levels else row.tier in ("documented", "reported")


@pytest.mark.parametrize(
    ("row", "one"),
    [(row, one) for row in ROWS for one in row.tested],
    ids=lambda value: value.version if isinstance(value, Proof) else value.name,
)
def test_a_tested_version_is_the_one_that_is_installed_or_recorded(row: Preset, one: Proof) -> None:
    """Of the wheel with llama.cpp the project names a least version only."""
    if one.level == "replayed":
        sources = [path / "SOURCE.toml" for path in ROOT.glob(f"{one.evidence}*") if path.is_dir()]
        assert any(f'version = "{one.version}"' in path.read_text("utf-8") for path in sources)
        return
    assert (ROOT / one.evidence).is_dir()
    session = (ROOT / "noxfile.py").read_text("utf-8")
    packages = (ROOT / "packages/openai-compatible/pyproject.toml").read_text("utf-8")
    exact = re.search(rf'"{re.escape(one.server)}(\[\w+\])?=={re.escape(one.version)}"', session)
    assert exact or (one.server == "xllamacpp" and '"xllamacpp>=2026.10"' in packages)


@pytest.mark.parametrize("row", [r for r in ROWS if r.tier == "documented"], ids=lambda row: row.name)
def test_what_is_documented_names_a_document_or_a_source(row: Preset) -> None:
    """Other programs and threads alone make a row ``reported``."""
    others = ("litellm", "models.dev", "vercel/ai", "pydantic-ai", "pi-ai", "mozilla-ai", "langchain")
    own = [
        one.source
        for one in row.evidence
        if not one.source.startswith((*others, "https://docs.litellm"))
        and not re.fullmatch(r"[\w.-]+/[\w.-]+ ?#\d+( #\d+)*", one.source)
    ]
    assert own


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if re.search(r"guess|general knowledge", " ".join(row.notes))],
    ids=lambda row: row.name,
)
def test_a_guess_is_said(row: Preset) -> None:
    assert row.name in {"github-copilot", "huggingface", "snowflake", "xinference"}


def test_every_profile_is_used_by_a_preset_or_is_the_generic_one() -> None:
    used = {row.profile for row in ROWS if row.profile}
    assert {name for name in profiles() if type(profile(name)).__name__ == "Profile"} - used <= {
        "generic"
    }
