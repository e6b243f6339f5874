"""A person's place in what others need: the same values with a made-up name in it.

Sums stay sums and campaigns stay campaigns, so that nothing changes for anybody else; of whom they
are made of cannot be told any more.
"""

import secrets
from collections.abc import Collection
from typing import Any, TypeVar

from msgspec import Struct, structs

from alerts.incident import Incident
from detectors.core.census import Arrivals, Census, Tally
from detectors.core.event import AccountChange, Event, SignIn
from detectors.core.finding import Fact, Finding
from detectors.core.identity import Subject, SubjectKind, digest
from detectors.core.ledger import Day, Entry, Ledger, Suspect, TenantLedger, digest32
from detectors.sharing.leaning import Leaning

PREFIX = "erased:"
_LOW = 20
"""Bits of a digest that are drawn anew; the upper ones decide what is thinned out, and stay."""

V = TypeVar("V")


def draw() -> str:
    """A name that nobody has."""
    return PREFIX + secrets.token_hex(8)


class Disguise(Struct, frozen=True, kw_only=True):
    """An account of a tenant, all of its names, and the pseudonym that is put in their place."""

    tenant: str
    account: str
    names: frozenset[str]
    pseudonym: str

    @property
    def words(self) -> frozenset[str]:
        """Whatever names the person."""
        return self.names | {self.account}

    @property
    def subject(self) -> Subject:
        """Who it was."""
        return Subject(SubjectKind.ACCOUNT, self.tenant, self.account)

    @property
    def instead(self) -> Subject:
        """Who stands there now."""
        return Subject(SubjectKind.ACCOUNT, self.tenant, self.pseudonym)

    def event(self, event: Event) -> Event:
        """An event that is kept as evidence: without names and program, of another's doing only
        without whom it names."""
        if event.tenant != self.tenant:
            return event
        changed: dict[str, Any] = {}
        if event.account == self.account:
            changed |= {"account": self.pseudonym, "account_name": None, "uid": None}
            changed["session"] = None
            if isinstance(event, SignIn | AccountChange):
                changed["user_agent"] = None
            else:
                changed["shown"] = ()
        if isinstance(event, AccountChange) and event.actor in self.words:
            changed["actor"] = self.pseudonym
        return structs.replace(event, **changed) if changed else event

    def finding(self, finding: Finding) -> Finding:
        """A finding that is kept."""
        evidence = finding.evidence
        facts = {name: self._fact(value) for name, value in evidence.facts.items()}
        if facts != evidence.facts:
            evidence = structs.replace(evidence, facts=facts)
        return structs.replace(
            finding,
            subject=self._subject(finding.subject),
            involved=tuple(self._subject(one) for one in finding.involved),
            evidence=evidence,
        )

    def incident(self, incident: Incident) -> Incident:
        """An incident that is kept."""
        return structs.replace(
            incident,
            subject=self._subject(incident.subject),
            others=tuple(self._subject(one) for one in incident.others),
        )

    def _subject(self, subject: Subject) -> Subject:
        return self.instead if subject == self.subject else subject

    def _fact(self, fact: Fact) -> Fact:
        return self.pseudonym if isinstance(fact, str) and fact in self.words else fact


class Digests:
    """The digests by which ledgers know an account and its names, and what stands for them."""

    def __init__(self, disguise: Disguise) -> None:
        self._account = disguise.account
        self._pseudonym = disguise.pseudonym
        known = sorted({digest32(word) for word in disguise.words})
        # By their rank, so that an erasure that goes on comes to the same, and nobody can try
        # names out on what is left.
        self._instead = {
            one: one >> _LOW << _LOW | _drawn(disguise.pseudonym, rank)
            for rank, one in enumerate(known)
        }

    @property
    def known(self) -> Collection[int]:
        """Those that are replaced."""
        return self._instead.keys()

    def of_source(self, ledger: Ledger) -> bool:
        """Change a source's ledger; whether there was anything to change."""
        users = self._keys(ledger.users)
        changed = [self._day(day) for day in ledger.days.values()]
        return users or any(changed)

    def of_tenant(self, ledger: TenantLedger) -> bool:
        """The same of a tenant's."""
        changed = [self._suspect(one) for one in ledger.suspects.values()]
        if any(changed):
            ledger.__dict__.clear()
        return any(changed)

    def of_census(self, census: Census) -> bool:
        """The same of its days that are going on."""
        changed = [self._keys(day.asked) for day in census.days.values()]
        changed += [self._arrivals(day.arrivals) for day in census.days.values()]
        return any(changed)

    def of_tally(self, tally: Tally) -> bool:
        """The same of a day that is over."""
        return self._arrivals(tally.arrivals)

    def _arrivals(self, arrivals: dict[int, Arrivals]) -> bool:
        changed = [
            self._keys(of)
            for one in arrivals.values()
            for of in (one.signed_on, one.used, one.failed)
        ]
        return any(changed)

    def of_leaning(self, leaning: Leaning) -> bool:
        """The same of what the model of sharing said of a tenant's accounts."""
        return self._keys(leaning.said)

    def _day(self, day: Day) -> bool:
        named = [self._entry(entry) for entry in day.entries.values()]
        keyed = [self._keys(day.tries), self._keys(day.entries)]
        return any(named) or any(keyed)

    def _entry(self, entry: Entry) -> bool:
        is_theirs = entry.account == self._account
        if is_theirs:
            entry.account = self._pseudonym
        return is_theirs

    def _suspect(self, suspect: Suspect) -> bool:
        named = [self._entry(entry) for entry in suspect.entries]
        found = [self._instead.get(one, one) for one in suspect.accounts]
        if found == suspect.accounts:
            return any(named)
        suspect.accounts[:] = sorted(found)
        return True

    def _keys(self, held: dict[int, V]) -> bool:
        if not self._instead.keys() & held.keys():
            return False
        kept = {self._instead.get(key, key): value for key, value in held.items()}
        held.clear()
        held.update(kept)
        return True


def _drawn(pseudonym: str, rank: int) -> int:
    return int.from_bytes(digest(pseudonym, str(rank), size=4), "big") >> 32 - _LOW
