"""``check``: one provider tested in stages, as few requests as tell what is wrong.

>>> from openai_compatible import Provider
>>> report = check(Provider(name="local", base_url="http://127.0.0.1:1/v1"), timeout=2)
>>> report.failed.name, report.failed.text[:31]
('connection', '127.0.0.1:1 refuses connections')
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace

from openai_compatible.client import Client
from openai_compatible.config.expansion import ForeignText
from openai_compatible.config.provider import Provider
from openai_compatible.errors import ConfigError, OpenAICompatibleError, OpenAICompatibleWarning
from openai_compatible.probe import http_verdict, key_verdict, model_verdict
from openai_compatible.probe.network import Network
from openai_compatible.probe.outcomes import stage
from openai_compatible.probe.requests import GREETING, Answers, Requests
from openai_compatible.probe.spelling import Found, find_base_url, first_answer, spellings
from openai_compatible.probe.stages import STAGES, Report, Stage, StageName
from openai_compatible.probe.subject import Subject, key_stage, settings_stage
from openai_compatible.transport.reach import Reach, watched, way
from openai_compatible.urls import base_url, candidates, origin, same_origin
from openai_compatible.wire.plain import quoted

__all__ = ["Found", "check", "find_base_url", "spellings"]

OnStage = Callable[[Stage], None]


def check(
    provider: Provider,
    model: str = "",
    *,
    chat: bool = True,
    timeout: float = 10.0,
    on_stage: OnStage | None = None,
    reach: Reach | None = None,
) -> Report:
    """Test a provider: key, name, connection, TLS, HTTP, authentication, models, one smallest chat.

    Nothing that a server or network does raises: it is an outcome. The first stage that is wrong ends
    the test; what could not be tried is told as skipped. The key goes only to the provider's own origin.

    Args:
        provider: Whom to test; it need not be enabled.
        model: Alias or wire id; else its default model, else the only one that it lists.
        chat: Whether to chat. Without it no token is spent.
        timeout: Seconds for each step; a chat may take six times as long.
        on_stage: Called with each stage as soon as it is decided, in order.
        reach: The network; the real one unless a test has its own.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OpenAICompatibleWarning)
        test = _Test(provider, model, timeout, on_stage)
        try:
            test.subject = Subject.of(provider, model, timeout)
        except ConfigError as error:
            test.tell(settings_stage(error))
            return test.report()
        test.run(reach or Reach(), chat)
        return test.report()


