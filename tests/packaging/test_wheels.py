"""The four wheels, as a user gets them: built, installed with plain pip, used."""

import os
import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.name for path in (ROOT / "packages").iterdir())


def run(*command: str | Path, cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def build(folder: Path) -> dict[str, Path]:
    """Distribution name -> wheel."""
    run(
        sys.executable,
        "-m",
        "uv",
        "build",
        "--quiet",
        "--all-packages",
        "--wheel",
        "--out-dir",
        folder,
        cwd=ROOT,
    )
    wheels = {path.name.split("-")[0].replace("_", "-"): path for path in folder.glob("*.whl")}
    assert sorted(wheels) == NAMES
    return wheels


def test_wheels_hold_code_licence_type_marker_and_nothing_else(tmp_path: Path) -> None:
    for name, wheel in build(tmp_path).items():
        with zipfile.ZipFile(wheel) as archive:
            files = archive.namelist()
            info = next(f.split("/")[0] for f in files if ".dist-info/" in f)
            metadata = message_from_string(archive.read(f"{info}/METADATA").decode())
        assert sum(f.endswith("/py.typed") for f in files) == 1, name
        assert f"{info}/licenses/LICENSE" in files
        assert metadata["License-Expression"] == "MIT"
        assert not {
            "llama_index/__init__.py",
            "llama_index/llms/__init__.py",
            "llama_index/embeddings/__init__.py",
        } & {*files}
        known = (".py", "/py.typed", "/providers.schema.json")
        assert all(f.endswith(known) or f.startswith(info) for f in files), name


def test_wheels_work_in_an_empty_environment_filled_by_plain_pip(tmp_path: Path) -> None:
    wheels = build(tmp_path / "wheels")
    folder = tmp_path / "venv"
    run(
        sys.executable,
        "-m",
        "uv",
        "venv",
        "--quiet",
        "--seed",
        "--python",
        sys.executable,
        folder,
        cwd=tmp_path,
    )
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = [
        f"{path}[all]" if name == "openai-compatible" else str(path) for name, path in wheels.items()
    ]
    run(python, "-m", "pip", "install", "--quiet", *wanted, cwd=tmp_path)
    run(python, "-m", "pip", "check", cwd=tmp_path)
    smoke = Path(__file__).with_name("smoke.py")
    assert run(python, "-W", "error::ResourceWarning", smoke, cwd=tmp_path).split() == [
        "langchain.chat", "ChatOpenAICompatible",
        "langchain.embeddings", "OpenAICompatibleEmbeddings",
        "llama_index.llm", "OpenAICompatible",
        "llama_index.embeddings", "OpenAICompatibleEmbedding",
    ]  # fmt: skip
