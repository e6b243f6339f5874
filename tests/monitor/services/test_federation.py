"""Who comes in by the provider is who they are there, with the role that they have there now."""

from typing import Any

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import Engine, select

from detectors.core.event import HOUR, MINUTE
from monitor.oidc.errand import Vouched
from monitor.oidc.refusal import Reason, RefusedError
from monitor.oidc.terms import Terms
from monitor.oidc.tokens import Left
from monitor.services.actor import Role, operator
from monitor.services.authority import Operation
from monitor.services.federation import LONGEST_HINT, Federation
from monitor.services.keyring import Keyring
from monitor.services.own_sign_ins import SOURCE, OwnSignIns
from monitor.services.refusal import NotFreshError
from monitor.services.reviewers import Reviewers
from monitor.services.sessions import Client, Method, Sessions, Visit
from monitor.services.standing import ACTIVE, DISABLED, INVITED, LAPSED, actor_of_reviewer, owner_of
from monitor.store import factors, oidc, reviewers, sessions, tables
from monitor.store.inbox import Inbox
from monitor.store.reviewers import ReviewerRow
from monitor.store.sessions import InvitationRow

NOW = 1_790_000_000_000
ISSUER = "https://id.example.com"
CLIENT = Client("192.0.2.7", "Firefox")
TERMS = Terms(
    issuer=ISSUER,
    client_id="vigie",
    roles={"admins": "administrator", "soc": "analyst", "customers": "tenant_contact"},
    tenant_claim="company",
    groups=(),
)


class House:
    """A database, its sessions, and the federation over it."""

    def __init__(self, engine: Engine, **changes: Any) -> None:
        self.engine = engine
        self.now = NOW
        keyring = Keyring(b"pepper")
        self.sessions = Sessions(engine, keyring, lambda: self.now)
        told = OwnSignIns(engine, keyring, lambda: self.now)
        terms = structs.replace(TERMS, **changes)
        self.federation = Federation(engine, terms, keyring, self.sessions, told, lambda: self.now)

    def enter(self, sub: str = "ada", **claims: Any) -> Visit:
        """Somebody comes in: their session."""
        visit = self.sessions.visit(self.federation.enter(vouched(sub, **claims), CLIENT))
        assert visit is not None
        return visit

    def refused(self, sub: str = "ada", **claims: Any) -> Reason:
        """Somebody does not."""
        with pytest.raises(RefusedError) as caught:
            self.federation.enter(vouched(sub, **claims), CLIENT)
        return caught.value.reason

    def add(self, uid: str, role: Role, **changes: Any) -> ReviewerRow:
        """A reviewer of Vigie's own."""
        row = ReviewerRow(
            uid, f"{uid}@example.com", uid, role.value, None, ACTIVE, 1, NOW - HOUR, None
        )
        row = structs.replace(row, **changes)
        with self.engine.begin() as connection:
            reviewers.add(connection, row)
        return row

    def row(self, uid: str | None) -> ReviewerRow:
        """A reviewer as they are now."""
        with self.engine.connect() as connection:
            found = reviewers.by_uid(connection, uid or "")
        assert found is not None
        return found

    def audited(self) -> list[tuple[str, str]]:
        """What was done to what, as the audit has it."""
        table = tables.audit
        query = select(table.c.operation, table.c.subject).order_by(table.c.number)
        with self.engine.connect() as connection:
            return [(row.operation, row.subject) for row in connection.execute(query)]

    def events(self) -> list[dict[str, Any]]:
        """What was written for the detectors."""
        arrived = Inbox(self.engine).after(SOURCE, 0, 1_000, 1 << 20)
        return [msgspec.json.decode(line) for one in arrived for line in one.parcel.lines]


def vouched(sub: str = "ada", **claims: Any) -> Vouched:
    whole = {
        "iss": ISSUER,
        "sub": sub,
        "amr": ["pwd", "otp", "mfa"],
        "roles": ["soc"],
        "name": "Ada Lovelace",
        "email": f"{sub}@example.com",
        **claims,
    }
    return Vouched(whole, "header.claims.signature", f"sid-{sub}", NOW - MINUTE)


@pytest.fixture
def house(database: Engine) -> House:
    return House(database)


