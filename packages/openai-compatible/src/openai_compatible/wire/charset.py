"""Bodies that are declared to be in another charset than UTF-8."""

from __future__ import annotations

import codecs
import re

from openai_compatible.errors import MalformedResponseError

__all__ = ["Transcoder", "find_transcoder"]

_CHARSET = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.IGNORECASE)
_FAMILIES = (
    "iso8859",
    "cp",
    "utf-16",
    "utf-32",
    "gb",
    "big5",
    "shift_jis",
    "euc_",
    "koi8",
    "mac-",
    "tis",
)


class Transcoder:
    """Turns bytes in a charset, cut anywhere, into UTF-8."""

    __slots__ = ("_decoder", "charset")

    def __init__(self, charset: str) -> None:
        self.charset = charset
        self._decoder = codecs.getincrementaldecoder(charset)()

    def feed(self, data: bytes) -> bytes:
        """The same text in UTF-8.

        Raises:
            MalformedResponseError: The bytes are not in that charset.
        """
        try:
            return self._decoder.decode(data).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise MalformedResponseError(
                f"the answer is not in the charset {self.charset}, which its content-type names",
                hint="The server or a gateway before it is at fault; look at its log.",
            ) from None


def find_transcoder(content_type: str | None) -> Transcoder | None:
    """The transcoder for a content type; ``None`` for UTF-8, and for a charset that is unknown.

    >>> find_transcoder("application/json; charset=ISO-8859-1").feed(bytes([0xE9])).decode()
    'é'
    """
    found = _CHARSET.search(content_type or "")
    if found is None:
        return None
    try:
        name = codecs.lookup(found[1]).name
    except (LookupError, ValueError):
        return None
    return Transcoder(name) if name.startswith(_FAMILIES) else None
