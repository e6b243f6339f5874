"""What is kept about a subscriber, why and for how long, as they read it; and a copy of their own
data (GDPR, articles 15 and 20): theirs alone, and nothing of what detectors made of it."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine

from alerts.ladder import Step
from alerts.measure import Measure, State
from detectors.core.detector import Text
from detectors.core.identity import Subject
from detectors.core.profile import Known
from monitor.clock import now_ms
from monitor.protection.processing import RIGHTS, Facts
from monitor.services import copies
from monitor.services.audit import record
from monitor.services.copied_proof import proof_lines
from monitor.services.factors import Factors
from monitor.services.leaving import reference_of
from monitor.services.own_acts import OWNER
from monitor.services.subscriber import Subscriber
from monitor.services.subscriber_sessions import SubscriberVisit
from monitor.store import erasing, measures, restrictions, subscriber_sessions, tables
from monitor.store.connection import reading

EXPORTED: Final = "own:export"
"""What the audit calls it."""
_TOLD: Final = frozenset(
    (State.EXECUTING, State.IN_FORCE, State.DONE, State.UNFINISHED, State.UNDOING, State.UNDONE)
)
"""Measures that their subscriber was told of, or could feel; what was only thought of is not."""
_json = msgspec.json.Encoder(enc_hook=str).encode


class Kept(Struct, frozen=True, kw_only=True):
    """Data of one kind: what it is and how long it is kept; how many there are, None where that
    would tell what was found."""

    what: Text
    until: Text
    count: int | None = None


class Stored(Struct, frozen=True, kw_only=True):
    """All of it, who answers for it (empty where the settings do not say), and what may be asked of
    them."""

    kinds: tuple[Kept, ...]
    controller: str
    contact: str
    officer: str
    rights: tuple[Text, ...]
    is_restricted: bool


class NotProvedError(PermissionError):
    """A factor has to be shown first."""


class OwnData:
    """Of one database. Safe to share between threads; `facts` are what the settings say of
    processing, `now` gives ms since 1970 UTC."""

    def __init__(
        self, engine: Engine, factors: Factors, facts: Facts, now: Callable[[], int] = now_ms
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._factors = factors
        self._facts = facts
        self._now = now

    def stored(self, subscriber: Subscriber) -> Stored:
        """What is kept of a subscriber."""
        with self._reading.begin() as connection:
            subject = subscriber.subject
            counts = {
                "events": erasing.count(
                    connection, tables.events, tables.events.c.account_key == subject.key()
                ),
                "sessions": len(subscriber_sessions.of(connection, subject, self._now())),
            }
            is_restricted = (subject.tenant, subject.uid) in restrictions.standing(connection)
        counts["factors"] = len(self._factors.listed(subscriber.owner))
        return Stored(
            kinds=tuple(_kinds(self._facts, counts)),
            controller=self._facts.controller,
            contact=self._facts.contact,
            officer=self._facts.officer,
            rights=RIGHTS,
            is_restricted=is_restricted,
        )

    def copy(self, visit: SubscriberVisit) -> Iterator[bytes]:
        """One JSON object, in parts, as all is at one moment; it is written down that it was made.
        Raises NotProvedError where no factor was shown lately."""
        if not visit.is_fresh(self._now()):
            raise NotProvedError("a factor has to be shown first")
        subject = visit.subscriber.subject
        with self._engine.begin() as connection:
            record(connection, OWNER, EXPORTED, reference_of(subject), tenant=subject.tenant)
        return _written(self._reading.begin, subject, self._now())


def _kinds(facts: Facts, counts: Mapping[str, int]) -> Iterator[Kept]:
    yield Kept(
        what=Text(
            "your sign-ins and changes of your account: time, address, place, network, device",
            "vos connexions et les changements de votre compte : heure, adresse, lieu, réseau, "
            "appareil",
        ),
        until=Text(
            f"{facts.events} days; addresses and programs in full for {facts.details}",
            f"{facts.events} jours ; adresses et programmes en entier pendant {facts.details}",
        ),
        count=counts["events"],
    )
    yield Kept(
        what=Text(
            "what is known of your habits: devices, networks, places and hours",
            "ce qui est connu de vos habitudes : appareils, réseaux, lieux et horaires",
        ),
        until=_days(facts.accounts, "after the last use", "après le dernier usage"),
    )
    yield Kept(
        what=Text(
            "what you prove with that it is you; of secrets, only what checks them",
            "ce qui prouve que c'est vous ; des secrets, seulement de quoi les vérifier",
        ),
        until=Text("until you take it away", "jusqu'à ce que vous le retiriez"),
        count=counts["factors"],
    )
    yield Kept(
        what=Text(
            "your visits to this page, and what you were asked to prove",
            "vos visites de cette page, et ce qu'il vous a été demandé de prouver",
        ),
        until=Text(
            f"visits two hours; proofs {facts.orders} days",
            f"visites deux heures ; preuves {facts.orders} jours",
        ),
        count=counts["sessions"],
    )
    yield Kept(
        what=Text(
            "what the security team noted and decided about your account, if anything",
            "ce que l'équipe de sécurité a noté et décidé au sujet de votre compte, le cas échéant",
        ),
        until=_days(facts.incidents, "after it is closed", "après clôture"),
    )
    yield Kept(
        what=Text(
            "your entry in your organisation's directory",
            "votre fiche dans l'annuaire de votre organisation",
        ),
        until=Text("as long as the account is there", "tant que le compte existe"),
    )
    yield Kept(
        what=Text("messages that were sent to you", "les messages qui vous ont été envoyés"),
        until=_days(facts.order_details, "", ""),
    )
    yield Kept(
        what=Text(
            "a journal of who looked at your data and did what",
            "un journal de qui a consulté vos données et de ce qui a été fait",
        ),
        until=_days(facts.audit, "", ""),
    )


def _days(days: int, en: str, fr: str) -> Text:
    return Text(f"{days} days {en}".strip(), f"{days} jours {fr}".strip())


def _written(
    begin: Callable[[], AbstractContextManager[Connection]],
    subject: Subject,
    now: int,
) -> Iterator[bytes]:
    with begin() as connection:
        head = {"tenant": subject.tenant, "account": subject.uid, "made": now}
        yield _json(head)[:-1]
        forms = copies.formats(connection)
        events = (copies.event_line(one, forms) for one in copies.events(connection, subject))
        yield from _list("events", events)
        yield from _list("proof", proof_lines(connection, subject))
        yield from _list("looks", copies.look_lines(connection, subject))
        yield from _list("requests", copies.request_lines(connection, subject))
        decided = measures.of_account(connection, subject, _TOLD)
        yield from _list("decided", (_measure(one) for one in decided if one.step > Step.OBSERVE))
        yield b',"known":' + _json(_known(connection, subject))
        entry = copies.directory_record(connection, subject)
        yield b',"directory":' + (entry.strip() if entry else b"null")
        yield b"}\n"


def _list(name: str, lines: Iterable[bytes]) -> Iterator[bytes]:
    yield f',"{name}":['.encode()
    for comma, line in zip(itertools.chain((b"",), itertools.repeat(b",\n")), lines, strict=False):
        yield comma + line.strip()
    yield b"]"


def _measure(one: Measure) -> bytes:
    """As their notice told it: nobody is named, and no rule."""
    told: dict[str, Any] = {
        "what": one.step.word,
        "decided": one.decided or one.created,
        "until": one.until,
        "ended": one.ended,
        "article": one.aup,
        "reason": one.reason,
        "by": "a person" if one.decided_by else "a rule",
    }
    return _json({name: value for name, value in told.items() if value not in (None, "")})


def _known(connection: Connection, subject: Subject) -> dict[str, Any]:
    """What the account is known by, and since when; not how far that is believed."""
    found = copies.profile(connection, subject)
    if found is None:
        return {}
    kinds: dict[str, Mapping[str, Known]] = {
        "devices": found.devices,
        "networks": found.networks,
        "places": found.places,
    }
    return {
        kind: {name: {"first": one.first, "last": one.last} for name, one in known.items()}
        for kind, known in kinds.items()
    }
