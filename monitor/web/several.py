"""What a form does to several tickets or incidents at once, and what came of it."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from msgspec import UNSET, UnsetType

from alerts.ticket import Change, Disposition, Status
from alerts.wording import said
from monitor.services.ticket_acts import Done
from monitor.web.rendering import language_of
from monitor.web.ticket_query import NOBODY


def change_of(form: Mapping[str, str]) -> Change:
    """What a form wants changed; a field that is not sent, or says nothing, stays."""
    state, _, found = form.get("state", "").partition(":")
    assignee: str | UnsetType | None = form.get("assignee", "") or UNSET
    tags, removed = _tags(form, "tags"), _tags(form, "remove_tags")
    before = form.get("tags_before")
    if before is not None:
        kept = frozenset(before.split())
        tags, removed = tags - kept, removed | (kept - tags)
    return Change(
        status=Status(state) if state in {one.value for one in Status} else UNSET,
        disposition=Disposition(found) if found in {one.value for one in Disposition} else UNSET,
        assignee=None if assignee == NOBODY else assignee,
        add_tags=tags,
        remove_tags=removed,
    )


def _tags(form: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(form.get(name, "").casefold().replace(",", " ").split())


def done_view(done: Done, request: Request) -> dict[str, Any]:
    language = language_of(request)
    refused = [(one.number, said(one.why, language)) for one in done.refused]
    return {"act": done.act, "changed": len(done.changed), "refused": refused}