def test_a_first_sign_in_makes_a_reviewer_with_the_role_that_the_provider_gives(
    house: House,
) -> None:
    visit = house.enter()
    row = house.row(visit.reviewer)
    assert (row.email, row.name, row.role) == ("ada@example.com", "Ada Lovelace", "analyst")
    assert (row.state, row.tenant, row.last_sign_in) == (ACTIVE, None, NOW)
    assert visit.method is Method.OIDC
    assert visit.actor is not None
    assert visit.actor.roles == {Role.ANALYST}
    assert visit.actor.authenticated == NOW - MINUTE, "when the provider last asked them"
    assert house.audited() == [
        ("reviewers:provision", f"reviewer:{row.uid}"),
        ("session:open", f"reviewer:{row.uid}"),
    ]


def test_somebody_is_known_again_whatever_their_address_is_now(house: House) -> None:
    first = house.enter()
    assert house.enter(email="countess@example.com", name="A. L.").reviewer == first.reviewer
    row = house.row(first.reviewer)
    assert (row.email, row.name) == ("ada@example.com", "A. L.")
    assert house.enter("eve").reviewer != first.reviewer


def test_nobody_is_known_by_an_address(house: House) -> None:
    # Whoever gets this address at the provider would else be the administrator here.
    house.add("root", Role.ADMINISTRATOR, email="Ada@Example.com")
    assert house.refused() is Reason.ADDRESS_TAKEN
    house.add("invited", Role.ANALYST, email="eve@example.com", state=INVITED)
    assert house.refused("eve") is Reason.ADDRESS_TAKEN
    assert house.row("invited").state == INVITED


def test_the_same_subject_at_another_provider_is_somebody_else(house: House) -> None:
    house.enter()
    assert house.refused(iss="https://other.example.com") is Reason.ADDRESS_TAKEN


@pytest.mark.parametrize("email", [None, "", "ada", 7, "a b@example.com"])
def test_without_an_address_nobody_is_made(house: House, email: Any) -> None:
    assert house.refused(email=email) is Reason.NO_ADDRESS


def test_where_nobody_is_made_by_signing_in_strangers_stay_out(database: Engine) -> None:
    house = House(database, provision=False)
    assert house.refused() is Reason.UNKNOWN
    row = house.add("ada", Role.ANALYST)
    with database.begin() as connection:
        oidc.link(connection, ISSUER, "ada", row.uid, NOW)
    assert house.enter().reviewer == "ada"


def test_the_role_follows_the_provider_and_ends_what_was_open_under_the_other(
    house: House,
) -> None:
    house.add("root", Role.ADMINISTRATOR)
    first = house.enter()
    second = house.enter(roles=["admins"])
    assert house.row(first.reviewer).role == "administrator"
    assert house.sessions.visit(first.key) is None
    house.enter(roles=["soc"])
    assert house.row(first.reviewer).role == "analyst"
    assert house.sessions.visit(second.key) is None
    contact = house.enter(roles=["customers"], company="acme")
    assert contact.actor is not None
    assert (contact.actor.roles, contact.actor.tenant) == ({Role.TENANT_CONTACT}, "acme")


def test_who_has_no_role_any_more_is_out_everywhere_until_there_is_one_again(
    house: House,
) -> None:
    visit = house.enter()
    assert house.refused(roles=["sales"]) is Reason.NO_ROLE
    assert house.sessions.visit(visit.key) is None
    assert house.row(visit.reviewer).state == LAPSED
    assert house.enter().reviewer == visit.reviewer
    assert house.row(visit.reviewer).state == ACTIVE
    told = [deed for deed, _ in house.audited()]
    assert told == [
        "reviewers:provision",
        "session:open",
        "reviewers:lapse",
        "reviewers:from-provider",
        "session:open",
    ]


def test_a_sign_in_without_a_second_factor_takes_nothing_away(house: House) -> None:
    visit = house.enter()
    assert house.refused(amr=["pwd"]) is Reason.NO_SECOND_FACTOR
    assert house.sessions.visit(visit.key) is not None
    assert house.row(visit.reviewer).state == ACTIVE


def test_who_was_disabled_here_stays_so(house: House) -> None:
    visit = house.enter()
    row = house.row(visit.reviewer)
    with house.engine.begin() as connection:
        reviewers.change(connection, row.uid, row.version, {"state": DISABLED})
    assert house.refused() is Reason.DISABLED
    assert house.refused(roles=[]) is Reason.NO_ROLE
    assert house.row(visit.reviewer).state == DISABLED


