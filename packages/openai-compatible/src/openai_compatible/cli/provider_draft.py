"""A provider that is about to be added: completed by questions, tested, written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openai_compatible.cli.key_question import ask_key, may_want_key
from openai_compatible.cli.keys import store
from openai_compatible.cli.provider_test import code_of, conclude, tried
from openai_compatible.cli.questions import Questions, needed
from openai_compatible.cli.screen import Screen, escaped
from openai_compatible.errors import ConfigError, OpenAICompatibleError

if TYPE_CHECKING:
    from openai_compatible.config.concealed import Secret
    from openai_compatible.config.disclosures import Disclosure
    from openai_compatible.config.edit import ProviderFile
    from openai_compatible.config.provider import Provider
    from openai_compatible.probe.stages import Report

__all__ = ["Draft"]

_MOST = 30
"""Models that are offered by number; others are typed."""


class Draft:
    """Fields as the file will have them, and a key that will be in the keyring.

    Args:
        screen: Where to print.
        fields: What was given.
        ask: Who can be asked; ``None`` where nobody is.
    """

    def __init__(self, screen: Screen, fields: dict[str, Any], ask: Questions | None) -> None:
        self.screen = screen
        self.fields = fields
        self.ask = ask
        self.name = ""
        """As it was given, before it is made a slug."""
        self.key: Secret | None = None
        self.timeout = 10.0
        self.trust = False
        """Whether a plugin's service may send what is another one's to its host."""
        self.accepted = False
        """Whether somebody wants it written though the test failed."""
        self.code = 0
        """Exit code of the last test."""
        self.notes: list[str] = []

    # ------------------------------------------------------------------ what is missing

    def complete(self) -> None:
        """Ask for what is missing: address, name, key source.

        Raises:
            typer.BadParameter: Something is missing, and nobody can be asked.
            ConfigError: What was given makes no provider, or its name is taken.
        """
        from openai_compatible.config.addition import named
        from openai_compatible.profiles.registry import profile

        taken = self._names()
        if "profile" in self.fields:
            profile(str(self.fields["profile"]))  # raises for a name that nobody has
        if "preset" not in self.fields and "base_url" not in self.fields:
            self._ask_address()
        self._recognise()
        self._fill_preset()
        while True:
            try:
                self.fields = named(self.fields, self.name or str(self.fields.get("name", "")))
                if self.ask is not None and not self.name:
                    self._ask_name()
                if self.fields["name"] in taken:
                    raise ConfigError(
                        f"there is a provider {self.fields['name']!r} already",
                        hint="Choose another name (--name), or change that one: providers edit.",
                    )
                break
            except ConfigError as error:
                self._or_again(error)
                self.name = ""
                self.fields.pop("display_name", None)
        if self.ask is not None and self.key is None and may_want_key(self.fields):
            self._ask_key()
        self._provider()

    def _names(self) -> tuple[str, ...]:
        from openai_compatible.config.edit import ProviderFile, own_path
        from openai_compatible.config.whole import text_of

        return ProviderFile(text_of(own_path()), own_path()).names

    def _or_again(self, error: OpenAICompatibleError) -> None:
        """Show an error to somebody who can answer differently; raise it where nobody can."""
        if self.ask is None:
            raise error
        self.screen.error(error)

    def _ask_address(self) -> None:
        from openai_compatible.config.addition import address
        from openai_compatible.presets.registry import presets

        if self.ask is None:
            raise needed("PRESET_OR_URL", "no server was named")
        while True:
            answer = self.ask.text("Base URL, or name of a service (? lists them)")
            if answer == "?":
                self.screen.line(", ".join(presets()))
                continue
            try:
                self.fields |= address(answer)
                return
            except ConfigError as error:
                self.screen.error(error)

    def _recognise(self) -> None:
        """The service that the address is known to be of, or is likely of by its port."""
        from openai_compatible.config.addition import likely, with_service

        before = self.fields.get("preset")
        self.fields = with_service(self.fields)
        if self.fields.get("preset") != before:
            self.screen.note(f"This is the address of the preset {self.fields['preset']}.")
        row = likely(self.fields)
        if row is None or "profile" in self.fields:
            return
        if self.ask is None:
            self.notes.append(
                f"The port is the usual one of {row.display_name}; if it is that: --preset {row.name}"
            )
        elif self.ask.yes(f"The port is the usual one of {row.display_name}. Is it that?", default=True):
            self.fields["preset"] = row.name

    def _fill_preset(self) -> None:
        """Ask for what stands for variables in the address of a preset."""
        from openai_compatible.config.addition import filled_in, missing_variables

        missing = missing_variables(self.fields)
        if missing and self.ask is not None:
            self.screen.line(f"The preset {self.fields['preset']} needs {', '.join(missing)}.")
            values = {
                name: self.ask.text(f"{name} (Enter: the variable is set later)") for name in missing
            }
            self.fields = filled_in(self.fields, {name: one for name, one in values.items() if one})

    def _ask_name(self) -> None:
        from openai_compatible.config.addition import named

        if self.ask is not None:
            self.name = self.ask.text("Name", str(self.fields["name"]))
            self.fields = named(self.fields, self.name)

    def _ask_key(self) -> None:
        if self.ask is not None:
            self.fields, self.key = ask_key(self.screen, self.ask, self.fields)

    # ------------------------------------------------------------------ the test

    def _provider(self) -> Provider:
        """The provider as the file will give it, with the key that is not in the keyring yet."""
        from openai_compatible.config.addition import loaded

        found = loaded(self.fields)
        return found if self.key is None else found.changed(api_key=self.key)

    def tested(self) -> Report:
        """Test until it works or somebody has enough; what worked is taken over."""
        while True:
            self.screen.line(f"Testing {self.fields['name']}")
            report = tried(self.screen, self._provider(), timeout=self.timeout)
            if self._spelled_otherwise(report):
                report = tried(self.screen, self._provider(), timeout=self.timeout)
            report = self._with_model(report)
            conclude(self.screen, report)
            self.code = code_of(report)
            if report.ok or self.ask is None or not self._again(report):
                return report

    def _spelled_otherwise(self, report: Report) -> bool:
        """Take over the spelling of the base URL that is answered; whether to test again with it."""
        from openai_compatible.config.expansion import ForeignText
        from openai_compatible.probe.connection import find_base_url

        given, failed, found = self.fields.get("base_url"), report.failed, report.working_base_url
        if given is None:
            return False
        lost = failed is not None and failed.name in ("connection", "tls", "http")
        if lost and found is None and failed is not None and failed.outcome != "timeout":
            provider = self._provider()
            others = {name: getattr(provider, name) for name in provider.model_fields_set}
            del others["base_url"]
            found = find_base_url(given, timeout=self.timeout, **others).base_url
        if found is None or found in (given, self._provider().base_url):  # with its variables expanded
            return False
        self.fields["base_url"] = ForeignText(found)
        if lost:
            self.screen.line(f"  Nothing usable at {given}, but at {found}:")
        return lost

    def _with_model(self, report: Report) -> Report:
        """Choose the default model among those that are listed, and ask it something."""
        known = self.fields.get("default_model")
        if known or not report.models:
            return report
        if len(report.models) == 1:
            self._take_model(report.models[0])
            return report
        if self.ask is None:
            self.notes.append(
                "It has several models; set one: openai-compatible providers edit "
                f"{self.fields['name']} --set default_model=ID"
            )
            return report
        self._ask_model(report.models)
        if "default_model" not in self.fields:
            return report
        return tried(
            self.screen,
            self._provider(),
            self.fields["default_model"],
            timeout=self.timeout,
            only="chat",
        )

    def _ask_model(self, models: tuple[str, ...]) -> None:
        if self.ask is None:
            return
        offered = models[:_MOST]
        self.screen.line(f"It lists {len(models)} models:")
        for number, one in enumerate(offered, 1):
            self.screen.line(f"  {number:>2}  {escaped(one, lines=False)}")
        if len(models) > len(offered):
            self.screen.line(f"  ... and {len(models) - len(offered)} more")
        answer = self.ask.text("Default model: number or id (Enter: none)")
        if answer.isascii() and answer.isdecimal() and 1 <= int(answer) <= len(offered):
            self._take_model(offered[int(answer) - 1])
        elif answer:
            self.fields["default_model"] = answer

    def _take_model(self, listed: str) -> None:
        """Make a model of the server's list the default, unless its id is not fit for a file."""
        from openai_compatible.config.control_characters import has_control_characters

        if has_control_characters(listed):
            self.notes.append("The id of the server's model has control characters; it was not taken.")
        else:
            self.fields["default_model"] = listed

    def _again(self, report: Report) -> bool:
        """Ask what to do about a test that failed; whether to test again."""
        from openai_compatible.config.addition import address

        if self.ask is None:
            return False
        options = (
            "test again",
            "another base URL",
            "another source of the key",
            "another default model",
            "write it as it is",
            "give up, and write nothing",
        )
        first = {"authentication": 3, "key": 3, "models": 4, "chat": 4, "http": 2}
        chosen = self.ask.choice(
            "What now?", options, default=first.get(getattr(report.failed, "name", ""), 1)
        )
        if chosen == 2:
            try:
                self.fields |= address(self.ask.text("Base URL", str(self.fields.get("base_url", ""))))
            except ConfigError as error:
                self.screen.error(error)
        elif chosen == 3:
            self._ask_key()
        elif chosen == 4:
            self.fields.pop("default_model", None)
            answer = self.ask.text("Default model (Enter: choose from the list)")
            self.fields |= {"default_model": answer} if answer else {}
        self.accepted = chosen == 5
        return chosen < 5

    # ------------------------------------------------------------------ the end

    def _sent(self) -> list[Disclosure]:
        """What a plugin's service sends where, without what was given for this provider."""
        from openai_compatible.config.disclosures import find_disclosures
        from openai_compatible.presets.registry import is_shipped

        if is_shipped(self.fields.get("preset") or "openai"):
            return []
        found = find_disclosures([self.fields])
        return [one for one in found if one.field.endswith(f" {self.fields['preset']}")]

    def refuse_untrusted(self) -> None:
        """Refuse a plugin's service that wants what belongs to another one, unless it is trusted.

        Raises:
            ConfigError: It does; the message says what.
        """
        from openai_compatible.cli.disclosed import refuse_untrusted

        if not self.trust:
            refuse_untrusted(self._sent())

    def write(self) -> None:
        """Into the file, and the key into the keyring; both, or neither."""
        from openai_compatible.config.addition import loaded
        from openai_compatible.config.edit import edit
        from openai_compatible.config.key_store import SERVICE

        while True:
            if self.key is None:
                edit(self._add)
                return
            self.fields["api_key_keyring"] = SERVICE
            try:
                name = str(self.fields["name"])
                address = loaded(self.fields).base_url
                store(SERVICE, name, self.key, lambda: edit(self._add), base_url=address)
                return
            except ConfigError as error:
                del self.fields["api_key_keyring"]
                self._or_again(error)
                self._ask_key()

    def _add(self, file: ProviderFile) -> None:
        from openai_compatible.config.addition import ordered

        file.add(ordered(self.fields))

    def show(self, report: Report | None, *, written: bool) -> None:
        """What was written, and what to do next."""
        from openai_compatible.cli.disclosed import show_disclosures, to_json
        from openai_compatible.config.addition import ordered
        from openai_compatible.config.edit import own_path
        from openai_compatible.config.shown import as_toml, masked

        name, sent = self.fields["name"], self._sent()
        if report is not None and not report.ok and written:
            self.notes.append("The test failed; it was written all the same.")
        self.screen.json(
            {
                "written": written,
                "file": str(own_path()),
                "provider": masked(ordered(self.fields)),
                "report": None if report is None else report.to_dict(),
                "notes": self.notes,
                "sends": to_json(sent),
            }
        )
        for note in self.notes:
            self.screen.note(note)
        if written or self.ask is not None:  # what was typed is not lost
            self.screen.line(f"\n{as_toml(ordered(self.fields))}\n")
        if not written:
            self.screen.note("Nothing was written. To write it without a test: --no-test")
            return
        self.screen.line(f"Written: {own_path()}")
        show_disclosures(self.screen, sent)
        if self.fields.get("default_model"):
            self.screen.line(f'Try it: openai-compatible chat {name} "Hello"')
        else:
            self.screen.line(f"See its models: openai-compatible models {name}")
