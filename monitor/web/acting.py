"""Who sent a request, as the guard found out."""

from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.services.actor import Actor


def actor_of(request: Request) -> Actor:
    """Who asks; 401 where nobody is known."""
    actor: Actor | None = request.scope["state"].get("actor")
    if actor is None:
        raise HTTPException(401)
    return actor
