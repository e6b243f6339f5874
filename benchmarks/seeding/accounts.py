"""The directory of all accounts, what the engine took up of it, hygiene, factors and snapshots."""

import random
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, insert

from benchmarks.seeding.people import People, Person, tenant_of
from benchmarks.seeding.scale import Scale
from detectors.core import registry
from detectors.core.context import AccountKind, Context
from detectors.core.event import DAY, HOUR, Activity, Outcome, SignIn
from detectors.core.fold import Fold
from detectors.core.identity import SubjectKind, timed_id
from monitor.directory.account import Account, Mfa, State, account_id
from monitor.directory.listed import listing_of
from monitor.directory.origin import Origin, Provenance
from monitor.directory.tenant import Contact, Tenant
from monitor.hygiene.facts import Known, Thresholds, judge, mask_of
from monitor.hygiene.kept import NOTHING, Kept, encode
from monitor.hygiene.programs import program
from monitor.hygiene.score import Tally
from monitor.hygiene.sighting import Sighting, Used
from monitor.hygiene.versions import load
from monitor.store import tables
from monitor.store.directory import DirectoryTable
from monitor.store.hygiene import Day, HygieneRow, HygieneTable
from monitor.store.listings import ListingRow, ListingsTable
from monitor.store.writing import SnapshotRow, Writing

AT_ONCE: Final = 2_000
_RUN: Final = 1
_KINDS: Final = ((0.97, AccountKind.PERSON), (0.985, AccountKind.SERVICE), (1.0, AccountKind.KIOSK))
_FACTORS: Final = ("totp", "passkey")


