"""Outcomes of the stages HTTP and authentication."""

from __future__ import annotations

from openai_compatible.probe.outcome import Outcome
from openai_compatible.probe.stages import STAGES

__all__ = ["ROWS"]

_STATUS = "the HTTP status"
_BODY = "the answer's body"
_LOG = "Look at the server's log."

ROWS = (
    Outcome(
        stage="http",
        id="ok",
        ok=True,
        text="the API answers at {base_url}",
        items=("S0-39", "S0-40", "S3-40", "S3-52"),
        source=_STATUS,
    ),
    Outcome(
        stage="http",
        id="spelling",
        ok=True,
        text="nothing answers at {base_url}, the API is at {working}",
        change="Set base_url = '{working}': every start of a program tries the other one first.",
        items=("S0-39",),
        source="the spellings of urls.py, each tried once",
    ),
    Outcome(
        stage="http",
        id="other_spelling",
        ok=False,
        text="{base_url} is no API ({said}), but {working} is one",
        change="Set base_url = '{working}'.",
        items=("S0-39",),
        source="the spellings of urls.py, each tried once",
    ),
    Outcome(
        stage="http",
        id="no_route",
        ok=False,
        text="it answers, but neither /models nor a chat is below {tried}",
        change="Set base_url to where the API is, often ending in /v1; name a model if the server has "
        "no list of models.",
        items=("S0-38", "S0-39", "S3-38"),
        source="404 or 405 that is about the route",
    ),
    Outcome(
        stage="http",
        id="web_page",
        ok=False,
        text="a web page answers at {base_url}{title}, no API",
        change="Set base_url to where the API is, often ending in /v1. A login may be in between.",
        items=("S0-39",),
        source=_BODY,
    ),
    Outcome(
        stage="http",
        id="not_api",
        ok=False,
        text="what answers at {base_url} is no OpenAI-compatible API: {said}",
        change="Check the host, port and path of base_url; the path often ends in /v1.",
        items=("S0-38", "S0-39"),
        source=_BODY,
    ),
    Outcome(
        stage="http",
        id="redirect",
        ok=False,
        text="{said}",
        change="{hint}",
        source="a Location at another origin; it is not followed",
    ),
    Outcome(
        stage="http",
        id="gateway",
        ok=False,
        text="a proxy answers HTTP {status}: the server behind it does not",
        change="Start the server behind the proxy, and check the address the proxy sends to.",
        items=("S0-40", "S3-52"),
        source="502, 503 or 504 of nginx, Caddy, Cloudflare",
    ),
    Outcome(
        stage="http",
        id="airplay",
        ok=False,
        text="{address} is the AirPlay receiver of macOS",
        change="Start the server on another port, such as 5001, and set base_url; or switch off the "
        "receiver in the system's settings.",
        items=("S0-37",),
        source="its Server header, AirTunes; general knowledge",
    ),
    Outcome(
        stage="http",
        id="firewall",
        ok=False,
        text="something in front of the server refuses the request (HTTP {status}: {said})",
        change="Ask who runs it what it wants: a VPN, a known address, another User-Agent (headers).",
        source="403 with a web page; Cloudflare",
    ),
    Outcome(
        stage="http",
        id="loading",
        ok=False,
        text="the server is up, and loads its model: {said}",
        change="Wait a moment, and test again.",
        source="tests/fixtures/llama_server_loading",
    ),
    Outcome(
        stage="http",
        id="overloaded",
        ok=False,
        text="the server is up, and too busy to answer: {said}",
        change=f"Try again later. {_LOG}",
        items=("S3-42",),
        source="503, 529",
    ),
    Outcome(
        stage="http",
        id="closed",
        ok=False,
        text="{address} takes the connection and closes it without an answer",
        change=f"{_LOG} Check the port: it may be no HTTP server.",
        items=("S3-38", "S3-42"),
        source="the end of the connection before an answer",
    ),
    Outcome(
        stage="http",
        id="no_answer",
        ok=False,
        text="{address} takes the connection and does not answer within {limit} s",
        change=f"{_LOG} It may hang, or be no HTTP server.",
        items=("S3-41", "S3-42"),
        source="our own time limit",
    ),
    Outcome(
        stage="http",
        id="proxy",
        ok=False,
        text="the proxy {address} refuses: {said}",
        change="Check proxy of the provider, with user and password if it wants them, or HTTP_PROXY and "
        "HTTPS_PROXY.",
        source="an error of the HTTP library's proxy connection, or 407",
    ),
    Outcome(
        stage="http",
        id="failed",
        ok=False,
        text="no request got through: {said}",
        change="{hint}",
        source="any other error",
    ),
    Outcome(
        stage="authentication",
        id="ok",
        ok=True,
        text="the key is accepted",
        items=("S0-41", "S0-45"),
        source=_STATUS,
    ),
    Outcome(
        stage="authentication",
        id="not_needed",
        ok=True,
        text="no key is needed",
        items=("S0-46", "S1-49"),
        source=_STATUS,
    ),
    Outcome(
        stage="authentication",
        id="ignored",
        ok=True,
        text="the list of models comes without the key, too: the server does not look at it",
        items=("S0-41", "S1-49"),
        source="the same request without a key; on loopback and private hosts only",
    ),
    Outcome(
        stage="authentication",
        id="unproven",
        ok=None,
        text="the list of models came; whether the key is right, only a chat tells",
        source="some services list their models to everybody",
    ),
    Outcome(
        stage="authentication",
        id="undecided",
        ok=None,
        text="no answer tells whether the key is right",
        source=_STATUS,
    ),
    Outcome(
        stage="authentication",
        id="needs_key",
        ok=False,
        text="the server wants a key, and none is set (HTTP {status}: {said})",
        change="{key_hint}",
        items=("S0-41", "S0-45", "S1-49", "S3-48"),
        source="401 or 403 without a key",
    ),
    Outcome(
        stage="authentication",
        id="wrong_key",
        ok=False,
        text="the key from {source} is refused (HTTP {status}: {said})",
        change="Check the key and where it comes from.{form_hint}",
        items=("S0-41", "S0-45", "S0-47", "S1-49", "S3-48", "S3-49"),
        source=_STATUS,
    ),
    Outcome(
        stage="authentication",
        id="other_style",
        ok=False,
        text="the key from {source} is refused: it is looked for elsewhere (HTTP {status}: {said})",
        change="{style_hint}",
        items=("S0-47", "S3-48", "S3-50", "S3-51"),
        source="WWW-Authenticate, or the words of the refusal",
    ),
    Outcome(
        stage="authentication",
        id="stripped",
        ok=False,
        text="the key was sent, and the server says that none arrived (HTTP {status}: {said})",
        change="Let the proxy in between pass the header on (nginx: proxy_pass_request_headers, "
        "underscores_in_headers), or set auth to the header that the server reads.",
        items=("S3-48", "S3-50", "S3-55"),
        source="the words of the refusal",
    ),
    Outcome(
        stage="authentication",
        id="forbidden",
        ok=False,
        text="the key is known, and may not do this (HTTP {status}: {said})",
        change="Check what the key may use: model, project, path, network.",
        items=("S0-41", "S0-45"),
        source="403",
    ),
    *(
        Outcome(stage=name, id="skipped", ok=None, text="not tried: {reason}", source="our own order")
        for name in STAGES[4:6]
    ),
)
