"""``providers test``: what stands between here and an answer, in one line, and what to change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from openai_compatible.cli.exit_codes import stage_code
from openai_compatible.cli.options import Json, Seconds
from openai_compatible.cli.screen import Screen

if TYPE_CHECKING:
    from openai_compatible.config.provider import Provider
    from openai_compatible.probe.stages import Report, Stage

__all__ = ["check_providers", "code_of", "conclude", "tried", "verdict"]

_MARKS = {True: "ok", False: "wrong", None: "-"}
_STYLES = {True: "green", False: "red", None: "dim"}


def check_providers(
    name: Annotated[
        str | None, typer.Argument(metavar="PROVIDER", help="Name of a provider or preset.")
    ] = None,
    everyone: Annotated[
        bool, typer.Option("--all", help="Every provider of the file that is enabled.")
    ] = False,
    model: Annotated[
        str, typer.Option("--model", "-m", help="Alias or id for the chat. Default: the default model.")
    ] = "",
    no_chat: Annotated[
        bool, typer.Option("--no-chat", help="Do not ask a model anything, which may cost money.")
    ] = False,
    curl: Annotated[
        bool, typer.Option("--curl", help="Print the same chat as a curl command, without the key.")
    ] = False,
    timeout: Seconds = 10.0,
    as_json: Json = False,
) -> int:
    """Test a connection in stages: key, name, connection, TLS, HTTP, authentication, models, chat.

    Says in one line what is wrong and what to change. The exit code is that of the first stage that
    failed, with --all that of the first provider that did.
    """
    screen = Screen(as_json)
    reports: list[Report] = []
    for number, provider in enumerate(_chosen(screen, name, everyone)):
        if everyone:
            screen.line(f"{'' if number == 0 else chr(10)}{provider.name}", style="bold")
        report = tried(screen, provider, model, chat=not no_chat, timeout=timeout)
        reports.append(report)
        conclude(screen, report)
        if curl:
            screen.line(f"\n{report.curl}")
    screen.json({"ok": all(one.ok for one in reports), "reports": [one.to_dict() for one in reports]})
    return next((code for one in reports if (code := code_of(one))), 0)


def _chosen(screen: Screen, name: str | None, everyone: bool) -> list[Provider]:
    from openai_compatible.config.load import load_config, make_provider
    from openai_compatible.errors import ConfigError

    if (name is None) is not everyone:
        raise typer.BadParameter("name one provider, or use --all", param_hint="PROVIDER")
    config = load_config()
    if name is not None:
        return [make_provider(provider=name, config=config)]
    if not config.providers:
        raise ConfigError("no provider is configured", hint="Run: openai-compatible providers add")
    for provider in config.providers:
        if not provider.enabled:
            screen.note(f"{provider.name} is disabled, and not tested.")
    return [provider for provider in config.providers if provider.enabled]


def tried(
    screen: Screen,
    provider: Provider,
    model: str = "",
    *,
    chat: bool = True,
    timeout: float = 10.0,
    only: str | None = None,
) -> Report:
    """Run the test and print each stage as it ends; with ``only`` that one."""
    from openai_compatible.probe.connection import check

    return check(provider, model, chat=chat, timeout=timeout, on_stage=_printer(screen, only))


def _printer(screen: Screen, only: str | None) -> Callable[[Stage], None]:
    """Prints stages; after one that failed not those that were not tried any more."""
    failed = False

    def show(stage: Stage) -> None:
        nonlocal failed
        failed = failed or stage.ok is False
        if only not in (None, stage.name) or (failed and stage.outcome == "skipped"):
            return
        style = _STYLES[stage.ok]
        screen.line(f"  {_MARKS[stage.ok]:<6} {stage.name:<15} {_one_line(stage.text)}", style=style)

    return show


def conclude(screen: Screen, report: Report) -> None:
    """The verdict, and advice where all is well and could be better."""
    screen.line(verdict(report), style=_STYLES[report.ok])
    for stage in report.stages:
        if stage.ok and stage.change:
            screen.line(f"  advice: {_one_line(stage.change)}")


def verdict(report: Report) -> str:
    """What is wrong and what to change, in one line."""
    failed = report.failed
    if failed is None:
        count = len(report.models)
        listed = f", {count} {'model' if count == 1 else 'models'} listed" if count else ""
        return f"{report.provider}: works at {report.working_base_url or report.base_url}{listed}"
    return f"{report.provider}: {_one_line(failed.text)}. {_one_line(failed.change)}".strip()


def code_of(report: Report) -> int:
    """The exit code of the first stage that failed; 0 where none did."""
    failed = report.failed
    if failed is None:
        return 0 if report.ok else 1
    return stage_code(failed.name, failed.outcome)


def _one_line(text: str) -> str:
    return " ".join(text.split())
