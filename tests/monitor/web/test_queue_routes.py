"""The queue's words are no ids of incidents, and are asked before them."""

from tests.monitor.web.conftest import Console


def test_its_addresses_are_not_taken_for_incidents(empty: Console) -> None:
    client = empty.signed_in()
    for path in ("/incidents/rows?ids=", "/api/v1/incidents/filters"):
        assert client.get(path).status_code == 200
    assert client.get("/incidents/nothing").status_code == 404
