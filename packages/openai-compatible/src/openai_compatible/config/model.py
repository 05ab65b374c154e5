"""``Model``: facts about one model of a provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self
from urllib.parse import parse_qsl

from pydantic import Field, ModelWrapValidatorHandler, field_validator, model_validator

from openai_compatible.config.secrecy import SOURCES, Key, without_key, without_secrets
from openai_compatible.config.serialized import check_provider_mapping, is_constructing
from openai_compatible.config.settings import Settings
from openai_compatible.config.tables import Facts, Rate
from openai_compatible.errors import ConfigError
from openai_compatible.secret_mapping import BodyPart

__all__ = ["Model"]


class Model(Settings):
    """One model of a provider, under an alias. What is not said is unknown, never "no"."""

    id: str | None = None
    """Wire id; the alias itself when absent."""
    display_name: str | None = None
    """For people."""
    base_url: str | None = None
    """Own endpoint of this model, where a provider has one per model."""
    api_key: Key = Field(default=None, exclude=True, repr=False)
    """Own key of this model, which wins over the provider's; so do the next four."""
    api_key_env: str | None = None
    """As the provider's."""
    api_key_keyring: str | None = None
    """As the provider's."""
    api_key_command: tuple[str, ...] | None = None
    """As the provider's."""
    api_key_file: str | None = None
    """As the provider's."""
    context_window: Annotated[int, Field(gt=0)] | None = None
    """Tokens of prompt and answer together."""
    max_output_tokens: Annotated[int, Field(gt=0)] | None = None
    """Tokens of the longest answer."""
    dimensions: Annotated[int, Field(gt=0)] | None = None
    """Length of the vectors of an embedding model, sent as ``dimensions`` only by callers."""
    tools: bool | None = None
    """Whether it calls tools."""
    structured_output: bool | None = None
    """Whether it keeps to a JSON Schema."""
    reasoning: bool | None = None
    """Whether it reasons before it answers."""
    image_inputs: bool | None = None
    """Whether it sees images."""
    audio_inputs: bool | None = None
    """Whether it hears audio."""
    streaming: bool | None = None
    """``False``: streams are made of one whole answer."""
    input_cost: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Price of a million input tokens. 0 is free."""
    output_cost: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Price of a million output tokens."""
    query_prefix: str = ""
    """Put before a query text by embedding adapters."""
    document_prefix: str = ""
    """Put before a text that is stored."""
    rate_limit: Rate = None
    """Beside the provider's; also one number: requests in a minute."""
    extra_body: BodyPart = Field(default_factory=dict)
    """Joins the provider's, and wins."""
    dialect: Facts = Field(default_factory=dict)
    """Facts that differ from the profile's for this model."""

    @model_validator(mode="wrap")
    @classmethod
    def _from_mapping(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Hold what pydantic validates apart from a constructor call to what a mapping may say."""
        if isinstance(data, Mapping) and not is_constructing():
            check_provider_mapping(data, cls.__name__)
        return handler(data)

    @field_validator("base_url")
    @classmethod
    def _query_holds_no_secret(cls, value: str | None) -> str | None:
        """A base URL is shown, and goes into pickles; what may be a key in it must not."""
        _, _, query = (value or "").partition("#")[0].partition("?")
        _, secret = without_secrets(dict(parse_qsl(query, keep_blank_values=True)))
        if secret:
            raise ConfigError(
                f"the query parameter {secret[0]!r} may be a key, and a model's base_url is shown",
                hint=f'Give it as api_key, with auth = {{ style = "query", name = "{secret[0]}" }} for '
                "the provider. What all models share goes into the provider's query.",
            )
        return value

    def without_key(self) -> Model:
        """The same without a key source, if it is at its provider's base URL."""
        if self.base_url is not None or all(getattr(self, name) is None for name in SOURCES):
            return self
        return self.model_copy(update=dict.fromkeys(SOURCES))

    def __getstate__(self) -> dict[Any, Any]:
        return without_key(super().__getstate__())
