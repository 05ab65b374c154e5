"""Find what a finished list of providers sends to which host: variables, files, programs, keyrings.

One pure function decides for ``providers import``, for services of plugins and for a foreign provider
file. It opens no file; of the environment it uses the home folder and what a catalogue row asks for.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr

from openai_compatible.config.expansion import is_expanded, iter_references
from openai_compatible.config.keys import by_convention
from openai_compatible.config.preset import is_its_own
from openai_compatible.config.secrecy import SOURCES
from openai_compatible.config.variable_owners import find_owner
from openai_compatible.config.written import check
from openai_compatible.errors import ConfigError
from openai_compatible.presets.preset import Preset
from openai_compatible.presets.registry import is_shipped, preset, presets, provider_fields
from openai_compatible.urls import base_url, origin

__all__ = ["Disclosure", "find_disclosures", "hosts_by_source"]

Kind = Literal["variable", "file", "command", "keyring"]

_SCHEME = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*+:/++")
_FILES = ("api_key_file", "tls.ca_bundle", "tls.client_cert", "tls.client_key")

SECRET_FOLDERS = ("/run/secrets", "/var/run/secrets")
"""Where Docker, Podman and Kubernetes put the secrets of a container."""
_PLATFORM_FOLDERS = ("kubernetes.io", "eks.amazonaws.com", "azure", "tokens", "google")
"""Folders below these that hold the container's own identity at its platform, not a key for an API."""
CERTIFICATE_FOLDERS = (
    "/etc/ssl/certs",
    "/etc/pki",
    "/etc/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
)
"""Where systems keep certificates of authorities, which are public."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One thing of the user that travels to one host. The texts are a foreign file's: escape them."""

    provider: str
    field: str
    """Where it is named, for example ``headers.X-Team``."""
    kind: Kind
    name: str
    """The variable, the path, the program or the keyring's service."""
    host: str
    """Host and port, as written."""
    origin: str = ""
    """Scheme, host and port in normal form; empty where the host is not known."""
    is_explicit: bool = True
    """``False`` for a variable that counts only if it is set, such as ``<NAME>_API_KEY``."""
    refusal: str | None = None
    """Why it needs the user's consent."""

    @property
    def source(self) -> tuple[Kind, str]:
        """Kind and name in one spelling: of a path, and of a variable where case does not matter."""
        if self.kind == "file":
            path = _normal(self.name)
            return self.kind, path.removeprefix("/var") if path.startswith("/var/run/") else path
        is_caseless = self.kind == "variable" and os.name == "nt"
        return self.kind, self.name.upper() if is_caseless else self.name


@dataclass(frozen=True, slots=True)
class _Host:
    """Where requests go."""

    shown: str
    address: str | None
    """Base URL for comparisons, ``None`` where no owner can be recognised."""
    origin: str = ""


def find_disclosures(
    providers: Iterable[Mapping[str, Any]],
    mine: Mapping[tuple[Kind, str], frozenset[str]] | None = None,
    *,
    secret_folders: Iterable[str] = (),
) -> list[Disclosure]:
    """Find what the providers send where, each once, with the reasons why consent is needed.

    Args:
        providers: Tables as the provider file has them.
        mine: What the user's own providers send where, from :func:`hosts_by_source`. The same thing at
            another host needs consent.
        secret_folders: Further folders whose files may be sent, beside :data:`SECRET_FOLDERS`.

    >>> table = {"name": "lab", "base_url": "http://lab:1/v1", "api_key_env": "GROQ_API_KEY"}
    >>> [(one.name, one.host, one.refusal) for one in find_disclosures([table])]
    [('GROQ_API_KEY', 'lab:1', 'it belongs to the service groq')]
    """
    folders = (*SECRET_FOLDERS, *(_normal(folder) for folder in secret_folders))
    found: dict[tuple[str, str, str, str], Disclosure] = {}
    for table in providers:
        for each in _of_provider(table, folders):
            one, known = each, (mine or {}).get(each.source, frozenset())
            is_new = bool(known) and (one.origin or one.host) not in known
            if one.refusal is None and is_new and not one.field.endswith("ca_bundle"):
                one = replace(one, refusal=f"your own providers send it to {', '.join(sorted(known))}")
            found.setdefault((one.provider, one.field, one.name, one.host), one)
    return list(found.values())


