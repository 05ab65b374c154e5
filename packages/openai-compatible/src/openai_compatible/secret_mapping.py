"""Mappings whose secret values are hidden: headers, query parameters and bodies that a call is given.

Frameworks copy the arguments of a call into traces, events, cache keys, dumps and frames. A
:class:`SecretMapping` shows ``***`` there, and the transport reads the values with :func:`reveal`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Annotated, Any, NoReturn, Self

from pydantic import SecretStr, ValidatorFunctionWrapHandler, WrapValidator

from openai_compatible.errors import ConfigError, MissingKeyError

__all__ = [
    "KEY_BEGINNING",
    "MASK",
    "BodyPart",
    "SecretMapping",
    "SecretText",
    "conceal",
    "conceal_body",
    "digest_secrets",
    "is_harmless_name",
    "reveal",
    "reveal_pairs",
    "secret_name",
    "secrets_in_body",
]

MASK = "***"
_PAIRS = frozenset({
    "headers",
    "extra_headers",
    "default_headers",
    "query",
    "extra_query",
    "default_query",
})  # fmt: skip
"""Arguments that are headers or query parameters, in every spelling."""
_BODIES = frozenset({
    "extra_body",
    "query_extra_body",
    "document_extra_body",
    "model_kwargs",
    "additional_kwargs",
})  # fmt: skip
"""Arguments that are parts of a body: secret only under names, or in forms, of keys."""
_SDK_PAIRS = frozenset({"extra_headers", "extra_query"})
"""Arguments of the openai SDK that ``model_kwargs`` and ``additional_kwargs`` may hold."""
_PAIR_WORDS = re.compile(r"header|cookie|prox(y|ies)$", re.IGNORECASE)
"""In the names of arguments that other programs have for such things, which a call refuses."""
_PARAMETERS = frozenset({"audio", "metadata", "prediction", "web_search_options"})
"""Parameters of a chat completion that are objects."""

_HARMLESS = re.compile(
    r"accept(-(charset|encoding|language))?|user-agent|content-type|x-title|http-referer|referer"
    r"|openai-(beta|organization|project)|api-version|x-request-id",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"(^|[_-])(api[_-]?key|token|secret|password|passwd|authorization|credentials?)$"
    r"|^(key|cookie|access[_-]?key|private[_-]?key)$",
    re.IGNORECASE,
)
KEY_BEGINNING = re.compile(
    r"\A(?:(?:sk|rk|pk|gsk|xai|nvapi|pplx|hf|fw|csk|r8|ghp|github_pat|glpat|tgp|jina|pa|key|tb)[-_]"
    r"|AKIA|ASIA|AIza|eyJ)(?=\S*\d)[^\s/]{8,}",
    re.IGNORECASE,
)
"""How the keys of well-known services begin."""
_SCHEME = re.compile(r"(bearer|basic)\s+\S{6,}", re.IGNORECASE)


def is_harmless_name(name: str) -> bool:
    """Whether a header or query parameter of that name is known to hold no secret.

    >>> is_harmless_name("X-Title"), is_harmless_name("X-Own")
    (True, False)
    """
    return _HARMLESS.fullmatch(name) is not None


def secret_name(name: Any) -> bool:
    """Whether a field of that name holds a secret, as names of fields go.

    >>> secret_name("api_key"), secret_name("max_tokens")
    (True, False)
    """
    return isinstance(name, str) and _SECRET_NAME.search(name) is not None


class SecretMapping(dict[str, Any]):
    """A mapping that shows ``***`` for secret values: to ``repr``, JSON, iteration, copies and pickles.

    Equality compares the real values, which :meth:`reveal` returns. It cannot be changed.

    Args:
        values: The real values. Of headers and query parameters all are secret but those of a few
            well-known names (``X-Title``, ``api-version`` ...).

    >>> SecretMapping({"X-Own": "s3cret", "X-Title": "app"})
    {'X-Own': '***', 'X-Title': 'app'}
    """

    __slots__ = ("_values",)

    def __init__(
        self,
        values: Mapping[str, Any] | Iterable[tuple[str, Any]],
        *,
        _shown: Mapping[str, Any] | None = None,
    ) -> None:
        if isinstance(values, SecretMapping):
            values, _shown = values.reveal(), dict(values)
        values = dict(values)  # dataclasses.asdict() gives pairs
        if _shown is None:
            _shown = {
                name: value if is_harmless_name(str(name)) else MASK for name, value in values.items()
            }
        super().__init__(_shown)
        self._values: dict[str, Any] = values

    def reveal(self) -> dict[str, Any]:
        """A new dict of the real values."""
        return dict(self._values)

    def digest(self) -> str:
        """A hash that tells different values apart and does not contain them."""
        try:
            text = json.dumps(self._values, sort_keys=True, default=repr)
        except (TypeError, ValueError, RecursionError):  # no JSON, so no request: equal to nothing
            text = os.urandom(16).hex()
        hashed = hashlib.blake2b(digest_size=24, person=b"secret-mapping")
        hashed.update(text.encode("utf-8", "surrogatepass"))
        return hashed.hexdigest()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SecretMapping):
            return self._values == other._values
        return self._values == other if isinstance(other, Mapping) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None

    def __copy__(self) -> Self:
        return self

    def copy(self) -> Self:
        """The same object, which cannot change."""
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # A pickle holds the masks: reveal() then says which value is missing.
        return dict, (dict(self),)

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return self.__reduce__()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("headers and query parameters cannot be changed in place: assign a new mapping")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


class SecretText(SecretStr):
    """A ``SecretStr`` that equals the text it holds."""

    def __eq__(self, other: object) -> bool:
        return self.get_secret_value() == other if isinstance(other, str) else super().__eq__(other)

    def __hash__(self) -> int:
        return super().__hash__()


def conceal(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a call with what may be secret hidden; an unusual value is judged when it is read.

    >>> conceal({"extra_headers": {"X-Own": "s3cret"}, "n": 1, "api_key": "s3cret"})
    {'extra_headers': {'X-Own': '***'}, 'n': 1, 'api_key': SecretStr('**********')}
    """
    if not arguments:
        return {}
    return {
        name: None if value is None else _conceal_argument(name, value)
        for name, value in arguments.items()
    }


