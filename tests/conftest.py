"""For all tests. That nothing reaches beyond loopback is pytest-socket's work, see pyproject.toml."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import hypothesis
import pytest

hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.load_profile("steady")
# The same examples in every run: what a run finds, the next finds too. For others: --hypothesis-seed.


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts background jobs with SIGINT ignored, and every program started from here would
    # inherit that: the tests of Ctrl-C send it to their own subprocesses.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "quirks(*kinds): one test for each case of these kinds")
    config.addinivalue_line(
        "markers", "recordings(*kinds): one test for each recording of these kinds in tests/fixtures"
    )


@pytest.fixture(autouse=True)
def nothing_learned() -> Iterator[None]:
    """What one test taught of a server's dialect, or set in the environment, the next must not know."""
    before = {name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    yield
    for name in os.environ.keys() - before.keys() - {"PYTEST_CURRENT_TEST"}:
        del os.environ[name]  # the command line sets OPENAI_COMPATIBLE_CONFIG for its --config
    os.environ.update({name: text for name, text in before.items() if os.environ.get(name) != text})
    memory = sys.modules.get("openai_compatible.transport.memory")
    if memory is not None:
        memory.forget()
