"""The tables of the embedded and the production database, one file for each domain."""

from monitor.store.tables.audit import (
    audit as audit,
)
from monitor.store.tables.audit import (
    audit_contents as audit_contents,
)
from monitor.store.tables.audit import (
    audit_marks as audit_marks,
)
from monitor.store.tables.console import (
    account_notes as account_notes,
)
from monitor.store.tables.console import (
    added_sources as added_sources,
)
from monitor.store.tables.console import (
    hygiene_reports as hygiene_reports,
)
from monitor.store.tables.console import (
    hygiene_stops as hygiene_stops,
)
from monitor.store.tables.console import (
    reviewer_marks as reviewer_marks,
)
from monitor.store.tables.console import (
    staged_files as staged_files,
)
from monitor.store.tables.directory import (
    account_ids as account_ids,
)
from monitor.store.tables.directory import (
    account_names as account_names,
)
from monitor.store.tables.directory import (
    accounts as accounts,
)
from monitor.store.tables.directory import (
    import_rows as import_rows,
)
from monitor.store.tables.directory import (
    imports as imports,
)
from monitor.store.tables.directory import (
    tenants as tenants,
)
from monitor.store.tables.feed import (
    incident_changes as incident_changes,
)
from monitor.store.tables.hygiene import (
    hygiene_accounts as hygiene_accounts,
)
from monitor.store.tables.hygiene import (
    hygiene_days as hygiene_days,
)
from monitor.store.tables.hygiene import (
    listings as listings,
)
from monitor.store.tables.hygiene import (
    tenant_listings as tenant_listings,
)
from monitor.store.tables.measures import (
    appeal_links as appeal_links,
)
from monitor.store.tables.measures import (
    measures as measures,
)
from monitor.store.tables.measures import (
    policies as policies,
)
from monitor.store.tables.mfa import (
    assurances as assurances,
)
from monitor.store.tables.mfa import (
    challenges as challenges,
)
from monitor.store.tables.mfa import (
    enrolment_grace as enrolment_grace,
)
from monitor.store.tables.mfa import (
    enrolment_links as enrolment_links,
)
from monitor.store.tables.mfa import (
    gate_changes as gate_changes,
)
from monitor.store.tables.mfa import (
    recoveries as recoveries,
)
from monitor.store.tables.mfa import (
    session_demands as session_demands,
)
from monitor.store.tables.mfa import (
    sign_in_questions as sign_in_questions,
)
from monitor.store.tables.mfa import (
    subscriber_sessions as subscriber_sessions,
)
from monitor.store.tables.oidc import (
    oidc_identities as oidc_identities,
)
from monitor.store.tables.oidc import (
    oidc_sessions as oidc_sessions,
)
from monitor.store.tables.oidc import (
    oidc_taken as oidc_taken,
)
from monitor.store.tables.outbox import (
    breakers as breakers,
)
from monitor.store.tables.outbox import (
    changes as changes,
)
from monitor.store.tables.outbox import (
    gate_list as gate_list,
)
from monitor.store.tables.outbox import (
    outbox as outbox,
)
from monitor.store.tables.protection import (
    erasures as erasures,
)
from monitor.store.tables.protection import (
    objections as objections,
)
from monitor.store.tables.protection import (
    restrictions as restrictions,
)
from monitor.store.tables.protection import (
    tombstones as tombstones,
)
from monitor.store.tables.provisioning import (
    provisioned_groups as provisioned_groups,
)
from monitor.store.tables.provisioning import (
    provisioned_members as provisioned_members,
)
from monitor.store.tables.provisioning import (
    provisioned_users as provisioned_users,
)
from monitor.store.tables.records import (
    api_keys as api_keys,
)
from monitor.store.tables.records import (
    console_keys as console_keys,
)
from monitor.store.tables.records import (
    engine as engine,
)
from monitor.store.tables.records import (
    events as events,
)
from monitor.store.tables.records import (
    evidence as evidence,
)
from monitor.store.tables.records import (
    findings as findings,
)
from monitor.store.tables.records import (
    health as health,
)
from monitor.store.tables.records import (
    inbox as inbox,
)
from monitor.store.tables.records import (
    incident_words as incident_words,
)
from monitor.store.tables.records import (
    incidents as incidents,
)
from monitor.store.tables.records import (
    ledgers as ledgers,
)
from monitor.store.tables.records import (
    names as names,
)
from monitor.store.tables.records import (
    rejects as rejects,
)
from monitor.store.tables.records import (
    snapshots as snapshots,
)
from monitor.store.tables.records import (
    sources as sources,
)
from monitor.store.tables.rehearsals import (
    rehearsal_examples as rehearsal_examples,
)
from monitor.store.tables.rehearsals import (
    rehearsals as rehearsals,
)
from monitor.store.tables.reviewers import (
    factors as factors,
)
from monitor.store.tables.reviewers import (
    invitations as invitations,
)
from monitor.store.tables.reviewers import (
    reviewer_sessions as reviewer_sessions,
)
from monitor.store.tables.reviewers import (
    reviewers as reviewers,
)
from monitor.store.tables.reviewers import (
    sign_in_limits as sign_in_limits,
)
from monitor.store.tables.schema import Text as Text
from monitor.store.tables.schema import metadata as metadata
from monitor.store.tables.tickets import (
    suppression_matches as suppression_matches,
)
from monitor.store.tables.tickets import (
    suppressions as suppressions,
)
from monitor.store.tables.tickets import (
    ticket_changes as ticket_changes,
)
from monitor.store.tables.tickets import (
    ticket_comments as ticket_comments,
)
from monitor.store.tables.tickets import (
    ticket_filters as ticket_filters,
)
from monitor.store.tables.tickets import (
    ticket_links as ticket_links,
)
from monitor.store.tables.tickets import (
    ticket_tags as ticket_tags,
)
from monitor.store.tables.tickets import (
    tickets as tickets,
)
