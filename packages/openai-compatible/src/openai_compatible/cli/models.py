"""``models``: what servers offer, and what they say of it; into the provider file if wished."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openai_compatible.cli.options import Json, Seconds
from openai_compatible.cli.screen import Screen, error_fields
from openai_compatible.errors import ConfigError, ModelNotFoundError
from openai_compatible.wire.near_models import near_models

if TYPE_CHECKING:
    from openai_compatible.cli.asking import Listed
    from openai_compatible.config.edit import ProviderFile
    from openai_compatible.types import ModelInfo

__all__ = ["models"]

_FACTS = (
    "context_window",
    "max_output_tokens",
    "dimensions",
    "tools",
    "structured_output",
    "reasoning",
    "image_inputs",
    "audio_inputs",
    "input_cost",
    "output_cost",
)
"""What a server says of a model and the provider file has a setting for."""

_CAPABILITIES = {
    "tools": "tools",
    "structured_output": "structured output",
    "reasoning": "reasoning",
    "image_inputs": "images",
    "audio_inputs": "audio",
}

Chosen = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m", metavar="[ALIAS=]ID", help="This model alone, under that alias; repeatable."
    ),
]


def models(
    provider: Annotated[
        str | None, typer.Argument(metavar="PROVIDER", help="Without one: all that are enabled.")
    ] = None,
    model: Chosen = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put them with their facts into the provider file.")
    ] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask anew; so it is always: no answer is kept on disk.")
    ] = False,
    timeout: Seconds = 10.0,
    as_json: Json = False,
) -> None:
    """List the models of one server, or of all that are configured.

    Costs are per million tokens, as the server publishes them. What it does not say is "-"; what it
    denies has a "no" before it.
    """
    if write and provider is None:
        raise typer.BadParameter("name the provider whose models are written", param_hint="PROVIDER")
    _refuse_control_characters(model or ())
    from openai_compatible.cli.asking import Listed, list_each, list_models
    from openai_compatible.config.load import load_config, make_provider

    screen, config = Screen(as_json), load_config()
    if provider is not None:
        named = make_provider(provider=provider, config=config)
        listed = [Listed(named, tuple(list_models(named, timeout)))]
    else:
        enabled = [one for one in config.providers if one.enabled]
        if not enabled:
            raise ConfigError(
                "no provider is configured", hint="Add one: openai-compatible providers add"
            )
        listed = list_each(enabled, timeout)
    chosen = [_chosen(one, model or ()) for one in listed]
    _must_have(listed, chosen, model or ())
    written = _write(str(provider), chosen[0]) if write else None
    _show(screen, listed, chosen, written, named=provider is not None)
    failed = [one.error for one in listed if one.error is not None]
    if len(failed) == len(listed):
        from openai_compatible.cli.exit_codes import exit_code

        raise typer.Exit(exit_code(failed[0]))


def _refuse_control_characters(wanted: Sequence[str]) -> None:
    """Raise for an alias that no provider file may have."""
    from openai_compatible.config.control_characters import has_control_characters

    for name in wanted:
        alias, equals, _ = name.partition("=")
        if equals and has_control_characters(alias):
            raise typer.BadParameter("an alias has no control characters", param_hint="--model")


def _chosen(listed: Listed, wanted: Sequence[str]) -> dict[str, ModelInfo]:
    """Models by the alias they would get: all, or those that were named."""
    offered = {info.id: info for info in listed.models}
    if not wanted:
        return offered
    found = {}
    for name in wanted:
        alias, equals, wire_id = name.partition("=")
        if name in offered:
            found[name] = offered[name]
        elif equals and alias and wire_id in offered:
            found[alias] = offered[wire_id]
    return found


def _must_have(
    listed: Sequence[Listed], chosen: Sequence[Mapping[str, ModelInfo]], wanted: Sequence[str]
) -> None:
    """Raise where no server that answered lists a model that was named."""
    answered = [one for one in listed if one.error is None]
    if not answered:
        return
    found = {word for models in chosen for alias, info in models.items() for word in (alias, info.id)}
    offered = [info.id for one in answered for info in one.models]
    for name in wanted:
        wire_id = name.partition("=")[2] or name
        if found.isdisjoint((name, wire_id)):
            near = near_models(wire_id, offered)
            hint = f"Near: {', '.join(near)}." if near else "Run models without --model to see all."
            who = listed[0].provider.name if len(listed) == 1 else None
            raise ModelNotFoundError(f"no model {wire_id!r} is listed", provider=who, hint=hint)


def _write(provider: str, chosen: Mapping[str, ModelInfo]) -> dict[str, list[str]]:
    """Add models to the provider file. What is written by hand there stays; other facts join it.

    A model that the file cannot hold is left out: a control character in its id, a fact out of range.
    """
    from openai_compatible.config.edit import edit

    done: dict[str, list[str]] = {}

    def change(file: ProviderFile) -> None:
        known = file.fields(provider).get("models") or {}
        new, renamed = _named(file, provider, known, chosen)
        patch = dict(_additions(known, new))
        file.patch(provider, {})  # raises where the provider itself has a fault
        refused = {alias for alias, facts in patch.items() if not _fits(alias, facts)}
        fitting = {alias: facts for alias, facts in patch.items() if alias not in refused}
        refused |= set(_patch(file, provider, fitting))
        done.update(
            added=[alias for alias in patch if alias not in known and alias not in refused],
            changed=[alias for alias in patch if alias in known and alias not in refused],
        )
        if refused:
            done["refused"] = [alias for alias in patch if alias in refused]
        if renamed:
            done["renamed"] = [alias for alias in renamed if alias in patch and alias not in refused]

    edit(change)
    return done


def _named(
    file: ProviderFile, provider: str, known: Mapping[str, Any], chosen: Mapping[str, ModelInfo]
) -> tuple[dict[str, ModelInfo], list[str]]:
    """The models by aliases that take over no reference, and the aliases that are others than wanted.

    An alias that was given with --model stays, unless it is the name of a route.
    """
    from openai_compatible.config.listed_aliases import adopt_aliases

    ids = {str(_table(model).get("id", alias)) for alias, model in known.items()}
    listed = [
        alias
        for alias, info in chosen.items()
        if alias not in known and (alias not in ids if alias == info.id else alias in file.routes)
    ]
    free = adopt_aliases(listed, provider, file.tables, file.routes)
    named = {free.get(alias, alias): info for alias, info in chosen.items()}
    return named, [new for alias, new in free.items() if new != alias]


def _table(model: Any) -> Mapping[str, Any]:
    """A model as a table; text is its id."""
    return {"id": model} if isinstance(model, str) else model


def _fits(alias: str, facts: Mapping[str, Any]) -> bool:
    """Whether a provider file can hold a model, as far as can be told without writing it."""
    from openai_compatible.config.control_characters import has_control_characters
    from openai_compatible.config.provider import Model

    if has_control_characters(alias):
        return False
    try:
        Model(**facts)
    except ConfigError:
        return False
    return True


def _patch(file: ProviderFile, provider: str, models: Mapping[str, Any]) -> Iterator[str]:
    """Write models into the file; yield the aliases of those that it cannot hold.

    All at once, and in halves where that fails: a list may have thousands of models.
    """
    if not models:
        return
    try:
        file.patch(provider, {"models": models})
    except ConfigError:
        aliases = list(models)
        if len(aliases) == 1:
            yield aliases[0]
            return
        middle = len(aliases) // 2
        for part in (aliases[:middle], aliases[middle:]):
            yield from _patch(file, provider, {alias: models[alias] for alias in part})


def _additions(known: Mapping[str, Any], chosen: Mapping[str, ModelInfo]) -> dict[str, dict[str, Any]]:
    """What the file lacks, by alias."""
    ids: dict[str, str] = {}
    for alias, model in known.items():
        ids.setdefault(_table(model).get("id", alias), alias)
    patch = {}
    for name, info in chosen.items():
        alias = name if name in known or name != info.id else ids.get(info.id, name)
        model = known.get(alias, {})
        table = _table(model)
        facts = {fact: value for fact, value in _facts(info).items() if fact not in table}
        if alias not in known or table.get("id", alias) != info.id:
            facts = {"id": info.id, **facts}
        if facts:
            patch[alias] = facts
    return patch


def _facts(info: ModelInfo) -> dict[str, Any]:
    """What is said of a model and can be written."""
    found = {fact: getattr(info, fact) for fact in _FACTS}
    return {
        fact: value
        for fact, value in found.items()
        if value is not None and (isinstance(value, bool) or value > 0 or fact.endswith("_cost"))
        and not (fact.endswith("_cost") and value < 0)
    }  # fmt: skip


def _show(
    screen: Screen,
    listed: Sequence[Listed],
    chosen: Sequence[Mapping[str, ModelInfo]],
    written: Mapping[str, list[str]] | None,
    *,
    named: bool,
) -> None:
    document = [_document(*pair) for pair in zip(listed, chosen, strict=True)]
    screen.json({"providers": document, **({} if written is None else {"written": written})})
    rows = [
        [*([] if named else [one.provider.name]), *_row(info)]
        for one, models in zip(listed, chosen, strict=True)
        for info in models.values()
    ]
    columns = ("id", "kind", "context", "max output", "capabilities", "input cost", "output cost")
    if rows:
        screen.table(columns if named else ("provider", *columns), rows)
    for one in listed:
        if one.error is not None:
            screen.note(f"error: {one.error}", style="red")
        elif not one.models:
            screen.note(f"{one.provider.name}: the server lists no models", style="yellow")
    if written is not None:
        added, changed = (", ".join(written[what]) or "none" for what in ("added", "changed"))
        screen.note(f"Provider file: added {added}; changed {changed}")
        if written.get("renamed"):
            screen.note(
                "Other aliases than their ids, which refer to something of yours or to a known service, "
                f"have: {', '.join(map(repr, written['renamed']))}"
            )
        for alias in written.get("refused", ()):
            screen.note(
                f"{alias!r} was left out: it has control characters, or a fact that is out of range. "
                "Write it by hand under another alias.",
                style="yellow",
            )


def _document(listed: Listed, chosen: Mapping[str, ModelInfo]) -> dict[str, Any]:
    about: dict[str, Any] = {"name": listed.provider.name, "base_url": listed.provider.base_url}
    if listed.error is not None:
        return {**about, "error": error_fields(listed.error)}
    return {**about, "models": [_plain(info) for info in chosen.values()]}


def _plain(info: ModelInfo) -> dict[str, Any]:
    return {one.name: getattr(info, one.name) for one in fields(info) if one.name != "raw"}


def _row(info: ModelInfo) -> list[object]:
    said = {shown: getattr(info, name) for name, shown in _CAPABILITIES.items()}
    able = [name if has else f"no {name}" for name, has in said.items() if has is not None]
    if info.dimensions is not None:
        able.append(f"{info.dimensions} dimensions")
    cells = (
        info.kind,
        info.context_window,
        info.max_output_tokens,
        ", ".join(able) or None,
        _price(info.input_cost),
        _price(info.output_cost),
    )
    return [info.id, *("-" if cell is None else cell for cell in cells)]


def _price(cost: float | None) -> str | None:
    return None if cost is None else f"{cost:.6g}"
