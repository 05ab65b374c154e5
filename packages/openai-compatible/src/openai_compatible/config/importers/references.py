"""References to variables, in the words of other programs and in ours."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import SecretStr

from openai_compatible.config.importers.draft import Draft, Key, Literal, Reference
from openai_compatible.config.written import escaped

__all__ = ["CONTINUE", "LIBRECHAT", "LITELLM", "OPENCODE", "key_of", "model_id", "ours", "ours_in"]

LITELLM = re.compile(r"\Aos\.environ/(\w+)\Z")
LIBRECHAT = re.compile(r"\$\{(\w+)\}")
CONTINUE = re.compile(r"\$\{\{\s*(?:secrets|inputs)\.(\w+)\s*\}\}")
OPENCODE = re.compile(r"\{env:(\w+)\}")


def ours(text: str | None, theirs: re.Pattern[str]) -> str | None:
    """Text with their references as ours.

    >>> ours("https://{env:HOST}/v1", OPENCODE)
    'https://${HOST}/v1'
    """
    if text is None:
        return None
    made, end = "", 0
    for found in theirs.finditer(text):
        made += str(escaped(text[end : found.start()])) + f"${{{found[1]}}}"
        end = found.end()
    return made + str(escaped(text[end:]))


def ours_in(texts: Mapping[str, str], theirs: re.Pattern[str]) -> dict[str, str]:
    """The same for the values of a table."""
    return {name: ours(text, theirs) or "" for name, text in texts.items()}


def model_id(draft: Draft, text: str | None, theirs: re.Pattern[str], place: str) -> str | None:
    """Return a model's id as it is written, with a note where the other program reads a variable."""
    if text is not None and theirs.search(text):
        draft.note(f"{place}: the id {text!r} names a variable; ids are taken as written, so write it")
    return text


def key_of(text: str | None, place: str, theirs: re.Pattern[str]) -> Key:
    """Where a key is: in the variable that the text refers to, or in the text itself."""
    if text is None:
        return None
    found = theirs.fullmatch(text.strip())
    return Reference(found[1]) if found is not None else Literal(SecretStr(text), place)
