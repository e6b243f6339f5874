"""Ids and subjects: stable, ordered by time, and told apart."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.identity import (
    MAXIMUM_TIME,
    Subject,
    SubjectKind,
    as_uuid,
    digest,
    digest64,
    first_id,
    time_of,
    timed_id,
)

times = st.integers(0, MAXIMUM_TIME)


@given(st.sampled_from(SubjectKind), st.text(), st.text())
def test_a_subject_reads_back_from_its_text(kind: SubjectKind, tenant: str, uid: str) -> None:
    subject = Subject(kind, tenant, uid)
    assert Subject.parse(str(subject)) == subject


@pytest.mark.parametrize("text", ["", "account:t", "account:t:u:v", "person:t:u"])
def test_what_is_no_subject_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"unpack|valid"):
        Subject.parse(text)


def test_the_key_of_a_subject_is_a_signed_64_bit_digest() -> None:
    subject = Subject(SubjectKind.ACCOUNT, "acme", "alice")
    assert subject.key() == digest64("account", "acme", "alice")
    assert -(2**63) <= subject.key() < 2**63


def test_joining_parts_does_not_collide() -> None:
    assert digest("ab", "c") != digest("a", "bc") != digest("abc")


def test_a_lone_surrogate_has_a_digest() -> None:
    assert len(digest("\ud800")) == 16


@given(times, st.text())
def test_an_id_is_a_uuid_of_version_7_that_carries_its_time(time: int, part: str) -> None:
    identifier = timed_id(time, part)
    uuid = UUID(as_uuid(identifier))
    assert uuid.version == 7
    assert uuid.variant == "specified in RFC 4122"
    assert time_of(identifier) == time
    assert identifier == timed_id(time, part)


@given(times, times)
def test_ids_sort_by_time(one: int, other: int) -> None:
    if one < other:
        assert timed_id(one, "z") < timed_id(other, "a")
        assert timed_id(one, "z") < first_id(other) <= timed_id(other, "a")


@pytest.mark.parametrize(("time", "kept"), [(-5, 0), (MAXIMUM_TIME + 9, MAXIMUM_TIME)])
def test_a_time_beyond_the_id_is_clamped(time: int, kept: int) -> None:
    assert time_of(timed_id(time, "x")) == kept
    assert time_of(first_id(time)) == kept
