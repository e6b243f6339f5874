"""A reviewer is kept once for an address, and changed by one who saw the last version."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from monitor.store import reviewers
from monitor.store.reviewers import ReviewerRow


def row(uid: str, email: str, role: str = "viewer", state: str = "active") -> ReviewerRow:
    return ReviewerRow(uid, email, f"Name {uid}", role, None, state, 1, 10, None)


def test_one_is_found_by_id_and_by_address_however_it_is_spelt(database: Engine) -> None:
    kept = row("a", "Amelie@Atlas.example")
    with database.begin() as connection:
        reviewers.add(connection, kept)
        assert reviewers.by_uid(connection, "a") == kept
        assert reviewers.by_email(connection, " amelie@atlas.EXAMPLE ") == kept
        assert reviewers.by_email(connection, "a") is None


def test_an_address_is_one_persons(database: Engine) -> None:
    with database.begin() as connection:
        reviewers.add(connection, row("a", "a@atlas.example"))
    with pytest.raises(IntegrityError), database.begin() as connection:
        reviewers.add(connection, row("b", "A@atlas.example"))


def test_a_change_needs_the_last_version(database: Engine) -> None:
    with database.begin() as connection:
        reviewers.add(connection, row("a", "a@atlas.example"))
        assert reviewers.change(connection, "a", 1, {"role": "analyst"})
        assert not reviewers.change(connection, "a", 1, {"role": "approver"})
        changed = reviewers.by_uid(connection, "a")
    assert changed is not None
    assert (changed.role, changed.version) == ("analyst", 2)


def test_a_new_address_is_found_and_a_sign_in_is_no_change(database: Engine) -> None:
    with database.begin() as connection:
        reviewers.add(connection, row("a", "a@atlas.example"))
        reviewers.change(connection, "a", 1, {"email": "B@atlas.example"})
        reviewers.note_sign_in(connection, "a", 99)
        found = reviewers.by_email(connection, "b@atlas.example")
    assert found is not None
    assert (found.version, found.last_sign_in) == (2, 99)


def test_pages_follow_each_other_without_gap_or_overlap(database: Engine) -> None:
    with database.begin() as connection:
        for number in range(7):
            reviewers.add(connection, row(f"u{number}", f"{number % 4}{number}@atlas.example"))
        met: list[str] = []
        after = None
        while part := reviewers.page(connection, 3, after):
            met += [one.email for one in part]
            after = (reviewers.email_key(part[-1].email), part[-1].uid)
    assert met == sorted(met)
    assert len(met) == 7


def test_those_of_a_role_are_counted_and_locked(database: Engine) -> None:
    with database.begin() as connection:
        for uid, state in (("a", "active"), ("b", "disabled"), ("c", "active")):
            reviewers.add(connection, row(uid, f"{uid}@x", "administrator", state))
        assert reviewers.lock(connection, "administrator", "active") == ["a", "c"]
        assert reviewers.count(connection, "administrator", "active") == 2
        assert reviewers.remove(connection, "a")
        assert not reviewers.remove(connection, "a")
        assert reviewers.count(connection, "administrator", "active") == 1
