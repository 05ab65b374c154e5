"""The demo runs as a newcomer runs it: in a process of its own, on a real server."""

import re
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.llama_cpp, pytest.mark.timeout(300)]

pytest.importorskip("xllamacpp")


@pytest.fixture(scope="module", name="output")
def _output() -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-m", "openai_compatible.demo"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_every_part_shows_what_came_from_the_server(output: str) -> None:
    assert re.search(r"chain\.invoke +Hello", output)
    assert re.search(r"chain\.stream +\S+·", output)
    assert re.search(r"model calls +get_weather\(\{'city': 'Paris'\}\)", output)
    assert re.search(r"value +city='.*' temperature=\d+", output)
    assert re.search(r"reasoning +\S", output)
    assert re.search(r"found +.*Paris", output)
    assert re.search(r"query +Paris is 18 degrees warm", output)


def test_one_provider_file_serves_all_parts_and_no_key_is_shown(output: str) -> None:
    assert output.count("[[providers]]") == 1
    assert 'api_key_env = "DEMO_API_KEY"' in output
    assert "Bearer" not in output


def test_it_ends_with_a_summary(output: str) -> None:
    assert re.search(r"All 6 parts ran in [\d.]+ s; the server is stopped\.\n$", output)


PLAIN = """
import sys
sys.modules["rich.console"] = None
from openai_compatible.demo.screen import Screen
screen = Screen()
screen.part("A")
screen.code("x = 1")
screen.result("label", 2)
print(repr(screen.pieces("p", "ab")))
"""


def test_plain_text_where_rich_is_missing() -> None:
    done = subprocess.run([sys.executable, "-c", PLAIN], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "",
        "1  A",
        "   │ x = 1",
        "   label          2",
        "   p              a·b",
        "'ab'",
    ]
