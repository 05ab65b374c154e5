"""Answers of structured output to objects: one reading for every method, whole and streamed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Literal

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, BaseMessage, BaseMessageChunk
from langchain_core.output_parsers.transform import BaseCumulativeTransformOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.utils import AddableDict
from langchain_core.utils.json import parse_json_markdown
from langchain_core.utils.pydantic import is_basemodel_subclass

from langchain_openai_compatible.blocks import refusal_of
from langchain_openai_compatible.errors import ModelRefusedError
from langchain_openai_compatible.invalid_calls import EMPTY_ARGUMENTS
from openai_compatible.errors import ContentFilterError, MalformedResponseError, OpenAICompatibleError
from openai_compatible.plan.object_answer import judge_answer
from openai_compatible.plan.structured import Tried
from openai_compatible.wire.arguments import CUT_REASONS
from openai_compatible.wire.json_answer import has_cut_json, json_values
from openai_compatible.wire.schema_fit import fits

__all__ = ["AnswerReader", "ObjectParser", "RawAndParsed", "UnfitAnswerError"]

Place = Literal["call", "text", "anywhere"]


class UnfitAnswerError(MalformedResponseError, OutputParserException):
    """The answer holds no object that fits the schema."""

    def __init__(self, message: str, *, llm_output: str | None = None, **fields: Any) -> None:
        MalformedResponseError.__init__(self, message, **fields)
        self.llm_output = llm_output
        self.observation = None
        self.send_to_llm = False


class AnswerReader:
    """Reads the object of one schema in messages.

    Args:
        schema: A pydantic class, a TypedDict class, a JSON schema, or ``None`` for any JSON value.
        name: Name of the schema, and of the tool that takes the object.
        place: Where the object may be: in a tool call, in the text, or anywhere, which is also the
            reasoning of an answer without text.
        provider: Name of the provider, for errors.
        parameters: JSON schema that a dict must fit; ``None`` does not check.
    """

    def __init__(
        self,
        schema: Any,
        name: str,
        place: Place,
        *,
        provider: str | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        self.schema = schema
        self.name = name
        self.place = place
        self.provider = provider
        self.parameters = parameters
        self._is_class = isinstance(schema, type) and is_basemodel_subclass(schema)

    def judge(self, message: BaseMessage) -> Tried:
        """Say what a finished answer holds.

        Raises:
            ModelRefusedError: The model refused, or a content filter stopped the answer.
            MalformedResponseError: It was cut before there was an object.
        """
        finish_reason = message.response_metadata.get("finish_reason")
        try:
            return judge_answer(
                self._values(message, finish_reason),
                self._validate,
                finish_reason=finish_reason,
                refusal=refusal_of(message),
                damaged=self._is_damaged(message),
            )
        except ContentFilterError as error:
            raise ModelRefusedError(
                error.message, raw_message=message, hint=error.hint, provider=self.provider
            ) from None
        except MalformedResponseError as error:
            raise error.with_context(provider=self.provider) from None

    def read_object(self, message: BaseMessage) -> Any:
        """Return the object in a finished answer.

        Raises:
            UnfitAnswerError: There is none that fits. Further errors as :meth:`judge`.
        """
        tried = self.judge(message)
        if tried.found:
            return tried.value
        text = message.text
        raise UnfitAnswerError(
            f"the answer is no {self.name}: {tried.problem}",
            llm_output=text,
            body=text[:2_000] or None,
            provider=self.provider,
            hint="Try another method, a larger model, or a simpler schema.",
        )

    def read_part(self, message: BaseMessage) -> Any:
        """Return the beginning of the object in an answer that still grows, ``None`` if there is none.

        Instances of a class are never given in parts: one looks whole where fields have defaults.
        """
        if self._is_class:
            return None
        if self.place != "text" and isinstance(message, AIMessage):
            for call in message.tool_calls:
                if call["name"] == self.name:
                    return call["args"]
        if self.place == "call":
            return None
        try:
            found = parse_json_markdown(_json_part(message.text))
        except ValueError:
            return None
        return found if isinstance(found, dict | list) else None

    def first_value(self, message: BaseMessage) -> Any:
        """Return the likeliest JSON value in an answer, whether it fits or not, ``None`` without one."""
        finish_reason = message.response_metadata.get("finish_reason")
        return next(self._values(message, finish_reason), None)

    def _values(self, message: BaseMessage, finish_reason: Any) -> Iterator[Any]:
        calls = message.tool_calls if isinstance(message, AIMessage) else []
        if self.place != "text":
            empty = message.response_metadata.get(EMPTY_ARGUMENTS) or ()
            for call in calls:
                if call["name"] == self.name and call["id"] not in empty:
                    yield call["args"]
        if self.place == "call":
            return
        text = message.text
        yield from json_values(text)
        if self.place == "text" or text.strip() or calls or finish_reason in CUT_REASONS:
            return  # the reasoning of a cut answer holds drafts only
        # vLLM's reasoning parsers put an answer without an end mark wholly into the reasoning.
        yield from json_values(str(message.additional_kwargs.get("reasoning_content") or ""))

    def _is_damaged(self, message: BaseMessage) -> bool:
        invalid = message.invalid_tool_calls if isinstance(message, AIMessage) else []
        if self.place != "text" and (invalid or message.response_metadata.get(EMPTY_ARGUMENTS)):
            return True
        return self.place != "call" and has_cut_json(message.text)

    def _validate(self, value: Any) -> tuple[Any, str | None]:
        """The object of the schema, or why a value is none."""
        if self._is_class:
            try:
                read = getattr(self.schema, "model_validate", None) or self.schema.parse_obj
                return read(value), None
            except (ValueError, TypeError) as error:
                return None, _problem(error)
        if self.parameters is not None and not fits(value, self.parameters):
            return None, "it lacks a required property, has an unknown one, or one of another type"
        if self.schema is not None and self._wants_object() and not isinstance(value, dict):
            return None, "it is no JSON object"
        return value, None

    def _wants_object(self) -> bool:
        kind = self.schema.get("type", "object") if isinstance(self.schema, Mapping) else "object"
        return kind in ("object", "json_schema")


class ObjectParser(BaseCumulativeTransformOutputParser[Any]):
    """LangChain's parser around an :class:`AnswerReader`.

    A stream gives the parts of a dict as it grows and ends with the whole object, or with the error
    that ``invoke`` raises.
    """

    reader: Any

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Read the object; with ``partial`` as far as it came."""
        generation = result[0]
        message = generation.message if isinstance(generation, ChatGeneration) else None
        if message is None:
            message = AIMessage(generation.text)
        return self.reader.read_part(message) if partial else self.reader.read_object(message)

    def parse(self, text: str) -> Any:
        """Read the object in a text."""
        return self.parse_result([Generation(text=text)])

    def _transform(self, input: Iterator[Any]) -> Iterator[Any]:
        growing = _Growing(self.reader)
        for chunk in input:
            yield from growing.add(chunk)
        yield from growing.end()

    async def _atransform(self, input: AsyncIterator[Any]) -> AsyncIterator[Any]:
        growing = _Growing(self.reader)
        async for chunk in input:
            for part in growing.add(chunk):
                yield part
        for part in growing.end():
            yield part


