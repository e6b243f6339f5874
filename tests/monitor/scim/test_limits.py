"""Limits leave room for what identity providers send."""

from monitor.scim import limits


def test_a_page_is_no_larger_than_what_may_be_looked_at() -> None:
    assert limits.USUAL_RESULTS <= limits.MAXIMUM_RESULTS <= limits.MAXIMUM_SCANNED


def test_the_largest_group_fits_into_a_body() -> None:
    # A member is an object of a name and a quoted 32 hexadecimal digits, and a comma.
    assert len('{"value":"' + "0" * 32 + '"},') * limits.MAXIMUM_MEMBERS < limits.MAXIMUM_BODY
    assert 2 * limits.MAXIMUM_MEMBERS <= limits.MAXIMUM_VALUES


def test_the_longest_name_can_be_asked_for() -> None:
    assert limits.MAXIMUM_TEXT + len('userName eq ""') < limits.MAXIMUM_EXPRESSION
