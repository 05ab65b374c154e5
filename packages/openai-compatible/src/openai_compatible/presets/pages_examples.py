"""Examples on the page of a preset: variables, provider file, both frameworks, curl."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from openai_compatible.presets.pages_facts import as_toml
from openai_compatible.presets.preset import Preset
from openai_compatible.presets.registry import provider_fields

__all__ = [
    "curl",
    "environment",
    "key_header",
    "key_variable",
    "langchain",
    "llama_index",
    "minimal_toml",
    "requests_url",
    "whole_toml",
]

_VALUES = {
    "AWS_REGION": "eu-west-1",
    "AZURE_DEPLOYMENT": "my-deployment",
    "AZURE_RESOURCE_NAME": "my-resource",
    "CLOUDFLARE_ACCOUNT_ID": "my-account-id",
    "CLOUDFLARE_GATEWAY_ID": "my-gateway",
    "DATABRICKS_HOST": "adb-1234567890123456.7.azuredatabricks.net",
    "GOOGLE_VERTEX_LOCATION": "europe-west1",
    "GOOGLE_VERTEX_PROJECT": "my-project",
    "OPENAI_API_VERSION": "2024-10-21",
    "SNOWFLAKE_ACCOUNT": "myorg-myaccount",
}
"""Examples for the variables in addresses."""


def key_variable(row: Preset) -> str | None:
    """The variable a key is put into: the recommended one, or the one its name stands for.

    >>> from openai_compatible.presets.registry import preset
    >>> key_variable(preset("groq")), key_variable(preset("ionos")), key_variable(preset("ollama"))
    ('GROQ_API_KEY', 'IONOS_API_KEY', None)
    """
    if row.key == "none":
        return None
    own = re.sub(r"[^A-Z0-9]+", "_", row.name.upper()).strip("_")
    return row.api_key_env[0] if row.api_key_env else f"{own}_API_KEY"


def environment(row: Preset) -> dict[str, str]:
    """Variables to set, with examples of values: those of the address, then the key."""
    key = key_variable(row)
    return {
        **{name: _VALUES[name] for name in row.variables},
        **({key: "YOUR-KEY"} if key is not None else {}),
    }


def minimal_toml(row: Preset) -> str:
    """A provider made of the preset, in the provider file."""
    return "\n".join(["[[providers]]", f'preset = "{row.name}"', *_key_line(row, preset=True)])


def whole_toml(row: Preset) -> str:
    """The same provider without the preset."""
    fields = provider_fields(row)
    fields.pop("api_key_env", None)
    lines = [f"{name} = {as_toml(value)}" for name, value in fields.items()]
    return "\n".join(["[[providers]]", *lines, *_key_line(row, preset=False)])


def _key_line(row: Preset, *, preset: bool) -> list[str]:
    """How the file names the key's variable: a comment where a key may be missing."""
    variable = key_variable(row)
    if variable is None or (preset and row.key == "required" and row.api_key_env):
        return []
    line = f'api_key_env = "{variable}"'
    return [f"# {line}  # if it asks for a key" if row.key == "optional" else line]


def _reference(row: Preset) -> str:
    return f"{row.name}/MODEL" if row.default_model is None else row.name


def langchain(row: Preset) -> list[str]:
    """Chat and embeddings with LangChain, those that it serves."""
    made = []
    if row.chat:
        made.append(
            "from langchain_openai_compatible import ChatOpenAICompatible\n\n"
            f'llm = ChatOpenAICompatible(model="{_reference(row)}")\n'
            'print(llm.invoke("Hello").text)'
        )
    if row.embeddings:
        made.append(
            "from langchain_openai_compatible import OpenAICompatibleEmbeddings\n\n"
            f'embeddings = OpenAICompatibleEmbeddings(model="{row.name}/EMBEDDING_MODEL")\n'
            'print(len(embeddings.embed_query("Hello")))'
        )
    return made


def llama_index(row: Preset) -> list[str]:
    """Chat and embeddings with LlamaIndex, those that it serves."""
    made = []
    if row.chat:
        made.append(
            "from llama_index.llms.openai_compatible import OpenAICompatible\n\n"
            f'llm = OpenAICompatible(model="{_reference(row)}")\n'
            'print(llm.complete("Hello"))'
        )
    if row.embeddings:
        made.append(
            "from llama_index.embeddings.openai_compatible import OpenAICompatibleEmbedding\n\n"
            f'embed_model = OpenAICompatibleEmbedding(model="{row.name}/EMBEDDING_MODEL")\n'
            'print(len(embed_model.get_text_embedding("Hello")))'
        )
    return made


def requests_url(row: Preset) -> str:
    """Where the requests of the examples go, with the variables in it: a bare origin gets ``/v1``."""
    base = row.base_url if urlsplit(row.base_url).path.strip("/") else f"{row.base_url.rstrip('/')}/v1"
    return f"{base}/{'chat/completions' if row.chat else 'embeddings'}"


def curl(row: Preset) -> str:
    """The least request, as a shell command."""
    url, headers = requests_url(row), ["Content-Type: application/json"]
    if row.query:
        url += "?" + "&".join(f"{name}={value}" for name, value in row.query.items())
    headers += [f"{name}: {value}" for name, value in row.headers.items()]
    if row.key == "required":
        headers.append(key_header(row))
    body: dict[str, object] = {"model": row.default_model or "MODEL"}
    if row.chat:
        body["messages"] = [{"role": "user", "content": "Hello"}]
    else:
        body = {"model": "EMBEDDING_MODEL", "input": "Hello"}
    lines = [f'curl "{url}"', *(f'-H "{header}"' for header in headers), f"-d '{json.dumps(body)}'"]
    return " \\\n  ".join(lines)


def key_header(row: Preset) -> str:
    """The header that carries the key, with its variable.

    >>> from openai_compatible.presets.registry import preset
    >>> key_header(preset("azure-v1"))
    'api-key: $AZURE_OPENAI_API_KEY'
    """
    variable = key_variable(row)
    if isinstance(row.auth, str):
        return f"Authorization: Bearer ${variable}"
    return f"{row.auth['name']}: {row.auth.get('prefix', '')}${variable}"
