"""What is tested: one provider with one model, made ready, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from openai_compatible.auth import credentials
from openai_compatible.config.placeholders import is_placeholder
from openai_compatible.config.provider import Provider, Timeouts
from openai_compatible.errors import ConfigError, MissingKeyError
from openai_compatible.plan.routing import Target
from openai_compatible.presets.preset import Preset
from openai_compatible.probe.key_forms import form_hint
from openai_compatible.probe.outcomes import stage
from openai_compatible.probe.servers import likely_preset
from openai_compatible.probe.stages import Stage
from openai_compatible.transport import memory
from openai_compatible.transport.confided import confided, refuse_clear_text
from openai_compatible.transport.logs import redactor_of
from openai_compatible.transport.place import Place
from openai_compatible.wire.plain import quoted
from openai_compatible.wire.redactor import Redactor

__all__ = ["PATIENCE", "Subject", "key_stage", "settings_stage"]

PATIENCE = 6
"""A chat may take so many times as long as another stage: a model may have to be loaded first."""


@dataclass(slots=True)
class Subject:
    """One provider and model, as the stages see them."""

    provider: Provider
    target: Target
    place: Place
    timeout: float
    row: Preset | None
    sends_key: bool = False
    source: str = "none"
    """Where the key comes from."""
    form_hint: str = field(default="", repr=False)
    """What the look of the key tells, one sentence with a space before it."""
    redactor: Redactor = field(default_factory=lambda: Redactor(()), repr=False)
    """Masks what the test sends in confidence."""

    @classmethod
    def of(cls, provider: Provider, model: str, timeout: float) -> Subject:
        """Make the model of a provider ready, or its default model.

        Raises:
            ConfigError: Its settings cannot be used.
        """
        target = Target.at(provider, model or provider.default_model or "")
        place = Place.of(target)
        return cls(provider, target, place, timeout, likely_preset(provider, place.base.url))

    @property
    def url(self) -> str:
        """The base URL: the model's own, or its provider's."""
        return self.place.base.url

    @property
    def host(self) -> str:
        """The host of the base URL."""
        return urlsplit(self.url).hostname or ""

    @property
    def working(self) -> str:
        """The spelling of the base URL that was answered last."""
        return memory.base_url(self.place.identity.server) or self.url

    def prepared(self, model: str | None = None, *, patience: float = 1.0, key: bool = True) -> Target:
        """The target for one request: no retries, no rate limit, short time limits.

        Args:
            model: Another model than the target's.
            patience: How many times ``timeout`` the answer may take.
            key: Whether the key is sent.
        """
        limit = self.timeout * patience
        provider = self.provider.changed(
            max_retries=0,
            rate_limit=None,
            timeout=Timeouts(
                connect=self.timeout, first_event=limit, idle=limit, call=limit, total=2 * limit
            ),
            **({} if key else {"auth": "none"}),
        )
        facts = self.target.facts.model_copy(update={"rate_limit": None})
        return Target(provider, self.target.model if model is None else model, facts)


def key_stage(subject: Subject) -> Stage:
    """Fetch the key once, and look whether and how it can travel. Notes what it found in the subject."""
    provider, source = subject.provider, subject.place.key
    subject.source = source.describe()
    try:
        key = (source.get() or "").strip()
        if key and provider.auth.style != "none":
            credentials(provider.auth, key)
    except MissingKeyError as error:
        return _told("missing", error)
    except ConfigError as error:
        return _told("unusable", error)
    subject.redactor = _build_redactor(subject, key)
    if not key or provider.auth.style == "none":
        return stage("key", "off" if provider.auth.style == "none" else "none")
    try:
        if not provider.allow_insecure:
            refuse_clear_text(subject.url, provider)
    except ConfigError:
        return stage("key", "in_clear", host=subject.host)
    subject.sends_key = True
    subject.form_hint = form_hint(key, subject.row)
    return stage("key", "placeholder" if is_placeholder(key) else "ok", source=subject.source)


def _build_redactor(subject: Subject, key: str) -> Redactor:
    """What masks the key and the provider's secret headers and parameters in texts of the server."""
    try:
        carried = confided(subject.place, subject.url, SecretStr(key) if key else None, {}, {})
    except ConfigError:  # nothing can be sent
        return Redactor(())
    return redactor_of(carried.secrets)


def settings_stage(error: ConfigError) -> Stage:
    """The stage of settings that cannot be used at all."""
    return _told("settings", error)


def _told(id: str, error: ConfigError) -> Stage:
    said = quoted(error.message)
    return stage("key", id, said=said, hint=error.hint or "Correct it in the provider's settings.")