@pytest.mark.parametrize(
    ("roles", "reason"), [(["soc"], Reason.LAST_ADMINISTRATOR), ([], Reason.NO_ROLE)]
)
def test_the_last_administrator_stays_one_and_is_out(
    house: House, roles: list[str], reason: Reason
) -> None:
    visit = house.enter(roles=["admins"])
    assert house.refused(roles=roles) is reason
    row = house.row(visit.reviewer)
    assert (row.role, row.state) == ("administrator", ACTIVE)
    assert house.sessions.visit(visit.key) is None
    house.add("root", Role.ADMINISTRATOR)
    if roles:
        house.enter(roles=roles)
        assert house.row(row.uid).role == "analyst"
    else:
        house.refused(roles=roles)
        assert house.row(row.uid).state == LAPSED


def test_who_was_removed_begins_anew(house: House) -> None:
    visit = house.enter()
    with house.engine.begin() as connection:
        reviewers.remove(connection, visit.reviewer or "")
    assert house.enter().reviewer != visit.reviewer


def test_whoever_removes_somebody_removes_their_tie(house: House) -> None:
    house.add("root", Role.ADMINISTRATOR)
    visit = house.enter()
    service = Reviewers(house.engine, Keyring(b"pepper"), house.sessions, lambda: house.now)
    service.remove(operator(), visit.reviewer or "")
    with house.engine.connect() as connection:
        assert oidc.identity(connection, ISSUER, "ada") is None


def test_a_tie_is_made_by_who_is_signed_in(house: House) -> None:
    row = house.add("root", Role.ADMINISTRATOR, email="ada@example.com")
    actor = actor_of_reviewer(row, NOW)
    assert house.federation.tie(actor) is None
    house.federation.link(actor, vouched(roles=["admins"]))
    assert house.enter(roles=["admins"]).reviewer == "root"
    tie = house.federation.tie(actor)
    assert tie is not None
    assert (tie.linked, tie.last_used) == (NOW, NOW)
    assert ("profile:link", "reviewer:root") in house.audited()


def test_a_tie_needs_a_fresh_proof_and_a_role_there(house: House) -> None:
    row = house.add("root", Role.ADMINISTRATOR)
    with pytest.raises(NotFreshError):
        house.federation.link(actor_of_reviewer(row, NOW - HOUR), vouched())
    with pytest.raises(RefusedError):
        house.federation.link(actor_of_reviewer(row, NOW), vouched(roles=[]))
    assert Operation.PROFILE_WRITE.is_dangerous


def test_nobody_is_tied_twice(house: House) -> None:
    one = actor_of_reviewer(house.add("one", Role.ADMINISTRATOR), NOW)
    two = actor_of_reviewer(house.add("two", Role.ANALYST), NOW)
    house.federation.link(one, vouched())
    for actor, sub in ((two, "ada"), (one, "eve")):
        with pytest.raises(RefusedError) as caught:
            house.federation.link(actor, vouched(sub))
        assert caught.value.reason is Reason.LINKED_ALREADY


def test_a_tie_is_undone_by_who_has_a_password_besides(house: House) -> None:
    row = house.add("one", Role.ADMINISTRATOR)
    actor = actor_of_reviewer(row, NOW)
    house.federation.link(actor, vouched())
    with pytest.raises(RefusedError) as caught:
        house.federation.unlink(actor)
    assert caught.value.reason is Reason.NO_OTHER_WAY
    with house.engine.begin() as connection:
        factors.replace(connection, owner_of("one"), factors.PASSWORD, [b"sealed"], NOW)
    assert house.federation.unlink(actor)
    assert not house.federation.unlink(actor)
    assert house.federation.tie(actor) is None


def test_who_proves_again_who_they_are_goes_on_in_the_same_session(house: House) -> None:
    visit = house.enter()
    house.now += HOUR // 3
    key = house.federation.renew(visit, vouched(), CLIENT)
    again = house.sessions.visit(key)
    assert again is not None
    assert again.actor is not None
    assert again.actor.authenticated == house.now
    assert again.uid == visit.uid
    assert house.sessions.visit(visit.key) is None
    assert house.federation.left(Left("j", 0.0, None, "sid-ada")) == 1, "it still rests on it"
    assert house.sessions.visit(key) is None


def test_a_proof_brings_the_role_of_now_and_ends_other_sessions(house: House) -> None:
    house.add("root", Role.ADMINISTRATOR)
    visit, other = house.enter(roles=["admins"]), house.enter(roles=["admins"])
    key = house.federation.renew(visit, vouched(roles=["soc"]), CLIENT)
    again = house.sessions.visit(key)
    assert again is not None
    assert again.actor is not None
    assert again.actor.roles == {Role.ANALYST}
    assert house.sessions.visit(other.key) is None


