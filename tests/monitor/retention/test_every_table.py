"""Nothing is kept for ever by oversight: of each table it is said what forgets it, or why nothing
has to."""

from monitor.retention.job import jobs
from monitor.store import tables

FORGOTTEN_BY = {
    "account_ids": "with its account",
    "account_names": "with its account",
    "accounts": "by whoever keeps the directory, and by erasure",
    "api_keys": "they end by themselves, and are removed by people",
    "appeal_links": "appeals",
    "audit": "audit",
    "audit_contents": "audit",
    "audit_marks": "audit",
    "breakers": "breakers",
    "changes": "stream",
    "console_keys": "keys",
    "enrolment_grace": "it ends with a factor, or when the tenant's policy asks for none",
    "enrolment_links": "enrolments",
    "engine": "one row for each name that the program has",
    "erasures": "erasures",
    "events": "events",
    "evidence": "incidents",
    "factors": "with their reviewer",
    "findings": "incidents",
    "gate_changes": "stream",
    "gate_list": "gate",
    "health": "health",
    "assurances": "proofs",
    "challenges": "challenges",
    "session_demands": "proofs",
    "hygiene_accounts": "with the account's entry in the directory",
    "hygiene_days": "hygiene",
    "import_rows": "imports",
    "imports": "that there was one is accountability; it names nobody but who did it",
    "inbox": "inbox",
    "incident_changes": "changes",
    "incidents": "incidents",
    "invitations": "they end by themselves, and go with their reviewer",
    "ledgers": "ledgers",
    "listings": "listings",
    "measures": "measures",
    "names": "accounts",
    "objections": "as long as the account",
    "oidc_identities": "with their reviewer",
    "oidc_sessions": "keys",
    "oidc_taken": "keys",
    "outbox": "orders",
    "policies": "policies",
    "provisioned_groups": "by the identity provider",
    "provisioned_members": "by the identity provider",
    "provisioned_users": "by the identity provider, and by erasure",
    "recoveries": "recoveries",
    "rehearsal_examples": "rehearsals",
    "rehearsals": "rehearsals",
    "rejects": "rejects",
    "restrictions": "as long as the account",
    "reviewer_sessions": "keys",
    "reviewers": "removed by people",
    "sign_in_limits": "keys",
    "sign_in_questions": "sign_in_questions",
    "snapshots": "accounts",
    "sources": "one row for each source that the settings had",
    "subscriber_sessions": "keys",
    "suppression_matches": "suppressions",
    "suppressions": "suppressions",
    "tenant_listings": "by whoever keeps the directory",
    "tenants": "by whoever keeps the directory",
    "ticket_changes": "tickets",
    "ticket_comments": "tickets",
    "ticket_filters": "questions",
    "ticket_links": "tickets",
    "ticket_tags": "tickets",
    "tickets": "tickets",
    "tombstones": "digests, as long as there may be older logs and backups",
}
"""The name of a job, or a reason, which has a blank in it."""


def test_each_table_is_forgotten_or_has_a_reason() -> None:
    assert set(FORGOTTEN_BY) == {table.name for table in tables.metadata.sorted_tables}
    named = {by for by in FORGOTTEN_BY.values() if " " not in by}
    assert named <= {kind.name for kind in jobs()}
    # What is left shortens what another table's job deletes.
    assert {kind.name for kind in jobs()} - named == {"details", "order_details"}
