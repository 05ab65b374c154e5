"""``status``: which file is read, who is configured, who answers, what is installed."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openai_compatible.cli.options import Json, Seconds
from openai_compatible.cli.screen import Screen, error_fields
from openai_compatible.errors import (
    APIStatusError,
    ConfigError,
    MalformedResponseError,
    OpenAICompatibleError,
)

if TYPE_CHECKING:
    from openai_compatible.cli.asking import Listed
    from openai_compatible.config.load import Config

__all__ = ["status"]

_DISTRIBUTIONS = (
    "openai-compatible",
    "openai",
    "langchain-openai-compatible",
    "langchain-core",
    "llama-index-llms-openai-compatible",
    "llama-index-embeddings-openai-compatible",
    "llama-index-core",
)


def status(
    offline: Annotated[bool, typer.Option("--offline", help="Ask no server.")] = False,
    timeout: Seconds = 3.0,
    as_json: Json = False,
) -> None:
    """Show the provider file, each provider with its key source and whether it answers, and versions.

    Only configured servers are asked, for their model list. An invalid file ends in exit code 3; what
    servers answer has no part in the exit code.
    """
    from openai_compatible.cli.plugins import found as found_plugins
    from openai_compatible.config.edit import own_path
    from openai_compatible.config.load import Config, load_config
    from openai_compatible.config.texts import is_there

    screen, error = Screen(as_json), None
    try:
        config = load_config()
    except ConfigError as wrong:
        config, error = Config(), wrong
    path = config.source or own_path()
    rows = _providers(config, None if offline else timeout)
    installed, left_out = found_plugins()
    loaded = sum(row["state"] == "loaded" for row in installed)
    document = {
        "file": {
            "path": str(path),
            "exists": is_there(path),
            "valid": error is None,
            **({} if error is None else {"error": error_fields(error)}),
        },
        "providers": rows,
        "routes": list(config.routes),
        "plugins": {"loaded": loaded, "left_out": left_out},
        "versions": _versions(),
    }
    screen.json(document)
    _show(screen, document, error)
    if error is not None:
        from openai_compatible.cli.exit_codes import exit_code

        raise typer.Exit(exit_code(error))


def _providers(config: Config, seconds: float | None) -> list[dict[str, Any]]:
    """A row for each provider; the enabled ones are asked, unless ``seconds`` is None."""
    from openai_compatible.config.key_status import key_status

    answers: dict[str, Listed] = {}
    if seconds is not None:
        from openai_compatible.cli.asking import list_each

        enabled = [provider for provider in config.providers if provider.enabled]
        answers = {one.provider.name: one for one in list_each(enabled, seconds, details=False)}
    return [
        {
            "name": provider.name,
            "base_url": provider.base_url,
            "enabled": provider.enabled,
            "key": key_status(provider).to_dict(),
            **_answer(answers.get(provider.name)),
        }
        for provider in config.providers
    ]


def _answer(listed: Listed | None) -> dict[str, Any]:
    """Whether a server answered; ``None`` where nobody asked."""
    if listed is None:
        return {"reachable": None, "models": None}
    seconds = round(listed.seconds, 3)
    if listed.error is None:
        return {"reachable": True, "models": len(listed.models), "seconds": seconds}
    return {
        "reachable": _answered(listed.error),
        "models": None,
        "seconds": seconds,
        "error": error_fields(listed.error),
    }


def _answered(error: OpenAICompatibleError) -> bool | None:
    """Whether an error is a server's answer; ``None`` if it was not asked."""
    if isinstance(error, ConfigError):
        return None
    return isinstance(error, APIStatusError | MalformedResponseError)


def _versions() -> dict[str, str | None]:
    """By distribution; ``None`` for what is not installed. Nothing is imported."""
    from importlib.metadata import PackageNotFoundError, version

    found: dict[str, str | None] = {"python": platform.python_version()}
    for name in _DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def _show(screen: Screen, document: Mapping[str, Any], error: ConfigError | None) -> None:
    if screen.as_json:
        return
    file, plugins = document["file"], document["plugins"]
    state = "valid" if file["exists"] else "does not exist"
    screen.line(f"file      {file['path']} ({state if error is None else 'invalid'})")
    if error is not None:
        screen.error(error)
    _show_providers(screen, document["providers"], invalid=error is not None)
    left_out = f", {len(plugins['left_out'])} left out" if plugins["left_out"] else ""
    screen.line(f"plugins   {plugins['loaded']} loaded{left_out}")
    for name, version in document["versions"].items():
        screen.line(f"{'versions' if name == 'python' else '':<8}  {name} {version or '-'}")


def _show_providers(screen: Screen, rows: Sequence[Mapping[str, Any]], *, invalid: bool) -> None:
    if not rows:
        if not invalid:
            screen.line("No provider is configured. Add one: openai-compatible providers add")
        return
    screen.line()
    screen.table(
        ("name", "base_url", "key", "answers"),
        ([row["name"], row["base_url"], _key(row["key"]), _shown(row)] for row in rows),
    )
    for row in rows:
        if "error" in row:
            screen.note(row["error"]["text"], style="yellow")
    screen.line()


def _key(key: Mapping[str, str | None]) -> str:
    """As ``keys list`` writes it."""
    if key["state"] == "not needed":
        return str(key["source"])
    mark = f" ({key['mark']})" if key["mark"] else ""
    return f"{key['source']}{mark}, {key['state']}"


def _shown(row: Mapping[str, Any]) -> str:
    if not row["enabled"]:
        return "disabled"
    if row["reachable"] is None:
        return "not asked"
    if not row["reachable"]:
        return "no"
    error = row.get("error")
    if error is not None:
        return f"yes, HTTP {error['status_code']}" if "status_code" in error else "yes, unreadable"
    return f"yes, {row['models']} {'model' if row['models'] == 1 else 'models'}"
