"""The shipped databases, unpacked once for these tests."""

from pathlib import Path

import pytest

from monitor.enrichment.location import Location


@pytest.fixture(scope="session")
def shipped_location(tmp_path_factory: pytest.TempPathFactory) -> Location:
    """A location over the shipped databases."""
    cache: Path = tmp_path_factory.mktemp("geo")
    return Location.open(cache=cache)
