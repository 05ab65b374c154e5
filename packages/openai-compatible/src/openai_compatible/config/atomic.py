"""Replaces a text file as a whole: whatever happens, the old or the new text is there.

The new text goes into a file of its own in the same folder, readable by nobody else from the moment
it exists, is forced to the disk, and takes the old one's place in one step. A lock beside the file
keeps other processes that write it in this way apart; what an editor saves meanwhile is noticed, and
the change is made anew from that.
"""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from openai_compatible.errors import ConfigError

__all__ = ["rewrite"]

_LOCK_SECONDS = 10.0
_TIMES = 5
"""How often a change is made anew because the file was saved by somebody else meanwhile."""


class _State(NamedTuple):
    """What tells one saved version of a file from another, and who may read it."""

    inode: int
    size: int
    changed: int
    """In nanoseconds."""
    mode: int
    uid: int
    gid: int


def rewrite(
    path: Path,
    change: Callable[[str | None], str],
    *,
    private: Callable[[str], bool] = lambda text: True,
) -> bool:
    """Replace the text of a file by what ``change`` makes of it.

    Args:
        path: The file; a symbolic link is followed, and stays one.
        change: Given the text, ``None`` if there is no file, makes the new one. May be called anew.
        private: Whether the new text is for nobody else's eyes: then group and others lose access.

    Returns:
        Whether the text is another one than before.

    Raises:
        ConfigError: It cannot be read, written or locked; the file is as it was. What ``change``
            raises goes through.
    """
    try:
        target = path.expanduser().resolve()
        _refuse_what_is_no_file(target)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _lock(target):
            _sweep(target)
            for _ in range(_TIMES):
                done = _once(target, change, private)
                if done is not None:
                    return done
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, no home folder
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(
            f"cannot write {path}: {reason}", hint="Nothing was changed. Check the folder and the disk."
        ) from error
    raise ConfigError(
        f"cannot write {path}: another program keeps changing it", hint="Close it and try again."
    )


def _refuse_what_is_no_file(target: Path) -> None:
    """A device, a pipe or a folder would be gone, with a text in its place: ``/dev/null`` among them."""
    if target.exists() and not target.is_file():
        raise ConfigError(
            f"cannot write {target}: it is no regular file", hint="Name a file, or a new one."
        )


@contextlib.contextmanager
def _lock(target: Path) -> Iterator[None]:
    try:
        import filelock
    except ImportError:
        raise ConfigError(
            "the package filelock, needed to write files, is not installed",
            hint='Run: pip install "openai-compatible[cli]"',
        ) from None
    lock = filelock.FileLock(target.with_name(f".{target.name}.lock"), _LOCK_SECONDS, mode=0o600)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise ConfigError(
            f"another process has been writing {target} for {_LOCK_SECONDS:g} s",
            hint="Wait for it to end, then try again.",
        ) from None
    try:
        yield
    finally:
        lock.release()


def _sweep(target: Path) -> None:
    """Remove what writers left that were killed; under the lock nobody else is writing."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.new"):
        with contextlib.suppress(OSError):
            os.unlink(left)


def _once(
    target: Path, change: Callable[[str | None], str], private: Callable[[str], bool]
) -> bool | None:
    """Whether the text was changed; ``None`` if the file was saved by somebody else meanwhile."""
    before = _state(target)
    old = _read(target)
    if _state(target) != before:
        return None
    new = change(old)
    if new == old:
        return False
    folder = target.parent
    temporary = folder / f".{target.name}.{secrets.token_hex(8)}.new"
    try:
        _write(temporary, new, before, private=private(new))
        if _state(target) != before:
            return None
        os.replace(temporary, target)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
    _sync_folder(folder)
    return True


def _state(target: Path) -> _State | None:
    try:
        found = os.stat(target)
    except FileNotFoundError:
        return None
    return _State(
        *(found.st_ino, found.st_size, found.st_mtime_ns), found.st_mode, found.st_uid, found.st_gid
    )


def _read(target: Path) -> str | None:
    try:
        with open(target, encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise ConfigError(
            f"cannot read {target}: it is no UTF-8 text", hint="Save it as UTF-8."
        ) from None


def _write(temporary: Path, text: str, before: _State | None, *, private: bool) -> None:
    """A new file with that text on the disk, and the access of the one it will replace."""
    flags = (
        os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    )
    descriptor = os.open(temporary, flags, 0o600)
    try:
        data = memoryview(text.encode())
        while data:
            data = data[os.write(descriptor, data) :]
        if before is not None and hasattr(os, "fchmod"):
            _take_over(descriptor, before, private=private)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take_over(descriptor: int, before: _State, *, private: bool) -> None:
    """Owner and permissions of the old file; the new one is never open to more than that."""
    if before.uid != os.geteuid() or before.gid != os.getegid():
        with contextlib.suppress(PermissionError):  # only root may give files away
            os.fchown(descriptor, before.uid, before.gid)
    mode = before.mode & 0o777
    os.fchmod(descriptor, mode & 0o600 if private else mode)


def _sync_folder(folder: Path) -> None:
    """Force the folder's new entry to the disk. Failing is no error: the text is in its place."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):  # some network file systems cannot
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
