"""Programs handle incidents as people do, by the same filters and acts."""

from detectors.core.identity import as_uuid
from monitor.services.admission import form_token
from tests.monitor.web.conftest import Console
from tests.monitor.web.staging import small_incidents

ASKED = "/api/v1/incidents?severity=informational"


def test_several_at_once_are_changed_and_put_back(empty: Console) -> None:
    made = small_incidents(empty.stage, 4)
    client = empty.signed_in()
    assert all(one["handling"] is None for one in client.get(ASKED).json()["items"])
    ids = [{"id": as_uuid(one.id)} for one in made[:2]]
    wanted = {"incidents": ids, "disposition": "authorised", "reason": "a fair"}
    done = client.post("/api/v1/incidents/acts", json=wanted).json()
    assert (len(done["changed"]), done["refused"]) == (2, [])
    resolved = client.get(f"{ASKED}&status=resolved").json()["items"]
    assert {one["id"] for one in resolved} == {one["id"] for one in ids}
    assert resolved[0]["handling"]["disposition"] == "authorised"
    # Programs are shown every state unless they ask; pages are not.
    assert len(client.get(ASKED).json()["items"]) == 4
    back = client.post(f"/api/v1/incidents/acts/{done['act']}/undo").json()
    assert back["changed"] == done["changed"]
    assert client.get(f"{ASKED}&status=resolved").json()["items"] == []
    assert client.post("/api/v1/incidents/acts/0123456789abcdef/undo").status_code == 404


def test_views_are_kept_for_the_list_of_incidents_alone(empty: Console) -> None:
    client = empty.signed_in()
    kept = {"name": "Grave", "query": "severity=high"}
    assert client.post("/api/v1/incidents/filters", json=kept).status_code == 204
    (one,) = client.get("/api/v1/incidents/filters").json()["items"]
    assert (one["name"], one["query"]) == ("Grave", "severity=high")
    assert client.get("/api/v1/tickets/filters").json()["items"] == []
    assert client.delete(f"/api/v1/incidents/filters/{one['id']}").status_code == 204
    assert client.get("/api/v1/incidents/filters").json()["items"] == []
    bad = client.post("/api/v1/incidents/filters", json={"name": "", "query": ""})
    assert bad.status_code == 409


def test_a_view_that_no_list_can_show_is_not_kept_for_others(empty: Console) -> None:
    client = empty.signed_in()
    token = form_token(next(iter(client.cookies.values())))
    for query in ("severity=zzz", "?sort=worst", "q=%00"):
        told = {"name": "Broken", "query": query, "shared": True}
        assert client.post("/api/v1/incidents/filters", json=told).status_code == 400, query
        form = {"token": token, "do": "keep", "name": "Broken", "back": query.lstrip("?")}
        assert client.post("/incidents", data={**form, "shared": "on"}).status_code == 400, query
    assert client.get("/api/v1/incidents/filters").json()["items"] == []
