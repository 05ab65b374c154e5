"""What all settings classes share: frozen, strict, and errors of ours that never show a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from openai_compatible.config.concealed import sealed
from openai_compatible.config.locate import nearest
from openai_compatible.config.serialized import constructing
from openai_compatible.errors import ConfigError

__all__ = ["Settings"]


class Settings(BaseModel):
    """Frozen, strict about names; what does not fit is a :class:`ConfigError` without the value."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    if not TYPE_CHECKING:  # checkers see the fields as arguments

        @sealed
        def __init__(self, **fields: Any) -> None:
            wrong = None
            try:
                with constructing():
                    super().__init__(**fields)
            except ValidationError as error:
                wrong = _config_error(type(self), error)
            if wrong is not None:  # raised here, so that it does not hold the values as its context
                raise wrong

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """As ``model_validate``: readers of stored objects call this, too."""
        return cls.model_validate(values)


_UNIONS = {
    "api_key": "must be text, a SecretStr or a callable that returns the key",
    "rate_limit": "must be requests in a minute, or a table {requests_per_minute = ...}",
}
"""What to write in fields of several types, where pydantic complains about each type."""


def _config_error(cls: type[Settings], error: ValidationError) -> ConfigError:
    """The first complaint in one line, never with the value. ``param`` is the field's path."""
    found = error.errors(include_input=False, include_url=False)
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    place = [str(part) for part in first["loc"]]
    cause = first.get("ctx", {}).get("error")
    text, hint = str(first["msg"]).removeprefix("Value error, ").rstrip("."), None
    if isinstance(cause, ConfigError):  # of a class inside, or of a validator of ours
        if cause.param is None:
            return ConfigError(cause.message, param=".".join(place) or None, hint=cause.hint)
        text, hint = cause.message.removeprefix(f"{cause.param}: "), cause.hint
        place.append(cause.param)
    elif first["type"] == "extra_forbidden":
        text, hint = "unknown setting", nearest(place[-1], cls.model_fields)
    elif first["type"] == "missing":
        text = "is missing"
    elif place and place[0] in _UNIONS:
        place, text = place[:1], _UNIONS[place[0]]
    param = ".".join(place) or None
    return ConfigError(f"{param}: {text}" if param else text, param=param, hint=hint)
