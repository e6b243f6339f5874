"""The account that an order is about, as responders are told of it: by the directory, and by the
log's own name where the directory has none."""

from sqlalchemy import Connection

from alerts.ports import Target
from alerts.wording import is_french
from detectors.core.identity import Subject
from monitor.directory.account import account_id
from monitor.store.directory import DirectoryTable


def target_of(connection: Connection, subject: Subject) -> Target:
    """What is known of an account. Only the directory's mail address counts: a log's name may be
    anybody's invention, and nobody is written to because of it."""
    stored = DirectoryTable(connection).account(account_id(subject.tenant, subject.uid))
    if stored is None:
        return Target(tenant=subject.tenant, account=subject.uid)
    account = stored.account
    return Target(
        tenant=subject.tenant,
        account=subject.uid,
        names=account.aliases,
        email=account.email or None,
        language=language_of(account.locale),
        ids=dict(account.external),
    )


def language_of(locale: str) -> str:
    """The language that somebody is written to in: French where nothing else is said."""
    return "fr" if not locale or is_french(locale) else "en"
