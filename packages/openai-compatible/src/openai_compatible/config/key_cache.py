"""Cache of a key whose source is slow to ask: a keyring, a program."""

from __future__ import annotations

import copy
import os
import threading
from abc import ABC, abstractmethod

from openai_compatible.config.concealed import Secret, sealed
from openai_compatible.errors import OpenAICompatibleError

__all__ = ["CachedKeyPlace"]


class _Read:
    """A read in progress, and how it ended. Interrupted, it has neither a key nor an error."""

    __slots__ = ("error", "is_done", "key")

    def __init__(self) -> None:
        self.is_done = threading.Event()
        self.key: Secret | None = None
        self.error: OpenAICompatibleError | None = None


class CachedKeyPlace(ABC):
    """A key place that is read once and keeps the key until a server refuses it.

    Thread-safe: of callers that need the key at the same time one reads, and the others take its
    result, a failure too. Failures are not kept. A pickle or a copy holds the reference, not the key.
    """

    def __init__(self) -> None:
        self._key: Secret | None = None
        self._reads: dict[int, _Read] = {}
        """Process id -> the read in progress: a forked child does not wait for its parent's threads."""

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_key": None, "_reads": {}}

    @abstractmethod
    def _read(self) -> Secret:
        """Read the key; raises :class:`MissingKeyError` where there is none."""

    @property
    def kept(self) -> Secret | None:
        """The key, if it was read before."""
        return self._key

    def renew(self, refused: str | None = None) -> bool:
        """Forget a key that was refused, so that the next call reads it anew.

        Args:
            refused: The key that the server refused. Another one is kept: it was read meanwhile.
        """
        if refused is None or self._key == refused:
            self._key = None
        return True

    @sealed
    def get(self) -> str:
        """Return the key, read from its place where it is not kept.

        Raises:
            MissingKeyError: The place cannot be read or holds no key.
        """
        while True:
            if self._key is not None:
                return self._key
            mine = _Read()
            # Atomic, so that no lock is needed, which a fork could leave locked for ever.
            running = self._reads.setdefault(os.getpid(), mine)
            if running is mine:
                return self._read_for_all(mine)
            running.is_done.wait()
            if running.key is not None:
                return running.key
            if running.error is not None:
                raise copy.copy(running.error)  # callers add to their error what they know

    def _read_for_all(self, mine: _Read) -> Secret:
        try:
            key = self._key  # another read may have ended before this one began
            mine.key = self._key = self._read() if key is None else key
            return mine.key
        except OpenAICompatibleError as error:
            mine.error = copy.copy(error)
            raise
        finally:
            self._reads.pop(os.getpid(), None)
            mine.is_done.set()
