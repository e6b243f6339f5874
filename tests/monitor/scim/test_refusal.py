"""A fault in what was sent is told in SCIM's words, shortly, and never with what was sent."""

import pytest
from scim2_models import InvalidValueException, SCIMException, UniquenessException

from monitor.scim.exchange import patched
from monitor.scim.limits import MAXIMUM_DETAIL
from monitor.scim.refusal import error_of, refusing
from monitor.scim.resources import Person


def test_a_fault_of_a_body_is_an_error_with_its_kind() -> None:
    with pytest.raises(SCIMException) as caught, refusing():
        Person.model_validate({"userName": "ann", "active": "s3cret-maybe"})
    told = error_of(caught.value)
    assert (told.status, told.scim_type) == (400, "invalidValue")
    assert "active" in (told.detail or "")
    assert "s3cret" not in (told.detail or "")


def test_a_fault_within_a_patch_is_told_without_what_was_written() -> None:
    told_so = {"op": "replace", "path": "active", "value": "s3cret-maybe"}
    with pytest.raises(InvalidValueException) as caught:
        patched(Person(id="1", user_name="ann"), {"Operations": [told_so]})
    told = error_of(caught.value)
    assert (told.status, told.scim_type) == (400, "invalidValue")
    assert "s3cret" not in (told.detail or "")
    assert "pydantic" not in (told.detail or "")


def test_too_deep_a_body_is_no_failure_of_ours() -> None:
    with pytest.raises(SCIMException) as caught, refusing():
        raise RecursionError
    assert error_of(caught.value).status == 400


def test_details_have_an_end() -> None:
    told = error_of(UniquenessException(detail="x" * 5_000))
    assert (told.status, told.scim_type) == (409, "uniqueness")
    assert len(told.detail or "") == MAXIMUM_DETAIL
