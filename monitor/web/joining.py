"""Routers become one, whose routes are looked through as if they had been written in it."""

from fastapi import APIRouter


def join(router: APIRouter, *others: APIRouter) -> None:
    """Have a router answer at the others' addresses too, after its own.

    FastAPI's `include_router` builds each route anew for each router that it comes to be in, by
    the first request: most of what a console takes to begin. The others bring nothing but routes
    here, so that these can be taken as they are.
    """
    for other in others:
        router.routes.extend(other.routes)
