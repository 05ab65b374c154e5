"""What the blocking and the async client share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias

from openai_compatible.asked import Asked, chat_request
from openai_compatible.config.concealed import sealed
from openai_compatible.config.provider import Provider
from openai_compatible.errors import ConfigError, MalformedResponseError
from openai_compatible.explanation import Explanation
from openai_compatible.plan.fingerprint import EndpointKey, endpoint_key
from openai_compatible.plan.routing import Target
from openai_compatible.secret_mapping import conceal
from openai_compatible.targeting import targets
from openai_compatible.types import Embeddings, EmbeddingsRequest, ModelInfo

if TYPE_CHECKING:
    from openai_compatible.profiles.profile import Profile
    from openai_compatible.transport.callers import Caller
    from openai_compatible.transport.job import Job
    from openai_compatible.transport.place import Place

__all__ = ["ClientBase"]

_Identity: TypeAlias = "tuple[Target, EndpointKey, Caller]"


class ClientBase:
    """What both clients share: targets, and the jobs made of requests."""

    @sealed
    def __init__(
        self,
        target: Sequence[Target] | Provider | str | None = None,
        *,
        model: str | None = None,
        http_client: Any = None,
        **fields: Any,
    ) -> None:
        """Say where requests go.

        Args:
            target: Targets, a provider, or a model reference; nothing when ``fields`` say it.
            model: Wire id or alias at that provider.
            http_client: An ``httpx.Client`` of your own (async: ``httpx.AsyncClient``; httpx2 with
                openai 3). It stays yours to close; a process that is forked needs one of its own.
            fields: As in :func:`targets`.
        """
        if isinstance(target, str):
            found = targets(target if model is None else f"{target}/{model}", **fields)
        elif isinstance(target, Provider):
            found = targets(model, provider=target, **fields)
        elif target is None:
            found = targets(model, **fields)
        else:
            found = tuple(target)
            if fields or model is not None:
                raise ConfigError(
                    "targets say everything, and more arguments stand beside them",
                    hint="Give these to targets(...), or a model reference instead of targets.",
                )
        if not found:
            raise ConfigError("no target was given", hint="Pass at least one provider.")
        self.targets: tuple[Target, ...] = found
        self._http_client = http_client
        self._places: list[Place] | None = None
        self._identities: dict[str, _Identity] = {}
        self._lengths: dict[Any, int] = {}

    def __repr__(self) -> str:
        first = self.targets[0]
        return f"{type(self).__name__}({first.model!r} at {first.provider.base_url!r})"

    def __getstate__(self) -> dict[str, Any]:
        return {"targets": self.targets}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.targets = state["targets"]
        self._http_client = None
        self._places = None
        self._identities = {}
        self._lengths = {}

    def _ready(self) -> list[Place]:
        """The targets with profile, base URL and key source; looked up at the first use."""
        if self._places is None:
            from openai_compatible.profiles.registry import names
            from openai_compatible.transport.place import Place

            if any((target.provider.profile or "generic") not in names() for target in self.targets):
                from openai_compatible.plugins import load

                load()  # only a plugin can know that profile
            self._places = [Place.of(target) for target in self.targets]
        return self._places

    def dialect(self, model: str = "") -> Profile:
        """The first target's dialect with what its refusals have taught so far."""
        from openai_compatible.profiles.profile import with_facts
        from openai_compatible.transport import memory

        place = self._ready()[0]
        return with_facts(place.profile, memory.known(place.memory_key(model)))

    def learn(self, facts: Mapping[str, Any], text: str, *, model: str = "") -> None:
        """Remember facts of the first target's dialect for this process, and warn of them once."""
        from openai_compatible.transport import memory
        from openai_compatible.transport.call_log import log_structured_method

        place = self._ready()[0]
        key = place.memory_key(model)
        memory.learn(key, facts)
        log_structured_method(place.target.provider.name, text)
        memory.warn_once(key, f"{place.target.provider.name}: {text}", about=text)

    def _asked(self, model: str = "") -> tuple[Place, Caller]:
        """The place whose server is asked about that model or the first target's, and who asks it.

        Plugins may know paths of its own.
        """
        from openai_compatible.plugins import load
        from openai_compatible.transport.callers import Caller
        from openai_compatible.transport.place import Place

        load()
        place = self._ready()[0]
        if model:
            place = Place.of(Target.at(place.target.provider, model))
        return place, Caller.of(place.target, place.key)

    def _identify(self, model: str) -> _Identity:
        """The first target with that model, what it is remembered by, and who asks it; needs no key."""
        from openai_compatible.transport.callers import Caller

        found = self._identities.get(model)
        if found is None:
            target = Target.at(self.targets[0].provider, model) if model else self.targets[0]
            found = (target, endpoint_key(target), Caller.of(target))
            self._identities[model] = found
        return found

    def known_info(self, model: str = "") -> ModelInfo | None:
        """What the server said to the same key when it was last asked, in this process; never asks."""
        from openai_compatible.transport import memory
        from openai_compatible.wire.native import filled

        _, key, caller = self._identify(model)
        said = memory.said(key, caller.at_once())
        return reduce(filled, said) if said else None

    def facts(self, model: str = "") -> ModelInfo:
        """What is known of a model: written by hand, else :meth:`known_info`, else its server's family.

        Never asks, so it costs nothing; what nobody said is ``None``.
        """
        from openai_compatible.plan.facts import family, known_facts
        from openai_compatible.profiles.profile import with_facts
        from openai_compatible.transport import memory

        target, key, _ = self._identify(model)
        dialect = with_facts(family(target), memory.known(key))
        return known_facts(target, self.known_info(model), dialect)

    def _same_length(self, found: Embeddings, job: Job[Embeddings]) -> Embeddings:
        """The vectors, if they are as long as those this client saw before of the same model."""
        sent = job.asked
        key = (sent.get("model"), sent.get("dimensions"))
        length = len(found.vectors[0])
        known = self._lengths.setdefault(key, length)
        if length != known:
            raise MalformedResponseError(
                f"the vectors have {length} dimensions, and had {known} before",
                provider=self.targets[0].provider.name,
                model=self.targets[0].model,
                hint="The server's model changed: embed all texts anew, with a new client.",
            )
        return found

    def explain(
        self,
        request: Asked | EmbeddingsRequest,
        *,
        stream: bool = False,
        **params: Any,
    ) -> Explanation:
        """What :meth:`chat`, :meth:`stream` or :meth:`embed` would send first, without sending it."""
        from openai_compatible.transport.explained import explained
        from openai_compatible.transport.kinds import chat_job, embeddings_jobs

        params = conceal(params)
        if isinstance(request, EmbeddingsRequest):
            return explained(embeddings_jobs(self._ready(), request)[0])
        return explained(chat_job(self._ready(), chat_request(request, params), streamed=stream))
