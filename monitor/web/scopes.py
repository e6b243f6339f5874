"""What each scope of a key lets a program do, in words to be translated, by what it is about."""

from itertools import groupby
from typing import Final

from monitor.services.actor import Role
from monitor.services.authority import Operation


def _(message: str) -> str:
    return message


SCOPES: Final = {
    Operation.INCIDENTS_READ: _("read incidents and what they rest on"),
    Operation.STATUS_READ: _("ask whether all is well"),
    Operation.SOURCES_READ: _("read how sources and Vigie itself are"),
    Operation.METRICS_READ: _("read the metrics"),
    Operation.EVENTS_WRITE: _("send events"),
    Operation.REVIEWERS_READ: _("read who the reviewers are"),
    Operation.DIRECTORY_READ: _("read accounts and tenants"),
    Operation.DIRECTORY_WRITE: _("change accounts and tenants"),
    Operation.DIRECTORY_PROVISION: _("push users and groups (SCIM)"),
    Operation.DIRECTORY_IMPORT: _("take lists in"),
    Operation.DIRECTORY_EXPORT: _("take the directory out"),
    Operation.HYGIENE_READ: _("read scores of hygiene"),
    Operation.HYGIENE_ACCOUNTS: _("read which accounts they come from"),
    Operation.TICKETS_READ: _("read tickets"),
    Operation.TICKETS_WRITE: _("change and close tickets"),
    Operation.POLICY_READ: _("read the policy"),
    Operation.MEASURES_READ: _("read measures"),
    Operation.OUTBOX_READ: _("read orders and how responders are"),
    Operation.REPORTS_WRITE: _("hand in reports"),
    Operation.MFA_READ: _("read factors and challenges, nothing that could be used"),
    Operation.MFA_CHALLENGE: _("ask somebody for a proof"),
    Operation.SIGN_INS_DECIDE: _("ask whether a sign-in may go on"),
    Operation.ACCOUNTS_READ: _("read what is known of accounts"),
    Operation.NOTES_READ: _("read notes on accounts"),
    Operation.NOTES_WRITE: _("write notes on accounts"),
    Operation.DETECTORS_READ: _("read how detectors do"),
    Operation.AUDIT_READ: _("read and prove the audit"),
    Operation.RETENTION_READ: _("read what is kept for how long"),
    Operation.PERSON_LOOK: _("see names and addresses in full"),
    Operation.REGISTER_READ: _("read the register of processing"),
}
"""Of every operation that a key may hold."""
DUTIES: Final = {
    Role.VIEWER: _("looks; sees names and addresses in part, and changes nothing"),
    Role.ANALYST: _("looks at people, works on tickets, asks for measures"),
    Role.APPROVER: _("the same, and agrees to measures that others asked for"),
    Role.ADMINISTRATOR: _("everything, with keys, reviewers, policy and rights of people"),
    Role.TENANT_CONTACT: _("sees the own tenant alone, and works on nothing"),
}
"""What each role does."""


def grouped() -> list[tuple[str, list[tuple[str, str]]]]:
    """The scopes that a key may have with what they let it do, by what they are about."""
    found = sorted((one.scope.partition(":")[0], one.scope, told) for one, told in SCOPES.items())
    return [
        (about, [(scope, told) for _, scope, told in some])
        for about, some in groupby(found, lambda one: one[0])
    ]
