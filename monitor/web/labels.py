"""The English words for everything that has a fixed set of values; catalogues translate them."""

from alerts.policy import Outcome as Decision
from alerts.ticket import Disposition, Status
from alerts.ticket import Kind as TicketKind
from detectors.core.context import AccountKind
from detectors.core.event import Activity, FailureReason, Outcome
from detectors.core.identity import SubjectKind
from detectors.core.place import Form, NetworkKind
from monitor.directory.account import Mfa, State
from monitor.directory.importing import ImportState
from monitor.directory.importing import Outcome as Listed
from monitor.directory.origin import Origin
from monitor.services.actor import Role
from monitor.services.factors import Method
from monitor.services.queue import Grouping
from monitor.store.incident_filter import Order as IncidentOrder
from monitor.store.ticket_filter import Order
from monitor.store.ticket_notes import Deed, LinkKind


def _(message: str) -> str:
    return message


POLICY_OUTCOMES = {
    Decision.ACT: _("done by itself"),
    Decision.SHADOW: _("would be done, and is told"),
    Decision.PROPOSE: _("people decide it"),
    Decision.HOLD: _("held back, people are called"),
}
SUBJECT = {
    SubjectKind.ACCOUNT: _("Account"),
    SubjectKind.SOURCE: _("Address"),
    SubjectKind.TENANT: _("Whole tenant"),
}
NETWORK = {
    NetworkKind.FIXED: _("fixed line"),
    NetworkKind.MOBILE: _("mobile"),
    NetworkKind.HOSTING: _("hosting"),
    NetworkKind.VPN: _("VPN"),
    NetworkKind.RELAY: _("private relay"),
    NetworkKind.TOR: _("Tor"),
    NetworkKind.SATELLITE: _("satellite"),
    NetworkKind.PRIVATE: _("private network"),
    NetworkKind.UNKNOWN: _("unknown network"),
}
ACTIVITY = {
    Activity.LOGON: _("sign-in"),
    Activity.LOGOFF: _("sign-out"),
    Activity.REFRESH: _("activity"),
    Activity.OTHER: _("activity"),
}
OUTCOME = {
    Outcome.SUCCESS: _("success"),
    Outcome.FAILURE: _("failure"),
    Outcome.PENDING: _("pending"),
}
FAILURE = {
    FailureReason.BAD_PASSWORD: _("wrong password"),
    FailureReason.UNKNOWN_USER: _("unknown user"),
    FailureReason.LOCKED: _("account locked"),
    FailureReason.DISABLED: _("account disabled"),
    FailureReason.MFA_DENIED: _("MFA denied"),
    FailureReason.MFA_TIMEOUT: _("MFA timed out"),
    FailureReason.OTHER: _("other reason"),
}
FORM = {
    Form.DESKTOP: _("computer"),
    Form.PHONE: _("phone"),
    Form.TABLET: _("tablet"),
    Form.SCRIPT: _("script"),
    Form.UNKNOWN: _("unknown device"),
}
FACTORS = {
    Method.PASSKEY: _("passkey"),
    Method.TOTP: _("authenticator app"),
    Method.RECOVERY: _("recovery codes"),
}
CHARTS = {
    "sign_ins": _("sign-ins"),
    "failures": _("failed"),
    "no_place": _("VPN or hosting: not a place"),
    "place": _("Place of sign-ins"),
    "uncertainty": _("Uncertainty of the location"),
    "pair": _("far apart, close in time"),
    "failure": _("Failed sign-in"),
    "finding": _("Finding"),
    "session": _("Session"),
    "others": _("other devices"),
    "unknown_country": _("unknown place"),
    "within": _("in"),
    "radius": _("give or take"),
    "nothing": _("None of these sign-ins could be located."),
    "unavailable": _("The chart could not be loaded."),
}
ARTICLES = {
    "3.3": _("no fraudulent access, intrusion, automated attack or overload"),
    "5": _("a model is never the only ground; a person decides"),
    "6": _("credentials are confidential; no account sharing"),
    "7": _("proportionate limits"),
    "9": _("suspension and deactivation"),
}

