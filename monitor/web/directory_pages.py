"""The pages of the directory: accounts, tenants, and lists of accounts that are taken over."""

from collections.abc import Callable

from fastapi import APIRouter
from sqlalchemy import Engine

from monitor.services.directory import Directory
from monitor.services.imports import Imports
from monitor.web.directory import directory_api
from monitor.web.lists import list_api


def directory_routes(engine: Engine, now: Callable[[], int]) -> APIRouter:
    """Everything of the directory over a database, for people and for programs. `now` in ms."""
    directory, imports = Directory(engine, now), Imports(engine, now)
    router = APIRouter()
    router.include_router(directory_api(directory))
    router.include_router(list_api(imports))
    return router
