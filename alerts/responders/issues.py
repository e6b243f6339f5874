"""Issues of Jira, by version 2 of its REST interface, of Jira Cloud and of Jira Data Center.

https://developer.atlassian.com/cloud/jira/platform/rest/v2/ and
https://docs.atlassian.com/software/jira/docs/api/REST/latest/. They differ in who asks (an address
with an API token; a personal access token) and in how one searches: the Cloud has only
`search/jql`, whose pages have tokens and no count, and which may be a little behind.
"""

import base64
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from alerts.egress.client import Answer, Client
from alerts.messages.values import line
from alerts.ports import RefusedError
from alerts.responders.refusal import asked, refusal
from alerts.tracking import Stage

API: Final = "/rest/api/2"
PAGE: Final = 50
MOST: Final = 500
"""Issues, or comments of one, that are looked at."""
_STAGES: Final = {"new": Stage.NEW, "indeterminate": Stage.BEGUN, "done": Stage.OVER}

Edition = Literal["cloud", "datacenter"]
T = TypeVar("T")


class Named(Struct, frozen=True):
    """A thing with a name."""

    name: str = ""


class Category(Struct, frozen=True):
    """What a status is, in any project: `new`, `indeterminate` or `done`."""

    key: str = ""


class JiraStatus(Struct, frozen=True, rename={"category": "statusCategory"}):
    """A project's own status."""

    name: str = ""
    category: Category = Category()

    @property
    def stage(self) -> Stage:
        """How far people are; what no category says is begun."""
        return _STAGES.get(self.category.key, Stage.BEGUN)


class Fields(Struct, frozen=True):
    """Fields of an issue, of those that are asked for."""

    status: JiraStatus = JiraStatus()
    labels: tuple[str, ...] = ()
    resolution: Named | None = None


class Issue(Struct, frozen=True):
    """One issue."""

    key: str
    fields: Fields = Fields()


class Transition(Struct, frozen=True):
    """A way from an issue's status to another."""

    id: str
    to: JiraStatus = JiraStatus()


class Comment(Struct, frozen=True):
    """One comment, in the interface's own markup."""

    id: str
    body: str = ""


class _Found(Struct, frozen=True, rename={"token": "nextPageToken"}):
    issues: tuple[Issue, ...] = ()
    token: str | None = None
    total: int = 0


class _Comments(Struct, frozen=True):
    comments: tuple[Comment, ...] = ()
    total: int = 0


class _Transitions(Struct, frozen=True):
    transitions: tuple[Transition, ...] = ()


class _Made(Struct, frozen=True):
    key: str


class Faults(Struct, frozen=True, rename={"messages": "errorMessages"}):
    """Why Jira does not take something."""

    messages: tuple[str, ...] = ()
    errors: dict[str, str] = {}


class Issues:
    """Of one server, asked by one who may. Of one thread; to be closed."""

    def __init__(self, client: Client, edition: Edition, username: str | None, token: str) -> None:
        self.server = client.server
        self._client = client
        self._edition = edition
        given = f"{username}:{token}".encode()
        self._authorization = (
            f"Bearer {token}"
            if username is None
            else f"Basic {base64.b64encode(given).decode('ascii')}"
        )

    def close(self) -> None:
        """Lets go of all connections."""
        self._client.close()

    def search(self, jql: str) -> Iterator[Issue]:
        """The issues that a query finds, `MOST` at the utmost. Raises RetryError, RefusedError."""
        path = f"{API}/search" + ("/jql" if self._edition == "cloud" else "")
        page = {"jql": jql, "maxResults": str(PAGE), "fields": "status,labels,resolution"}
        seen = 0
        while seen < MOST:
            found = self._read("GET", path, _Found, "the search", query=page)
            yield from found.issues
            seen += len(found.issues)
            if self._edition == "cloud":
                if not found.token:
                    return
                page["nextPageToken"] = found.token
            elif not found.issues or seen >= found.total:
                return
            else:
                page["startAt"] = str(seen)

    def issue(self, key: str) -> Issue | None:
        """One; None where there is none, or it may not be seen."""
        answer = self._ask("GET", _of(key), query={"fields": "status,labels,resolution"})
        return None if answer.status == 404 else self._decoded(answer, Issue, "the issue")

    def create(self, fields: Mapping[str, Any]) -> str:
        """Make one; its key. UnsureError where it may have been made."""
        given = {"fields": dict(fields)}
        return self._read("POST", f"{API}/issue", _Made, "a new issue", given=given).key

    def comments(self, key: str) -> Iterator[Comment]:
        """Its comments, the newest first."""
        seen = 0
        while seen < MOST:
            query = {"startAt": str(seen), "maxResults": str(PAGE), "orderBy": "-created"}
            path = f"{_of(key)}/comment"
            found = self._read("GET", path, _Comments, "the comments", query=query)
            yield from found.comments
            seen += len(found.comments)
            if not found.comments or seen >= found.total:
                return

    def comment(self, key: str, body: str) -> None:
        """Write one."""
        self._read("POST", f"{_of(key)}/comment", Comment, "a comment", given={"body": body})

    def transitions(self, key: str) -> tuple[Transition, ...]:
        """Where it can go from where it is."""
        path = f"{_of(key)}/transitions"
        return self._read("GET", path, _Transitions, "the transitions").transitions

    def go(self, key: str, transition: str) -> None:
        """Let it go there."""
        given = {"transition": {"id": transition}}
        answer = self._ask("POST", f"{_of(key)}/transitions", given=given)
        if not 200 <= answer.status < 300:
            raise self._refusal(answer, "the transition")

    def _read(
        self,
        method: str,
        path: str,
        kind: type[T],
        what: str,
        *,
        query: Mapping[str, str] | None = None,
        given: Any = None,
    ) -> T:
        return self._decoded(self._ask(method, path, query=query, given=given), kind, what)

    def _ask(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, given: Any = None
    ) -> Answer:
        headers = {"Accept": "application/json", "Authorization": self._authorization}
        body = None if given is None else msgspec.json.encode(given)
        if body is not None:
            headers["Content-Type"] = "application/json"
        return asked(self._client, method, path, query=query, body=body, headers=headers)

    def _decoded(self, answer: Answer, kind: type[T], what: str) -> T:
        if not 200 <= answer.status < 300:
            raise self._refusal(answer, what)
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise RefusedError(
                f"{self.server} does not answer as Jira does; is it the right address?"
            ) from None

    def _refusal(self, answer: Answer, what: str) -> Exception:
        error = refusal(self.server, answer, what)
        if answer.status not in (400, 404, 410):
            return error
        told = _why(answer)
        return RefusedError(f"{error}: {told}") if told else error


def quoted(text: str) -> str:
    """A text as JQL has it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _of(key: str) -> str:
    return f"{API}/issue/{quote(key, safe='')}"


def _why(answer: Answer) -> str:
    """What Jira says is wrong with what it was given: names of fields and rules."""
    try:
        faults = msgspec.json.decode(answer.body, type=Faults)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    told = [*faults.messages, *(f"{name}: {why}" for name, why in faults.errors.items())]
    return line("; ".join(told))