def hosts_by_source(
    providers: Iterable[Mapping[str, Any]], environ: Mapping[str, str]
) -> dict[tuple[Kind, str], frozenset[str]]:
    """Map each variable, file, program and keyring service of the user's providers to its origins.

    Args:
        providers: Tables as the provider file has them.
        environ: The variables that are set; one that counts by a provider's name has to be.
    """
    found: dict[tuple[Kind, str], frozenset[str]] = {}
    for one in find_disclosures(providers):
        if not one.is_explicit and not environ.get(one.name):
            continue
        found[one.source] = found.get(one.source, frozenset()) | {one.origin or one.host}
    return found


def _of_provider(table: Mapping[str, Any], folders: tuple[str, ...]) -> Iterator[Disclosure]:
    row = _service(table)
    name = str(table.get("name", table.get("preset", "")))
    own = {key: value for key, value in table.items() if key not in ("models", "base_url")}
    address = table.get("base_url")
    if address is None and row is not None:
        address = row.base_url
    first = _host(str(address or ""), table)
    yield from _of_address(name, table.get("base_url"), "base_url", first)
    is_home = row is not None and (table.get("base_url") is None or is_its_own(str(address), row))
    if row is not None and is_home:
        yield from _of_service(name, table, row, first)
    hosts, models = [first], table.get("models")
    for alias, model in models.items() if isinstance(models, Mapping) else ():
        if not isinstance(model, Mapping):
            continue
        host, path = first, ("models", str(alias))
        if model.get("base_url") is not None:
            host = _host(str(model["base_url"]), table)
            yield from _of_address(name, model["base_url"], f"models.{alias}.base_url", host)
            if host not in hosts:  # the provider's key and headers go to its models' hosts as well
                hosts.append(host)
        fields = {key: value for key, value in model.items() if key != "base_url"}
        yield from _of_fields(name, fields, path, host, folders)
    for host in hosts:
        yield from _of_fields(name, own, (), host, folders)
    if not (row is not None and is_home and row.key == "required" and row.api_key_env):
        yield from _of_name(name, table, first)


def _service(table: Mapping[str, Any]) -> Preset | None:
    named = table.get("preset")
    return preset(named) if isinstance(named, str) and named in presets() else None


# ---------------------------------------------------------------------- hosts


def _host(address: str, table: Mapping[str, Any]) -> _Host:
    """Read the host of a base URL; a proxy that could read the traffic counts as the host."""
    shown, proxy = _netloc(address), table.get("proxy")
    tls = table.get("tls")
    trusts_more = isinstance(tls, Mapping) and (tls.get("verify") is False or "ca_bundle" in tls)
    if proxy and (trusts_more or not address.lower().lstrip().startswith("https:")):
        return _Host(f"{shown} through the proxy {_netloc(str(proxy))}", None)
    if any(iter_references(shown)):
        return _Host(shown, None)
    try:
        url = base_url(address).url
        return _Host(shown, url, origin(url))
    except (ConfigError, ValueError):
        return _Host(shown, None)


def _netloc(address: str) -> str:
    """The host part of a URL, with ``${NAME}`` in it if there is one; without a password."""
    return _host_part(address)[1].rpartition("@")[2]


def _host_part(address: str) -> tuple[str, str]:
    """Scheme, and all that is before the path."""
    scheme = _SCHEME.match(address.strip())
    start = scheme[0] if scheme is not None else ""
    return start, re.split(r"[/?#\\]", address.strip()[len(start) :], maxsplit=1)[0]


def _of_address(name: str, address: Any, field: str, host: _Host) -> Iterator[Disclosure]:
    if not isinstance(address, str):
        return
    start, netloc = _host_part(address)
    inside = set(iter_references(start + netloc))
    for variable in iter_references(address):
        found = _variable(name, field, variable, host)
        refusal = "it decides to which host requests go" if variable in inside else found.refusal
        yield replace(found, refusal=refusal)


# ---------------------------------------------------------------------- fields


