"""Where a key comes from. A source is a reference; the key itself is asked for per attempt.

Order (first that is named wins): the ``api_key`` argument; the model's and then the provider's
``api_key_env``, ``api_key_keyring``, ``api_key_command``, ``api_key_file``, ``api_key``; last the
convention ``<NAME>_API_KEY``. A source that is named and holds nothing is an error; no source at all
is "no key", and nothing is sent. A key that a server answers 401 to is asked for once more where that
may give another one: of a callable, a keyring, a command or a file. The key of a keyring and of a
command is kept until then.

By convention alone no key is taken for a host it was not made for: ``OPENAI_API_KEY`` is for
``https://api.openai.com`` (and a provider named ``openai``), and so with every service that has a
preset; ``OPENAI_COMPATIBLE_API_KEY`` is for the
provider that ``OPENAI_COMPATIBLE_BASE_URL`` makes, and a provider whose base URL was replaced by
another host's has no conventional key at all. Naming such a variable in ``api_key_env`` is a choice.

A model with a base URL of its own gets its provider's key, wherever that is: whoever wrote the entry
wrote both. What only a preset says, or a preset's name, goes to the preset's host alone, and a key of
the keyring to the origin that it was saved for.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Awaitable, Callable
from typing import Any, Self, cast

from pydantic import SecretStr

from openai_compatible.config.concealed import Secret, bare, hidden, sealed, secret, without_context
from openai_compatible.config.key_callables import (
    RenewableKey,
    is_async_function,
    is_lack_of_event_loop,
)
from openai_compatible.config.key_places import KeyCommand, KeyFile, KeyPlace, KeyRing
from openai_compatible.config.misplaced import shown_variable
from openai_compatible.config.object_tokens import object_token
from openai_compatible.config.placeholders import PLACEHOLDERS, is_harmless, is_placeholder
from openai_compatible.config.provider import Model, Provider
from openai_compatible.config.secrecy import LostKey
from openai_compatible.config.variable_owners import find_services
from openai_compatible.errors import ConfigError, MissingKeyError, OpenAICompatibleError
from openai_compatible.presets.registry import is_home, preset

__all__ = [
    "PLACEHOLDERS",
    "KeySource",
    "RenewableKey",
    "by_convention",
    "conventional_variable",
    "is_placeholder",
    "key_source",
]

InThread = Callable[[Callable[[], Any]], Awaitable[Any]]
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class KeySource:
    """A reference to a key: ``describe`` names it, ``get`` and ``aget`` fetch the key.

    Copies keep everything; a pickle leaves a literal key (no placeholder) or a callable behind, and what
    is unpickled raises :class:`MissingKeyError` when it is asked.
    """

    __slots__ = (
        *("_get", "_literal", "_lost", "_needs_loop", "_optional", "_place", "_provider", "_variable"),
    )

    def __init__(
        self,
        provider: str,
        *,
        literal: SecretStr | None = None,
        get: Callable[[], str | Awaitable[str]] | None = None,
        variable: str | None = None,
        place: KeyPlace | None = None,
        optional: bool = False,
        lost: bool = False,
    ) -> None:
        self._provider = provider
        self._literal = literal
        self._get = get
        self._variable = variable
        self._place = place
        self._optional = optional
        self._lost = lost
        self._needs_loop = get is not None and is_async_function(get)
        """Whether an async caller must call the callable in its event loop."""

    def describe(self) -> str:
        """Where the key comes from, never what it is.

        >>> KeySource("groq", variable="GROQ_API_KEY").describe()
        '$GROQ_API_KEY'
        """
        if self._lost:
            return "lost in pickling"
        if self._literal is not None or self._get is not None:
            return "callable" if self._literal is None else "argument"
        if self._place is not None:
            return self._place.describe()
        if self._variable is not None and (not self._optional or os.environ.get(self._variable)):
            return shown_variable(self._variable)
        return "none"

    def __repr__(self) -> str:
        return f"KeySource({self.describe()})"

    def __reduce__(self) -> tuple[Any, ...]:
        kept = self._literal if self._literal is not None and is_harmless(self._literal) else None
        lost = self._lost or self._get is not None or (self._literal is not None and kept is None)
        return _restored, (self._provider, self._variable, self._place, self._optional, lost, kept)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    @property
    def variable(self) -> str | None:
        """Name of the variable that holds the key, if one is named or set."""
        if self._optional and not os.environ.get(self._variable or ""):
            return None
        return self._variable

    @property
    def reference(self) -> str | None:
        """What tells this source from others in this process, if its key must be asked for; never shown.

        ``None`` for a key that is at hand, in the settings or in a variable, and for no key.
        """
        if self._lost:
            return "lost"
        if self._get is not None:
            return f"callable {object_token(self._get)}"
        return None if self._place is None else self._place.reference

    def known(self) -> SecretStr | None:
        """The key that is at hand; ``None`` for one that must be asked for, or is not there."""
        if self._literal is not None or self._variable is None:
            return self._literal
        return hidden(os.environ.get(self._variable, "").strip() or None)

    @property
    def blocks(self) -> bool:
        """Whether asking for the key may take a while, so that async callers ask in a thread.

        So it is with a program, a keyring, a file, and a plain function, whatever that does.
        """
        if isinstance(self._get, RenewableKey):
            return self._get.blocks
        return self._place is not None or (self._get is not None and not self._needs_loop)

    def shown(self, mask: str) -> str | None:
        """What may be shown of the key without asking for it: a mask, or a placeholder as it is."""
        literal = "" if self._literal is None else self._literal.get_secret_value()
        if is_placeholder(literal):
            return literal
        return None if self.describe() == "none" else mask

    @sealed
    def get(self) -> str | None:
        """The key, ``None`` when there is none.

        Raises:
            MissingKeyError: The source was named and holds nothing.
            ConfigError: The source is an async callable, or failed.
        """
        if self._get is None:
            return self._stored()
        found = self._called()
        if inspect.isawaitable(found):
            if inspect.iscoroutine(found):
                found.close()
            raise ConfigError(
                "the key comes from an async callable, and this is a blocking call",
                provider=self._provider,
                hint="Use the async methods, or pass a plain function as api_key.",
            )
        return self._checked(found)

    async def aget(self, in_thread: InThread | None = None) -> str | None:
        """As :meth:`get`; an async callable is awaited, and so is an awaitable that a function returns.

        Args:
            in_thread: Runs what :attr:`blocks` in a thread, in the context of the caller:
                ``asyncio.to_thread``. Without it that blocks the event loop.
        """
        try:
            return await self._awaited(in_thread)
        except OpenAICompatibleError as error:
            caught = bare(error)
        raise without_context(caught)

    async def _awaited(self, in_thread: InThread | None) -> str | None:
        if self._place is not None and in_thread is not None:
            kept: str | None = self._place.kept or await in_thread(self._place.get)
            return kept
        if self._get is None:
            return self._stored()
        if in_thread is None or not self.blocks:
            found = self._called()
        else:
            found = await self._called_in_thread(in_thread)
        if inspect.isawaitable(found):
            try:
                found = await found
            except OpenAICompatibleError:
                raise
            except Exception as error:
                raise self._failed(error) from error
        return self._checked(found)

    def renew(self, refused: SecretStr | None = None) -> bool:
        """Forget a key that was refused; whether asking again may give another one.

        Args:
            refused: The key that was refused; without it, whichever is kept is forgotten.
        """
        key = None if refused is None else refused.get_secret_value()
        if isinstance(self._get, RenewableKey):
            self._get.renew(key)
        return self._get is not None or (self._place is not None and self._place.renew(key))

    async def _called_in_thread(self, in_thread: InThread) -> Any:
        try:
            return await in_thread(self._called)
        except ConfigError as error:
            if not is_lack_of_event_loop(error.__cause__):
                raise
        self._needs_loop = True  # such as lambda: asyncio.ensure_future(fetch())
        return self._called()

    def _called(self) -> Any:
        try:
            return cast(Callable[[], Any], self._get)()
        except OpenAICompatibleError:
            raise
        except Exception as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> ConfigError:
        """What a callable raised, as our error. Its text is not repeated: it may hold a secret.

        Its traceback ends with this call, so the line in the callable is named.
        """
        trace = error.__traceback__.tb_next if error.__traceback__ is not None else None
        line = "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        return ConfigError(
            f"the api_key callable failed with {type(error).__name__}",
            provider=self._provider,
            hint=f"Its own error is the cause of this one{line and f', raised at {line}'}.",
        )

    def _checked(self, found: Any) -> Secret:
        if isinstance(found, SecretStr):
            found = found.get_secret_value()
        if not isinstance(found, str) or not found.strip():
            raise MissingKeyError(
                f"the api_key callable returned {'nothing' if not found else type(found).__name__}",
                provider=self._provider,
                hint="It must return the key as text.",
            )
        return Secret(found)

    def _stored(self) -> str | None:
        if self._lost:
            raise MissingKeyError(
                "the key was left behind when this object was pickled",
                provider=self._provider,
                hint="Set api_key_env (the name of a variable that also exists where it is unpickled) "
                "instead of api_key, or pass api_key again.",
            )
        if self._literal is not None:
            return Secret(self._literal.get_secret_value())
        if self._place is not None:
            return self._place.get()
        if self._variable is None:
            return None
        found = secret(os.environ.get(self._variable, "").strip() or None)
        if found is not None or self._optional:
            return found
        shown = shown_variable(self._variable)
        raise MissingKeyError(
            f"the variable {shown[1:]}, named as the source of the key, is not set",
            provider=self._provider,
            hint=f"Run: export {self._variable}=YOUR-KEY, or remove api_key_env if no key is needed."
            if shown != "$***"
            else "api_key_env takes the name of a variable. If that is the key itself, export it under "
            "a name, and name that.",
        )


def _restored(
    provider: str,
    variable: str | None,
    place: KeyPlace | None,
    optional: bool,
    lost: bool,
    literal: SecretStr | None,
) -> KeySource:
    return KeySource(
        provider, variable=variable, place=place, optional=optional, lost=lost, literal=literal
    )


def conventional_variable(name: str) -> str:
    """The variable that holds a provider's key if nothing else is said.

    >>> conventional_variable("my-vllm")
    'MY_VLLM_API_KEY'
    """
    return f"{re.sub(r'[^A-Z0-9]+', '_', name.upper()).strip('_')}_API_KEY"


def key_source(provider: Provider, model: Model | None = None) -> KeySource:
    """The source of the key for that provider, or for that one of its models.

    >>> key_source(Provider(name="local", base_url="http://127.0.0.1:8000")).describe()
    'none'
    """
    address = provider.base_url if model is None or model.base_url is None else model.base_url
    named = None if model is None else _named(model, provider.name, address)
    if named is None and _reaches(provider, address):
        named = _named(provider, provider.name, address)
    if named is not None:
        return named
    variable = by_convention(provider, address)
    if variable is None:
        return KeySource(provider.name)
    return KeySource(provider.name, variable=variable, optional=True)


def by_convention(provider: Provider, address: str | None = None) -> str | None:
    """The variable ``<NAME>_API_KEY`` of a provider that names no source; ``None`` if it is another's.

    ``OPENAI_COMPATIBLE_API_KEY`` is the provider ``env``'s, the variable of a known service that
    service's, at its own address alone, and a provider that was given another host's base URL has none.

    Args:
        provider: The provider.
        address: Where requests go, if not to its own base URL.

    >>> by_convention(Provider(name="lab", base_url="http://127.0.0.1:8000"))
    'LAB_API_KEY'
    >>> by_convention(Provider(name="groq", base_url="http://127.0.0.1:8000")) is None
    True
    """
    variable = conventional_variable(provider.name)
    if provider.moved or variable == "OPENAI_COMPATIBLE_API_KEY" or not _VARIABLE.fullmatch(variable):
        return None  # no shell can export a name that begins with a digit
    owners = find_services(variable)  # also GOOGLE_API_KEY, which is of no service named google
    if owners and not any(is_home(preset(one), address or provider.base_url) for one in owners):
        return None
    return variable


def _reaches(provider: Provider, address: str) -> bool:
    """Whether the source that a provider names counts there: one that its preset names, at its home."""
    if provider.preset is None or not provider.origin("api_key_env").startswith("preset "):
        return True
    return is_home(preset(provider.preset), address)


def _named(holder: Model | Provider, provider: str, address: str) -> KeySource | None:
    """The source that a model or a provider names, for requests to an address."""
    if holder.api_key_env:
        return KeySource(provider, variable=holder.api_key_env)
    place = _place(holder, provider, address)
    if place is not None:
        return KeySource(provider, place=place)
    key = holder.api_key
    if key is None:
        return None
    if isinstance(key, SecretStr):
        return KeySource(provider, literal=key)
    if isinstance(key, LostKey):
        return KeySource(provider, lost=True)
    return KeySource(provider, get=key)


def _place(holder: Model | Provider, provider: str, address: str) -> KeyPlace | None:
    if holder.api_key_keyring:
        return KeyRing(holder.api_key_keyring, provider, address)
    if holder.api_key_command:
        return KeyCommand(holder.api_key_command, provider)
    return KeyFile(holder.api_key_file, provider) if holder.api_key_file else None
