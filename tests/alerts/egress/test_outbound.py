"""The section is closed unless somebody opens it, and a misspelt key is not ignored."""

import msgspec
import pytest

from alerts.egress.outbound import Outbound


def test_nothing_that_is_not_public_is_allowed_unasked() -> None:
    assert Outbound().allow == ()


@pytest.mark.parametrize(
    "given", [{"allowed": ["10.0.0.0/8"]}, {"whole_seconds": 0}, {"answer_kib": 1 << 20}]
)
def test_what_cannot_be_meant_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given, Outbound)
