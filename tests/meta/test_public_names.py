"""What a module exports exists, is declared, and says what it is."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

PACKAGES = (
    "openai_compatible",
    "langchain_openai_compatible",
    "llama_index.llms.openai_compatible",
    "llama_index.embeddings.openai_compatible",
)


def modules() -> Iterator[str]:
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield name
        for info in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not info.name.endswith("__main__"):
                yield info.name


MODULES = sorted(modules())


def own_docstring(thing: Any) -> str:
    """Docstring written in the source: not inherited, not made by ``dataclass``."""
    text = thing.__dict__.get("__doc__") if inspect.isclass(thing) else inspect.getdoc(thing)
    name = getattr(thing, "__name__", "")
    return "" if not text or text.startswith(f"{name}(") else str(text)


def members(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name in getattr(module, "__all__", ()):
        yield name, getattr(module, name)


@pytest.mark.parametrize("name", MODULES)
def test_module_says_what_it_is_for(name: str) -> None:
    assert importlib.import_module(name).__doc__


@pytest.mark.parametrize("name", MODULES)
def test_module_with_public_names_declares_them(name: str) -> None:
    module = importlib.import_module(name)
    defined = [
        n
        for n, thing in vars(module).items()
        if not n.startswith("_")
        and getattr(thing, "__module__", None) == name
        and (inspect.isclass(thing) or inspect.isfunction(thing))
    ]
    assert not defined or set(getattr(module, "__all__", ())), f"no __all__, though it defines {defined}"


@pytest.mark.parametrize("name", MODULES)
def test_exported_classes_and_functions_have_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    silent = [
        n
        for n, thing in members(module)
        if (inspect.isclass(thing) or inspect.isfunction(thing)) and not own_docstring(thing)
    ]
    assert not silent


def test_top_level_names_are_sorted_and_listed_by_dir() -> None:
    import openai_compatible

    assert list(openai_compatible.__all__) == sorted(openai_compatible.__all__)
    assert set(openai_compatible.__all__) <= set(dir(openai_compatible))


def test_every_error_is_exported_and_drawn_in_the_tree() -> None:
    from openai_compatible import errors

    classes = {
        name
        for name, thing in vars(errors).items()
        if inspect.isclass(thing)
        and issubclass(thing, errors.OpenAICompatibleError | errors.OpenAICompatibleWarning)
    }
    drawn = errors.__doc__ or ""
    assert classes == set(errors.__all__)
    assert [name for name in sorted(classes) if name not in drawn] == []
