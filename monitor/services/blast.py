"""What a measure would reach: whose accounts, of how many, and what speaks against it; shown before
anything is asked for about several accounts, or about one that is not like the others."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection

from alerts.ladder import Step
from alerts.measure import OPEN, TOUCHED, Measure
from alerts.policy import PROTECTED
from alerts.ports import DOING, Action
from alerts.responders.roster import Roster
from detectors.core.context import AccountKind
from detectors.core.detector import Text
from detectors.core.identity import Subject, SubjectKind, digest, time_of
from monitor.directory.account import Account, State, account_id
from monitor.services.carrying import offering
from monitor.services.leaving import is_known
from monitor.store import erasing, measures, restrictions
from monitor.store.directory import AccountFilter, DirectoryTable

MANY: Final = 10
SHARE: Final = 0.25
"""From so many accounts on, or from this share of a tenant's accounts in use, it is many at once.
"""
_DIGEST: Final = 8
_LIVE: Final = (State.ACTIVE, State.PROVISIONAL)


class Caution(StrEnum):
    """What somebody should know before they go on."""

    UNKNOWN = "unknown"
    RESTRICTED = "restricted"
    UNDER = "under"
    PROTECTED = "protected"
    PRIVILEGED = "privileged"
    LAST = "last"
    UNTOLD = "untold"
    MANY = "many"
    NOBODY = "nobody"


CAUTIONS: Final = {
    Caution.UNKNOWN: Text("nothing is known of this account", "on ne sait rien de ce compte"),
    Caution.RESTRICTED: Text(
        "the person's data is restricted: nothing may be decided about the account",
        "les données de la personne sont limitées : rien ne peut être décidé sur le compte",
    ),
    Caution.UNDER: Text(
        "the same is asked for or in force already",
        "la même mesure est déjà demandée ou en vigueur",
    ),
    Caution.PROTECTED: Text(
        "several people, a program or an emergency depend on this account",
        "plusieurs personnes, un programme ou un secours dépendent de ce compte",
    ),
    Caution.PRIVILEGED: Text(
        "the account has rights over others", "le compte a des droits étendus"
    ),
    Caution.LAST: Text(
        "no other account with rights over others stays usable at this tenant",
        "aucun autre compte ayant des droits sur d'autres ne reste utilisable chez ce client",
    ),
    Caution.UNTOLD: Text(
        "the person cannot be told: no mail address is known, or nothing sends mail",
        "la personne ne peut être prévenue : aucune adresse connue, ou rien n'envoie de courrier",
    ),
    Caution.MANY: Text(
        "these are many of the tenant's accounts at once",
        "ce sont beaucoup des comptes du client à la fois",
    ),
    Caution.NOBODY: Text(
        "no responder is set up that does this for the tenant: it would stay unfinished",
        "aucun connecteur n'est réglé pour le faire chez ce client : ce serait inachevé",
    ),
}
FORBIDDING: Final = frozenset((Caution.UNKNOWN, Caution.RESTRICTED, Caution.UNDER))
"""With these nothing can be asked for."""
SEEN: Final = frozenset((Caution.PROTECTED, Caution.PRIVILEGED, Caution.LAST, Caution.MANY))
"""With these somebody has to have looked first."""


class Reached(Struct, frozen=True, kw_only=True):
    """One account that would be reached: what the directory knows of it, when it was used last
    (ms), what is asked for or in force about it, and what speaks against it."""

    account: str
    name: str
    kind: AccountKind
    privileged: bool
    last_used: int | None
    standing: tuple[Measure, ...]
    cautions: tuple[Caution, ...]


class Preview(Struct, frozen=True, kw_only=True):
    """What a step about accounts of a tenant would reach.

    `of` is how many accounts the tenant has in use as far as the directory knows, `responders` are
    those that would be asked. `approvals` is how many people have to agree. `seen` stands for what
    was shown: a request brings it back, and is refused where something changed since.
    """

    tenant: str
    step: Step
    accounts: tuple[Reached, ...]
    of: int
    responders: tuple[str, ...]
    cautions: tuple[Caution, ...]
    approvals: int
    seen: str

    @property
    def all_cautions(self) -> frozenset[Caution]:
        """Of all of it and of each account."""
        return frozenset(self.cautions).union(*(one.cautions for one in self.accounts))

    @property
    def is_forbidden(self) -> bool:
        """Whether it cannot be asked for as it is."""
        return not FORBIDDING.isdisjoint(self.all_cautions)

    @property
    def needs_look(self) -> bool:
        """Whether it is asked for only by somebody who looked at this."""
        return len(self.accounts) > 1 or not SEEN.isdisjoint(self.all_cautions)


def preview_of(
    connection: Connection,
    roster: Roster,
    tenant: str,
    accounts: Sequence[str],
    step: Step,
    approvals: int,
    in_use: int | None = None,
) -> Preview:
    """What a step would reach; `in_use` is how many accounts the tenant uses, where that is known
    already."""
    subjects = [Subject(SubjectKind.ACCOUNT, tenant, uid) for uid in dict.fromkeys(accounts)]
    table = DirectoryTable(connection)
    ids = {one.uid: account_id(tenant, one.uid) for one in subjects}
    known = {
        stored.account.uid: stored.account for stored in table.accounts_of(ids.values()).values()
    }
    in_use = accounts_in_use(connection, tenant) if in_use is None else in_use
    last = _is_last(table, tenant, known.values())
    is_told = bool(offering(roster, Action.NOTIFY, tenant))
    restricted = restrictions.standing(connection)
    reached = tuple(
        _reached(connection, one, step, known.get(one.uid), restricted, is_told, last)
        for one in subjects
    )
    responders = tuple(offering(roster, DOING[step], tenant)) if step in DOING else ()
    many = len(subjects) >= MANY or (len(subjects) > 1 and len(subjects) >= SHARE * in_use)
    cautions = [
        *([Caution.MANY] if many else []),
        *([] if responders else [Caution.NOBODY]),
    ]
    return Preview(
        tenant=tenant,
        step=step,
        accounts=reached,
        of=in_use,
        responders=responders,
        cautions=tuple(cautions),
        approvals=approvals,
        seen=_seen(tenant, step, reached, cautions, approvals),
    )


def accounts_in_use(connection: Connection, tenant: str) -> int:
    """How many accounts a tenant uses."""
    return DirectoryTable(connection).in_use(tenant, _LIVE)


def _reached(
    connection: Connection,
    subject: Subject,
    step: Step,
    account: Account | None,
    restricted: set[tuple[str, str]],
    is_told: bool,
    is_last: bool,
) -> Reached:
    standing = measures.of_account(connection, subject, OPEN | TOUCHED)
    newest = erasing.newest_of(connection, subject)
    kind = AccountKind.PERSON if account is None else account.kind
    privileged = account is not None and account.privileged
    is_under = any(one.step is step for one in standing)
    has_address = is_told and account is not None and bool(account.email)
    met = {
        Caution.UNKNOWN: account is None and not is_known(connection, subject),
        Caution.RESTRICTED: (subject.tenant, subject.uid) in restricted,
        Caution.UNDER: is_under,
        Caution.PROTECTED: kind in PROTECTED,
        Caution.PRIVILEGED: privileged,
        Caution.LAST: privileged and is_last,
        Caution.UNTOLD: not has_address,
    }
    return Reached(
        account=subject.uid,
        name="" if account is None else account.display_name,
        kind=kind,
        privileged=privileged,
        last_used=None if newest is None else time_of(newest),
        standing=tuple(standing),
        cautions=tuple(caution for caution, holds in met.items() if holds),
    )


def _is_last(table: DirectoryTable, tenant: str, reached: Iterable[Account]) -> bool:
    """Whether no account with rights over others stays usable."""
    taken = sum(one.privileged and one.state in _LIVE for one in reached)
    wanted = [AccountFilter(tenant=tenant, state=state, privileged=True) for state in _LIVE]
    return taken > 0 and sum(table.count(one) for one in wanted) <= taken


def _seen(
    tenant: str, step: Step, reached: Iterable[Reached], cautions: Iterable[Caution], approvals: int
) -> str:
    parts = [tenant, step.word, str(approvals), *cautions]
    for one in sorted(reached, key=lambda each: each.account):
        parts += [one.account, *one.cautions, *(each.reference for each in one.standing)]
    return digest(*parts, size=_DIGEST).hex()
