"""Whether somebody may set up a factor now, and what they are told where not: honestly, and nothing
that a stranger in the account could use."""

from typing import Final

from sqlalchemy import Connection

from detectors.core.detector import Text
from monitor.directory.account import State as AccountState
from monitor.directory.account import account_id
from monitor.mfa.lost_factor import State
from monitor.protection.pseudonyms import PREFIX
from monitor.services.enrolling import Permission
from monitor.services.enrolment_keys import Purpose
from monitor.services.requirement import PROVING
from monitor.services.subscriber import Subscriber
from monitor.services.suspicion import suspicion_of
from monitor.store import enrolments, erasures, factors, recoveries, restrictions
from monitor.store.directory import DirectoryTable
from monitor.store.enrolments import LinkRow
from monitor.store.factors import RECOVERY

GRANTED: Final = Permission(True)
_ENDED_STATES: Final = (AccountState.SUSPENDED, AccountState.OFFBOARDED)
BY_LINK: Final = Permission(
    False,
    Text(
        "A factor is set up by a link here: ask your organisation's support for one.",
        "Un facteur s'ajoute ici par un lien : demandez-en un à l'assistance de votre "
        "organisation.",
    ),
)
_CLOSED: Final = Permission(
    False,
    Text(
        "Nothing can be set up for this account for now: ask your organisation's support.",
        "Rien ne peut être ajouté à ce compte pour le moment : adressez-vous à l'assistance de "
        "votre organisation.",
    ),
)
_LOOKED_AT: Final = Permission(
    False,
    Text(
        "No first factor can be set up while this account is being looked at. Ask your "
        "organisation's support: they make sure of who you are, and let you set one up.",
        "Aucun premier facteur ne peut être ajouté tant que ce compte est examiné. Adressez-vous "
        "à l'assistance de votre organisation : elle s'assure de votre identité et vous permet "
        "d'en ajouter un.",
    ),
)
_HAS_ONE: Final = Permission(
    False,
    Text(
        "There is a factor already: show it on your account's page to add another one, or say "
        "there that it is lost.",
        "Un facteur existe déjà : présentez-le sur la page de votre compte pour en ajouter un "
        "autre, ou indiquez-y qu'il est perdu.",
    ),
)
_HAD_ONE: Final = Permission(
    False,
    Text(
        "A factor was set up before for this account. Ask your organisation's support: they make "
        "sure of who you are, and let you set up a new one.",
        "Un facteur a déjà été associé à ce compte. Adressez-vous à l'assistance de votre "
        "organisation : elle s'assure de votre identité et vous permet d'en ajouter un nouveau.",
    ),
)
_ENDED: Final = Permission(
    False,
    Text(
        "This recovery has ended. If you still need it, ask again.",
        "Cette récupération est terminée. Si elle reste nécessaire, demandez-la de nouveau.",
    ),
)


def on_the_spot(
    connection: Connection, subscriber: Subscriber, session: str | None, now: int
) -> Permission:
    """Of somebody in a session of the application (None: it is not known which) to set up a first
    factor by themselves."""
    if is_closed(connection, subscriber, now):
        return _CLOSED
    if _has_anything(connection, subscriber):
        return _HAS_ONE
    if enrolments.was_served(connection, subscriber.tenant, subscriber.account):
        # Else one reviewer alone could take a factor away and let somebody set up another.
        return _HAD_ONE
    if suspicion_of(connection, subscriber, session, now) is not None:
        return _LOOKED_AT
    return GRANTED


def of_link(connection: Connection, subscriber: Subscriber, now: int) -> Permission:
    """Of somebody with a link to set up a first factor: whoever hands it over does not make sure by
    a second person who they are."""
    return on_the_spot(connection, subscriber, None, now)


def of_row(connection: Connection, row: LinkRow, now: int) -> Permission:
    """Of whoever opened a link, or began without one."""
    subscriber = Subscriber(row.tenant, row.account)
    if row.purpose != Purpose.RECOVER.value:
        return on_the_spot(connection, subscriber, row.session, now)
    if is_closed(connection, subscriber, now):
        return _CLOSED
    # Two people made sure of who they are: what stands against the account does not count.
    case = None if row.recovery_id is None else recoveries.by_id(connection, row.recovery_id)
    return GRANTED if case is not None and case.case.state is State.READY else _ENDED


def _has_anything(connection: Connection, subscriber: Subscriber) -> bool:
    return any(
        row.kind in PROVING or (row.kind == RECOVERY and row.last_used is None)
        for row in factors.of(connection, subscriber.owner)
    )


def is_closed(connection: Connection, subscriber: Subscriber, now: int) -> bool:
    """Whether nothing is set up for an account: its data is restricted or being erased, or nobody
    may use it."""
    if subscriber.account.startswith(PREFIX) or subscriber.key in restrictions.hidden(connection):
        return True
    if (subscriber.tenant, subscriber.account) in erasures.at_work(connection):
        return True
    stored = DirectoryTable(connection).account(account_id(subscriber.tenant, subscriber.account))
    return stored is not None and stored.account.state_at(now) in _ENDED_STATES


def shown_name(connection: Connection, subscriber: Subscriber) -> str:
    """What authenticators show of an account."""
    stored = DirectoryTable(connection).account(account_id(subscriber.tenant, subscriber.account))
    if stored is None:
        return subscriber.account
    account = stored.account
    return account.display_name or next(iter(account.aliases), "") or subscriber.account
