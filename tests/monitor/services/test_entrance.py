"""All that signing in takes goes together: from the first link to a reviewer who is in."""

from sqlalchemy import Engine

from monitor.mfa import totp
from monitor.services.actor import Role
from tests.monitor.services.reviewing import DESK, PASSWORD, House, Person


def test_from_the_first_link_to_an_administrator_who_invites(database: Engine) -> None:
    house = House(database)
    entrance = house.entrance
    visit = house.opened(entrance.admission.issue_link())
    entrance.setup.enter(visit, "Ada", "ada@atlas.example", PASSWORD, PASSWORD)
    secret = entrance.setup.situation(visit).secret or b""
    ada = Person("", "ada@atlas.example", secret, [])
    done = entrance.setup.confirm(visit, house.code(ada), DESK)
    assert len(done.codes) == 10
    inside = house.sessions.visit(done.key)
    assert inside is not None
    assert inside.actor is not None
    assert inside.actor.roles == {Role.ADMINISTRATOR}
    made, _ = entrance.reviewers.invite(
        inside.actor, "eve@atlas.example", "Eve", Role.TENANT_CONTACT, "acme"
    )
    assert made.tenant == "acme"
    assert totp.step_of(secret, house.code(ada), house.clock.now) is not None
    assert house.audited()[-2:] == ["setup:first", "reviewers:invite"]
