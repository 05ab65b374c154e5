"""A provider file that somebody else can write acts for nobody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from openai_compatible import Client
from openai_compatible.config.load import load_config
from openai_compatible.errors import ConfigError
from openai_compatible.testing.loopback import json_reply, loopback

pytestmark = pytest.mark.skipif(os.name == "nt", reason="owners and modes of POSIX")

HEAD = '[[providers]]\nname = "lab"\nbase_url = "http://127.0.0.1:9/v1"\n'
POWERS = [
    ('api_key_command = ["touch", "MARK"]', "runs a program"),
    ('proxy = "http://127.0.0.1:3128"', "proxy"),
    ('api_key_file = "/etc/hostname"', "content of a file"),
    ('tls = { ca_bundle = "ca.pem" }', "whom to trust"),
    ('tls = { client_cert = "cert.pem" }', "certificate of yours"),
    ("tls = { verify = false }", "does not check who answers"),
    ('enabled = false\napi_key_command = ["true"]', "runs a program"),
    ('models.m = { api_key_command = ["true"] }', "model 'm' of provider 'lab' runs a program"),
    ('models.m = { api_key_file = "key" }', "model 'm' of provider 'lab' sends the content"),
]


def written(folder: Path, more: str, mode: int) -> Path:
    path = folder / "providers.toml"
    path.write_text(f"{HEAD}{more}\n")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o664, 0o666])
@pytest.mark.parametrize(("more", "said"), POWERS)
def test_a_file_that_others_may_write_and_that_acts_for_its_reader_is_refused(
    tmp_path: Path, more: str, said: str, mode: int
) -> None:
    path = written(tmp_path, more, mode)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert said in caught.value.message
    assert f"{path}: " in caught.value.message
    assert f"(mode {mode:04o})" in caught.value.message
    assert caught.value.hint == f"Read it, and if it is right, run: chmod go-w {path}"


@pytest.mark.parametrize("more", [more for more, _ in POWERS])
def test_a_file_that_only_its_owner_may_write_is_read(tmp_path: Path, more: str) -> None:
    assert load_config(written(tmp_path, more, 0o644)).providers


def test_a_file_that_others_may_write_is_read_where_it_names_nothing_of_the_kind(
    tmp_path: Path,
) -> None:
    assert load_config(written(tmp_path, 'api_key_env = "LAB_KEY"', 0o666)).providers


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_is_refused_though_nobody_else_may_write_it(tmp_path: Path) -> None:
    path = written(tmp_path, 'proxy = "http://127.0.0.1:3128"', 0o600)
    os.chown(path, 65_533, -1)
    with pytest.raises(ConfigError, match=r"belongs to another user \(.*uid 65533\)") as caught:
        load_config(path)
    assert caught.value.hint is not None
    assert caught.value.hint.endswith(f"sudo chown {os.geteuid()} {path}")
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    with pytest.raises(ConfigError, match="another user"):
        load_config(link)


def test_the_program_of_a_refused_file_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "mark"
    path = written(tmp_path, f'api_key_command = ["touch", "{mark}"]', 0o666)
    monkeypatch.setenv("OPENAI_COMPATIBLE_CONFIG", str(path))
    with pytest.raises(ConfigError, match="runs a program"):
        Client("lab/m")
    assert not mark.exists()


def test_a_proxy_that_a_variable_names_is_not_the_file_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE__LAB__PROXY", "http://127.0.0.1:3128")
    assert load_config(written(tmp_path, "", 0o666)).providers[0].proxy is not None


def test_a_file_that_was_refused_is_read_after_what_the_hint_says(tmp_path: Path) -> None:
    path = written(tmp_path, f'api_key_file = "{tmp_path}/key"', 0o666)
    (tmp_path / "key").write_text("sk-of-mine")
    with loopback(json_reply({"choices": [{"message": {"content": "hi"}}]})) as server:
        path.write_text(path.read_text().replace("http://127.0.0.1:9/v1", server.base_url))
        with pytest.raises(ConfigError):
            load_config(path)
        path.chmod(path.stat().st_mode & ~0o022)
        with Client("lab/m", config=load_config(path)) as client:
            client.chat([{"role": "user", "content": "hello"}])
        assert server.requests[0].headers["authorization"] == "Bearer sk-of-mine"