class _Test:
    """One test on its way: what was told so far, and what the rest needs."""

    subject: Subject | None = None

    def __init__(self, provider: Provider, model: str, timeout: float, on_stage: OnStage | None) -> None:
        self._provider = provider
        self._told: list[Stage] = []
        self._on_stage = on_stage
        self._answers = Answers()
        self._elsewhere: str | None = None

    def tell(self, told: Stage) -> bool:
        """Note a stage, without what it repeats of a secret; whether the test goes on."""
        if self.subject is not None:
            mask = self.subject.redactor.text
            told = replace(told, text=mask(told.text), change=mask(told.change))
        self._told.append(told)
        if self._on_stage is not None:
            self._on_stage(told)
        return told.ok is not False

    def _skip(self, name: StageName, reason: str) -> None:
        self.tell(stage(name, "skipped", reason=reason))

    def run(self, reach: Reach, chat: bool) -> None:
        """All stages, as far as they come."""
        subject = self.subject
        assert subject is not None
        if not self.tell(key_stage(subject)):
            return
        try:
            network = Network(subject, reach, way(subject.provider, subject.url))
        except ConfigError as error:
            self.tell(stage("name", "bad_proxy", said=quoted(error.message)))
            return
        try:
            if not self.tell(network.name()) or not self.tell(network.connection()):
                return
            direct_tls = subject.url.startswith("https") and not network.way.proxied
            if direct_tls and not self.tell(network.tls()):
                return
        finally:
            network.close()
        try:
            with watched(subject.provider, subject.url) as (client, heads):
                requests = Requests(subject, client, heads)
                self._answers = requests.answers
                self._over_http(subject, network, requests, chat)
        except ConfigError as error:  # TLS files or SOCKS, of a provider that is reached through a proxy
            self._skip("tls", "the proxy makes the connection")
            self.tell(stage("http", "failed", said=quoted(error.message), hint=error.hint or ""))

    def _over_http(self, subject: Subject, network: Network, requests: Requests, chat: bool) -> None:
        """The stages that send requests."""
        answers, model = self._answers, subject.target.model
        requests.list_models()
        fault = http_verdict.http_fault(
            answers.models_error, subject, network.way, answers.head, answers.models_seconds
        )
        if not self._tls_of_clear_text(subject, network, fault):
            return
        if fault is not None and fault.outcome in http_verdict.PENDING and chat and model:
            self._chat(subject, requests, model)
            answered = answers.chat is not None or answers.dimensions
            if (
                answered
                or http_verdict.http_fault(answers.chat_error, subject, network.way, answers.head)
                is None
            ):
                fault = None
        if fault is not None:
            self.tell(self._maybe_elsewhere(fault, subject, network))
            return
        self.tell(http_verdict.http_fine(subject, answers.models_seconds))
        if chat and not answers.model:
            model = model or model_verdict.choose(answers.models or ())
            if model:
                self._chat(subject, requests, model)
        self._rest(subject, chat)

    def _tls_of_clear_text(self, subject: Subject, network: Network, fault: Stage | None) -> bool:
        """The TLS stage where none was made before: behind a proxy, or of an ``http`` URL."""
        if subject.url.startswith("https"):
            if network.way.proxied:
                self._skip("tls", "the proxy makes the connection; what is wrong with TLS shows at http")
            return True
        if not network.way.proxied and http_verdict.may_want_tls(self._answers.models_error, fault):
            wanted = network.wants_tls()
            if wanted is not None:
                return self.tell(wanted)
        self._skip("tls", "base_url says http://")
        return True

    def _chat(self, subject: Subject, requests: Requests, model: str) -> None:
        """Chat with a model, or have it embed if that is what it does."""
        if not model_verdict.only_embeds(model, subject, self._answers):
            requests.chat(model)
            if not model_verdict.may_embed(self._answers.chat_error):
                return
        requests.embed(model)

    def _maybe_elsewhere(self, fault: Stage, subject: Subject, network: Network) -> Stage:
        """The fault, or where on the same origin the API is instead."""
        if fault.outcome not in http_verdict.PENDING or network.way.proxied:
            return fault
        known = {subject.url, *(candidates(subject.place.base) if fault.outcome == "no_route" else ())}
        guesses = dict.fromkeys((*spellings(subject.url), *spellings(origin(subject.url))))
        others = [
            subject.provider.changed(base_url=url)
            for url in guesses
            if base_url(url).url not in known and same_origin(url, subject.url)
        ]
        found = first_answer(others, subject.timeout, network.reach)
        if found.base_url is None or not (found.models or found.needs_key):
            return fault
        self._elsewhere = found.base_url
        return stage(
            "http",
            "other_spelling",
            fault.seconds,
            base_url=subject.url,
            said=fault.outcome.replace("_", " "),
            working=found.base_url,
        )

    def _rest(self, subject: Subject, chat: bool) -> None:
        """Authentication, models and chat, which are told from all answers together."""
        answers = self._answers
        going = self.tell(key_verdict.authentication(subject, answers))
        if going or answers.models is not None:
            self.tell(model_verdict.listing(subject, answers))
        if not going:
            return
        if not chat:
            self._skip("chat", "not asked for")
        elif answers.model:
            self.tell(model_verdict.chat(subject, answers))
        elif answers.models:
            some = model_verdict.named([info.id for info in answers.models])
            self.tell(stage("chat", "which", some=some))
        else:
            self._skip("chat", "no model is named")

    def report(self) -> Report:
        """All stages, those that were not reached as skipped."""
        failed = next((one.name for one in self._told if one.ok is False), "an earlier stage")
        told = {one.name for one in self._told}
        for name in STAGES:
            if name not in told:
                self._skip(name, f"{failed} failed")
        order = {name: number for number, name in enumerate(STAGES)}
        stages = tuple(sorted(self._told, key=lambda one: order[one.name]))
        subject, answers = self.subject, self._answers
        if subject is None:
            return Report(self._provider.name, self._provider.base_url, stages)
        answered = any(one.name == "http" and one.ok for one in stages)
        return Report(
            provider=subject.provider.name,
            base_url=subject.url,
            stages=stages,
            models=tuple(ForeignText(info.id) for info in answers.models or ()),
            working_base_url=subject.working if answered else self._elsewhere,
            curl=_curl(subject, answers.model),
        )


def _curl(subject: Subject, model: str) -> str:
    """The smallest chat as a shell command."""
    target = subject.prepared(model or subject.target.model or "MODEL")
    try:
        return Client([target]).explain(list(GREETING)).curl()
    except OpenAICompatibleError:
        return ""
