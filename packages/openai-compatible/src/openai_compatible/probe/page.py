"""The page ``docs/connection-test.md``, made of the rows."""

from __future__ import annotations

import re

from openai_compatible.probe.outcomes import OUTCOMES
from openai_compatible.probe.stages import STAGES, StageName

__all__ = ["page"]

_HEAD = """\
# The connection test

`openai-compatible providers test NAME` walks from here to an answer, in stages, and says in one line
what is wrong and what to change. `providers add` does the same before it writes anything. In Python:

```python
from openai_compatible import Provider
from openai_compatible.probe.connection import check

report = check(Provider(name="local", base_url="http://127.0.0.1:8000"), "scripted")
assert report.ok
for stage in report.stages:
    print(stage.name, stage.outcome, stage.text, stage.change)
```

It asks little: for the list of models, for the smallest chat there is (`model` and `messages`), and for
a second chat as a stream, which is left after a few pieces; `chat=False` spends no token. On this
machine and in private networks the list is asked for once more without the key, to see whether the
server looks at it. Nothing is repeated, nothing is written, and no rate limit of the provider holds the
test up. Each step ends after `timeout` seconds (10), a chat after six times as long: a model may have to
be loaded.

The key goes only to the origin of the base URL. Where a proxy is set for the provider or by the
environment, name and connection are those of the proxy. What servers say is cut, escaped and without
keys.

The first stage that is wrong ends the test; what was not tried is `skipped`. `report.curl` is the same
chat as a shell command, the key as `***` or as its variable; `report.working_base_url` is the spelling
that answered.

## Outcomes

**ok** is well, **wrong** ends the test, **-** is neither. Words in capitals stand for facts, `...` for
the words of a server or of an error. An outcome that is ok may come with advice.
"""

_TITLES: dict[StageName, str] = {
    "key": "Key",
    "name": "Name",
    "connection": "Connection",
    "tls": "TLS",
    "http": "HTTP",
    "authentication": "Authentication",
    "models": "Models",
    "chat": "Chat",
}

_FACT = re.compile(r"\{(\w+)\}")
_FACTS = {
    "said": "...",
    "detail": "...",
    "title": "",
    "near": "",
    "hint": "As the error says.",
    "start": "How to start the server, as its preset says: `vllm serve MODEL`.",
    "bind": " Elsewhere than on this machine: let it listen on all addresses.",
    "key_hint": "Which variable is read for the key.",
    "style_hint": "The `auth` that the server asks for.",
    "form_hint": " Keys of some services are known by their beginning.",
    "model_hint": "The ids of the list that are nearest, or how services name models.",
    "load_hint": "How to give the server a model: `ollama pull MODEL`.",
}
_MARKS = {True: "ok", False: "wrong", None: "-"}


def page() -> str:
    """The page as Markdown.

    >>> page().startswith("# The connection test")
    True
    """
    return "\n".join([_HEAD, *map(_section, STAGES)]).rstrip() + "\n"


def _section(name: StageName) -> str:
    rows = [row for row in OUTCOMES if row.stage == name and row.id != "skipped"]
    lines = [
        f"| `{row.id}` | {_MARKS[row.ok]} | {_shown(row.text)} | {_shown(row.change)} |" for row in rows
    ]
    head = ["| outcome | | what is so | what to change |", "|---|---|---|---|"]
    return "\n".join([f"### {_TITLES[name]}", "", *head, *lines, ""])


def _shown(text: str) -> str:
    """A sentence with its facts in capitals, fit for a cell."""
    filled = _FACT.sub(lambda found: _FACTS.get(found[1], found[1].upper()), text)
    return filled.replace("|", "\\|").replace("<", "&lt;")
