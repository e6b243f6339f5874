"""Every route x every role x own and foreign tenant: nobody gets by asking what their role lacks.

Which operations a route comes to is watched, not written down: a route that answers without one is
open to everybody, and must say why in `samples.OPEN`. Then each role asks it: 403 where it lacks
one of them, and never 403 where it has them all.
"""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from io import BytesIO
from secrets import token_hex
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs
from starlette.routing import Route

from alerts.incident import Incident
from alerts.ladder import Step
from alerts.measure import Measure
from alerts.measure import State as MeasureState
from alerts.ticket import Change
from alerts.ticket import Kind as TicketKind
from detectors.core.event import DAY
from detectors.core.identity import Subject, SubjectKind
from monitor.directory.account import AccountChanges
from monitor.directory.sheet.reading import Reading
from monitor.directory.tenant import tenant_id
from monitor.hygiene.kept import encode
from monitor.hygiene.score import Tally
from monitor.oidc.terms import Terms
from monitor.services import authority
from monitor.services.account_notes import AccountNotes
from monitor.services.actor import Actor, Role, operator
from monitor.services.admission import form_token
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation, Reach, permits
from monitor.services.challenge_views import Wanted
from monitor.services.challenges import Challenges
from monitor.services.directory import Directory
from monitor.services.entrance import Entrance
from monitor.services.factors import Factors
from monitor.services.imports import Imports, Wish
from monitor.services.keyring import Keyring
from monitor.services.opening import open_ticket
from monitor.services.questions import Questions
from monitor.services.recoveries import Recoveries
from monitor.services.sessions import Client, Kind, Method, Sessions, Visit
from monitor.services.subscriber import Subscriber
from monitor.services.suppressions import Suppressions
from monitor.services.suppressions import Wish as Suppressed
from monitor.services.ticket_acts import TicketActs
from monitor.services.tickets import Tickets
from monitor.store import (
    added,
    enrolments,
    factors,
    measures,
    outbox,
    restrictions,
    reviewers,
    sign_in_questions,
)
from monitor.store.added import AddedSource, StagedFile
from monitor.store.enrolments import LinkRow
from monitor.store.hygiene import Day, HygieneTable
from monitor.store.reviewers import ReviewerRow
from monitor.store.ticket_notes import LinkKind
from monitor.web import allowance, guard
from monitor.web.push import PATH
from monitor.web.rates import Rate
from monitor.web.sign_ins import PATH as SIGN_INS
from tests.monitor.services.people import person
from tests.monitor.store.orders import order
from tests.monitor.store.test_sign_in_questions import question
from tests.monitor.web.conftest import NOW, TERMS, Console
from tests.monitor.web.samples import ACCOUNT, BODIES, OPEN
from tests.monitor.web.staging import TENANT, Stage, fill

FOREIGN = "another-tenant"
PROVIDER = Terms(issuer="http://127.0.0.1:9", client_id="vigie", roles={"admins": "administrator"})
"""There, so that its routes are; nobody listens at that port."""
SOMEONE = ReviewerRow("r-9", "someone@x.example", "Someone", "viewer", None, "active", 1, 1, None)
"""Who asks, as a reviewer who is kept; their role is another each time."""
MEASURE = Measure(
    tenant=TENANT, account="u-1", step=Step.CHALLENGE, state=MeasureState.PROPOSED, created=NOW
)
"""Number 1."""
EVERYTHING = person(Role.ADMINISTRATOR, authenticated=NOW, uid=SOMEONE.uid)
ASKED = question(tenant=TENANT)
"""What an application asked, and how it ended is known."""
KNOWN = Subject(SubjectKind.ACCOUNT, TENANT, "u-20417")
"""Whom the stage has events of."""
HOLDER, LOSER = Subscriber(TENANT, "u-1"), Subscriber(TENANT, "u-3")
ENROLMENT = LinkRow(
    digest=b"",
    handle="",
    purpose="enrol",
    subject_key=HOLDER.key,
    tenant=TENANT,
    account="u-1",
    issuer="reviewer:ada",
    language="fr",
    created=NOW,
    not_before=NOW,
    expires=NOW + DAY,
)
REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def asked_by(stage: Stage) -> None:
    """A note on an account, a restriction that is over, and an objection."""
    AccountNotes(stage.engine).write(operator(), KNOWN.handle(), "x")
    with stage.engine.begin() as connection:
        number = restrictions.restrict(connection, KNOWN, NOW, "x", "operator:x")
        restrictions.release(connection, number, NOW, "x", "operator:x")
        restrictions.object_to(connection, KNOWN, NOW, "x", "operator:x")


