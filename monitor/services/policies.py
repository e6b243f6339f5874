"""The policy as people ask for it: which holds, what another would change, and adopting it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, select

from alerts.difference import Difference, differences
from alerts.document import read_text
from alerts.incident import Incident
from alerts.policy import Policy
from alerts.remarks import Remark, Weight, remarks
from alerts.trial import Case, Comparison, Decided, compare, trial
from detectors.core.context import AccountKind
from detectors.core.detector import Text
from detectors.core.event import DAY
from detectors.core.identity import Subject, SubjectKind
from monitor.clock import now_ms
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed
from monitor.services.circumstances import circumstances
from monitor.services.refusal import NotThereError, StaleError
from monitor.store import policies, restrictions, stream, tables
from monitor.store.connection import reading
from monitor.store.directory import DirectoryTable
from monitor.store.policies import Holding, StoredPolicy

LONGEST_REASON: Final = 500
"""Characters of why a policy is adopted."""
MOST_DAYS: Final = 90
MOST_INCIDENTS: Final = 1_000
"""Incidents that a preview decides about, the latest."""
_TOLD, _NAMED = 100, 100
"""Differences that the audit names, and characters of each."""
_LOOKED_FOR: Final = 500
"""Tenants of a policy that are looked for in the directory."""
_decode_incident = msgspec.msgpack.Decoder(Incident).decode


class ReasonError(ValueError):
    """It is not said why a policy is adopted, or in too many words; `text` in both languages."""

    def __init__(self) -> None:
        self.text = Text(
            f"say why, in up to {LONGEST_REASON} characters",
            f"dites pourquoi, en {LONGEST_REASON} caractères au plus",
        )
        super().__init__(self.text.en)


class Versions(Struct, frozen=True):
    """A page of versions, the newest first, and behind which the next begins."""

    items: tuple[StoredPolicy, ...]
    next: int | None


class Checked(Struct, frozen=True, kw_only=True):
    """What a document comes to: the policy, what is to be said of it, and what it changes of the
    one that holds, which is version `base`."""

    policy: Policy
    remarks: tuple[Remark, ...]
    differences: tuple[Difference, ...]
    base: int


class Previewed(Struct, frozen=True, kw_only=True):
    """What the policy that holds, and another, come to about the incidents since `since` (ms).
    `is_cut`: there were more than are looked at."""

    since: int
    before: tuple[Decided, ...]
    after: tuple[Decided, ...]
    comparison: Comparison
    is_cut: bool


class Policies:
    """The policy of one database. Safe to share between threads.

    `kinds` is the settings' word on accounts; `now` gives ms since 1970 UTC.
    """

    def __init__(
        self,
        engine: Engine,
        now: Callable[[], int] = now_ms,
        kinds: Mapping[Subject, AccountKind] | None = None,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._now = now
        self._kinds = kinds or {}

    @allowed(Operation.POLICY_READ)
    def current(self, actor: Actor) -> StoredPolicy:
        """The version that holds."""
        with self._reading.begin() as connection:
            return policies.newest(connection) or policies.shipped()

    @allowed(Operation.POLICY_READ)
    def holding(self, actor: Actor) -> Holding:
        """The policy that holds, as it is understood."""
        with self._reading.begin() as connection:
            return policies.holding(connection)

    @allowed(Operation.POLICY_READ)
    def versions(self, actor: Actor, before: int | None = None, most: int = 50) -> Versions:
        """Versions with numbers less than `before`, the newest first."""
        with self._reading.begin() as connection:
            found = policies.versions(connection, before, most + 1)
        shown = tuple(found[:most])
        return Versions(shown, shown[-1].id if len(found) > most else None)

    @allowed(Operation.POLICY_READ)
    def version(self, actor: Actor, identifier: int) -> StoredPolicy:
        """One version; 0 is what is shipped. Raises NotThereError."""
        with self._reading.begin() as connection:
            return _version(connection, identifier)

    @allowed(Operation.POLICY_READ)
    def check(self, actor: Actor, document: str) -> Checked:
        """What a document comes to. Raises PolicyError."""
        policy = read_text(document)
        with self._reading.begin() as connection:
            held = policies.holding(connection)
            said = (*remarks(policy), *_strangers(connection, policy))
        return Checked(
            policy=policy,
            remarks=tuple(sorted(said, key=lambda one: -one.weight)),
            differences=differences(held.policy, policy),
            base=held.id,
        )

    @allowed(Operation.POLICY_READ)
    def compare(self, actor: Actor, before: int, after: int) -> tuple[Difference, ...]:
        """What the second of two versions says otherwise; one that this program cannot read is as
        one that says nothing. Raises NotThereError."""
        with self._reading.begin() as connection:
            found = [_version(connection, one).document for one in (before, after)]
        former, now = (policies.understood(document)[0] for document in found)
        return differences(former, now)

    @allowed(Operation.POLICY_READ)
    def preview(self, actor: Actor, document: str, days: int) -> Previewed:
        """What the policy of a document would have done about the incidents of the last `days`,
        beside what the one that holds would have. Nothing is done. Raises PolicyError."""
        policy = read_text(document)
        since = self._now() - min(max(days, 1), MOST_DAYS) * DAY
        with self._reading.begin() as connection:
            held = policies.holding(connection)
            cases = list(self._cases(connection, since))
        shown = cases[:MOST_INCIDENTS]
        before, after = trial(shown, held.policy), trial(shown, policy)
        return Previewed(
            since=since,
            before=before,
            after=after,
            comparison=compare(before, after),
            is_cut=len(cases) > MOST_INCIDENTS,
        )

    @allowed(Operation.POLICY_WRITE)
    def editable(self, actor: Actor) -> StoredPolicy:
        """The version that holds, for whoever is to change it: they prove who they are first."""
        with self._reading.begin() as connection:
            return policies.newest(connection) or policies.shipped()

    @allowed(Operation.POLICY_WRITE)
    def adopt(self, actor: Actor, document: str, base: int, reason: str) -> StoredPolicy:
        """Let a policy hold from now on, in place of version `base`, which the change was made on.

        The one that holds already stays as it is. Raises PolicyError, ReasonError, StaleError.
        """
        return self._adopt(actor, document, base, reason, {"done": "adopt"})

    @allowed(Operation.POLICY_WRITE)
    def restore(self, actor: Actor, identifier: int, base: int, reason: str) -> StoredPolicy:
        """Let an earlier version hold again, as a new one. Raises NotThereError, PolicyError (this
        program cannot read it), ReasonError, StaleError."""
        with self._reading.begin() as connection:
            document = _version(connection, identifier).document
        return self._adopt(actor, document, base, reason, {"done": "restore", "of": identifier})

    def _adopt(
        self, actor: Actor, document: str, base: int, reason: str, told: dict[str, Any]
    ) -> StoredPolicy:
        policy, why = read_text(document), reason.strip()
        if not why or len(why) > LONGEST_REASON:
            raise ReasonError
        with self._engine.connect() as connection, connection.begin() as transaction:
            stored = policies.newest(connection) or policies.shipped()
            if stored.id != base:
                raise _stale(base, stored.id)
            if stored.document == document:
                return stored
            former = policies.holding(connection).policy
            now = self._now()
            identifier = policies.add(
                connection,
                base,
                document,
                actor=actor.reference,
                actor_name=actor.name,
                reason=why,
                now=now,
            )
            if identifier is None:
                transaction.rollback()
                raise _stale(base, base + 1)
            changed = differences(former, policy)
            content = told | {
                "from": base,
                "mode": policy.mode.value,
                "digest": policies.digest_of(document).hex(),
                "changed": [one.where[:_NAMED] for one in changed[:_TOLD]],
            }
            subject = f"policy:{identifier}"
            record(connection, actor, Operation.POLICY_WRITE, subject, reason=why, content=content)
            stream.tell(connection, stream.Kind.POLICY, str(identifier))
            return _version(connection, identifier)

    def _cases(self, connection: Connection, since: int) -> Iterator[Case]:
        """The incidents about accounts that stand and were updated since, the latest first; none
        about who is restricted."""
        table = tables.incidents
        query = (
            select(table.c.body)
            .where(table.c.updated >= since, table.c.withdrawn.is_(False))
            .order_by(table.c.updated.desc(), table.c.id.desc())
            .limit(2 * MOST_INCIDENTS)
        )
        hidden, count = restrictions.hidden(connection), 0
        for (body,) in connection.execute(query).all():
            incident = _decode_incident(body)
            subject = incident.subject
            if subject.kind is not SubjectKind.ACCOUNT or subject.key() in hidden:
                continue
            said = circumstances(connection, incident, incident.reached, self._kinds)
            yield Case(incident, *said)
            count += 1
            if count > MOST_INCIDENTS:
                return


def _version(connection: Connection, identifier: int) -> StoredPolicy:
    if identifier == policies.BEGINNING:
        return policies.shipped()
    found = policies.version(connection, identifier)
    if found is None:
        raise NotThereError(f"there is no version {identifier} of the policy")
    return found


def _strangers(connection: Connection, policy: Policy) -> Iterator[Remark]:
    """Tenants that a policy names and the directory has not."""
    named = dict.fromkeys(policy.tenants, "tenants")
    for index, rule in enumerate(policy.rules):
        named |= dict.fromkeys(rule.when.tenants - named.keys(), f"rules[{index}].when.tenants")
    table = DirectoryTable(connection)
    for tenant, where in sorted(named.items())[:_LOOKED_FOR]:
        if table.tenant(tenant) is None:
            yield Remark(
                where,
                Weight.IDLE,
                Text(
                    f"The directory has no tenant {tenant}: nothing fits until it has.",
                    f"L'annuaire n'a pas de client {tenant} : rien ne s'applique tant qu'il "
                    "n'y est pas.",
                ),
            )


def _stale(base: int, now: int) -> StaleError:
    return StaleError(
        f"version {now} was adopted since, this change was made on version {base}; "
        "look at it, and decide again",
        f"la version {now} a été adoptée depuis, ce changement partait de la version {base} ; "
        "regardez-la, et décidez à nouveau",
    )
