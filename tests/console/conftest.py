"""A demonstration for each file of tests: a browser keeps the event loop that others want."""

from collections.abc import Iterator

import pytest

from tests.console.showing import Showing, showing


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showing]:
    """A small company's month."""
    folder = tmp_path_factory.mktemp("demonstration")
    with showing(folder, "--accounts", "60") as shown:
        yield shown


@pytest.fixture
def shown(demonstration: Showing) -> Iterator[Showing]:
    """Every test ends without a complaint of the browser, the policy's included."""
    demonstration.complaints.clear()
    yield demonstration
    assert demonstration.complaints == []
