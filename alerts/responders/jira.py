"""Keeps tickets in Jira as they are here: an issue each, their comments, how far people are.

An issue is known by its label `vigie-ticket-N`, a comment by a mark at its end: whoever is asked
twice finds what was done. What Jira's search does not show yet is not made again at once.
"""

from hashlib import blake2b
from typing import Annotated, Final

from msgspec import Meta, field

from alerts.egress.client import Client, check_authorities, check_url
from alerts.messages.rendering import summary
from alerts.messages.values import is_link, prose, told
from alerts.ports import AccountState, Action, Order, Receipt, RefusedError, RetryError, Target
from alerts.responders.issues import Edition, Issue, Issues, Transition, quoted
from alerts.responders.keeping import Keeping
from alerts.responders.refusal import UnsureError
from alerts.responders.surroundings import Surroundings
from alerts.responders.writing import Short
from alerts.ticket import Status
from alerts.tracking import STAGES, Outer
from detectors.core.event import SECOND

KIND: Final = "jira"
ACTIONS: Final = frozenset((Action.TRACK,))
SETTLING_S: Final = 60.0
"""After how many seconds what may have been made is looked for again."""
LONGEST_COMMENT: Final = 10_000
_SUMMARY: Final = 250
_FENCE: Final = "{noformat}"

ProjectKey = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{1,254}\Z")]
Label = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")]


class Terms(Keeping, frozen=True, kw_only=True):
    """A Jira, and where in it tickets are kept.

    `url` is its base. In the Cloud `username` is an address and `token` its API token; in a Data
    Center (`edition`) `token` is a personal access token. Issues of `issue_type` are made in
    `project`, under the label `label`. `statuses` are the project's names of ours; of others any
    of the same category is taken.
    """

    url: str
    edition: Edition = "cloud"
    username: str | None = None
    token: Annotated[str, Meta(min_length=1, max_length=4_096, pattern=r"^[!-~]+\Z")]
    project: ProjectKey
    issue_type: Annotated[str, Meta(min_length=1, max_length=100)] = "Task"
    label: Label = "vigie"
    statuses: dict[Status, Short] = field(default_factory=dict)
    ca: str | None = None
    insecure_http: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_url(self.url, insecure_http=self.insecure_http)
        check_authorities(self.ca)
        if self.edition == "cloud" and not self.username:
            raise ValueError("username: in the Cloud a token belongs to an address")

    def address_of(self, reference: str) -> str:
        """Where a person finds an issue."""
        return f"{self.url.rstrip('/')}/browse/{reference}"


def open_responder(_name: str, terms: Terms, surroundings: Surroundings) -> "Jira":
    """Nothing is asked for yet. Raises ValueError."""
    client = Client(surroundings.wall, terms.url, ca=terms.ca, insecure_http=terms.insecure_http)
    username = terms.username if terms.edition == "cloud" else None
    return Jira(Issues(client, terms.edition, username, terms.token), terms, surroundings)