ROLES = {
    Role.VIEWER: _("viewer"),
    Role.ANALYST: _("analyst"),
    Role.APPROVER: _("approver"),
    Role.ADMINISTRATOR: _("administrator"),
    Role.TENANT_CONTACT: _("tenant's contact"),
}
REVIEWER_STATES = {
    "invited": _("invited"),
    "active": _("active"),
    "disabled": _("disabled"),
    "lapsed": _("without a role at the provider"),
}
TICKET_STATUSES = {
    Status.NEW: _("new"),
    Status.TRIAGED: _("triaged"),
    Status.IN_PROGRESS: _("in progress"),
    Status.RESOLVED: _("resolved"),
}
TICKET_FACTS = {
    "account": _("Account"),
    "organisation": _("Organisation"),
    "contact": _("How to reach them"),
    "way": _("It came by"),
}
REPORT_WAYS = {
    "form": _("the page for reports"),
    "webhook": _("a signed message"),
    "program": _("a program, or a colleague"),
}
DISPOSITIONS = {
    Disposition.TRUE_POSITIVE: _("it is so"),
    Disposition.FALSE_POSITIVE: _("false alarm"),
    Disposition.BENIGN_EXPLAINED: _("harmless, explained"),
    Disposition.AUTHORISED: _("authorised"),
    Disposition.DUPLICATE: _("duplicate of another"),
}
TICKET_KINDS = {
    TicketKind.INCIDENT: _("incident"),
    TicketKind.REPORT: _("report"),
    TicketKind.APPEAL: _("appeal"),
    TicketKind.GUARDRAIL: _("guardrail reached"),
    TicketKind.UNFINISHED: _("not carried out"),
}
INCIDENT_ORDERS = {
    IncidentOrder.NEWEST: _("newest first"),
    IncidentOrder.SEVEREST: _("severest first"),
    IncidentOrder.OLDEST: _("oldest first"),
}
INCIDENT_AGES = {
    "hour": _("the last hour"),
    "day": _("the last day"),
    "week": _("the last week"),
    "month": _("the last 30 days"),
    "older_than_day": _("more than a day old"),
    "older_than_week": _("more than a week old"),
    "older_than_month": _("more than 30 days old"),
}
GROUPINGS = {
    Grouping.ACCOUNT: _("by account"),
    Grouping.TENANT: _("by tenant"),
    Grouping.CAMPAIGN: _("by campaign"),
}
TICKET_ORDERS = {
    Order.URGENT: _("what is due first"),
    Order.NEWEST: _("newest first"),
    Order.SEVEREST: _("severest first"),
}
LINK_KINDS = {
    LinkKind.DUPLICATE_OF: _("duplicate of"),
    LinkKind.RELATED: _("goes with"),
    LinkKind.OUTER: _("outside"),
}
DEEDS = {
    Deed.OPENED.value: _("opened"),
    Deed.CHANGED.value: _("changed"),
    Deed.UNDONE.value: _("put back"),
    Deed.EVIDENCE.value: _("the incident changed"),
    Deed.REOPENED.value: _("opened again by new evidence"),
    Deed.LOST.value: _("findings were withdrawn"),
    Deed.WITHDRAWN.value: _("everything that it rests on was withdrawn"),
    Deed.RESTORED.value: _("what it rests on stands again"),
    Deed.HELD.value: _("held back by a suppression"),
    Deed.RELEASED.value: _("held back no more"),
    Deed.WARNED.value: _("people were told that it is late, or nearly"),
}
"""What became of a ticket."""
KINDS = {
    "accounts": _("what is known of accounts, and their names"),
    "audit": _("entries of the audit"),
    "changes": _("what changed among the incidents"),
    "orders": _("orders to responders"),
    "order_details": _("to whom orders went, and their words"),
    "breakers": _("how responders did that are no longer asked"),
    "gate": _("what the gate's list no longer says"),
    "appeals": _("used links to contest a measure"),
    "policies": _("versions of the policy that were replaced"),
    "rehearsals": _("drafts of the policy that were tried"),
    "questions": _("kept questions of reviewers who are gone"),
    "tickets": _("closed tickets, with what was said of them"),
    "measures": _("measures that are over"),
    "suppressions": _("suppressions that are over"),
    "stream": _("what changed among tickets and measures, and at the gate"),
    "details": _("addresses and user agents of events"),
    "erasures": _("whose kept incidents of erased accounts are"),
    "events": _("events"),
    "health": _("what was wrong and ended"),
    "hygiene": _("what accounts came to by day"),
    "imports": _("lists of accounts that were imported"),
    "inbox": _("what was sent for sources that are not there"),
    "incidents": _("incidents, with their findings and evidence"),
    "keys": _("links and sessions that ended"),
    "ledgers": _("sums by source and tenant"),
    "listings": _("what the directory said of accounts that are gone"),
    "rejects": _("lines that could not be read"),
    "challenges": _("challenges that are over"),
    "enrolments": _("links to set up factors that are over"),
    "proofs": _("what sessions proved, and had to prove"),
    "recoveries": _("recoveries of lost factors that are over"),
    "sign_in_questions": _("what applications asked about sign-ins"),
}
"""What retention forgets, by the names of its jobs."""
UNITS = {
    "accounts": _("accounts"),
    "addresses": _("addresses"),
    "attempts": _("attempts"),
    "days": _("days"),
    "failures": _("failures"),
    "hours": _("hours"),
    "names": _("names"),
    "operators": _("operators"),
    "ratio": _("ratio"),
    "requests": _("requests"),
    "share": _("share"),
    "times": _("times"),
    "turns": _("turns"),
}
"""Of detectors' parameters; those of measures are alike in both languages."""
ACCOUNT_KINDS = {
    AccountKind.PERSON: _("person"),
    AccountKind.SERVICE: _("service"),
    AccountKind.KIOSK: _("kiosk"),
    AccountKind.SHARED: _("shared, authorised"),
    AccountKind.BREAK_GLASS: _("break-glass"),
}
ACCOUNT_STATES = {
    State.PROVISIONAL: _("provisional"),
    State.ACTIVE: _("in use"),
    State.SUSPENDED: _("suspended"),
    State.OFFBOARDED: _("offboarded"),
}
SECOND_FACTORS = {
    Mfa.UNKNOWN: _("second factor unknown"),
    Mfa.NONE: _("no second factor"),
    Mfa.WEAK: _("weak second factor"),
    Mfa.STRONG: _("strong second factor"),
}
ORIGINS = {
    Origin.LOG: _("the log"),
    Origin.CSV: _("a list"),
    Origin.PROGRAM: _("a program"),
    Origin.KEYCLOAK: _("Keycloak"),
    Origin.SCIM: _("the identity provider"),
    Origin.PERSON: _("a person"),
}
LIST_OUTCOMES = {
    Listed.ADDED: _("added"),
    Listed.CHANGED: _("changed"),
    Listed.UNCHANGED: _("unchanged"),
    Listed.REFUSED: _("refused"),
    Listed.MISSING: _("not named, to be offboarded"),
}
IMPORT_STATES = {
    ImportState.READING: _("being read"),
    ImportState.PREVIEWED: _("to be confirmed"),
    ImportState.APPLIED: _("taken over"),
    ImportState.UNDONE: _("undone"),
    ImportState.DISCARDED: _("thrown away"),
}
ACCOUNT_FIELDS = {
    "uid": _("Account"),
    "tenant": _("Tenant"),
    "kind": _("Kind"),
    "state": _("State"),
    "display_name": _("Name"),
    "email": _("E-mail address"),
    "roles": _("Roles"),
    "privileged": _("Privileged"),
    "aliases": _("Other names in logs"),
    "mfa": _("Second factor"),
    "mfa_methods": _("Its methods"),
    "tags": _("Tags"),
    "started": _("First day"),
    "ended": _("Last day"),
    "locale": _("Language"),
    "sharing": _("Sharing"),
    "external": _("Ids elsewhere"),
    "login": _("Sign-in name"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "sharing_owner": _("Who answers for the sharing"),
    "sharing_reason": _("Why it is shared"),
    "sharing_until": _("Until when it is shared"),
}
TENANT_FIELDS = {
    "name": _("Name"),
    "zone": _("Time zone"),
    "language": _("Language"),
    "plan": _("Plan"),
    "seats": _("Sessions an account may have at once"),
    "countries": _("Countries to sign in from"),
    "mfa_required": _("Second factor required"),
    "contacts": _("Contacts"),
}