def tickets_on(stage: Stage) -> str:
    """Two tickets and a suppression; and an act on the first."""
    with stage.engine.begin() as connection:
        for _ in range(2):
            open_ticket(connection, TicketKind.REPORT, TENANT, None, "Report", now=NOW)
    wish = Suppressed(tenant=TENANT, account="u-9", reason="x", until=NOW + DAY)
    Suppressions(stage.engine, lambda: NOW).add(operator(), wish)
    tagged = Change(add_tags=frozenset(("x",)))
    return TicketActs(stage.engine).change(operator(), {1: None}, tagged).act


class Watched:
    """A console, whoever asks, and the operations that were asked for on the way."""

    def __init__(self, stage: Stage, patch: pytest.MonkeyPatch) -> None:
        self.console = Console(stage, fill(stage), structs.replace(TERMS, provider=PROVIDER))
        self.actor: Actor = operator()
        self.asked: set[Operation] = set()
        patch.setattr(Sessions, "visit", self._visit)
        with stage.engine.begin() as connection:
            reviewers.add(connection, SOMEONE)
            outbox.enqueue(connection, order(), "idp")
        for uid in ("u-1", "u-3"):
            Directory(stage.engine).create(operator(), TENANT, uid, AccountChanges())
        with stage.engine.begin() as connection:
            measures.add(connection, MEASURE)
            HygieneTable(connection).put_days([Day(TENANT, NOW // DAY, 1, encode(Tally()))])
        asked_by(stage)
        wish = Wish(reading=Reading(tenant=TENANT))
        Imports(stage.engine).preview(operator(), BytesIO(b"uid\nu-2\n"), "a.csv", wish)
        self.act = tickets_on(stage)
        # One after the other as fast as it goes, and more than anybody would.
        patch.setattr(allowance, "KNOWN", Rate(1_000_000, 1_000_000))
        for module in (authority, guard):
            patch.setattr(module, "permits", self._permits)
        self.client = self.console.signed_in()
        self.program = self.console.client()
        self.program.headers.pop("sec-fetch-site")
        self.keys: dict[tuple[frozenset[Operation], str | None], str] = {}

    def _visit(self, key: str, _client: Client | None = None) -> Visit:
        return Visit(key, "s-1", Kind.REVIEWER, Method.PASSWORD, self.actor, None, SOMEONE.uid)

    def _permits(self, actor: Actor, operation: Operation) -> bool:
        self.asked.add(operation)
        return permits(actor, operation)

    def ask(self, actor: Actor, method: str, path: str) -> int:
        """The status that somebody is answered with."""
        address = self._filled(path)
        self.actor, self.asked = actor, set()
        sent = dict(BODIES.get(f"{method} {path}", {}))
        if "data" in sent:
            session = next(iter(self.client.cookies.values()))
            sent["data"] = {"token": form_token(session), **sent["data"]}
        answer = self.client.request(method, address, **sent)
        return int(answer.status_code)

    def ask_with_key(
        self, scopes: Iterable[Operation], tenant: str | None, method: str, path: str
    ) -> int:
        """The status that a program is answered with, whose key is for these."""
        wanted = frozenset(scopes)
        if (wanted, tenant) not in self.keys:
            table = ApiKeys(self.console.stage.engine, self.console.clock)
            name = f"k{len(self.keys)}"
            self.keys[wanted, tenant] = table.create(operator(), name, wanted, tenant=tenant)
        address = self._filled(path)
        self.asked = set()
        sent = dict(BODIES.get(f"{method} {path}", {}))
        bearer = {"authorization": f"Bearer {self.keys[wanted, tenant]}"}
        headers = {**sent.pop("headers", {}), **bearer}
        answer = self.program.request(method, address, headers=headers, **sent)
        return int(answer.status_code)

    def _filled(self, path: str) -> str:
        own = {"uid": str(UUID(bytes=self._incident().id)), "number": "1", "name": "k0"}
        own |= {
            "account": ACCOUNT,
            "tenant": str(UUID(bytes=tenant_id(TENANT))),
            "act": self.act,
        }
        if "/reviewers/" in path:
            own |= {"uid": SOMEONE.uid, "session": self._session()}
        if "/sources/new/" in path:
            own |= {"uid": self._staged(), "name": self._added()}
        own |= {"name": "impossible_travel"} if "/detectors/" in path else {}
        if "/policy/" in path:
            own |= {"number": "0"}
        if "{link}" in path:
            own["link"] = self._link()
        if "{question}" in path:
            own["question"] = self._question()
        if "{handle}" in path and path.startswith(SIGN_INS):
            own["handle"] = self._asked()
        elif "/accounts/{handle}" in path:
            own["handle"] = KNOWN.handle()
        elif "/recoveries/" in path:
            desk = Recoveries(self.console.stage.engine, Keyring())
            own["handle"] = desk.request(operator(), LOSER).handle
        elif "/enrolment-links/" in path:
            own["handle"] = self._enrolment()
        elif "/factors/" in path:
            own["handle"] = self._factor()
        elif "{handle}" in path:
            own["handle"] = self._challenge()
        for name, value in own.items():
            path = path.replace("{" + name + "}", value)
        assert "{" not in path, f"samples say nothing for {path}"
        return path

    def _staged(self) -> str:
        """A file that waits to be taken."""
        file = StagedFile(uid=token_hex(16), actor="x", file="a.log", lines=0, size=0, staged=NOW)
        with self.console.stage.engine.begin() as connection:
            added.stage(connection, file)
        return file.uid

    def _added(self) -> str:
        """A source that was added."""
        one = AddedSource(
            name="handed-in",
            way=added.HANDED_IN,
            format="auto",
            zone="UTC",
            tenant=None,
            lines=1,
            added=NOW,
            changed=NOW,
            actor="x",
        )
        with self.console.stage.engine.begin() as connection:
            added.keep(connection, one)
        return one.name

    def _asked(self) -> str:
        """What an application asked about somebody of the tenant."""
        with self.console.stage.engine.begin() as connection:
            sign_in_questions.add(connection, [ASKED])
            sign_in_questions.end(connection, ASKED.handle, "success")
        return ASKED.handle

    def _challenge(self) -> str:
        """Of the stage's tenant."""
        engine, keyring = self.console.stage.engine, Keyring(b"")
        desk = Challenges(engine, keyring, Factors(engine, keyring, None), self.console.clock)
        wanted = Wanted(subscriber=Subscriber(TENANT, "u-1"))
        return desk.create(operator(), wanted).handle

    def _enrolment(self) -> str:
        """A link to set up a factor, that can be withdrawn."""
        handle = token_hex(16)
        link = structs.replace(ENROLMENT, handle=handle, digest=bytes.fromhex(handle) * 2)
        with self.console.stage.engine.begin() as connection:
            enrolments.add(connection, link)
        return handle

    def _factor(self) -> str:
        """A factor that can be taken away."""
        handle = token_hex(16)
        with self.console.stage.engine.begin() as connection:
            factors.add(connection, HOLDER.owner, "totp", b"x", NOW, handle=handle, name="")
        return handle

    def _link(self) -> str:
        """Of the first ticket, one that can be taken away: whoever asked before may have."""
        desk = Tickets(self.console.stage.engine)
        desk.link(operator(), 1, LinkKind.RELATED, other=2)
        return str(desk.ticket(operator(), 1).links[0].id)

    def _question(self) -> str:
        """Of the reviewer, one that can be forgotten."""
        who = person(Role.ANALYST, tenant=TENANT, uid=SOMEONE.uid)
        kept = Questions(self.console.stage.engine)
        kept.keep(who, "x", "")
        return str(next(one.id for one in kept.all(who) if one.name == "x"))

    def _session(self) -> str:
        """Of the reviewer, one that can be ended."""
        sessions = Entrance(self.console.stage.engine, now=self.console.clock).sessions
        with self.console.stage.engine.begin() as connection:
            return sessions.open(connection, SOMEONE.uid, Method.PASSWORD, Client())[1]

    def _incident(self) -> Incident:
        return next(iter(self.console.incidents.values()))


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    stage = Stage(tmp_path_factory.mktemp("everybody") / "vigie.db")
    with pytest.MonkeyPatch.context() as patch:
        # How often one person asks here is no question of who they are.
        patch.setattr(allowance, "KNOWN", Rate(1e6, 1_000_000))
        yield Watched(stage, patch)
    stage.engine.dispose()


def routes(console: Console) -> list[tuple[str, str]]:
    app: Any = console.app
    while not hasattr(app, "routes"):
        app = app._app
    return sorted(
        (method, route.path)
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    )


def test_everybody_asks_for_everything(watched: Watched) -> None:
    found = routes(watched.console)
    assert len(found) > 15
    walked = 0
    for method, path in found:
        if f"{method} {path}" in OPEN or is_for_programs(path):
            continue
        status = watched.ask(EVERYTHING, method, path)
        needed = frozenset(watched.asked)
        assert needed, f"{method} {path} answers {status} and asks for no operation"
        assert status not in (*REFUSED, HTTPStatus.NOT_FOUND), f"{method} {path}: {status}"
        for role in Role:
            for tenant in (None, TENANT, FOREIGN):
                actor = person(role, tenant=tenant, authenticated=NOW)
                told = watched.ask(actor, method, path)
                may = all(permits(actor, operation) for operation in needed)
                assert (told not in REFUSED) is may, f"{method} {path} {role} {tenant}: {told}"
                if may and tenant == FOREIGN and "{" in path:
                    assert told == HTTPStatus.NOT_FOUND, f"{method} {path}: {told} for {tenant}"
                walked += 1
    assert walked >= 15 * len(found) // 2


def test_no_form_is_taken_without_the_token_of_its_session(watched: Watched) -> None:
    walked = 0
    for method, path in routes(watched.console):
        row = BODIES.get(f"{method} {path}", {})
        if method != "POST" or f"POST {path}" in OPEN or path.startswith(("/api/", "/scim/")):
            continue
        watched.actor, address = EVERYTHING, watched._filled(path)
        for token in ({}, {"token": form_token("of another")}):
            told = {**row, "data": {**row.get("data", {}), **token}}
            answer = watched.client.post(address, **told)
            assert answer.status_code == HTTPStatus.FORBIDDEN, f"{path}: {answer.status_code}"
        walked += 1
    assert walked > 40


def test_every_program_asks_for_everything(watched: Watched) -> None:
    every = [operation for operation in Operation if operation.for_keys]
    bound = [operation for operation in every if operation.reach is not Reach.INSTANCE]
    walked = 0
    for method, path in routes(watched.console):
        if f"{method} {path}" in OPEN or not path.startswith(("/api/", "/scim/")):
            continue
        status = watched.ask_with_key(every, None, method, path)
        needed = frozenset(watched.asked)
        assert needed, f"{method} {path} answers {status} and asks for no operation"
        for operation in needed:
            others = [one for one in every if one is not operation]
            told = watched.ask_with_key(others, None, method, path)
            assert told == HTTPStatus.FORBIDDEN, f"{method} {path} without {operation}: {told}"
        is_for_keys = all(operation.for_keys for operation in needed)
        assert (status not in REFUSED) is is_for_keys, f"{method} {path}: {status}"
        if needed <= set(bound) and "{" in path:
            told = watched.ask_with_key(needed, FOREIGN, method, path)
            assert told == HTTPStatus.NOT_FOUND, f"{method} {path}: {told} for {FOREIGN}"
        elif not needed <= set(bound):
            told = watched.ask_with_key(bound, TENANT, method, path)
            assert told == HTTPStatus.FORBIDDEN, f"{method} {path}: {told} for {TENANT}"
        walked += 1
    assert walked >= 5


def test_what_is_for_programs_no_session_opens(watched: Watched) -> None:
    found = [one for one in routes(watched.console) if is_for_programs(one[1])]
    assert found
    for method, path in found:
        assert watched.ask(operator(), method, path) in REFUSED
        assert not watched.asked


def is_for_programs(path: str) -> bool:
    return path == PATH or path.startswith(("/scim/", SIGN_INS))


def test_what_is_open_is_a_route(watched: Watched) -> None:
    known = {f"{method} {path}" for method, path in routes(watched.console)}
    assert set(OPEN) | set(BODIES) <= known
    assert all(OPEN.values())


def test_a_tenants_people_see_count_and_guess_nothing_of_another(watched: Watched) -> None:
    contact = person(Role.TENANT_CONTACT, tenant=FOREIGN)
    watched.actor = contact
    uid = watched._incident().id
    named = {TENANT, *(one.subject.uid for one in watched.console.incidents.values())}
    lists = (
        "/incidents?severity=informational",
        "/pulse?severity=informational",
        "/api/v1/incidents?severity=informational",
    )
    for path in lists:
        answer = watched.client.get(path)
        assert answer.status_code == 200
        assert not [one for one in named if one in answer.text]
    assert watched.client.get(lists[-1]).json() == {"items": [], "next": None}
    status = watched.client.get("/api/v1/status").json()
    assert status["sources"] == []
    assert not any(status["incidents"].values())
    there = watched.client.get(f"/api/v1/incidents/{UUID(bytes=uid)}")
    absent = watched.client.get(f"/api/v1/incidents/{UUID(int=1)}")
    assert (there.status_code, there.json()) == (absent.status_code, absent.json())
    watched.actor = person(Role.TENANT_CONTACT, tenant=TENANT)
    assert watched.client.get(lists[-1]).json()["items"]
    assert "/incidents/" in watched.client.get(lists[0]).text
    assert watched.client.get(f"/api/v1/incidents/{UUID(bytes=uid)}").status_code == 200
