"""A change of somebody's factors is written down, told to them by mail and to the detectors, in
the transaction that makes it."""

import secrets
from enum import StrEnum
from functools import cache
from typing import Final

import msgspec
from sqlalchemy import Connection

from alerts.messages.of_factors import CHANGED
from alerts.ports import Action, Order, Target
from alerts.responders.roster import Roster
from detectors.core.detector import Text
from detectors.core.identity import Subject
from monitor.enrichment.device import Devices
from monitor.formats.limits import bounded
from monitor.services import audit, leaving, standing
from monitor.services.actor import Actor
from monitor.services.enrolment_notices import OWNER, tell_subscriber
from monitor.services.own_sign_ins import SOURCE, TENANT
from monitor.services.sessions import Client
from monitor.services.subscriber import Subscriber
from monitor.services.targets import language_of
from monitor.store import outbox, reviewers
from monitor.store.factors import ACCOUNT, PASSKEY, PASSWORD, RECOVERY, TOTP, Owner
from monitor.store.inbox import Parcel, deposit


class Deed(StrEnum):
    """What was done with a factor."""

    ADDED = "added"
    REMOVED = "removed"
    REPLACED = "replaced"
    RENAMED = "renamed"
    DOUBTED = "doubted"
    """Its count of uses went back: there may be two of it, and it was not believed."""


_KINDS: Final = {
    PASSKEY: Text("a passkey", "une clé d'accès"),
    TOTP: Text("an authenticator for codes", "une application à codes"),
    RECOVERY: Text("a set of recovery codes", "un jeu de codes de secours"),
    PASSWORD: Text("the password", "le mot de passe"),
}
_SENTENCES: Final = {
    Deed.ADDED: Text("{kind}{name} was added.", "Ajout : {kind}{name}."),
    Deed.REMOVED: Text("{kind}{name} was taken away.", "Retrait : {kind}{name}."),
    Deed.REPLACED: Text("{kind}{name} was replaced.", "Remplacement : {kind}{name}."),
    Deed.DOUBTED: Text(
        "{kind}{name} was not accepted: there may be a copy of it.",
        "Refusé : {kind}{name}. Il en existe peut-être une copie.",
    ),
}
_ACTIVITIES: Final = {Deed.ADDED: 10, Deed.REPLACED: 10, Deed.REMOVED: 11}
"""OCSF's numbers (3001): a factor enabled, and disabled."""


class FactorChanges:
    """Of one instance; `roster` is which responders there are. Transactions are the caller's."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def note(
        self,
        connection: Connection,
        owner: Owner,
        deed: Deed,
        kind: str,
        now: int,
        *,
        name: str = "",
        by: Actor | None = None,
        client: Client = Client(),  # noqa: B008 - frozen
        reason: str = "",
    ) -> None:
        """Write down and tell what was done with somebody's factor. Call it last in the
        transaction: what detectors are told lets others wait who put something into the inbox."""
        content = {"kind": kind, "name": name, "ip": client.ip}
        told = {key: value for key, value in content.items() if value}
        if owner.kind != ACCOUNT:
            actor = by or _reviewer(connection, owner)
            subject = standing.reference_of(owner.uid)
            audit.record(connection, actor, f"factors:{deed}", subject, reason=reason, content=told)
            self.tell_reviewer(connection, owner, deed, kind, now, name=name, by=by, client=client)
            return
        subscriber = subscriber_of(owner)
        audit.record(
            connection,
            by or OWNER,
            f"factors:{deed}",
            leaving.reference_of(subscriber.subject),
            tenant=subscriber.tenant,
            reason=reason,
            content=told,
        )
        if deed is Deed.RENAMED:
            return
        values = _values(deed, kind, name, by, client, now)
        key = secrets.token_hex(8)
        tell_subscriber(connection, self._roster, subscriber, CHANGED, key, now, values)
        if deed in _ACTIVITIES and kind != RECOVERY:
            line = _line(subscriber, _ACTIVITIES[deed], by, client, now)
            deposit(connection, [Parcel(SOURCE, SOURCE, [line], is_beginning=True)], now)

    def tell_reviewer(
        self,
        connection: Connection,
        owner: Owner,
        deed: Deed,
        kind: str,
        now: int,
        *,
        name: str = "",
        by: Actor | None = None,
        client: Client = Client(),  # noqa: B008 - frozen
    ) -> None:
        """Tell a reviewer by mail what was done with what they sign in with."""
        row = reviewers.by_uid(connection, owner.uid)
        if row is None or deed is Deed.RENAMED:
            return
        target = Target(
            tenant=TENANT,
            account=row.uid,
            names=(row.name,),
            email=row.email,
            language=language_of(""),
        )
        order = Order(
            key=f"{CHANGED}.{secrets.token_hex(8)}",
            action=Action.NOTIFY,
            issued=now,
            tenant=TENANT,
            target=target,
            template=CHANGED,
            values=_values(deed, kind, name, by, client, now) | {"account": row.email},
        )
        for entry in self._roster.offering(Action.NOTIFY, TENANT):
            outbox.enqueue(connection, order, entry.name)


def subscriber_of(owner: Owner) -> Subscriber:
    """Whose an account's factors are."""
    subject = Subject.parse(owner.uid)
    return Subscriber(subject.tenant, subject.uid)


def _reviewer(connection: Connection, owner: Owner) -> Actor:
    row = reviewers.by_uid(connection, owner.uid)
    return OWNER if row is None else standing.actor_of_reviewer(row)


def _values(
    deed: Deed, kind: str, name: str, by: Actor | None, client: Client, now: int
) -> dict[str, str]:
    words, sentence = _KINDS[kind], _SENTENCES[deed]
    called = f" “{name}”" if name else ""
    called_so = f" « {name} »" if name else ""
    english = sentence.en.replace("{kind}", words.en).replace("{name}", called)
    french = sentence.fr.replace("{kind}", words.fr).replace("{name}", called_so)
    told = {
        "change.en": english[:1].upper() + english[1:],
        "change.fr": french,
        "time": str(now),
        "device": _device(client),
        "address": client.ip,
    }
    if by is not None:
        told |= {"decider.en": "a person of the security team"}
        told |= {"decider.fr": "une personne de l'équipe de sécurité"}
    return {key: value for key, value in told.items() if value}


def _device(client: Client) -> str:
    read = _devices().read(client.user_agent) if client.user_agent else None
    return "" if read is None else " · ".join(part for part in (read.family, read.os) if part)


@cache
def _devices() -> Devices:
    return Devices()


def _line(
    subscriber: Subscriber, activity: int, by: Actor | None, client: Client, now: int
) -> bytes:
    """The change as OCSF has it (3001), of our own source: nobody else's is believed."""
    event: dict[str, object] = {
        "class_uid": 3001,
        "class_name": "Account Change",
        "activity_id": activity,
        "type_uid": 300_100 + activity,
        "time": now,
        "status_id": 1,
        "metadata": {
            "uid": secrets.token_hex(16),
            "version": "1.6.0",
            "product": {"name": "Vigie", "vendor_name": "Vigie"},
            "tenant_uid": subscriber.tenant,
        },
        "user": {"uid": subscriber.account},
    }
    actor = subscriber.account if by is None else by.reference
    event["actor"] = {"user": {"uid": actor}}
    if client.ip:
        event["src_endpoint"] = {"ip": client.ip}
    if client.user_agent:
        event["http_request"] = {"user_agent": bounded(client.user_agent)}
    return msgspec.json.encode(event)
