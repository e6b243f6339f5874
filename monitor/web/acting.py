"""Who sent a request, as the guard found out."""

from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.services.actor import Actor
from monitor.services.sessions import Client
from monitor.web.client import client_of


def actor_of(request: Request) -> Actor:
    """Who asks; 401 where nobody is known."""
    actor: Actor | None = request.scope["state"].get("actor")
    if actor is None:
        raise HTTPException(401)
    return actor


def client_at(request: Request) -> Client:
    """Where a request came from."""
    return Client(client_of(request), request.headers.get("user-agent", ""))
