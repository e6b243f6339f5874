"""PyPI's scim2-tester and scim2-client find the SCIM service as the RFCs have it, over a socket."""

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import uvicorn
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import PatchOp, PatchOperation, SearchRequest, UniquenessException
from scim2_tester import Status, check_server
from sqlalchemy import Engine

from monitor.listening import listen
from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.web.app import create_app
from monitor.web.scim import PATH

OPERATIONS = 3 * 13 + 22
"""Results that the tester has at least: those of each attribute, and those of each endpoint."""


class Service:
    """Vigie's own application on a port of this machine, and a key to it."""

    def __init__(self, engine: Engine, port: int) -> None:
        self.engine = engine
        self.address = f"http://127.0.0.1:{port}{PATH}"
        self._keys = ApiKeys(engine)

    def client(self, tenant: str = "acme") -> httpx2.Client:
        """A connection with a key of this tenant."""
        operations = [Operation.DIRECTORY_PROVISION]
        key = self._keys.create(operator(), f"idp-{tenant}", operations, tenant=tenant)
        told = {"Authorization": f"Bearer {key}"}
        return httpx2.Client(base_url=self.address, headers=told, timeout=30)


@pytest.fixture
def service(database: Engine) -> Iterator[Service]:
    listener = listen("127.0.0.1", 0)
    app = create_app("", engine=database)
    config = uvicorn.Config(app, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    running = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    running.start()
    try:
        yield Service(database, listener.getsockname()[1])
    finally:
        server.should_exit = True
        running.join()
        listener.close()


def test_the_tester_finds_nothing_to_say_against_it(service: Service) -> None:
    with service.client() as connection:
        results = check_server(SyncSCIMClient(connection))
    told = [
        f"{each.status.name} {each.title} {each.resource_type}: {each.reason}"
        for each in results
        if each.status is not Status.SUCCESS
    ]
    assert told == []
    counts = Counter(each.title for each in results)
    assert counts["check_add_attribute"] >= 13
    assert len(results) >= OPERATIONS


def test_a_client_of_the_same_family_does_its_work_with_it(service: Service) -> None:
    with service.client() as connection:
        client: Any = SyncSCIMClient(connection)
        client.discover()
        user_type = client.get_resource_model("User")
        ann = client.create(user_type(user_name="ann", active=True, roles=[{"value": "agent"}]))
        assert ann.roles[0].value == "agent"
        with pytest.raises(UniquenessException):
            client.create(user_type(user_name="ANN"))
        off = PatchOp[user_type](  # type: ignore[valid-type]
            operations=[PatchOperation(op="replace", path="active", value=False)]
        )
        assert client.modify(user_type, ann.id, off).active is False
        wanted = SearchRequest(filter='userName eq "ann" and active eq false')
        assert client.query(user_type, query_parameters=wanted).total_results == 1
        client.delete(user_type, ann.id)
        assert client.query(user_type).total_results == 0


def test_a_key_opens_its_tenant_and_nothing_else(service: Service) -> None:
    with service.client() as acme, service.client("globex") as globex:
        made = acme.post("/Users", json={"userName": "ann"})
        assert made.status_code == 201
        where = made.headers["location"]
        told = [globex.get(where), globex.get(f"{service.address}/Users/{'0' * 32}")]
        assert [answer.status_code for answer in told] == [404, 404]
        assert told[0].text == told[1].text
        assert globex.get("/Users").json()["totalResults"] == 0


def test_whoever_has_no_key_is_told_so_in_the_protocols_words(service: Service) -> None:
    for headers in ({}, {"Authorization": "Bearer vgk_nonsense"}):
        answer = httpx2.get(f"{service.address}/Users", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    with service.client() as acme:
        browser = acme.get("/Users", headers={"Origin": "https://elsewhere.example"})
        assert (browser.status_code, browser.json()["status"]) == (403, "403")
