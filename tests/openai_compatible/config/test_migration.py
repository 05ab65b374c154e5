"""A provider file of an older version says the same, and is rewritten with the next change."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_compatible.config.edit import ProviderFile
from openai_compatible.config.file import read
from openai_compatible.config.provider import Tls
from openai_compatible.errors import ConfigError

OLD = """\
{version}# ours
[[providers]]
name = "a"  # the first
base_url = "https://a.example/v1"
verify = "ca.pem"  # of the company
client_cert = "me.pem"

[[providers]]
name = "b"
base_url = "https://b.example/v1"
verify = false
"""


@pytest.mark.parametrize("version", ["", "version = 1\n"])
def test_s2_29_an_older_file_is_read_as_it_is(version: str) -> None:
    a, b = read(OLD.format(version=version), Path("p.toml")).providers
    assert a.tls == Tls(ca_bundle="ca.pem", client_cert="me.pem")
    assert b.tls == Tls(verify=False)


def test_s2_29_the_next_change_writes_the_newest_form() -> None:
    file = ProviderFile(OLD.format(version="version = 1\n"))
    file.patch("b", {"priority": 1})
    assert 'name = "a"  # the first' in file.text
    assert file.text.startswith("version = 2\n# ours\n")
    assert "verify = false" in file.text
    assert "\nverify" not in file.text
    assert "client_cert" not in file.text.partition("tls")[0]
    a, b = read(file.text, Path("p.toml")).providers
    assert a.tls == Tls(ca_bundle="ca.pem", client_cert="me.pem")
    assert (b.tls, b.priority) == (Tls(verify=False), 1)


def test_a_file_that_says_nothing_old_stays_as_it_is() -> None:
    text = 'version = 1\n[[providers]]\nname = "a"\nbase_url = "http://a"\n'
    assert ProviderFile(text).text == text


def test_words_of_an_older_version_are_unknown_in_a_newer_file() -> None:
    with pytest.raises(ConfigError, match="p.toml:6: provider 'a' has an unknown key 'verify'"):
        read(OLD.format(version="version = 2\n"), Path("p.toml"))


@pytest.mark.parametrize("version", ["0", "3", "true", '"1"', "1.0"])
def test_an_unknown_version_says_to_upgrade(version: str) -> None:
    with pytest.raises(ConfigError, match=r"p.toml:1: version = .*versions 1 to 2. Upgrade"):
        read(f"version = {version}\n", Path("p.toml"))
