"""A provider that does wrong, for a test."""

from collections.abc import Iterator

import pytest

from tests.idp.hostile import Hostile


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    """Behaves, until told otherwise."""
    with Hostile() as made:
        yield made
