"""Clients of the SCIM service over a provider in memory, in the name of nobody in particular."""

from typing import Any

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from monitor.scim.provider import Provider
from monitor.services.actor import Actor
from monitor.web.scim import PATH, scim_service
from tests.monitor.scim.memory import InMemory
from tests.monitor.services.people import program

HOST = "http://127.0.0.1:8320"
BASE = f"{HOST}{PATH}"


def client(provider: Provider[Actor] | None = None, actor: Actor | None = None) -> TestClient:
    """A program's connection to the service; it is let in as `actor`."""
    app = Starlette(routes=[Mount(PATH, scim_service(provider or InMemory()))])
    asking = actor or program("directory:provision", tenant="acme")

    async def admitted(scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("state", {})["actor"] = asking
        await app(scope, receive, send)

    return TestClient(admitted, base_url=BASE, raise_server_exceptions=False)