class Accounts:
    """Makes what is kept of each account, but for its sign-ins."""

    def __init__(self, scale: Scale, people: People) -> None:
        self._scale, self._people = scale, people
        self._chance = random.Random(f"accounts {scale.seed}")  # noqa: S311 - always the same
        self._versions, self._thresholds = load(), Thresholds()
        self._tallies: dict[str, Tally] = {}
        self._fold = Fold(SubjectKind.ACCOUNT, registry.load(), Context())

    def add_tenants(self, connection: Connection) -> None:
        """All tenants, each with somebody to speak to."""
        directory = DirectoryTable(connection)
        for number in range(self._scale.tenants):
            uid = tenant_of(number)
            contact = Contact(name="Awa Martin", email=f"contact@{uid}.example")
            name, zone = f"Centre {number:03d}", "Europe/Paris"
            made = Tenant(uid=uid, name=name, zone=zone, language="fr", contacts=(contact,))
            directory.put_tenant(made, None, self._scale.since)

    def add(self, connection: Connection, some: list[Person]) -> None:
        """What is kept of these accounts."""
        accounts = [self._account(person) for person in some]
        directory = DirectoryTable(connection)
        directory.put([(None, one) for one in accounts], self._scale.since)
        listings = ListingsTable(connection)
        listings.put(self._listing(one) for one in accounts)
        kept = [self._hygiene(*two) for two in zip(some, accounts, strict=True)]
        HygieneTable(connection).put(kept)
        if factors := [row for person in some for row in self._factors(person)]:
            connection.execute(insert(tables.factors), factors)
        snapshots = [self._snapshot(person) for person in some]
        Writing(connection).save_snapshots(
            SubjectKind.ACCOUNT.value, snapshots, [None] * len(snapshots)
        )

    def parts(self) -> Iterator[list[Person]]:
        """All of them, some at a time."""
        for first in range(0, len(self._people.all), AT_ONCE):
            yield self._people.all[first : first + AT_ONCE]

    def add_days(self, connection: Connection) -> None:
        """What each tenant's accounts came to on each day; after all of them were added."""
        last = self._scale.until // DAY
        table = HygieneTable(connection)
        for back in range(self._scale.days):
            day = last - back
            table.put_days(
                Day(uid, day, tally.accounts, encode_tally(tally, back))
                for uid, tally in self._tallies.items()
            )

    def _account(self, person: Person) -> Account:
        said = Provenance(Origin.SCIM, self._scale.since)
        chance = self._chance.random()
        kind = next(kind for most, kind in _KINDS if chance <= most)
        state = State.OFFBOARDED if person.number % 37 == 0 else State.ACTIVE
        generic = person.number % 61 == 0
        return Account(
            tenant=person.tenant,
            uid=person.uid,
            kind=AccountKind.SERVICE if not person.number else kind,
            state=state if person.number else State.ACTIVE,
            display_name="Accueil" if generic else person.name,
            email=person.email,
            roles=("supervisor",) if person.number % 40 == 0 else ("agent",),
            privileged=person.number % 40 == 0,
            aliases=(person.email,),
            external={"scim": f"x{person.number}"},
            mfa=(Mfa.STRONG, Mfa.WEAK, Mfa.NONE)[person.number % 3],
            started=date(2024, 1, 1),
            origins=dict.fromkeys(("uid", "state", "email", "display_name"), said),
        )

    def _listing(self, account: Account) -> ListingRow:
        told = (listing_of(account, "Europe/Paris", self._scale.since),)
        identifier = account_id(account.tenant, account.uid)
        return ListingRow(identifier, account.tenant, account.uid, 1, told)

    def _hygiene(self, person: Person, account: Account) -> HygieneRow:
        until = self._scale.until
        quiet = DAY * self._chance.randrange(60, 89) if person.number % 23 == 0 else 0
        last = until - quiet - self._chance.randrange(2 * DAY)
        programs = tuple(Used(program(one.agent), last) for one in person.stations)
        factor, bare = (last, 0) if person.number % 3 == 0 else (0, last)
        sighting = Sighting(
            self._scale.since, last, factor, bare, last - HOUR, last, programs, (person.email,)
        )
        known = Known(
            account=account,
            listing=listing_of(account, "Europe/Paris", self._scale.since),
            sighting=sighting,
            created=self._scale.since,
        )
        judged = judge(known, self._thresholds, self._versions, until)
        self._tallies.setdefault(person.tenant, Tally()).add(judged)
        kept = Kept(sighting, NOTHING.said).with_said(judged.said, until - 9 * DAY)
        identifier = account_id(account.tenant, account.uid)
        facts = mask_of(judged.said)
        return HygieneRow(identifier, person.tenant, person.uid, facts, last, encode(kept))

    def _factors(self, person: Person) -> list[dict[str, Any]]:
        if person.number % 3:
            return []
        kind = _FACTORS[person.number % 2]
        return [
            {
                "owner_kind": "account",
                "owner": str(person.subject),
                "subject_key": person.subject.key(),
                "kind": kind,
                # Sealed under a key that nobody has: it is counted and shown, and opens nothing.
                "secret": self._chance.randbytes(60),
                "created": self._scale.since,
                "last_used": self._scale.until - self._chance.randrange(20 * DAY),
                "handle": f"{self._chance.getrandbits(128):032x}",
                "name": "Telephone" if kind == "totp" else "Key",
                "credential": self._chance.randbytes(32),
            }
        ]

    def _snapshot(self, person: Person) -> SnapshotRow:
        cell = self._fold.fresh(person.subject)
        for back in range(2 * len(person.stations), 0, -1):
            station = person.stations[back % len(person.stations)]
            time = self._scale.until - back * DAY
            self._fold.observe(
                cell,
                SignIn(
                    id=timed_id(time, person.uid, "snapshot"),
                    time=time,
                    tenant=person.tenant,
                    account=person.uid,
                    account_name=person.email,
                    source="idp",
                    activity=Activity.LOGON,
                    outcome=Outcome.SUCCESS,
                    session=f"{person.number:x}-{back}",
                    ip=station.ip,
                    user_agent=station.agent,
                    place=station.place,
                    network=station.network,
                    device=station.device,
                    built=1,
                ),
            )
        return SnapshotRow(person.subject.key(), cell.last, _RUN, self._fold.save(cell))


def encode_tally(tally: Tally, back: int) -> bytes:
    """The counts so many days ago: a little worse the longer ago."""
    worse = {fact: count + count * back // 400 for fact, count in tally.said.items()}
    said = {fact: min(count, tally.considered.get(fact, 0)) for fact, count in worse.items()}
    return encode(Tally(tally.accounts, tally.considered, said))
