"""One version for everything, written down everywhere it belongs."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = sorted((ROOT / "packages").iterdir())
PROJECTS = {p.name: tomllib.loads((p / "pyproject.toml").read_text())["project"] for p in PACKAGES}
CURRENT = PROJECTS["openai-compatible"]["version"]


def test_all_packages_have_one_version() -> None:
    assert {name: project["version"] for name, project in PROJECTS.items()} == dict.fromkeys(
        PROJECTS, CURRENT
    )


def test_installed_metadata_and_module_say_that_version() -> None:
    import openai_compatible

    assert openai_compatible.__version__ == CURRENT
    assert [version(name) for name in PROJECTS] == [CURRENT] * len(PROJECTS)


def test_packages_pin_each_other_exactly() -> None:
    for name, project in PROJECTS.items():
        extras = project.get("optional-dependencies", {})
        for requirement in project["dependencies"] + [r for extra in extras.values() for r in extra]:
            own = re.match(r"([a-z-]*openai-compatible)(?!\[)", requirement)
            if own:
                assert requirement == f"{own[1]}=={CURRENT}", f"{name}: {requirement}"


def test_changelog_has_a_section_for_it() -> None:
    assert f"\n## {CURRENT} - " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.name)
def test_every_package_carries_licence_readme_and_type_marker(package: Path) -> None:
    assert (package / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert (package / "README.md").stat().st_size > 200
    assert len(list(package.glob("src/**/py.typed"))) == 1
    assert PROJECTS[package.name]["license"] == "MIT"


def test_llama_index_folders_are_namespaces() -> None:
    shared = [
        path
        for pattern in ("llama_index/__init__.py", "llama_index/*/__init__.py")
        for path in (ROOT / "packages").glob(f"*/src/{pattern}")
    ]
    assert shared == []


def test_the_llama_index_packages_do_not_need_llama_index_openai() -> None:
    for project in PROJECTS.values():
        assert not any(
            "llama-index-llms-openai" in r and "compatible" not in r for r in project["dependencies"]
        )