def test_a_proof_of_no_role_ends_all_and_leaves_no_link(house: House) -> None:
    visit = house.enter()
    link = InvitationRow("password", visit.reviewer or "", house.now, house.now + HOUR)
    with house.engine.begin() as connection:
        sessions.invite(connection, b"digest", link)
    with pytest.raises(RefusedError) as caught:
        house.federation.renew(visit, vouched(roles=[]), CLIENT)
    assert caught.value.reason is Reason.NO_ROLE
    assert house.sessions.visit(visit.key) is None
    assert house.row(visit.reviewer).state == LAPSED
    with house.engine.begin() as connection:
        assert sessions.redeem(connection, b"digest", house.now) is None


def test_somebody_else_proves_nothing(house: House) -> None:
    visit = house.enter()
    house.enter("eve")
    for sub in ("eve", "stranger"):
        with pytest.raises(RefusedError) as caught:
            house.federation.renew(visit, vouched(sub), CLIENT)
        assert caught.value.reason is Reason.OTHER_PERSON
    house.sessions.end(visit.key)
    with pytest.raises(RefusedError) as caught:
        house.federation.renew(visit, vouched(), CLIENT)
    assert caught.value.reason is Reason.NOT_BEGUN_HERE


def test_who_leaves_there_is_out_here(house: House) -> None:
    first, second, other = house.enter(), house.enter(), house.enter("eve")
    assert house.federation.left(Left("j", 0.0, "nobody", None)) == 0
    assert house.federation.left(Left("j", 0.0, "ada", "sid-eve")) == 0
    assert house.federation.left(Left("j", 0.0, "ada", None)) == 2
    assert house.sessions.visit(first.key) is None
    assert house.sessions.visit(second.key) is None
    assert house.sessions.visit(other.key) is not None
    assert house.federation.left(Left("j", 0.0, None, "sid-eve")) == 1
    assert house.sessions.visit(other.key) is None
    assert house.federation.left(Left("j", 0.0, "ada", None)) == 0
    ended = [subject for deed, subject in house.audited() if deed == "session:ended-by-provider"]
    assert sorted(ended) == sorted(f"session:{v.uid}" for v in (first, second, other))


def test_the_id_token_goes_back_when_its_reviewer_leaves(house: House) -> None:
    visit = house.enter()
    assert house.federation.hint(visit) == (True, "header.claims.signature")
    long = structs.replace(vouched(), id_token="x" * (LONGEST_HINT + 1))
    key = house.federation.enter(long, CLIENT)
    found = house.sessions.visit(key)
    assert found is not None
    assert house.federation.hint(found) == (True, None)
    assert house.federation.hint(structs.replace(visit, uid="another")) == (False, None)
    with house.engine.connect() as connection:
        row = oidc.bound(connection, visit.uid)
    assert row is not None
    assert b"claims" not in (row.hint or b"")


def test_sign_ins_are_events_for_the_detectors(house: House) -> None:
    visit = house.enter()
    house.refused(roles=[])
    house.refused(amr=["pwd"])
    house.refused("stranger", roles=[])
    entered, lost, weak, stranger = house.events()
    assert entered["user"] == {"uid": visit.reviewer, "name": "ada@example.com"}
    assert (entered["status_id"], entered["is_mfa"]) == (1, True)
    assert entered["auth_factors"] == [{"factor_type_id": 7}, {"factor_type_id": 11}]
    assert entered["session"] == {"uid": visit.uid}
    assert entered["src_endpoint"] == {"ip": "192.0.2.7"}
    assert [one["status_id"] for one in (lost, weak, stranger)] == [2, 2, 2]
    assert lost["status_detail"] == "ACCOUNT_DISABLED"
    assert weak["status_detail"] == "MFA_DENIED"
    assert stranger["status_detail"] == "UNKNOWN_USER"
    assert stranger["user"] == {"name": f"stranger@{ISSUER}"}


def test_what_proved_nothing_is_told_by_where_it_came_from(house: House) -> None:
    for reason in Reason:
        house.federation.doubted(RefusedError(reason, "x"), CLIENT)
    told = house.events()
    assert [one["user"] for one in told] == [{"name": "unproved@id.example.com"}] * 3
    assert {one["src_endpoint"]["ip"] for one in told} == {"192.0.2.7"}
    assert {one["status_id"] for one in told} == {2}


def test_a_second_factor_that_is_not_named_is_one_all_the_same(database: Engine) -> None:
    house = House(database, second_factor="provider")
    house.enter(amr=None)
    house.enter(amr=["pwd"])
    factors_shown = [[f["factor_type_id"] for f in e["auth_factors"]] for e in house.events()]
    assert factors_shown == [[99, 99], [11, 99]]
