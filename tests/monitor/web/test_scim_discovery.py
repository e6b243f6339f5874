"""What the SCIM service tells of itself can be read by a client that knows nothing of it."""

import pytest
from scim2_models import Context, Schema, ServiceProviderConfig
from starlette.testclient import TestClient

from tests.monitor.web.scim_client import BASE, client

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.fixture
def door() -> TestClient:
    return client()


def test_config_types_and_schemas_are_told_with_their_addresses(door: TestClient) -> None:
    told = door.get("/ServiceProviderConfig").json()
    assert told["meta"]["location"] == f"{BASE}/ServiceProviderConfig"
    ServiceProviderConfig.model_validate(told, scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    types = door.get("/ResourceTypes").json()
    assert [each["endpoint"] for each in types["Resources"]] == ["/Users", "/Groups"]
    schemas = door.get("/Schemas").json()
    assert schemas["totalResults"] == len(schemas["Resources"]) == 4


def test_each_can_be_asked_for_by_its_name(door: TestClient) -> None:
    schema = door.get(f"/Schemas/{USER}")
    assert schema.headers["content-location"] == f"{BASE}/Schemas/{USER}"
    read = Schema.model_validate(schema.json(), scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    assert str(read.id) == USER
    assert door.get("/ResourceTypes/Group").json()["schema"].endswith(":Group")
    assert door.get("/Schemas/urn:other").status_code == 404
    assert door.get("/ResourceTypes/Pet").json()["status"] == "404"


def test_they_are_not_filtered_and_not_changed(door: TestClient) -> None:
    # RFC 7644, section 4: a filter is answered with 403.
    assert door.get("/Schemas", params={"filter": "id pr"}).status_code == 403
    answer = door.put("/Schemas", json={})
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
