"""A Jira as its makers document it, in as far as tickets need one: Cloud or Data Center."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.alerts.responders.farside import Answer, FarSide, Request, far_side

USER, TOKEN = "vigie@acme.example", "canary-of-jira"
STATUSES = {
    "To Do": "new",
    "In Progress": "indeterminate",
    "In Review": "indeterminate",
    "Done": "done",
}
REMOVED = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."


class JiraServer:
    """Issues of the project `SEC`; what `hidden` holds is not found by a search yet."""

    def __init__(self, side: FarSide, edition: str = "cloud") -> None:
        self.address = side.address
        self.edition = edition
        self.issues: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, list[dict[str, Any]]] = {}
        self.hidden: set[str] = set()
        self.ways: dict[str, list[str]] = {}
        self.page = 2
        self.done: list[str] = []
        self.meddle: Callable[[Request], Answer | None] = lambda _: None
        self.fails_after = False
        side.behave = self._answer

    def put(self, key: str, status: str, resolution: str | None = None) -> None:
        """What people do there."""
        fields = self.issues[key]["fields"]
        fields["status"] = {"name": status, "statusCategory": {"key": STATUSES[status]}}
        fields["resolution"] = None if resolution is None else {"name": resolution}

    def _answer(self, request: Request) -> Answer:
        meddled = self.meddle(request)
        if meddled is not None:
            return meddled
        basic = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        given = f"Basic {basic}" if self.edition == "cloud" else f"Bearer {TOKEN}"
        if request.headers.get("authorization") != given:
            return _json(401, {"errorMessages": ["Client must be authenticated"]})
        parts = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = unquote(parts.path).removeprefix("/rest/api/2")
        before = len(self.done)
        answer = self._routed(request, path, query)
        if self.fails_after and len(self.done) > before:
            return _json(500, {"errorMessages": ["something went wrong"]})
        return answer

    def _routed(self, request: Request, path: str, query: dict[str, str]) -> Answer:
        if path in ("/search", "/search/jql"):
            if (path == "/search") is (self.edition == "cloud"):
                status = 410 if self.edition == "cloud" else 404
                return _json(status, {"errorMessages": [REMOVED]})
            return self._search(query)
        if path == "/issue" and request.method == "POST":
            return self._create(json.loads(request.body)["fields"])
        found = re.fullmatch(r"/issue/([A-Z]+-\d+)(/comment|/transitions)?", path)
        if found is None or found[1] not in self.issues:
            told = "Issue does not exist or you do not have permission to see it."
            return _json(404, {"errorMessages": [told], "errors": {}})
        key, part = found[1], found[2]
        if part is None:
            return _json(200, self.issues[key])
        given = json.loads(request.body) if request.body else None
        return (self._comment if part == "/comment" else self._transition)(key, given, query)

    def _search(self, query: dict[str, str]) -> Answer:
        wanted = set(re.findall(r'labels = "([^"]*)"', query["jql"]))
        assert 'project = "SEC"' in query["jql"]
        found = [
            self._shown(issue, query.get("fields", ""))
            for key, issue in self.issues.items()
            if wanted <= set(issue["fields"]["labels"]) and key not in self.hidden
        ]
        if self.edition == "cloud":
            start = int(query.get("nextPageToken", "0"))
            page: dict[str, Any] = {"issues": found[start : start + self.page]}
            if start + self.page < len(found):
                page["nextPageToken"] = str(start + self.page)
            return _json(200, page | {"isLast": "nextPageToken" not in page})
        start = int(query.get("startAt", "0"))
        page = {"issues": found[start : start + self.page], "total": len(found), "startAt": start}
        return _json(200, page)

    def _shown(self, issue: dict[str, Any], fields: str) -> dict[str, Any]:
        """Fields come where they are asked for."""
        wanted = fields.split(",")
        own = {name: value for name, value in issue["fields"].items() if name in wanted}
        return {**issue, "fields": own} if fields else {"id": issue["id"]}

    def _create(self, fields: dict[str, Any]) -> Answer:
        if fields["project"]["key"] != "SEC":
            return _json(400, {"errorMessages": [], "errors": {"project": "valid project needed"}})
        if len(fields["summary"]) > 255 or "\n" in fields["summary"]:
            return _json(400, {"errorMessages": [], "errors": {"summary": "one line of 255"}})
        if any(" " in label for label in fields["labels"]):
            return _json(400, {"errorMessages": [], "errors": {"labels": "no spaces"}})
        key = f"SEC-{len(self.issues) + 1}"
        self.issues[key] = {"id": str(10_000 + len(self.issues)), "key": key, "fields": fields}
        self.put(key, "To Do")
        self.done.append(f"made {key}")
        return _json(201, {"id": self.issues[key]["id"], "key": key, "self": "x"})

    def _comment(self, key: str, given: Any, query: dict[str, str]) -> Answer:
        known = self.comments.setdefault(key, [])
        if given is None:
            start = int(query.get("startAt", "0"))
            newest = known[::-1] if query.get("orderBy") == "-created" else known
            page = newest[start : start + self.page]
            return _json(200, {"comments": page, "total": len(known), "startAt": start})
        known.append({"id": str(len(known)), "body": given["body"]})
        self.done.append(f"told {key} {given['body']}")
        return _json(201, known[-1])

    def _transition(self, key: str, given: Any, _query: dict[str, str]) -> Answer:
        now = self.issues[key]["fields"]["status"]["name"]
        names = self.ways.get(now, [name for name in STATUSES if name != now])
        ways = {str(11 + index): name for index, name in enumerate(names)}
        if given is None:
            told = [
                {"id": id_, "name": f"to {name}", "to": _status(name)} for id_, name in ways.items()
            ]
            return _json(200, {"transitions": told})
        self.put(key, ways[given["transition"]["id"]])
        self.done.append(f"moved {key} {ways[given['transition']['id']]}")
        return Answer(204, b"", ())


def _status(name: str) -> dict[str, Any]:
    return {"name": name, "statusCategory": {"key": STATUSES[name]}}


def _json(status: int, document: Any) -> Answer:
    return Answer(status, json.dumps(document).encode())


@contextmanager
def jira_server(edition: str = "cloud") -> Iterator[JiraServer]:
    """A server while in the block."""
    with far_side() as side:
        yield JiraServer(side, edition)
