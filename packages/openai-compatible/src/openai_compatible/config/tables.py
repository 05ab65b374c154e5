"""Tables inside a provider: how its key travels, limits of time and size, TLS, how often to ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from openai_compatible.config.settings import Settings

__all__ = ["Auth", "Facts", "Rate", "RateLimit", "ResponseLimits", "Timeouts", "Tls"]

Seconds = Annotated[float, Field(gt=0)]

_ENDLESS = 2_000_000
"""Seconds that are as good as no limit: 23 days, and systems count milliseconds in 31 bits."""


class Timeouts(Settings):
    """Time limits in seconds; ``inf`` is no limit, in code also ``None``.

    A stream is bounded by ``connect``, ``first_event``, ``idle`` and ``total``; a call that is
    not streamed by ``connect``, ``call`` and ``total``.

    >>> Timeouts.of(30).idle, Timeouts.of(30).call, Timeouts.of(30).total
    (30.0, 30.0, None)
    """

    connect: Seconds | None = 10.0
    """Until there is a connection."""
    first_event: Seconds | None = 600.0
    """From sending a streamed request to its first useful event."""
    idle: Seconds | None = 120.0
    """Between two useful events of a stream. Keep-alive comments do not count."""
    call: Seconds | None = 600.0
    """A non-streamed call as a whole."""
    total: Seconds | None = None
    """Any call, streamed or not, retries and fallbacks included."""

    @field_validator("*", mode="before")
    @classmethod
    def _infinite_is_none(cls, value: Any) -> Any:
        return None if isinstance(value, int | float) and value > _ENDLESS else value

    @classmethod
    def of(cls, value: float | int | Timeouts | Mapping[str, Any] | None) -> Timeouts:
        """One number bounds connect, first event, idle and a non-streamed call as a whole."""
        if isinstance(value, Timeouts):
            return value
        if value is None:
            return cls()
        if isinstance(value, int | float):
            limit = min(value, float("inf"))
            return cls(connect=limit, first_event=limit, idle=limit, call=limit)
        return cls(**value)


Count = Annotated[int, Field(gt=0)]


class ResponseLimits(Settings):
    """Sizes beyond which an answer is refused, so that no server can fill the memory of this process.

    Exceeding one raises ``ResponseTooLargeError``, except for ``error_body``: a longer error is cut.

    >>> ResponseLimits(error_body=2_000).error_body
    2000
    """

    error_body: Count = 1_000_000
    """Bytes that are read of the body of an error, decompressed; the rest is not read."""
    body: Count = 256_000_000
    """Bytes of one answer, decompressed; of a stream all its events together."""
    line: Count = 64_000_000
    """Bytes of one event of a stream."""
    answer: Count = 20_000_000
    """Characters of one answer: its text, its reasoning and the arguments of its tool calls together."""
    decompression_ratio: Annotated[float, Field(gt=1)] = 200.0
    """How many times as large as on the wire a body may be; not checked below 8 MB decompressed."""
    json_depth: Annotated[int, Field(gt=0, le=300)] = 200
    """Levels of nesting of a JSON text; at most 300."""
    json_values: Count = 20_000_000
    """Values of a JSON text, of a stream those of one event; an object or an array counts as 10."""


class Auth(Settings):
    """How a key travels.

    ``bearer``: ``Authorization: Bearer KEY``. ``header``: ``NAME: KEY`` (``prefix`` before the
    key, if set). ``query``: ``?NAME=KEY``. ``basic``: ``Authorization: Basic
    base64(username:KEY)``. ``none``: never send a key.
    """

    style: Literal["bearer", "header", "query", "basic", "none"] = "bearer"
    """Where the key is put."""
    name: str | None = None
    """Header or query name; defaults: ``api-key`` for header, ``key`` for query."""
    prefix: str = ""
    """Put before the key in a header: ``"Token "``."""
    username: str = ""
    """Of basic authentication, where the key is the password."""


class Tls(Settings):
    """How a server proves who it is, and this side to it.

    Paths are of PEM files; ``~`` is the home folder.

    >>> Tls(ca_bundle="~/company-ca.pem").verify
    True
    """

    verify: bool = True
    """``False`` checks nothing: for a first try on one's own machine."""
    ca_bundle: str | None = None
    """Certificates of authorities to trust instead of the system's."""
    client_cert: str | None = None
    """Certificate to show to the server (mutual TLS), with its key or beside ``client_key``."""
    client_key: str | None = None
    """Private key of ``client_cert``, without a passphrase: an encrypted one is an error."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.ca_bundle is not None and not self.verify:
            raise ValueError(
                "verify = false checks nothing, so ca_bundle would do nothing; leave one out"
            )
        if self.client_key is not None and self.client_cert is None:
            raise ValueError("client_key needs its client_cert")
        return self


class RateLimit(Settings):
    """How often this process asks a server. What is over it waits, and a time limit ends the wait.

    >>> RateLimit(requests_per_minute=60).requests_per_minute
    60
    """

    requests_per_minute: Annotated[int, Field(gt=0)]
    """Attempts in any 60 seconds, retries included."""


def _of_number(value: Any) -> Any:
    """A rate limit from one number.

    >>> _of_number(60)
    {'requests_per_minute': 60}
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"requests_per_minute": value} if is_number else value


Rate = Annotated[RateLimit | None, BeforeValidator(_of_number)]
"""Also one number: requests in a minute."""


def _known(facts: dict[str, Any]) -> dict[str, Any]:
    """The same facts; raises for one that there is not, or whose value does not fit."""
    if facts:
        from openai_compatible.profiles.profile import Profile, with_facts

        with_facts(Profile(name=""), facts)
    return facts


Facts = Annotated[dict[str, Any], AfterValidator(_known)]
"""Facts of a dialect."""
