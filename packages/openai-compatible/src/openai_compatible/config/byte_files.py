"""Read a file that somebody named: never endlessly, and never waiting for nobody."""

from __future__ import annotations

import errno
import os
import select
import stat
from pathlib import Path

__all__ = ["read_bytes", "read_file"]

_SECONDS = 10.0
"""How long a named pipe may say nothing."""


def read_bytes(path: Path, most: int) -> bytes:
    """Read a file up to a number of bytes.

    A named pipe is read to its end too, such as that of ``<(command)`` in a shell. One that nobody
    writes into for 10 s is an error; opening it as a file would wait for ever.

    Raises:
        OSError: It cannot be read.
    """
    return read_file(path, most)[0]


def read_file(path: Path, most: int) -> tuple[bytes, os.stat_result]:
    """Read a file as :func:`read_bytes` does, with the owner and mode of the very file that was read."""
    if os.name == "nt" or not stat.S_ISFIFO(os.stat(path).st_mode):
        with open(path, "rb") as file:
            return file.read(most), os.fstat(file.fileno())
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return _read_pipe(descriptor, most), os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _read_pipe(descriptor: int, most: int) -> bytes:
    found = bytearray()
    while len(found) < most:
        if not select.select([descriptor], [], [], _SECONDS)[0]:
            raise TimeoutError(errno.ETIMEDOUT, f"nothing was written into the pipe for {_SECONDS:g} s")
        try:
            piece = os.read(descriptor, most - len(found))
        except BlockingIOError:
            continue
        if not piece:
            break
        found += piece
    return bytes(found)