class Jira:
    """One project. Of one thread."""

    def __init__(self, issues: Issues, terms: Terms, surroundings: Surroundings) -> None:
        self._issues = issues
        self._terms = terms
        self._address = surroundings.address.rstrip("/")
        self._now = surroundings.now
        self._made: dict[int, str] = {}
        self._unsure: dict[int, int] = {}

    def close(self) -> None:
        """Lets go of all connections."""
        self._issues.close()

    def state(self, target: Target) -> AccountState | None:
        """A tracker knows no accounts."""
        return None

    def deliver(self, order: Order) -> Receipt:
        """See that a ticket's issue is there, has the comment and stands where the ticket does, as
        far as the order says. Raises RetryError and RefusedError."""
        if order.action not in ACTIONS or order.ticket is None:
            raise RefusedError("Jira keeps tickets, and nothing else")
        issue, is_new = self._found_or_made(order, order.ticket)
        is_told = self._commented(issue.key, order)
        is_moved = self._moved(issue, order)
        return Receipt(
            reference=issue.key,
            detail=f"{issue.key} in {self._issues.server}",
            changed=is_new or is_told or is_moved,
        )

    def changed(self, minutes: int) -> list[Outer]:
        """Issues of ours that changed within so many minutes. Raises RetryError, RefusedError."""
        terms = self._terms
        # Nobody but who has our label is asked for: the project may have thousands of others.
        jql = (
            f"project = {quoted(terms.project)} AND labels = {quoted(terms.label)} "
            f'AND updated >= "-{max(1, minutes)}m" ORDER BY updated ASC'
        )
        return [outer for issue in self._issues.search(jql) if (outer := self._outer(issue))]

    def _outer(self, issue: Issue) -> Outer | None:
        start = f"{self._terms.label}-ticket-"
        numbers = [label.removeprefix(start) for label in issue.fields.labels]
        own = [one for one in numbers if one.isascii() and one.isdecimal() and len(one) < 19]
        if len(own) != 1:  # copied, or labelled by hand
            return None
        status, resolution = issue.fields.status, issue.fields.resolution
        return Outer(
            ticket=int(own[0]),
            reference=issue.key,
            address=self._terms.address_of(issue.key),
            stage=status.stage,
            status=status.name,
            resolution="" if resolution is None else resolution.name,
        )

    def _found_or_made(self, order: Order, ticket: int) -> tuple[Issue, bool]:
        known = order.values.get("outer") or self._made.get(ticket)
        issue = None if known is None else self._issues.issue(known)
        if issue is None:
            jql = (
                f"project = {quoted(self._terms.project)} AND labels = {quoted(self._name(ticket))}"
            )
            issue = min(self._issues.search(jql), key=_number, default=None)
        if issue is not None:
            self._made[ticket] = issue.key
            return issue, False
        if self._now() < self._unsure.get(ticket, 0):
            raise RetryError("an issue may have been made that Jira does not show yet", SETTLING_S)
        try:
            key = self._issues.create(self._fields(order, ticket))
        except UnsureError as error:
            self._unsure[ticket] = self._now() + round(SETTLING_S * SECOND)
            raise RetryError(str(error), error.after_s or SETTLING_S) from None
        self._made[ticket] = key
        made = self._issues.issue(key)
        if made is None:
            raise RetryError(f"{key} was made and cannot be read yet")
        return made, True

    def _fields(self, order: Order, ticket: int) -> dict[str, object]:
        terms = self._terms
        said = terms.said(order, self._address)
        given = told("title", order.values, terms.language)
        given = given or summary(order, terms.language, terms.zone)
        title = prose(given).replace("\n", " ")[: _SUMMARY - 10] or said.subject
        return {
            "project": {"key": terms.project},
            "issuetype": {"name": terms.issue_type},
            "summary": f"{title} (#{ticket})",
            "description": _plain(said.text, f"{self._address}/tickets/{ticket}"),
            "labels": [terms.label, self._name(ticket)],
        }

    def _commented(self, key: str, order: Order) -> bool:
        text = order.values.get("comment", "")
        if not text.strip():
            return False
        mark = f"vigie {blake2b(order.key.encode(), digest_size=8).hexdigest()}"
        if any(comment.body.rstrip().endswith(mark) for comment in self._issues.comments(key)):
            return False
        author = prose(order.values.get("author", "")).replace("\n", " ")
        body = f"{author}:\n{prose(text)}" if author else prose(text)
        self._issues.comment(key, f"{_plain(body)}\n{mark}")
        return True

    def _moved(self, issue: Issue, order: Order) -> bool:
        status = _status(order.values.get("status", ""))
        if status is None or self._is_there(issue, status):
            return False
        ways = [way for way in self._issues.transitions(issue.key) if self._leads(way, status)]
        if not ways:
            raise RefusedError(
                f"no transition of {issue.key} leads from {issue.fields.status.name!r} to "
                f"{self._terms.statuses.get(status) or STAGES[status].value!r}: allow one in the "
                "project's workflow, or name its status in `statuses`"
            )
        self._issues.go(issue.key, ways[0].id)
        return True

    def _is_there(self, issue: Issue, status: Status) -> bool:
        named = self._terms.statuses.get(status)
        now = issue.fields.status
        if named is not None:
            return now.name.casefold() == named.casefold()
        return now.stage is STAGES[status]

    def _leads(self, way: Transition, status: Status) -> bool:
        named = self._terms.statuses.get(status)
        if named is not None:
            return way.to.name.casefold() == named.casefold()
        return way.to.stage is STAGES[status]

    def _name(self, ticket: int) -> str:
        return f"{self._terms.label}-ticket-{ticket}"


def _status(word: str) -> Status | None:
    return Status(word) if word in Status.__members__.values() else None


def _number(issue: Issue) -> tuple[int, str]:
    """By the order in which they were made."""
    tail = issue.key.rpartition("-")[2]
    return (int(tail) if tail.isascii() and tail.isdecimal() and len(tail) < 19 else 0), issue.key


def _plain(text: str, link: str = "") -> str:
    """Text that Jira shows as it is: no markup, no mentions, no pictures of elsewhere."""
    inner = text[:LONGEST_COMMENT].replace("{", "(").replace("}", ")")
    fenced = f"{_FENCE}\n{inner.strip()}\n{_FENCE}"
    return f"{fenced}\n{link}" if is_link(link) else fenced
