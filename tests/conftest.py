"""For all tests. That nothing reaches beyond loopback is pytest-socket's work, see pyproject.toml."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "recordings(*kinds): one test for each recording of these kinds in tests/fixtures"
    )
