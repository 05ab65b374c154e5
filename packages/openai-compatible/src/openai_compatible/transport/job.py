"""One request as the transport sees it: where it may go, what is sent there, how answers are read.

A job is made by :mod:`openai_compatible.client`, used by the twins, and never waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

from pydantic import SecretStr

from openai_compatible.config.concealed import bare
from openai_compatible.config.provider import Provider, ResponseLimits
from openai_compatible.errors import (
    APIStatusError,
    AuthenticationError,
    ModelNotFoundError,
    OpenAICompatibleError,
    OpenAICompatibleWarning,
    RateLimitError,
)
from openai_compatible.plan.attempts import Call, Site, Trail, adapts, spelled
from openai_compatible.plan.fingerprint import EndpointKey
from openai_compatible.profiles.profile import Profile, with_facts
from openai_compatible.secret_mapping import reveal_pairs, secrets_in_body
from openai_compatible.terminal_text import escape_controls
from openai_compatible.transport import call_log, memory
from openai_compatible.transport.confided import confided, environment_secrets, scrub
from openai_compatible.transport.deadline import NEVER
from openai_compatible.transport.exchange import Exchange, encode
from openai_compatible.transport.logs import redactor_of
from openai_compatible.transport.place import Place
from openai_compatible.types import Completion, ModelInfo, Record
from openai_compatible.urls import join
from openai_compatible.wire.adaptations import adaptation, droppable
from openai_compatible.wire.body_decoder import is_lack_of_memory, out_of_memory
from openai_compatible.wire.chat import ChatStream
from openai_compatible.wire.dialect.steps import Spoken
from openai_compatible.wire.json_size import check_values
from openai_compatible.wire.models import read_models
from openai_compatible.wire.near_models import LONGEST, near_models
from openai_compatible.wire.redactor import Redactor
from openai_compatible.wire.remarks import remarks

__all__ = ["Job"]

_NO_SECRETS = Redactor(())

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Reader(Protocol[T_co]):
    """Reads a whole body; raises our errors."""

    def __call__(
        self, body: bytes, content_type: str | None, profile: Profile, limits: ResponseLimits, /
    ) -> T_co: ...


@dataclass(slots=True)
class Job(Generic[T]):
    """A request to one of several places. ``body`` makes what a place is sent, once per place."""

    places: Sequence[Place]
    path: str
    body: Callable[[Place, Mapping[str, Any]], Spoken] | None
    """Makes the body from a place and the facts learned of its dialect."""
    read: Reader[T]
    streamed: bool = False
    choices: int = 1
    """How many were asked for."""
    parse: Callable[[Profile, str | None, ResponseLimits], ChatStream] | None = None
    """Makes the parser of a streamed job, from profile, content type and limits."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    model: str = ""
    """Wire id, if the request names one; else each place has its own."""
    divide: Callable[[OpenAICompatibleError], list[Job[T]]] | None = None
    """Makes smaller jobs of one that the server finds too large; none for another error."""
    _sent: dict[int, _Sent] = field(default_factory=dict, repr=False)
    _secrets: set[str] = field(default_factory=set, repr=False)
    """What the attempts so far carried in confidence: servers quote it in their errors."""
    _keys: dict[int, SecretStr | None] = field(default_factory=dict, repr=False)
    """The key that each place was last sent."""
    _redactor: Redactor = field(default=_NO_SECRETS, repr=False)

    @property
    def sites(self) -> list[Site]:
        """The places for the plan."""
        return [place.site for place in self.places]

    def total_at(self) -> float:
        """End of the whole call on the monotonic clock, as the first place has it."""
        total = self.places[0].target.provider.timeout.total
        return NEVER if total is None else time.monotonic() + total

    def streams_from(self, place: Place) -> bool:
        """Whether that place is asked for a stream: the job is one, and the model can stream."""
        return self.streamed and place.target.facts.streaming is not False

    def wait(self, site: int, total_at: float) -> float:
        """Seconds to wait before a request, so that the provider's rate limit holds.

        Raises:
            RateLimitError: The whole call would end before that.
        """
        limits = self.places[site].limits
        if not limits:
            return 0.0
        left = total_at - time.monotonic()
        seconds = memory.wait(limits, left)
        if seconds > left:
            raise RateLimitError(
                f"its rate_limit leaves no request for {seconds:.1f} s, and the call ends before that",
                retry_after=seconds,
                hint="Raise rate_limit or timeout.total, or ask less often.",
            )
        if seconds > 0:
            call_log.log_rate_limit(self, site, seconds)
        return seconds

    def exchange(self, call: Call, key: SecretStr | None) -> Exchange:
        """The HTTP request for one attempt.

        Raises:
            ConfigError: The request cannot be written as JSON, the key is not fit for a header,
                or it would travel in clear text over a public network.
        """
        url = join(call.base_url, self.path)
        carried = confided(
            self.places[call.site],
            url,
            key,
            reveal_pairs(self.headers, "headers"),
            reveal_pairs(self.query, "query"),
        )
        self._keys[call.site] = key
        content = {} if self.body is None else {"content": self._made(call).content}
        self._secrets.update(carried.secrets)
        self._redactor = redactor_of(self._secrets)
        return Exchange("get" if self.body is None else "post", url, content, carried)

    def _made(self, call: Call) -> _Sent:
        """What this call sends; made once for each dialect that is tried."""
        sent, place = self._sent.get(call.site), self.places[call.site]
        if sent is None or sent.facts is not call.facts:
            provider = place.target.provider
            learned = dict(call.facts)
            if provider.adapt == "auto" and self.body is not None:
                learned = {**memory.known(self._memory_key(place)), **learned}
            spoken = Spoken({}, {}) if self.body is None else self.body(place, learned)
            profile = with_facts(place.profile, learned)
            content = encode(spoken.body, provider.name)
            self._secrets.update(secrets_in_body(spoken.body))
            sent = self._sent[call.site] = _Sent(call.facts, learned, spoken, profile, content)
            self._warn_of_losses(place, sent)
            call_log.log_body(self, call, spoken)
        return sent

    def _model(self, place: Place) -> str:
        return self.model or place.target.model

    def _memory_key(self, place: Place) -> EndpointKey:
        if not self.headers and not self.query:
            return place.memory_key(self.model)
        headers = reveal_pairs(self.headers, "headers")
        return place.memory_key(self.model, headers, reveal_pairs(self.query, "query"))

    def spoken(self, call: Call) -> tuple[Spoken, Mapping[str, Any]]:
        """The body of this call, and the facts behind it that were learned."""
        sent = self._made(call)
        return sent.spoken, sent.learned

    def profile(self, call: Call) -> Profile:
        """The dialect in which this call was spoken, and is read."""
        return self._made(call).profile

    def adapted(self, error: OpenAICompatibleError | None, call: Call) -> Mapping[str, Any] | None:
        """Facts of a dialect in which the refused request may be taken; ``None`` without such.

        Only for 400 and 422, and only if the body would be another. Warns, once for each fact.
        """
        place = self.places[call.site]
        provider = place.target.provider
        if (
            self.body is None
            or not isinstance(error, APIStatusError)
            or error.status_code not in (400, 422)
            or provider.adapt == "off"
        ):
            return None
        sent = self._made(call)
        facts = self._answer_to(error, sent, provider)
        if facts is None or not adapts(call.trail, facts):
            return None
        known = memory.known(self._memory_key(place))
        changed = self.body(place, {**known, **call.facts, **facts})
        if changed.body == sent.spoken.body:
            return None
        for name in spelled(facts):
            memory.warn_once(place.memory_key(self.model), _adapting(name, error), about=name)
        return facts

    def key_sent_to(self, site: int) -> SecretStr | None:
        """Return the key that a place was last sent; ``None`` for none, or where nothing was sent."""
        return self._keys.get(site)

    def renewed(self, error: OpenAICompatibleError | None, call: Call) -> bool:
        """Whether a key was refused that may have run out, and another one can be asked for."""
        refused = isinstance(error, AuthenticationError) and error.status_code == 401
        return refused and self.places[call.site].key.renew(self.key_sent_to(call.site))

    def _answer_to(
        self, error: APIStatusError, sent: _Sent, provider: Provider
    ) -> Mapping[str, Any] | None:
        found = adaptation(error, sent.spoken.body, sent.profile)
        if found is not None:
            return found.facts
        name = droppable(error)
        if name is None or name not in sent.spoken.body or name in ("model", "messages", "input"):
            return None
        if name in provider.drop_params:
            return {"drops": (*sent.profile.drops, name)}
        error.hint = f"Leave {name!r} out, or permit that it is left out here: drop_params=[{name!r}]."
        return None

    def worked(self, call: Call) -> None:
        """Remember the base URL and the dialect that were answered."""
        place = self.places[call.site]
        if place.learn(call.base_url):
            call_log.log_base_url(self, call)
        if call.facts:
            memory.learn(self._memory_key(place), call.facts)

    def _warn_of_losses(self, place: Place, sent: _Sent) -> None:
        """Warn once of what the server ignores and of what was left out for it."""
        provider = place.target.provider.name
        ignored = [name for name in sent.profile.ignores if name in sent.spoken.body]
        texts = {f"ignores {name}": f"{provider} takes {name!r} without effect." for name in ignored}
        texts |= {each: f"{provider}: {each}." for each in sent.spoken.omissions}
        key = place.memory_key(self.model)
        for about, text in texts.items():
            memory.warn_once(key, text, about=about, category=OpenAICompatibleWarning)

    def parser(self, call: Call, content_type: str | None) -> ChatStream:
        """A new parser for the stream that this call opened."""
        facts = self.profile(call)
        if self.parse is None:
            return ChatStream(facts, content_type=content_type)
        return self.parse(facts, content_type, self._limits(call))

    def read_whole(self, pieces: list[bytes], content_type: str | None, call: Call) -> T:
        """Read the pieces of a whole body. They are dropped as early as possible.

        Raises:
            ResponseTooLargeError: It needs more memory than this process has.
        """
        try:
            body = b"".join(pieces)
            pieces.clear()
            check_values(body, self._limits(call).json_values)
            return self.read(body, content_type, self.profile(call), self._limits(call))
        except BaseException as error:
            if is_lack_of_memory(error):
                raise out_of_memory() from None
            raise

    def _limits(self, call: Call) -> ResponseLimits:
        return self.places[call.site].target.provider.response_limits

    def blame(self, error: OpenAICompatibleError, call: Call) -> OpenAICompatibleError:
        """Name provider and model in an error, and take out of it what we sent in confidence.

        The frames that read the answer go too: they hold all of it, and servers quote what they get.
        """
        target = self.places[call.site].target
        scrub(bare(error), redactor_of(self._secrets | environment_secrets()))
        error.escape_texts()
        call_log.log_failure(self, call, error)
        return error.with_context(provider=target.provider.name, model=target.model or None)

    def listing(self) -> Job[list[ModelInfo]] | None:
        """A request for the model list of the same places; ``None`` if this is one."""
        if self.path == "/models":
            return None
        return Job(self.places, "/models", None, _read_models)

    def suggest(self, error: ModelNotFoundError, found: Sequence[ModelInfo]) -> None:
        """Name the models of the server that are nearest to the one it does not have."""
        names = [info.id for info in found]
        near = near_models(error.model or "", names) or [name[:LONGEST] for name in names[:5]]
        if near:
            shown = self._redactor.text(", ".join(near))
            error.hint = f"The server has: {escape_controls(shown)}."

    def finished(self, answer: Completion, call: Call, changes: Sequence[str] = ()) -> Completion:
        """The answer with the record of its call. Warns, once, of what is missing in it."""
        place = self.places[call.site]
        key, name = place.memory_key(self.model), place.target.provider.name
        for fact, advice in remarks(answer, self.choices):
            changes = (*changes, fact)
            if advice:
                text = f"{name}: {fact}. {advice}"
                memory.warn_once(key, text, about=fact + advice, category=OpenAICompatibleWarning)
        return replace(answer, record=self.record(call, changes))

    @property
    def asked(self) -> Mapping[str, Any]:
        """The body for the first place, as it was last sent or would be."""
        sent = self._sent.get(0) or self._made(Call(0, "", Trail()))
        return sent.spoken.body

    def recorded(self, answer: T, call: Call) -> T:
        """An answer that has a ``record``, with it."""
        made: T = replace(answer, record=self.record(call))  # type: ignore[type-var]
        return made

    def parts(self, error: OpenAICompatibleError) -> list[Job[T]]:
        """Smaller jobs instead of this one; none if it cannot be divided, or need not be."""
        parts = [] if self.divide is None else self.divide(error)
        if parts:
            call_log.log_division(self, error, len(parts))
        return parts

    def label(self, site: int) -> str:
        """Provider and model of one of the places, for log records."""
        place = self.places[site]
        name, model = place.target.provider.name, self._model(place)
        return f"{name}/{model}" if model else name

    def redact(self, text: str) -> str:
        """Mask what the attempts so far carried in confidence."""
        return self._redactor.text(text)

    def record(self, call: Call, changes: Sequence[str] = ()) -> Record:
        """What happened up to that call, which worked."""
        target, trail = self.places[call.site].target, call.trail
        sent = self._made(call)
        ignored = tuple(name for name in sent.profile.ignores if name in sent.spoken.body)
        return Record(
            provider=target.provider.name,
            model=self._model(self.places[call.site]),
            url=join(call.base_url, self.path),
            attempts=trail.attempts,
            retries=trail.retries,
            fallbacks=trail.fallbacks,
            changes=(
                *(f"{name!r} has no effect there" for name in ignored),
                *sent.spoken.notes,
                *changes,
            ),
            dialect=sent.spoken.dialect,
            adaptations=trail.adaptations,
        )


def _read_models(
    body: bytes, content_type: str | None, _: Profile, limits: ResponseLimits
) -> list[ModelInfo]:
    return read_models(body, depth=limits.json_depth)


@dataclass(frozen=True, slots=True)
class _Sent:
    """What was sent, and in which dialect."""

    facts: Mapping[str, Any]
    """Learned in this call."""
    learned: Mapping[str, Any]
    """Learned in this call and before."""
    spoken: Spoken
    profile: Profile
    content: bytes


def _adapting(name: str, error: APIStatusError) -> str:
    fact, _, value = name.partition("=")
    said = error.message if len(error.message) <= 200 else f"{error.message[:200]}..."
    return (
        f"{error.provider}: {error.model!r} refused the request ({said}); it is sent again with "
        f'{name}. Set dialect={{"{fact}": {value}}} to say so at once, or adapt="off" to get the error.'
    )