@lru_cache(maxsize=1_024)
def _names_pairs(name: str) -> bool:
    return name.lower() in _PAIRS or _PAIR_WORDS.search(name) is not None


def _conceal_argument(name: str, value: Any) -> Any:
    known, body = _names_pairs(name), name in _BODIES
    if isinstance(value, Mapping):
        if known:
            return value if isinstance(value, SecretMapping) else SecretMapping(value)
        return conceal_body(value) if body or name in _PARAMETERS else value
    if isinstance(value, SecretStr):
        return value
    if isinstance(value, str) and name == "proxy":
        return SecretStr(value)
    if known or body:  # of a wrong type, which reveal() says later
        return SecretStr(repr(value))
    return SecretStr(value) if isinstance(value, str) and secret_name(name) else value


def conceal_body(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of a request body, hidden where names or values are those of keys; else as it is."""
    if isinstance(body, SecretMapping):
        return body
    shown = _masked_body(body, 0)
    return body if shown is body else SecretMapping(body, _shown=shown)


def _validate_body(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    return value if isinstance(value, SecretMapping) else conceal_body(handler(value))


BodyPart = Annotated[dict[str, Any], WrapValidator(_validate_body)]
"""A part of a request body as a setting: read it with :func:`reveal`."""

_DEEPEST = 50
"""Levels of a body that are looked at; what is deeper is hidden. Recursion has an end, then."""


def _masked_body(value: Any, depth: int, seen: dict[int, Any] | None = None) -> Any:
    """The value with masks for keys; the same object where there are none.

    Each list and mapping is looked at once, however often it is referred to, also from within itself.
    """
    if isinstance(value, str):
        return MASK if KEY_BEGINNING.match(value) or _SCHEME.match(value) else value
    if not isinstance(value, Mapping | list | tuple):
        return value
    seen = {} if seen is None else seen
    if id(value) in seen:
        return seen[id(value)]
    if depth > _DEEPEST:
        return MASK
    seen[id(value)] = MASK
    if isinstance(value, Mapping):
        made: Any = {name: _masked_field(name, item, depth, seen) for name, item in value.items()}
        same = all(made[name] is item for name, item in value.items())
    else:
        made = [_masked_body(item, depth + 1, seen) for item in value]
        same = all(new is old for new, old in zip(made, value, strict=True))
    seen[id(value)] = value if same else made
    return seen[id(value)]


def _masked_field(name: Any, item: Any, depth: int, seen: dict[int, Any]) -> Any:
    if isinstance(item, str) and item and secret_name(name):
        return MASK
    if depth == 0 and name in _SDK_PAIRS and isinstance(item, Mapping):
        return dict(SecretMapping(item))
    return _masked_body(item, depth + 1, seen)


_PROMPT = frozenset({"input", "messages", "model", "response_format", "tool_choice", "tools"})
"""Fields of a request in which nothing is looked for: what a user writes, and may be long."""


def secrets_in_body(body: Mapping[str, Any]) -> frozenset[str]:
    """Return what is a key by its name or form in the fields of a request, prompt and tools apart.

    >>> secrets_in_body({"model": "m", "cloud": {"api_key": "s3cret"}, "max_tokens": 5})
    frozenset({'s3cret'})
    """
    found: set[str] = set()
    waiting: list[tuple[Any, Any]] = [
        (name, item) for name, item in body.items() if name not in _PROMPT and not _is_plain(item)
    ]
    seen: set[int] = set()
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, str):
            if secret_name(name) or KEY_BEGINNING.match(value) or _SCHEME.match(value):
                found |= {value, value.strip().rpartition(" ")[2]}
        elif isinstance(value, Mapping | list | tuple) and id(value) not in seen:
            seen.add(id(value))
            inner = value.items() if isinstance(value, Mapping) else ((name, one) for one in value)
            waiting += inner
    return frozenset(found - {""})


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float)


def reveal(value: Any, name: str) -> dict[str, Any]:
    """The real values of a mapping that :func:`conceal` or :func:`conceal_body` may have hidden.

    Args:
        value: The mapping, or ``None``.
        name: The argument, for errors.

    Raises:
        ConfigError: It is no mapping.
        MissingKeyError: It went through a dump or a pickle, which left the secret values behind.

    >>> reveal(SecretMapping({"X-Own": "s3cret"}), "headers")
    {'X-Own': 's3cret'}
    """
    if value is None or (isinstance(value, dict) and not value):
        return {}
    if not isinstance(value, Mapping):
        raise ConfigError(f"{name} must be a mapping of names to values", param=name)
    values = value.reveal() if isinstance(value, SecretMapping) else dict(value)
    lost = next((each for each, item in values.items() if _holds_mask(item, 0, set())), None)
    if lost is not None:
        raise MissingKeyError(
            f"{name}[{lost!r}] is {MASK!r}: a dump or a pickle left its value behind",
            hint=f"Give {name} again to what was loaded.",
        )
    return values


def _holds_mask(value: Any, depth: int, seen: set[int]) -> bool:
    """Whether a value is a mask, or has one in it."""
    if isinstance(value, str):
        return value == MASK
    if depth > _DEEPEST or id(value) in seen or not isinstance(value, Mapping | list | tuple):
        return False
    seen.add(id(value))
    items = value.values() if isinstance(value, Mapping) else value
    return any(_holds_mask(item, depth + 1, seen) for item in items)


def reveal_pairs(value: Any, name: str) -> dict[str, str]:
    """Headers or query parameters as they are sent; numbers become text, ``None`` is left out.

    Raises:
        ConfigError: It is no mapping, or a value is neither text nor a number.
        MissingKeyError: As for :func:`reveal`.
    """
    if value is None or (type(value) is dict and not value):
        return {}
    pairs = {each: _as_text(item) for each, item in reveal(value, name).items() if item is not None}
    wrong = [each for each, text in pairs.items() if not isinstance(each, str) or text is None]
    if not wrong:
        return {each: str(text) for each, text in pairs.items()}
    del value, pairs  # an error's frames hold no values
    shown = wrong[0] if isinstance(wrong[0], str) else type(wrong[0]).__name__
    raise ConfigError(f"{name}[{shown!r}] must be text", param=name)


def _as_text(item: Any) -> str | None:
    """A header or query parameter as it is sent, ``None`` for what is neither text nor a number."""
    if isinstance(item, SecretStr):
        item = item.get_secret_value()
    return str(item) if isinstance(item, str | int | float) else None


def digest_secrets(arguments: Mapping[str, Any]) -> str:
    """A hash of all that is hidden in arguments, for cache keys; empty where nothing is."""
    found = {
        name: value.digest() for name, value in arguments.items() if isinstance(value, SecretMapping)
    }
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest() if found else ""
