"""Whom a variable of the environment belongs to: a known service, a cloud, a platform, a database.

A foreign configuration may name any variable. These rows say which ones must not reach another host
than their owner's unless the user agrees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from openai_compatible.errors import ConfigError
from openai_compatible.presets.preset import Preset
from openai_compatible.presets.registry import is_home, is_shipped, preset, presets
from openai_compatible.urls import base_url, is_private_host

__all__ = ["OWN_PREFIX", "find_owner", "find_services", "is_at_service"]


class _SecretRow(NamedTuple):
    """Variables that match ``pattern`` as a whole, in upper case."""

    pattern: str
    owner: str
    """As it is named in a message."""
    services: str = ""
    """Names of the services whose hosts may get it; separated by spaces."""


_KEY_WORDS = r"((API|ADMIN|ACCESS|AUTH|SECRET|SESSION)_)?(KEY|TOKEN).*"

_SECRETS = (
    # Documented names of the clouds' own command lines and SDKs.
    _SecretRow(r"AWS_.*", "Amazon Web Services", "bedrock-openai"),
    _SecretRow(r"(AZURE|ARM|MSI|IDENTITY)_.*", "Microsoft Azure", "azure-openai azure-v1"),
    _SecretRow(
        r"(GOOGLE|GCP|GCLOUD|CLOUDSDK|VERTEX|FIREBASE)_.*|GCLOUD", "Google Cloud", "gemini vertex"
    ),
    _SecretRow(r"(GITHUB|GH|ACTIONS)_.*", "GitHub", "github-models github-copilot"),
    _SecretRow(r"(GITLAB|GL|CI|BITBUCKET|CIRCLE|CIRCLECI|JENKINS|TRAVIS)_.*", "a build service"),
    _SecretRow(r"(HF|HUGGING_?FACE(HUB)?)_.*", "Hugging Face", "huggingface"),
    _SecretRow(r"(CLOUDFLARE|CF)_.*", "Cloudflare", "cloudflare-ai-gateway cloudflare-workers-ai"),
    _SecretRow(r"DATABRICKS_.*", "Databricks", "databricks"),
    _SecretRow(r"SNOWFLAKE_.*", "Snowflake", "snowflake"),
    _SecretRow(r"VERCEL_.*", "Vercel", "vercel-ai-gateway"),
    _SecretRow(r"(SCW|SCALEWAY)_.*", "Scaleway", "scaleway"),
    _SecretRow(r"(OVH|OVHCLOUD)_.*", "OVHcloud", "ovhcloud"),
    _SecretRow(
        r"(ALIYUN|ALICLOUD|ALIBABA_CLOUD|TENCENTCLOUD|IBMCLOUD|IBM_CLOUD|OCI|OS|DIGITALOCEAN|DO|LINODE"
        r"|HCLOUD|HEROKU|FLY|RENDER|RAILWAY|NETLIFY|SUPABASE|VULTR)_.*",
        "a cloud",
    ),
    _SecretRow(
        r"(S3|R2|B2|MINIO|WASABI|BACKBLAZE|EXOSCALE|UPCLOUD|YC|YANDEX|CIVO|EQUINIX|PACKET|BOTO)_.*"
        r"|(SECRET_)?ACCESS_KEY(_ID)?|JWT|JWT_.*",
        "a cloud",
    ),
    _SecretRow(r"KUBE.*|(K8S|HELM|ARGOCD|RANCHER)_.*", "Kubernetes"),
    _SecretRow(r"(VAULT|CONSUL|NOMAD|TF|TFE|TERRAFORM|PULUMI|ANSIBLE|SOPS|OP|BW)_.*", "a vault"),
    _SecretRow(r"(DOCKER|REGISTRY|HARBOR|QUAY)_.*", "a container registry"),
    _SecretRow(
        r"(NPM|YARN|PNPM|NODE_AUTH|PYPI|TWINE|UV|PIP|POETRY|HATCH|FLIT|CARGO|GEM|RUBYGEMS|NUGET|MAVEN"
        r"|GRADLE|ARTIFACTORY|NEXUS)_.*",
        "a package registry",
    ),
    _SecretRow(r"(SSH|GPG|GNUPG|GIT|SUDO|KRB5)_.*", "this machine's accounts"),
    _SecretRow(
        r"PG[A-Z]+|(DATABASE|DB|POSTGRES|POSTGRESQL|PG|MYSQL|MARIADB|MSSQL|ORACLE|MONGO|MONGODB|REDIS"
        r"|RABBITMQ|AMQP|KAFKA|ELASTIC|ELASTICSEARCH|CLICKHOUSE|SQLALCHEMY|PRISMA|CELERY)_.*"
        r"|.*_(DATABASE_URL|DB_URL|DSN)|(MYSQL|DB|REDISCLI_|MONGO)[A-Z_]*PWD|REDISCLI_AUTH|DSN",
        "a database",
    ),
    _SecretRow(
        r"(STRIPE|TWILIO|SENDGRID|MAILGUN|SLACK|DISCORD|TELEGRAM|SENTRY|DATADOG|DD|NEW_RELIC|PAGERDUTY"
        r"|OKTA|AUTH0|JIRA|CONFLUENCE|ATLASSIAN|LINEAR|NOTION|SHOPIFY|PAYPAL|LANGSMITH|LANGCHAIN|WANDB"
        r"|PINECONE|WEAVIATE|QDRANT|SMTP|MAIL|EMAIL)_.*",
        "another service",
    ),
    # Model services beside the rows of the catalogue, and further variables of those that have rows.
    _SecretRow(r"(ANTHROPIC|CLAUDE|REPLICATE|VOYAGE|JINA|ELEVENLABS|STABILITY)_.*", "another service"),
    _SecretRow(rf"OPENAI_{_KEY_WORDS}", "OpenAI", "openai"),
    _SecretRow(r"OPENAI_COMPATIBLE_API_KEY", "the provider that OPENAI_COMPATIBLE_BASE_URL makes"),
    *(
        _SecretRow(rf"{stem}_{_KEY_WORDS}", f"the service {name}", name)
        for stem, name in (
            ("CEREBRAS", "cerebras"),
            ("COHERE", "cohere-compat"),
            ("DEEPINFRA", "deepinfra"),
            ("DEEPSEEK", "deepseek"),
            ("FIREWORKS", "fireworks"),
            ("GEMINI", "gemini"),
            ("GROQ", "groq"),
            ("MISTRAL", "mistral"),
            ("NVIDIA", "nvidia-nim"),
            ("OPENROUTER", "openrouter"),
            ("PERPLEXITY", "perplexity"),
            ("TOGETHER", "together"),
            ("XAI", "xai"),
        )
    ),
    # Words that say by themselves what the variable holds.
    _SecretRow(r".*(SECRET|PASSWORD|PASSWD|PASSPHRASE|PRIVATE_?KEY|CREDENTIAL|COOKIE).*", "a secret"),
)
"""The first row that matches counts."""

OWN_PREFIX = "LLM_"
"""Begins a variable that an importer names; what follows is a name of the foreign file."""

_COMMON_WORDS = frozenset(
    {"ACTIONS", "AI", "ARM", "CF", "CO", "GH", "HF", "IDENTITY", "LLAMA", "MSI", "POE"}
)
"""Words that begin variables of an owner, and mean something else in the middle of a name."""

_HOST_SUFFIXES = {
    "databricks": (".cloud.databricks.com", ".azuredatabricks.net", ".gcp.databricks.com"),
}
"""Hosts of services whose catalogue row leaves the whole host to a variable
(https://docs.databricks.com/aws/en/workspace/workspace-details, general knowledge)."""


def find_owner(variable: str, address: str | None) -> str | None:
    """Name who a variable belongs to if that is somebody else than the host at ``address``.

    Args:
        variable: Its name; case does not matter, as it does not on Windows.
        address: A base URL, ``None`` where its host is not known.

    Returns:
        The owner for a message, ``None`` where the variable is nobody's or the host is the owner's.

    >>> find_owner("GROQ_API_KEY", "https://api.groq.com/openai/v1") is None
    True
    >>> find_owner("GROQ_API_KEY", "http://127.0.0.1:8000/v1")
    'the service groq'
    >>> find_owner("LAB_KEY", "http://127.0.0.1:8000/v1") is None
    True
    """
    name, owners = variable.upper(), find_services(variable)
    if owners:
        at_home = any(is_at_service(preset(owner), address) for owner in owners)
        return None if at_home else f"the service {' or '.join(owners)}"
    row = next(_rows_of(name), None)
    if row is not None:
        homes = (preset(service) for service in row.services.split())
        return None if any(is_at_service(home, address) for home in homes) else row.owner
    if name.startswith(OWN_PREFIX):
        return None
    parts = name.split("_")
    for number in range(1, len(parts) - 1):  # PROD_AWS_ACCESS_KEY_ID, MY_OPENAI_API_KEY
        rest = "_".join(parts[number:])
        if parts[number] not in _COMMON_WORDS and (_is_of_hosted_service(rest) or _has_homes(rest)):
            return find_owner(rest, address)
    return None


def find_services(variable: str) -> tuple[str, ...]:
    """Names of the known services whose key is read from a variable.

    >>> find_services("GOOGLE_API_KEY")
    ('gemini',)
    """
    return _variables(presets()).get(variable.upper(), ())


def is_at_service(row: Preset, address: str | None) -> bool:
    """Return whether a base URL is at a host of a known service.

    A server that users run themselves is at a private host, for example ``vllm`` at ``http://gpu:8000``.

    >>> is_at_service(preset("vllm"), "http://127.0.0.1:9000"), is_at_service(preset("vllm"), "https://a.com")
    (True, False)
    """
    if address is None:
        return False
    try:
        parts = urlsplit(base_url(address).url)
        host = parts.hostname or ""
    except (ConfigError, ValueError):
        return False
    if "$" in host:  # a reference to a variable, which may make it any host
        return False
    suffixes = _HOST_SUFFIXES.get(row.name)
    if suffixes is not None:
        return parts.scheme == "https" and parts.port in (None, 443) and host.endswith(suffixes)
    if is_home(row, "http://elsewhere.invalid/v1"):  # the address is the user's own to choose
        return is_private_host(host)
    return is_home(row, address)


@lru_cache(maxsize=1)
def _variables(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Services by the variables of their keys. A plugin's service gets none that another one has."""
    found: dict[str, tuple[str, ...]] = {}
    for row in sorted(map(preset, names), key=lambda row: not is_shipped(row.name)):
        for variable in row.api_key_env:
            name = variable.upper()
            if is_shipped(row.name) or not (name in found or any(_rows_of(name))):
                found[name] = (*found.get(name, ()), row.name)
    return found


def _is_of_hosted_service(variable: str) -> bool:
    """Return whether a known service, and no server of one's own, reads its key from a variable."""
    rows = map(preset, find_services(variable))
    return any(not is_home(row, "http://elsewhere.invalid/v1") for row in rows)


def _has_homes(variable: str) -> bool:
    """Return whether a row names the services that a variable belongs to."""
    return any(row.services for row in _rows_of(variable))


def _rows_of(variable: str) -> Iterator[_SecretRow]:
    return (row for row in _SECRETS if re.fullmatch(row.pattern, variable))