class RawAndParsed(Runnable[Any, dict[str, Any]]):
    """Messages to ``{"raw": ..., "parsed": ..., "parsing_error": ...}``.

    In a stream the raw chunks come as they are, the rest at the end.
    """

    def __init__(self, parser: ObjectParser) -> None:
        self.parser = parser

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> dict[str, Any]:
        """The three keys of one message."""
        return {"raw": input, **self._parsed(input, config)}

    async def ainvoke(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """The three keys of one message."""
        return {"raw": input, **await self._aparsed(input, config)}

    def transform(
        self, input: Iterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[dict[str, Any]]:
        """The chunks, then what they hold."""
        whole: Any = None
        for chunk in input:
            whole = chunk if whole is None else whole + chunk
            yield AddableDict(raw=chunk)
        if whole is not None:
            yield AddableDict(self._parsed(whole, config))

    async def atransform(
        self, input: AsyncIterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """The chunks, then what they hold."""
        whole: Any = None
        async for chunk in input:
            whole = chunk if whole is None else whole + chunk
            yield AddableDict(raw=chunk)
        if whole is not None:
            yield AddableDict(await self._aparsed(whole, config))

    def _parsed(self, message: Any, config: RunnableConfig | None) -> dict[str, Any]:
        try:
            return {"parsed": self.parser.invoke(message, config), "parsing_error": None}
        except OpenAICompatibleError as error:
            return {"parsed": None, "parsing_error": error}

    async def _aparsed(self, message: Any, config: RunnableConfig | None) -> dict[str, Any]:
        try:
            return {"parsed": await self.parser.ainvoke(message, config), "parsing_error": None}
        except OpenAICompatibleError as error:
            return {"parsed": None, "parsing_error": error}


class _Growing:
    """The object of a stream so far."""

    def __init__(self, reader: AnswerReader) -> None:
        self._reader = reader
        self._message: Any = None
        self._last: Any = None

    def add(self, chunk: Any) -> Iterator[Any]:
        """Take in a chunk; yields the object where it grew."""
        message = chunk if isinstance(chunk, BaseMessage) else AIMessage(str(chunk))
        if self._message is None or not isinstance(self._message, BaseMessageChunk):
            self._message = message
        else:
            self._message = self._message + message
        part = self._reader.read_part(self._message)
        if part is not None and part != self._last:
            self._last = part
            yield part

    def end(self) -> Iterator[Any]:
        """Yield the whole object unless it is the last part, or raise what ``invoke`` raises."""
        if self._message is None:
            return
        found = self._reader.read_object(self._message)
        if self._last is None or found != self._last:
            yield found


def _json_part(text: str) -> str:
    """The part of an answer from where its JSON begins; a fenced block is left to LangChain."""
    text = text.rpartition("</think>")[2].strip()
    if "```" in text or text[:1] in {"{", "["}:
        return text
    places = [place for sign in "{[" if (place := text.find(sign)) >= 0]
    return text[min(places) :] if places else text


def _problem(error: Exception) -> str:
    """A validation error in one line, without the values."""
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)
    return "; ".join(
        f"{'.'.join(str(part) for part in one['loc']) or 'object'}: {one['msg']}" for one in errors()[:5]
    )
