"""`--update` rewrites what commands are expected to print: tests/problems and tests/scenarios."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the expected texts of problems and scenarios")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether expected texts are rewritten rather than compared."""
    return bool(request.config.getoption("--update"))
