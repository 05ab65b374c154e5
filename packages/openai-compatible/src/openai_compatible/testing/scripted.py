"""A model server that follows a script: deterministic, instant, and strict about requests.

::

    with scripted() as server:
        client = Client(base_url=server.base_url, model="scripted")

:func:`respond` is a pure function from a request to a :class:`Reply`; :func:`scripted` serves it on
loopback. It is what langchain-tests and the LlamaIndex suite run against.

What it says
    ==============================================  ==============================================
    request                                         answer
    ==============================================  ==============================================
    anything                                        ``You said: `` and the last user message
    last message has role ``tool``                  ``The tool said: `` and its content
    ``tools``, last message from the user           a call of the tool named in the prompt, else of
                                                    the first one; two calls if the prompt says
                                                    ``twice`` (unless ``parallel_tool_calls`` is
                                                    false)
    ``tool_choice`` required, or a named function   always a call
    ``response_format`` ``json_schema``             an instance of the schema
    ``response_format`` ``json_object``             the keys that the prompt names in quotes
    "json" and a JSON schema in the prompt          an instance of that schema
    model ``scripted-reasoner``                     ``reasoning_content`` first, then as above
    model ``scripted-reasoner-plain``               the same under the name ``reasoning``
    model ``scripted-reasoner-tags``                the same as ``<think>...</think>`` in the content
    model ``scripted-429`` (any 4xx or 5xx)         an error of that status; 429 and 503 have
                                                    ``retry-after: 0``
    model ``scripted-context``                      400 ``context_length_exceeded``
    model ``scripted-cut``                          a stream that ends early, without finish reason
    model ``scripted-failing``                      an error object in the middle of a stream
    ==============================================  ==============================================

    Arguments and instances are filled from the prompt: numbers in order, strings in quotes, names
    (:mod:`openai_compatible.testing.schema_example`). ``stop``, ``max_tokens``, ``n`` and
    ``stream_options.include_usage`` are obeyed; the model name is echoed.

    Embeddings are vectors in which texts that share words are near each other; ``dimensions`` and
    ``encoding_format`` are obeyed; the rows come in reversed order, each with its ``index``.

What it refuses, with a 400 as OpenAI and vLLM do
    no messages; an unknown role or content part; ``tools: []``; ``tool_choice`` without tools or of
    an unknown function; a tool message that answers no call; ``stream_options`` without ``stream``;
    an empty ``input``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from openai_compatible.testing.loopback import END, Loopback, Reply, Seen, event_stream, json_reply
from openai_compatible.testing.script import (
    Answer,
    answer,
    count_tokens,
    embedding,
    encode_vector,
    tokens,
)

__all__ = ["MODELS", "respond", "scripted"]

MODELS: Final = (
    "scripted",
    "scripted-reasoner",
    "scripted-reasoner-plain",
    "scripted-reasoner-tags",
    "scripted-embeddings",
)
"""What ``GET /v1/models`` lists."""

_CREATED = 1_700_000_000
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_PARTS = frozenset({"text", "image_url", "input_audio", "file", "video_url", "refusal"})
_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
_TYPES = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}


class _RefusedError(Exception):
    """The request is not valid; args: message, code, param."""


def respond(
    method: str, path: str, headers: Mapping[str, str], body: bytes, *, api_key: str | None = None
) -> Reply:
    """Answer one request; see the module's docstring for the rules.

    Args:
        method: HTTP method.
        path: Path; what stands before ``/chat/completions`` and the like does not matter.
        headers: Lower-case names.
        body: JSON.
        api_key: If given, requests need ``Authorization: Bearer <api_key>``.
    """
    if api_key is not None and headers.get("authorization") != f"Bearer {api_key}":
        return _error(401, "Incorrect API key provided.")
    endpoint = re.search(r"/(chat/completions|completions|embeddings|models(?:/.+)?)/?$", path)
    if endpoint is None:
        return _error(404, f"Unknown path: {method} {path}", "unknown_url")
    name = endpoint[1]
    if method != ("GET" if name.startswith("models") else "POST"):
        return _error(405, f"Not allowed: {method} {path}", "method_not_allowed")
    try:
        return _models(name) if name.startswith("models") else _answer(name, _read(body))
    except _RefusedError as refused:
        message, code, param = refused.args
        return _error(400, message, code, param)


def _answer(endpoint: str, request: dict[str, Any]) -> Reply:
    if fault := _fault(request):
        return fault
    if endpoint == "embeddings":
        return _embeddings(request)
    return _chat(request) if endpoint == "chat/completions" else _completion(request)


@contextlib.contextmanager
def scripted(*, api_key: str | None = None) -> Iterator[Loopback]:
    """Serve :func:`respond` on loopback; yields the :class:`Loopback`, whose ``base_url`` to use."""

    def app(seen: Seen) -> Reply:
        return respond(seen.method, seen.path, seen.headers, seen.body, api_key=api_key)

    with Loopback(app) as server:
        yield server


def _error(status: int, message: str, code: str | None = None, param: str | None = None) -> Reply:
    error = {
        "message": message,
        "type": _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error"),
        "param": param,
        "code": code or _CODES.get(status),
    }
    headers = {"x-request-id": "req_scripted"}
    if status in (429, 503):
        headers["retry-after"] = "0"
    return json_reply({"error": error}, status, headers)


def _fault(request: Mapping[str, Any]) -> Reply | None:
    model = request["model"]
    if model == "scripted-context":
        message = "This model's maximum context length is 8 tokens, but you requested 9 tokens."
        return _error(400, message, "context_length_exceeded", "messages")
    found = re.fullmatch(r"scripted-([45]\d\d)", model)
    return _error(int(found[1]), f"The script says {found[1]}.") if found else None


def _models(name: str) -> Reply:
    rows = [{"id": m, "object": "model", "created": _CREATED, "owned_by": "scripted"} for m in MODELS]
    wanted = name.partition("/")[2]
    if not wanted:
        return json_reply({"object": "list", "data": rows})
    row = next((row for row in rows if row["id"] == wanted), None)
    return json_reply(row) if row else _error(404, f"The model `{wanted}` does not exist.")


def _read(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body)
    except ValueError as error:
        raise _RefusedError(f"The body is not JSON: {error}", None, None) from error
    if not isinstance(request, dict):
        raise _RefusedError("The body is not an object.", None, None)
    if not isinstance(request.setdefault("model", "scripted"), str):
        raise _RefusedError("model must be a string.", None, "model")
    if request.get("stream_options") is not None and not request.get("stream"):
        message = "stream_options is only allowed when stream is true."
        raise _RefusedError(message, None, "stream_options")
    return request


def _check_messages(messages: Any) -> None:
    if not isinstance(messages, list) or not messages:
        raise _RefusedError("messages must be a list with at least one message.", None, "messages")
    announced: set[Any] = set()
    for number, message in enumerate(messages):
        where = f"messages[{number}]"
        role = message.get("role") if isinstance(message, dict) else None
        if role not in _ROLES:
            raise _RefusedError(f"{where}: unknown role {role!r}.", None, where)
        content = message.get("content")
        parts = content if isinstance(content, list) else []
        if not isinstance(content, str | list | None) or (content is None and role == "user"):
            raise _RefusedError(f"{where}: content must be text or parts.", None, where)
        for part in parts:
            if not isinstance(part, dict) or part.get("type") not in _PARTS:
                raise _RefusedError(f"{where}: unknown content part.", None, where)
        announced |= {call.get("id") for call in message.get("tool_calls") or ()}
        if role == "tool" and message.get("tool_call_id") not in announced:
            raise _RefusedError(f"{where}: tool_call_id answers no tool call.", None, where)


def _check_tools(request: Mapping[str, Any]) -> None:
    tools, choice = request.get("tools"), request.get("tool_choice")
    if tools == []:
        raise _RefusedError("tools must not be empty.", None, "tools")
    try:
        names = {tool["function"]["name"] for tool in tools or ()}
        wanted = choice["function"]["name"] if isinstance(choice, dict) else None
    except (KeyError, TypeError):
        raise _RefusedError("a tool is {type, function: {name}}.", None, "tools") from None
    if choice is not None and not tools:
        raise _RefusedError("tool_choice needs tools.", None, "tool_choice")
    if choice not in (None, "none", "auto", "required") and wanted not in names:
        raise _RefusedError(f"tool_choice: no function {wanted or choice!r}.", None, "tool_choice")


def _chat(request: dict[str, Any]) -> Reply:
    _check_messages(request.get("messages"))
    _check_tools(request)
    said = answer(request)
    number = request.get("n") or 1
    usage = _usage(count_tokens(request["messages"]), said, number)
    head = {"id": f"chatcmpl-{_digest(request)}", "created": _CREATED, "model": request["model"]}
    if request.get("stream"):
        return _stream(request, head, said, usage, number)
    message: dict[str, Any] = {"role": "assistant", "content": said.text or None}
    if said.calls:
        message["tool_calls"] = [
            {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
            for c in said.calls
        ]
    if said.reasoning is not None:
        _put_reasoning(request["model"], message, said.reasoning)
    choices = [
        {"index": index, "message": message, "logprobs": None, "finish_reason": said.finish_reason}
        for index in range(number)
    ]
    body = {**head, "object": "chat.completion", "choices": choices, "usage": usage}
    return json_reply(body, headers={"x-request-id": "req_scripted"})


def _put_reasoning(model: str, message: dict[str, Any], reasoning: str) -> None:
    if model == "scripted-reasoner-tags":
        message["content"] = f"<think>\n{reasoning}\n</think>\n\n{message['content'] or ''}"
    else:
        message[_reasoning_key(model)] = reasoning


def _reasoning_key(model: str) -> str:
    return "reasoning" if model == "scripted-reasoner-plain" else "reasoning_content"


def _usage(prompt_tokens: int, said: Answer, number: int) -> dict[str, Any]:
    reasoning = len(tokens(said.reasoning or ""))
    written = len(tokens(said.text)) + sum(len(tokens(c.arguments)) for c in said.calls)
    completion = number * (reasoning + written)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion,
        "total_tokens": prompt_tokens + completion,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": number * reasoning},
    }


def _deltas(model: str, said: Answer) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": "" if said.text else None}
    text = said.text
    if said.reasoning is not None and model == "scripted-reasoner-tags":
        text = f"<think>\n{said.reasoning}\n</think>\n\n{text}"
    elif said.reasoning is not None:
        for token in tokens(said.reasoning):
            yield {_reasoning_key(model): token}
    for token in tokens(text):
        yield {"content": token}
    for index, call in enumerate(said.calls):
        function = {"name": call.name, "arguments": ""}
        yield {"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": function}]}
        for at in range(0, len(call.arguments), 7):
            part = {"arguments": call.arguments[at : at + 7]}
            yield {"tool_calls": [{"index": index, "function": part}]}


def _stream(
    request: Mapping[str, Any],
    head: Mapping[str, Any],
    said: Answer,
    usage: Mapping[str, Any],
    number: int,
) -> Reply:
    head = {**head, "object": "chat.completion.chunk"}
    with_usage = bool((request.get("stream_options") or {}).get("include_usage"))

    def chunk(choices: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
        return {**head, "choices": choices, **({"usage": None} if with_usage else {}), **more}

    chunks = [
        chunk([{"index": index, "delta": delta, "logprobs": None, "finish_reason": None}])
        for delta in _deltas(request["model"], said)
        for index in range(number)
    ]
    if request["model"] == "scripted-cut":
        return event_stream(*chunks, END)
    if request["model"] == "scripted-failing":
        error = {"message": "The script fails here.", "type": "server_error", "code": 500}
        return event_stream(*chunks, {"error": error}, done=False)
    for index in range(number):
        chunks.append(chunk([{"index": index, "delta": {}, "finish_reason": said.finish_reason}]))
    if with_usage:
        chunks.append(chunk([], usage=usage))
    return event_stream(*chunks, headers={"x-request-id": "req_scripted"})


def _completion(request: dict[str, Any]) -> Reply:
    """The legacy text completion: ``prompt`` is one text; the script sees it as a user message."""
    if not isinstance(request.get("prompt"), str):
        raise _RefusedError("prompt must be a string.", None, "prompt")
    messages = [{"role": "user", "content": request["prompt"]}]
    said = answer({**request, "messages": messages, "tools": None, "response_format": None})
    usage = _usage(len(tokens(request["prompt"])), said, 1)
    head = {"id": f"cmpl-{_digest(request)}", "object": "text_completion", "created": _CREATED}
    head["model"] = request["model"]

    def body(text: str, finish: str | None) -> dict[str, Any]:
        choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": finish}
        return {**head, "choices": [choice]}

    if not request.get("stream"):
        return json_reply({**body(said.text, said.finish_reason), "usage": usage})
    chunks = [body(token, None) for token in tokens(said.text)] + [body("", said.finish_reason)]
    if (request.get("stream_options") or {}).get("include_usage"):
        chunks.append({**head, "choices": [], "usage": usage})
    return event_stream(*chunks)


def _embeddings(request: Mapping[str, Any]) -> Reply:
    given = request.get("input")
    texts: list[Any] = given if isinstance(given, list) and not _is_tokens(given) else [given]
    if not texts or not all(isinstance(text, str) or _is_tokens(text) for text in texts):
        raise _RefusedError("input must be texts or lists of token ids.", None, "input")
    if any(len(text) == 0 for text in texts):
        raise _RefusedError("input must not be empty.", None, "input")
    words = [text if isinstance(text, str) else " ".join(map(str, text)) for text in texts]
    vectors = [embedding(text, request.get("dimensions")) for text in words]
    in_base64 = request.get("encoding_format") == "base64"
    rows = [
        {"object": "embedding", "index": index, "embedding": encode_vector(v) if in_base64 else v}
        for index, v in enumerate(vectors)
    ]
    used = sum(len(tokens(text)) for text in words)
    usage = {"prompt_tokens": used, "total_tokens": used}
    rows.reverse()
    return json_reply({"object": "list", "data": rows, "model": request["model"], "usage": usage})


def _is_tokens(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, int) for one in value)


def _digest(request: Mapping[str, Any]) -> str:
    text = json.dumps(request, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