def _of_fields(
    name: str, value: Any, path: tuple[str, ...], host: _Host, folders: tuple[str, ...]
) -> Iterator[Disclosure]:
    """What a table of a provider, or a value in it, refers to."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            inner = (*path, str(key))
            yield from _of_source(name, ".".join(inner), item, host, folders)
            yield from _of_fields(name, item, inner, host, folders)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _of_fields(name, item, path, host, folders)
    elif isinstance(value, str | SecretStr) and is_expanded(path):
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        at = _Host(f"the proxy {_netloc(text)}", None) if path == ("proxy",) else host
        for variable in iter_references(text):
            yield _variable(name, ".".join(path), variable, at)


def _of_source(
    name: str, place: str, value: Any, host: _Host, folders: tuple[str, ...]
) -> Iterator[Disclosure]:
    field = place.rpartition(".")[2]
    at = (name, place)
    if field == "api_key_env" and isinstance(value, str):
        yield _variable(name, place, value, host)
    elif isinstance(value, str) and (field == "api_key_file" or place in _FILES):
        refusal = _file_refusal(value, folders, public=field == "ca_bundle")
        yield Disclosure(*at, "file", value, host.shown, host.origin, refusal=refusal)
    elif field == "api_key_command" and isinstance(value, list | tuple):
        words = " ".join([*map(str, value[:1]), *(["***"] if value[1:] else [])])  # they may be a key
        refusal = "a program of this machine would be run"
        yield Disclosure(*at, "command", words, host.shown, host.origin, refusal=refusal)
    elif field == "api_key_keyring" and isinstance(value, str):
        refusal = "an entry of your keyring would be read"
        yield Disclosure(*at, "keyring", value, host.shown, host.origin, refusal=refusal)


def _variable(name: str, field: str, variable: str, host: _Host) -> Disclosure:
    owner = find_owner(variable, host.address)
    refusal = None if owner is None else f"it belongs to {owner}"
    return Disclosure(name, field, "variable", variable, host.shown, host.origin, refusal=refusal)


# ---------------------------------------------------------------------- services and names


def _of_service(name: str, table: Mapping[str, Any], row: Preset, host: _Host) -> Iterator[Disclosure]:
    """What the row of a known service brings along. One that this package ships stays at its home."""
    fields = provider_fields(row)
    given = {key for key, value in table.items() if value is not None}
    variables: dict[str, str] = {}
    if not given & set(SOURCES) and row.key != "none":
        variables = dict.fromkeys(row.api_key_env, "api_key_env")  # whichever is set is sent
    for field in ("base_url", "headers", "query"):
        if field not in given:
            texts = fields.get(field, {})
            for text in (texts,) if isinstance(texts, str) else texts.values():
                variables |= dict.fromkeys(iter_references(text), field)
    for variable, field in variables.items():
        one = _variable(name, f"{field} of the service {row.name}", variable, host)
        is_needed = row.key == "required" or field != "api_key_env"
        yield replace(one, is_explicit=is_needed, refusal=None if is_shipped(row.name) else one.refusal)


def _of_name(name: str, table: Mapping[str, Any], host: _Host) -> Iterator[Disclosure]:
    """The variable ``<NAME>_API_KEY`` of a provider that names no key source."""
    auth = table.get("auth")
    if auth == "none" or (isinstance(auth, Mapping) and auth.get("style") == "none"):
        return
    try:
        provider = check(table)
        is_named = any(getattr(provider, field) is not None for field in SOURCES)
        variable = None if is_named else by_convention(provider, host.address)
    except ConfigError:
        return
    if variable is not None:
        yield replace(_variable(name, "name", variable, host), is_explicit=False)


# ---------------------------------------------------------------------- files


def _file_refusal(path: str, folders: tuple[str, ...], *, public: bool) -> str | None:
    """Say why a file may not be read for a host; links are not followed."""
    normal = _normal(path)
    for folder in folders:
        if normal.startswith(f"{folder}/"):
            inside = normal[len(folder) + 1 :].split("/")
            if folder in SECRET_FOLDERS and any(one in _PLATFORM_FOLDERS for one in inside):
                return "it is the identity of this machine at its platform"
            return "it is a provider file" if normal.endswith(".toml") else None
    if public and normal.startswith(tuple(f"{folder}/" for folder in CERTIFICATE_FOLDERS)):
        return None
    return f"it is in none of the folders for secrets: {', '.join(folders)}"


def _normal(path: str) -> str:
    """An absolute path without ``..`` and ``~``; a relative one stays, and is in no folder."""
    try:
        text = Path(path).expanduser().as_posix()
    except (RuntimeError, ValueError):  # a home folder of nobody
        return path
    return re.sub(r"\A/+", "/", posixpath.normpath(text)) if text.strip() else text
