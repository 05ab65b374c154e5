"""Error answers become the leaf that says who must act."""

import json
import pickle
from typing import Any

import pytest

from openai_compatible import errors as E
from openai_compatible.wire.error_body import error_from_chunk, error_from_response, error_from_text
from openai_compatible.wire.redact import redact
from openai_compatible.wire.retry_after import retry_after

CHAT = "/chat/completions"
URL = "https://user:pw@host.example:8443/v1/chat/completions?api_key=secret"


def of(status: int, body: Any = b"", endpoint: str = CHAT, **headers: str) -> E.OpenAICompatibleError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_from_response(status, names, data, endpoint=endpoint, url=URL)


def said(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


@pytest.mark.parametrize(
    ("status", "body", "leaf"),
    [
        # seen on the wire, 2026-11-20
        (
            400,
            said(
                "request (36010 tokens) exceeds the available context size (4096 tokens)",
                type="exceed_context_size_error",
                code=400,
            ),
            E.ContextLengthExceededError,
        ),
        (
            400,
            said(
                "This model's maximum context length is 4096 tokens. However",
                type="BadRequestError",
                param="input_tokens",
                code=400,
            ),
            E.ContextLengthExceededError,
        ),
        (
            400,
            said("litellm.ContextWindowExceededError: this is a mock", code="400"),
            E.ContextLengthExceededError,
        ),
        (
            500,
            said(
                "input (36000 tokens) is too large to process. increase the physical batch size",
                type="server_error",
                code=500,
            ),
            E.ContextLengthExceededError,
        ),
        (400, {"object": "error", "message": "too long", "code": 40303}, E.ContextLengthExceededError),
        (
            404,
            said("The model `x` does not exist.", type="NotFoundError", code=404),
            E.ModelNotFoundError,
        ),
        (404, {"detail": "The model `x` does not exist or is not accessible"}, E.ModelNotFoundError),
        (400, {"detail": "Server is pinned to '/m'; requested 'x'."}, E.ModelNotFoundError),
        (400, said("model 'x' not found", type="invalid_request_error", code=400), E.ModelNotFoundError),
        (
            400,
            said(
                "/chat/completions: Invalid model name passed in model=x. Call `/v1/models`", code="400"
            ),
            E.ModelNotFoundError,
        ),
        (
            400,
            {"object": "error", "message": "Only a, b allowed now", "code": 40301},
            E.ModelNotFoundError,
        ),
        (404, {"detail": "Not Found"}, E.EndpointNotFoundError),
        (404, said("File Not Found", type="not_found_error", code=404), E.EndpointNotFoundError),
        (405, {"detail": "Method Not Allowed"}, E.EndpointNotFoundError),
        (404, b"", E.EndpointNotFoundError),
        (501, b"", E.EndpointNotFoundError),
        (401, {"error": "Unauthorized"}, E.AuthenticationError),
        (401, said("Invalid API Key", type="authentication_error", code=401), E.AuthenticationError),
        (
            401,
            {
                "detail": {
                    "error": {"message": "", "type": "invalid_request_error", "code": "invalid_api_key"}
                }
            },
            E.AuthenticationError,
        ),
        (
            400,
            said("No connected db.", type="no_db_connection", param=None, code="400"),
            E.AuthenticationError,
        ),
        (
            429,
            said("litellm.RateLimitError: mock", type="throttling_error", code="429"),
            E.RateLimitError,
        ),
        (503, said("Loading model", type="unavailable_error", code=503), E.OverloadedError),
        (500, b"Internal Server Error", E.ServerError),
        (500, said("Internal server error", type="internal_server_error"), E.ServerError),
        (
            400,
            said(
                '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
            ),
            E.UnsupportedParameterError,
        ),
        (
            500,
            said("tools param requires --jinja flag", type="server_error", code=500),
            E.UnsupportedParameterError,
        ),
        (
            501,
            said("This server does not support embeddings. Start it with `--embeddings`", code=501),
            E.InvalidRequestError,
        ),
        (500, said("image input is not supported - hint: mmproj", code=500), E.InvalidRequestError),
        (
            422,
            {"detail": "Unexpected fields in the request: {'no_such_parameter'}"},
            E.UnsupportedParameterError,
        ),
        (
            422,
            {"detail": [{"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}]},
            E.InvalidRequestError,
        ),
        (
            400,
            said("temperature must be in [0, 2], got 9.5.", param="temperature", code=400),
            E.InvalidRequestError,
        ),
        (307, b"", E.APIStatusError),
        (400, {"status": "failure", "message": "x-portkey-provider is required"}, E.InvalidRequestError),
        (500, {"html-message": "<h1>down</h1>"}, E.ServerError),
        # the catalogue
        (400, said("prompt is too long: 200001 tokens > 200000 maximum"), E.ContextLengthExceededError),
        (400, said("x", code="context_length_exceeded"), E.ContextLengthExceededError),
        (
            400,
            said("Requested token count exceeds the model's maximum context length of 131072 tokens."),
            E.ContextLengthExceededError,
        ),
        (
            400,
            said("input length and `max_tokens` exceed context limit: 196758 + 8192 > 200000"),
            E.ContextLengthExceededError,
        ),
        (413, b"", E.ContextLengthExceededError),
        (
            429,
            said("Rate limit reached for model `g` on tokens per minute (TPM): Limit 15000"),
            E.RateLimitError,
        ),
        (
            400,
            said("ThrottlingException: Too many tokens, please wait before trying again."),
            E.RateLimitError,
        ),
        (429, said("You exceeded your current quota", code="insufficient_quota"), E.QuotaExceededError),
        (402, said("Insufficient Balance"), E.QuotaExceededError),
        (402, b"", E.QuotaExceededError),
        (529, said("Overloaded", type="overloaded_error"), E.OverloadedError),
        (498, b"", E.OverloadedError),
        (503, b"no healthy upstream", E.OverloadedError),
        (500, said("The engine is currently overloaded"), E.OverloadedError),
        (
            400,
            [
                {
                    "error": {
                        "code": 400,
                        "message": "API key not valid. Please pass a valid API key.",
                        "status": "INVALID_ARGUMENT",
                    }
                }
            ],
            E.AuthenticationError,
        ),
        (403, {"error": "No valid api key found."}, E.AuthenticationError),
        (401, said("Model m not supported", type="ModelError"), E.ModelNotFoundError),
        (403, b"<html><title>Attention Required! | Cloudflare</title></html>", E.PermissionDeniedError),
        (403, said("no access"), E.PermissionDeniedError),
        (407, b"", E.AuthenticationError),
        (400, said("The response was filtered", code="content_filter"), E.ContentFilterError),
        (
            404,
            {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist"}},
            E.ModelNotFoundError,
        ),
        (
            400,
            said(
                "Unsupported parameter: 'max_tokens' is not supported with this model.",
                code="unsupported_parameter",
                param="max_tokens",
            ),
            E.UnsupportedParameterError,
        ),
        (409, said("conflict"), E.APIStatusError),
        (418, b"", E.APIStatusError),
        (400, b"", E.InvalidRequestError),
    ],
)
def test_each_answer_becomes_its_leaf(status: int, body: Any, leaf: type[E.APIStatusError]) -> None:
    error = of(status, body)
    assert type(error) is leaf
    assert error.status_code == status
    assert str(error)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (said("openai does not support parameters: ['verbosity'], for model=tiny."), "verbosity"),
        (said("Setting dimensions is not supported for OpenAI `text-embedding-3`"), "dimensions"),
        (
            said("Model 'tiny' does not support Matryoshka embeddings; dimensions must be unset"),
            "dimensions",
        ),
        (
            [
                {
                    "error": {
                        "code": 400,
                        "message": 'Unknown name "web_search_options": Cannot find field.',
                    }
                }
            ],
            "web_search_options",
        ),
        (said("Unrecognized request argument supplied: store"), "store"),
        (said("Unknown parameter: 'logit_bias'."), "logit_bias"),
        (said("property 'logprobs' is unsupported"), "logprobs"),
        (said("unknown field `seed`, expected one of"), "seed"),
        (
            {"error": "Invalid tool_choice type: 'object'. Supported: none, auto, required"},
            "tool_choice",
        ),
        (said("This response_format type is unavailable now"), "response_format"),
        (
            said("parameter.enable_thinking must be set to false for non-streaming calls"),
            "enable_thinking",
        ),
        (said("'n' is not supported"), "n"),
        (said("parallel_tool_calls is not supported"), "parallel_tool_calls"),
        (
            {
                "object": "error",
                "message": {
                    "detail": [
                        {
                            "type": "extra_forbidden",
                            "loc": ["body", "stream_options", "include_usage"],
                            "msg": "Extra inputs are not permitted",
                        }
                    ]
                },
            },
            "stream_options.include_usage",
        ),
        (
            {
                "detail": [
                    {"loc": ["body", "a"], "msg": "Field required"},
                    {"loc": ["body", "store"], "msg": "Extra inputs are not permitted"},
                ]
            },
            "store",
        ),
    ],
)
def test_an_unsupported_parameter_is_named(body: Any, param: str) -> None:
    for status in (400, 422):
        error = of(status, body)
        assert type(error) is E.UnsupportedParameterError
        assert error.param == param
        assert param in str(error)


@pytest.mark.parametrize(
    ("body", "message", "code", "param"),
    [
        ({"error": {"message": "m", "type": "t", "param": "p", "code": None}}, "m", None, "p"),
        ({"error": {"message": "m", "param": "None", "code": "400"}}, "m", "400", None),
        ({"error": {"message": {"message": "deep"}, "code": True}}, "deep", None, None),
        ({"error": {"message": ["a", "b"]}}, "a", None, None),
        ({"error": {"message": {"x": {}}}}, '{"x":{}}', None, None),
        ({"error": {"error": {"message": "m"}, "code": 7}}, "m", "7", None),
        ({"error": "m", "error_type": "generation"}, "m", None, None),
        ({"message": "m", "code": "c"}, "m", "c", None),
        ({"msg": "m"}, "m", None, None),
        ({"errors": [{"code": 1000, "message": "m"}], "success": False}, "m", "1000", None),
        ({"base_resp": {"status_code": 1004, "status_msg": "m"}}, "m", "1004", None),
        ({"error": {"type": "only_type"}}, "the server gave no reason", None, None),
        ({"detail": [{"loc": "body.x", "msg": "m"}, 7, {"msg": "n"}]}, "body.x: m; n", None, "x"),
        (
            {"detail": [{"loc": ["body", 59], "msg": "JSON decode error"}]},
            "body.59: JSON decode error",
            None,
            None,
        ),
        ({"anything": 1}, '{"anything":1}', None, None),
        ([], "the server gave no reason", None, None),
        ("m", "m", None, None),
        (7, "7", None, None),
        (b"plain \xff text", "plain \ufffd text", None, None),
        (
            b"<html><head><title>502 Bad\n Gateway</title>",
            "the server answered with a web page: 502 Bad Gateway",
            None,
            None,
        ),
        (b"<html><h1>Nope <b>x</b></h1>", "the server answered with a web page: Nope x", None, None),
        (b"<xml/>", "the server answered with a web page", None, None),
        (b"", "the server gave no reason", None, None),
        (
            {
                "error": {
                    "error": {"error": {"error": {"error": {"error": {"error": {"message": "m"}}}}}}
                }
            },
            None,
            None,
            None,
        ),
    ],
)
def test_every_shape_is_read(
    body: Any, message: str | None, code: str | None, param: str | None
) -> None:
    error = of(409, body)
    assert message is None or error.message == message
    assert (error.code, error.param) == (code, param)


def test_what_the_upstream_said_is_added() -> None:
    assert (
        of(502, said("Provider returned error", metadata={"raw": "boom"})).message
        == "Provider returned error: boom"
    )
    assert of(502, said("boom", metadata={"raw": "boom"})).message == "boom"


def test_a_wrong_path_names_the_url_without_credentials_or_query() -> None:
    text = str(of(404, {"detail": "Not Found"}))
    assert "https://host.example:8443/v1/chat/completions" in text
    assert "secret" not in text
    assert "pw" not in text
    odd = error_from_response(404, {}, b"", endpoint=CHAT, url="http://[bad")
    assert "that URL" in str(odd)
    assert "http://h/v1" in str(error_from_response(404, {}, b"", endpoint=CHAT, url="http://h/v1"))


def test_hints_name_the_flag_that_enables_a_feature() -> None:
    assert "--tool-call-parser" in str(
        of(400, said('tool_choice="required" requires --tool-call-parser to be set'))
    )
    assert "--jinja" in str(of(500, said("tools param requires --jinja flag")))
    assert "--embeddings" in str(
        of(501, said("This server does not support embeddings. Start it with `--embeddings`"))
    )
    assert "--ubatch-size" in str(of(500, said("input is too large to process"), "/embeddings"))


def test_an_embeddings_request_that_is_too_large_is_no_overflow() -> None:
    assert type(of(413, b"", "/embeddings")) is E.InvalidRequestError


def test_googles_quota_with_a_retry_delay_is_a_rate_limit() -> None:
    details = [
        {"@type": "x"},
        7,
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"},
    ]
    error = of(
        429, [{"error": {"code": 429, "message": "You exceeded your current quota", "details": details}}]
    )
    assert type(error) is E.RateLimitError
    assert error.retry_after == 34.0


@pytest.mark.parametrize(
    "name", ["x-request-id", "request-id", "x-litellm-call-id", "apim-request-id", "cf-ray"]
)
def test_the_request_id_is_found(name: str) -> None:
    assert error_from_response(500, {name: "r1"}, b"", endpoint=CHAT, url=URL).request_id == "r1"
    assert of(500, {"error": {"message": "x", "request_id": "r2"}}).request_id == "r2"


def test_bodies_are_redacted_and_cut() -> None:
    error = of(401, said("Incorrect API key provided: sk-proj-abcdefgh12345678. " + "x" * 5000))
    assert "abcdefgh" not in (error.body or "") + str(error)
    assert len(error.body or "") == 2_000
    assert len(error.message) <= 1_000


def test_errors_pickle() -> None:
    again = pickle.loads(pickle.dumps(of(429, said("slow", code="c"), retry_after="3")))
    assert (type(again), again.retry_after, again.code) == (E.RateLimitError, 3.0, "c")


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "x",
        [],
        {},
        [7],
        {"choices": []},
        {"error": None},
        {"error": {}},
        {"error": {"message": "", "code": None}},
        {"type": "ping"},
        {"message": "hi"},
        {"object": "error"},
        {"base_resp": {"status_code": 0}},
        {"base_resp": 7},
        {"choices": [{}], "message": "x", "code": 1},
        {"detail": []},
        {"code": 7},
        {"detail": None},
        {"type": "message_start", "message": {"id": "m"}},
    ],
)
def test_what_is_no_error_is_none(value: Any) -> None:
    assert error_from_chunk(value) is None


def test_errors_inside_answers_take_their_status_from_the_body() -> None:
    assert error_from_chunk(said("x", code=429)).status_code == 429  # type: ignore[union-attr]
    error = error_from_chunk({"error": {"message": "x", "http_status_code": 503}})
    assert (type(error), error and error.status_code) == (E.OverloadedError, 503)
    error = error_from_chunk({"error": "x"})
    assert (type(error), error and error.status_code) == (E.ServerError, None)
    assert error_from_chunk({"error": {"code": "boom"}}).message  # type: ignore[union-attr]
    assert (
        type(error_from_chunk({"error": {"message": "maximum context length"}}))
        is E.ContextLengthExceededError
    )
    assert type(error_from_chunk({"error": ["x"]})) is E.ServerError


def test_error_events_are_errors_whatever_their_data() -> None:
    assert error_from_text(b'{"message": "m", "code": 429}').code == "429"
    assert error_from_text(b"boom").message == "boom"
    assert error_from_text(b"").message == "the server reported an error inside its answer"
    assert error_from_text(b"{}").body == "{}"


# -- retry-after


@pytest.mark.parametrize(
    ("headers", "message", "wait"),
    [
        ({"retry-after-ms": "1500", "retry-after": "9"}, "", 1.5),
        ({"retry-after": "2.5"}, "", 2.5),
        ({"retry-after": "-3"}, "", 0.0),
        ({"retry-after": "nan"}, "", None),
        ({"retry-after": "soon"}, "", None),
        (
            {"retry-after": "Sat, 21 Nov 2026 00:00:10 GMT", "date": "Sat, 21 Nov 2026 00:00:00 GMT"},
            "",
            10.0,
        ),
        (
            {"retry-after": "Sat, 21 Nov 2026 00:00:10 GMT", "date": "Sat, 21 Nov 2026 00:01:00 GMT"},
            "",
            0.0,
        ),
        ({"retry-after": "Sat, 21 Nov 2026 00:00:10 GMT"}, "", None),
        ({}, "Rate limit reached. Please try again in 7.66s.", 7.66),
        ({}, "Please try again in 1m2.5s", 62.5),
        ({}, "Please retry after 20 seconds.", 20.0),
        ({}, "try again in 120ms", 0.12),
        ({}, "try again in 2 minutes", 120.0),
        ({}, "try again later", None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m26.4s"}, "", 86.4),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "bad"}, "", None),
        ({"x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "9s"}, "", None),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1761000000"}, "", None),
        ({}, "", None),
    ],
)
def test_the_wait_is_read(headers: dict[str, str], message: str, wait: float | None) -> None:
    assert retry_after(headers, message) == (None if wait is None else pytest.approx(wait))


def test_a_date_is_measured_against_the_clock_given() -> None:
    headers = {"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}
    assert retry_after(headers, now=40.0) == 60.0
    assert retry_after(headers, now=lambda: 90.0) == 10.0
    assert retry_after({}, info="bad") is None


# -- redaction


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefgh12345678",
        "gsk_abcdefgh12345678",
        "hf_abcdefgh12345678",
        "xai-abcdefgh12345678",
        "nvapi-abcdefgh-12345678",
        "AIzaSyA12345678abcdefgh",
        "sk-abc****5678",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
    ],
)
def test_keys_with_a_known_beginning_are_masked(secret: str) -> None:
    assert redact(f"bad key {secret}, sorry") == "bad key ***, sorry"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abcdef123", "Authorization: *** ***"),
        ("use Bearer abcdef123 now", "use Bearer *** now"),
        ("?api_key=abcdef&x=1", "?api_key=***&x=1"),
        ('{"api-key": "abcdef"}', '{"api-key": "***"}'),
        ("API key provided: abcdef12", "API key provided: ***"),
        ("Ensure Key has `Bearer ` prefix", "Ensure Key has `Bearer ` prefix"),
        (
            "[json.exception.parse_error.101] key_not_found in pa_x",
            "[json.exception.parse_error.101] key_not_found in pa_x",
        ),
        ("--enable-auto-tool-choice", "--enable-auto-tool-choice"),
    ],
)
def test_what_is_masked_and_what_is_not(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_redacted_text_is_cut_and_never_cuts_a_key_open() -> None:
    assert len(redact("x" * 10_000)) == 2_000
    text = "x" * 1_990 + " sk-abcdefgh12345678"
    assert "sk-" not in redact(text)
    assert redact(b"\xff") == "\ufffd"
