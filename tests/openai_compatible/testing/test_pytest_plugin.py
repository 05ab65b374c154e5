from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CONFTEST = 'pytest_plugins = ["openai_compatible.testing.pytest_plugin"]\n'

TESTS = """
import sys
import urllib.error
import urllib.request

import pytest

from openai_compatible.testing.loopback import json_reply


def get(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def test_loopback_answers_what_it_is_told(loopback_server):
    with pytest.raises(urllib.error.HTTPError, match="404") as caught:
        get(loopback_server.url)
    caught.value.close()
    loopback_server.app = json_reply(1)
    assert get(loopback_server.url) == b"1"


def test_scripted_lists_models(scripted_server):
    assert b"scripted" in get(scripted_server.base_url + "/models")
    assert len(scripted_server.requests) == 1


def test_scripted_requests_start_empty(scripted_server):
    assert scripted_server.requests == []


def test_llama_cpp(llama_cpp_server):
    assert b"tiny" in get(llama_cpp_server + "/models")
"""


def run(folder: Path, *, without: str = "") -> str:
    (folder / "conftest.py").write_text(CONFTEST + without)
    (folder / "test_it.py").write_text(TESTS)
    environment = {**os.environ, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "-W", "error", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment,
        timeout=90,
    )
    return done.stdout + done.stderr


def test_the_fixtures_work_where_the_plugin_is_named(tmp_path: Path) -> None:
    output = run(tmp_path)
    assert "failed" not in output
    assert "4 passed" in output or "3 passed, 1 skipped" in output


def test_llama_cpp_is_skipped_where_its_wheel_is_missing(tmp_path: Path) -> None:
    hide = """
import importlib.util as util
_find = util.find_spec
util.find_spec = lambda name, *rest: None if name == "xllamacpp" else _find(name, *rest)
"""
    output = run(tmp_path, without=hide)
    assert "3 passed, 1 skipped" in output
    assert "xllamacpp is not installed" in output
