"""Passwords and factors changed by strangers, and by others."""

import pytest
from msgspec import structs

from detectors.core.event import Change
from tests.detectors.story import (
    CHROME,
    IPHONE,
    LINUX,
    LYON,
    LYON_HOME,
    MAC,
    MADRID,
    MOSCOW,
    PARIS,
    SERVER,
    Story,
    Where,
)
from tests.detectors.takeover.strangers import CALLED, changed, found, groups, settled, total

NOWHERE_SAID = Where(None, None, None)


@pytest.mark.parametrize("what", [Change.PASSWORD, Change.FACTOR_ADDED, Change.FACTOR_REMOVED])
def test_with_a_new_password_or_factor_set_from_there_it_is(what: Change) -> None:
    story = settled().sign_on(10, 600, PARIS, LINUX, "x")
    findings = found(changed(story, 604, PARIS, LINUX, what))
    assert total(findings) > CALLED
    assert findings[-1].evidence.group == "changed"


def test_a_role_given_by_an_administrator() -> None:
    story = settled().sign_on(10, 600, PARIS, LINUX, "x")
    assert len(found(changed(story, 604, MADRID, MAC, Change.ROLE))) == 1


def test_a_change_without_an_address_is_of_who_acted_last() -> None:
    story = settled().sign_on(10, 600, MOSCOW, LINUX, "x")
    told = found(changed(story, 606, NOWHERE_SAID, None, Change.FACTOR_ADDED))
    assert [f for f in told if f.evidence.facts["what"] == "change"]


def test_nor_of_one_who_left_long_before_or_before_the_owner_came() -> None:
    left = settled().sign_on(10, 600, MOSCOW, LINUX, "x")
    told = found(changed(left, 700, NOWHERE_SAID, None, Change.FACTOR_ADDED))
    assert not [f for f in told if f.evidence.facts["what"] == "change"]
    story = settled().sign_on(10, 600, MOSCOW, LINUX, "x").sign_on(10, 603, LYON, CHROME, "own")
    told = found(changed(story, 606, NOWHERE_SAID, None, Change.FACTOR_ADDED))
    assert not [f for f in told if f.evidence.facts["what"] == "change"]


def change(story: Story) -> float:
    """What a change of password or factor comes to."""
    return groups(story).get("changed", 0.0)


def test_a_factor_added_from_a_computer_that_came_minutes_before() -> None:
    """Even on the provider that serves the owner: few people begin so with a new computer."""
    town = LYON.leased("192.0.3.10")
    story = settled().sign_on(10, 600, town, MAC, "x")
    assert change(changed(story, 604, town, MAC, Change.FACTOR_ADDED)) >= 4.0
    late = settled().sign_on(10, 600, LYON, MAC, "x")
    assert change(changed(late, 800, LYON, MAC, Change.PASSWORD)) == 0.0


def test_a_new_phone_is_enrolled_as_a_factor() -> None:
    story = settled().sign_on(10, 600, LYON_HOME, IPHONE, "x")
    assert change(changed(story, 604, LYON_HOME, IPHONE, Change.FACTOR_ADDED)) == 0.0


def test_a_copied_browser_on_another_line_changes_the_password_at_once() -> None:
    story = settled().sign_on(10, 600, PARIS, CHROME, "x")
    assert 2.5 <= change(changed(story, 604, PARIS, CHROME, Change.PASSWORD)) < CALLED


def test_the_owner_sets_the_password_anew_after_a_strangers_visit() -> None:
    """The stranger changed it, or the owner found out."""
    story = settled().sign_on(9, 1380, MOSCOW, CHROME, "x")
    assert groups(changed(story, 480, LYON, CHROME, Change.PASSWORD))["answered"] >= 1.5


def test_a_password_forgotten_with_nobody_there_or_long_after_or_on_a_journey() -> None:
    assert not found(changed(settled(), 480, LYON, CHROME, Change.PASSWORD))
    long_before = settled(7).sign_on(6, 1380, MOSCOW, CHROME, "x").work(range(7, 10), LYON, CHROME)
    assert "answered" not in groups(changed(long_before, 480, LYON, CHROME, Change.PASSWORD))
    abroad = settled().sign_on(9, 1380, MOSCOW, CHROME, "x")
    assert "answered" not in groups(changed(abroad, 480, MADRID, CHROME, Change.PASSWORD))
    factor = settled().sign_on(9, 1380, MOSCOW, CHROME, "x")
    assert "answered" not in groups(changed(factor, 480, LYON, CHROME, Change.FACTOR_ADDED))


def locked_out(day: int, *, changes: bool) -> Story:
    """Somebody with the owner's sort of computer in the next town, who may set a new password; the
    owner does so on a later day."""
    story = settled().sign_on(10, 600, PARIS, CHROME, "x")
    if changes:
        changed(story, 604, PARIS, CHROME, Change.PASSWORD)
    return changed(story, (day - 10) * 1440 + 480, LYON, CHROME, Change.PASSWORD)


def test_the_owner_whose_password_was_changed_finds_out_after_the_weekend() -> None:
    story = locked_out(13, changes=True)
    assert groups(story)["answered"] >= 1.5
    assert total(found(story)) > total(found(locked_out(17, changes=True)))


def test_who_forgets_the_password_after_a_visit_where_nothing_was_changed() -> None:
    assert "answered" not in groups(locked_out(13, changes=False))
    assert "answered" not in groups(locked_out(17, changes=True))


def helped_out(day: int, *, changes: bool) -> Story:
    """The same, and the help desk sets the password anew."""
    story = settled().sign_on(10, 600, PARIS, CHROME, "x")
    if changes:
        changed(story, 604, PARIS, CHROME, Change.PASSWORD)
    changed(story, (day - 10) * 1440 + 480, NOWHERE_SAID, None, Change.PASSWORD)
    story.events[-1] = structs.replace(story.events[-1], actor="help-desk")
    return story


def test_whom_a_strangers_password_shuts_out_is_helped_by_the_help_desk() -> None:
    assert groups(helped_out(13, changes=True))["answered"] >= 1.5
    assert "answered" not in groups(helped_out(17, changes=True))


def test_the_help_desk_helps_who_forgot_the_password() -> None:
    assert "answered" not in groups(helped_out(11, changes=False))


def test_the_desk_of_a_company_may_be_a_server() -> None:
    story = Story().work(range(10), SERVER, CHROME).sign_on(10, 600, PARIS, CHROME, "x")
    changed(story, 604, PARIS, CHROME, Change.PASSWORD)
    assert "answered" in groups(changed(story, 3 * 1440, SERVER, CHROME, Change.PASSWORD))
