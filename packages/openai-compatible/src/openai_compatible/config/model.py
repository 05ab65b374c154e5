"""``Model``: facts about one model of a provider."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator

from openai_compatible.config.secrecy import SOURCES, KeyCallable, read_key, without_key
from openai_compatible.config.settings import Settings
from openai_compatible.config.tables import RateLimit, read_rate_limit

__all__ = ["Model"]


class Model(Settings):
    """One model of a provider, under an alias. ``None`` means unknown, never "no"."""

    id: str | None = None
    """Wire id; the alias itself when absent."""
    display_name: str | None = None
    base_url: str | None = None
    """Own endpoint of this model, where a provider has one per model."""
    api_key: SecretStr | KeyCallable | None = Field(default=None, exclude=True, repr=False)
    api_key_env: str | None = None
    api_key_keyring: str | None = None
    api_key_command: tuple[str, ...] | None = None
    api_key_file: str | None = None
    context_window: Annotated[int, Field(gt=0)] | None = None
    max_output_tokens: Annotated[int, Field(gt=0)] | None = None
    dimensions: Annotated[int, Field(gt=0)] | None = None
    """Length of the vectors of an embedding model, sent as ``dimensions`` only by callers."""
    tools: bool | None = None
    structured_output: bool | None = None
    reasoning: bool | None = None
    image_inputs: bool | None = None
    audio_inputs: bool | None = None
    streaming: bool | None = None
    """``False``: streams are made of one whole answer."""
    input_cost: Annotated[float, Field(ge=0)] | None = None
    """Price of a million input tokens. 0 is free, ``None`` unknown."""
    output_cost: Annotated[float, Field(ge=0)] | None = None
    query_prefix: str = ""
    """Put before a query text by embedding adapters."""
    document_prefix: str = ""
    rate_limit: RateLimit | None = None
    """Beside the provider's; also one number: requests in a minute."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    dialect: dict[str, Any] = Field(default_factory=dict)
    """Facts that differ from the profile's for this model."""

    @field_validator("rate_limit", mode="before")
    @classmethod
    def _rate_limit_number(cls, value: Any) -> Any:
        return read_rate_limit(value)

    @field_validator("api_key", mode="before")
    @classmethod
    def _empty_key_is_no_key(cls, value: Any) -> Any:
        return read_key(value)

    def without_key(self) -> Model:
        """The same without a key source, if it is at its provider's base URL."""
        if self.base_url is not None or all(getattr(self, name) is None for name in SOURCES):
            return self
        return self.model_copy(update=dict.fromkeys(SOURCES))

    def __getstate__(self) -> dict[Any, Any]:
        return without_key(super().__getstate__())
