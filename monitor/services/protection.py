"""The protection desk: what people ask for by law, previewed, asked for, decided and written down.

Erasure (GDPR, article 17), restriction (18) and objection (21). Whoever is bound to a tenant does
it there. What an erasure takes is done by the engine; from the moment that it is asked for, nothing
from before comes in any more.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from detectors.core.detector import Text
from detectors.core.identity import Subject, SubjectKind
from monitor.clock import now_ms
from monitor.erasing.asking import ask
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed, within
from monitor.services.leaving import Part, is_known, parts_of, reference_of
from monitor.services.refusal import NotThereError
from monitor.store import erasures, restrictions
from monitor.store.connection import reading
from monitor.store.erasures import Erasure
from monitor.store.restrictions import Objection, Restriction

LONGEST: Final = 500
"""Characters of a reason, or of what was objected and decided."""
_MOST_UID = 1_024
T = TypeVar("T")


class ProtectionError(ValueError):
    """What was asked for cannot be done; says why, in both languages."""

    def __init__(self, en: str, fr: str) -> None:
        super().__init__(en)
        self.text = Text(en=en, fr=fr)


class Preview(Struct, frozen=True, kw_only=True):
    """What an erasure would do. `at_work`: one is asked for already."""

    tenant: str
    account: str
    is_restricted: bool
    at_work: bool
    parts: list[Part]

    @property
    def rows(self) -> int:
        """All that goes."""
        return sum(part.rows for part in self.parts if not part.stays)


class Protection:
    """The requests of people, for whoever answers them. Safe to share between threads.

    `pepper` is what erased accounts are digested with; `now` gives ms since 1970 UTC.
    """

    def __init__(self, database: Database, pepper: bytes, now: Callable[[], int] = now_ms) -> None:
        self._database = database
        self._reading = reading(database)
        self._pepper = pepper
        self._now = now

    # Erasure

    @allowed(Operation.PERSON_READ)
    def preview(self, actor: Actor, tenant: str, account: str, *, keeps: bool = True) -> Preview:
        """What erasing an account would take, and what stays. Raises NotThereError where nothing
        is known of it."""
        subject = subject_of(actor, tenant, account)
        with self._reading.begin() as connection:
            _check_known(connection, subject)
            return Preview(
                tenant=tenant,
                account=account,
                is_restricted=(tenant, account) in restrictions.standing(connection),
                at_work=(tenant, account) in erasures.at_work(connection),
                parts=parts_of(connection, subject, keeps=keeps),
            )

    @allowed(Operation.PERSON_ERASE)
    def erase(
        self, actor: Actor, tenant: str, account: str, reason: str, *, keeps: bool = True
    ) -> Erasure:
        """Have an account erased. `reason` is a reference, such as a ticket's number, which stays;
        it must not name anybody. Raises NotThereError, ProtectionError."""
        subject, why = subject_of(actor, tenant, account), reason_of(reason)
        with self._database.begin() as connection:
            _check_known(connection, subject)
            number = ask(
                connection,
                subject,
                self._pepper,
                self._now(),
                actor=actor.reference,
                reason=why,
                keeps=keeps,
            )
            record(
                connection,
                actor,
                Operation.PERSON_ERASE,
                reference_of(subject),
                tenant=tenant,
                reason=why,
                content={"erasure": number, "keeps": keeps},
            )
            made = erasures.of_id(connection, number)
        if made is None:
            raise NotThereError
        return made

    @allowed(Operation.PERSON_READ)
    def erasures(self, actor: Actor) -> list[Erasure]:
        """Those that were asked for, the latest first. Of those that are finished nobody can tell
        whom they were about, and so no tenant either: whoever is bound to one sees those at work.
        """
        with self._reading.begin() as connection:
            return erasures.every(connection, within(actor))

    @allowed(Operation.PERSON_READ)
    def erasure(self, actor: Actor, number: int) -> Erasure:
        """One of them. Raises NotThereError."""
        with self._reading.begin() as connection:
            found = erasures.of_id(connection, number)
        if found is None or within(actor) not in (None, found.tenant):
            raise NotThereError(f"no erasure {number}")
        return found

    # Restriction

    @allowed(Operation.PERSON_RESTRICT)
    def restrict(self, actor: Actor, tenant: str, account: str, reason: str) -> Restriction:
        """Keep an account's data and do not use it: nothing new is judged or shown of it. Raises
        NotThereError, ProtectionError."""
        subject, why = subject_of(actor, tenant, account), reason_of(reason)
        with self._database.begin() as connection:
            _check_known(connection, subject)
            if (tenant, account) in restrictions.standing(connection):
                raise ProtectionError("it is restricted already", "il est déjà limité")
            number = restrictions.restrict(connection, subject, self._now(), why, actor.reference)
            _record(connection, actor, Operation.PERSON_RESTRICT, subject, why, do="restrict")
            return _there(restrictions.restriction(connection, number))

    @allowed(Operation.PERSON_RESTRICT)
    def release(self, actor: Actor, number: int, reason: str) -> Restriction:
        """End a restriction: from now on the account is judged again. Raises NotThereError,
        ProtectionError."""
        why = reason_of(reason)
        with self._database.begin() as connection:
            known = self._restriction(connection, actor, number)
            if not restrictions.release(connection, number, self._now(), why, actor.reference):
                raise ProtectionError("it was released before", "la limitation est déjà levée")
            subject = Subject(SubjectKind.ACCOUNT, known.tenant, known.account)
            _record(connection, actor, Operation.PERSON_RESTRICT, subject, why, do="release")
            return _there(restrictions.restriction(connection, number))

    @allowed(Operation.PERSON_READ)
    def restrictions(self, actor: Actor, *, over: bool = False) -> list[Restriction]:
        """Those that are on, and those that are over where asked for; the latest first."""
        with self._reading.begin() as connection:
            return restrictions.restrictions(connection, within(actor), over=over)

    # Objection

    @allowed(Operation.PERSON_OBJECT)
    def object_to(self, actor: Actor, tenant: str, account: str, grounds: str) -> Objection:
        """Note that a person objects, and on which grounds. Raises NotThereError,
        ProtectionError."""
        subject, told = subject_of(actor, tenant, account), reason_of(grounds)
        with self._database.begin() as connection:
            _check_known(connection, subject)
            number = restrictions.object_to(connection, subject, self._now(), told, actor.reference)
            _record(connection, actor, Operation.PERSON_OBJECT, subject, told, do="object")
            return _there(restrictions.objection(connection, number))

    @allowed(Operation.PERSON_OBJECT)
    def decide(self, actor: Actor, number: int, *, upheld: bool, decision: str) -> Objection:
        """Note what was decided on an objection; what follows from it is done by itself. Raises
        NotThereError, ProtectionError."""
        told = reason_of(decision)
        with self._database.begin() as connection:
            known = restrictions.objection(connection, number)
            if known is None or within(actor) not in (None, known.tenant):
                raise NotThereError(f"no objection {number}")
            done = restrictions.decide(
                connection,
                number,
                self._now(),
                upheld=upheld,
                decision=told,
                actor=actor.reference,
            )
            if not done:
                raise ProtectionError("it was decided before", "elle est déjà tranchée")
            subject = Subject(SubjectKind.ACCOUNT, known.tenant, known.account)
            _record(
                connection,
                actor,
                Operation.PERSON_OBJECT,
                subject,
                told,
                do="decide",
                upheld=upheld,
            )
            return _there(restrictions.objection(connection, number))

    @allowed(Operation.PERSON_READ)
    def objections(self, actor: Actor) -> list[Objection]:
        """The latest first."""
        with self._reading.begin() as connection:
            return restrictions.objections(connection, within(actor))

    def _restriction(self, connection: Connection, actor: Actor, number: int) -> Restriction:
        known = restrictions.restriction(connection, number)
        if known is None or within(actor) not in (None, known.tenant):
            raise NotThereError(f"no restriction {number}")
        return known


def subject_of(actor: Actor, tenant: str, account: str) -> Subject:
    """The account, where somebody may see its tenant. Raises NotThereError."""
    bound = within(actor)
    if bound not in (None, tenant) or not account or len(account) > _MOST_UID:
        raise NotThereError("nothing is known of this account")
    if "\0" in tenant + account:
        raise NotThereError("nothing is known of this account")
    return Subject(SubjectKind.ACCOUNT, tenant, account)


def _check_known(connection: Connection, subject: Subject) -> None:
    if not is_known(connection, subject):
        raise NotThereError("nothing is known of this account")


def reason_of(text: str) -> str:
    """A reason as it is written down: one line. Raises ProtectionError where none is given."""
    told = " ".join(text.split())
    if not told:
        raise ProtectionError("say why", "dites pourquoi")
    if len(told) > LONGEST or "\0" in told:
        raise ProtectionError(
            f"say why in at most {LONGEST} characters",
            f"dites pourquoi en {LONGEST} caractères au plus",
        )
    return told


def _record(
    connection: Connection,
    actor: Actor,
    operation: Operation,
    subject: Subject,
    reason: str,
    **content: object,
) -> None:
    record(
        connection,
        actor,
        operation,
        reference_of(subject),
        tenant=subject.tenant,
        reason=reason,
        content=content,
    )


def _there(found: T | None) -> T:
    if found is None:
        raise NotThereError
    return found
