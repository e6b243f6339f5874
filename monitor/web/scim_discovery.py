"""What the SCIM service tells of itself (RFC 7644, section 4): its config, types and schemas."""

from typing import Any, Final

from scim2_models import (
    Context,
    ForbiddenException,
    Meta,
    NotFoundException,
    Resource,
    ResourceType,
    Schema,
    ServiceProviderConfig,
)
from starlette.requests import Request
from starlette.responses import Response

from monitor.scim.query import Found
from monitor.scim.resources import SERVICE
from monitor.web.scim_answer import list_answer, resource_answer

CONFIG: Final = "/ServiceProviderConfig"
TYPES: Final = "/ResourceTypes"
SCHEMAS: Final = "/Schemas"


def config(request: Request, base: str) -> Response:
    """What the service can do."""
    _check(request)
    told = _told(_config(), "ServiceProviderConfig", base + CONFIG)
    return resource_answer(told, base, Context.RESOURCE_QUERY_RESPONSE)


def types(request: Request, base: str) -> Response:
    """The types of resources, or the one that the address names."""
    _check(request)
    return _some(request, list(SERVICE.resource_types), ResourceType, base, TYPES)


def schemas(request: Request, base: str) -> Response:
    """The schemas of the resources, or the one that the address names."""
    _check(request)
    return _some(request, list(SERVICE.schemas), Schema, base, SCHEMAS)


def _some(
    request: Request, all_of_them: list[Any], model: type[Resource[Any]], base: str, path: str
) -> Response:
    told = [
        _told(resource, model.__name__, f"{base}{path}/{resource.id}") for resource in all_of_them
    ]
    wanted = request.path_params.get("uid")
    if wanted is None:
        return list_answer(Found(len(told), 1, told), base, model, None)
    for resource in told:
        if str(resource.id) == wanted:
            return resource_answer(resource, base, Context.RESOURCE_QUERY_RESPONSE)
    raise NotFoundException(detail="there is no such description")


def _told(resource: Any, name: str, location: str) -> Resource[Any]:
    copy: Resource[Any] = resource.model_copy()
    copy.meta = Meta(resource_type=name, location=location)
    return copy


def _config() -> ServiceProviderConfig:
    found = SERVICE.config
    if found is None:
        raise NotFoundException
    return found


def _check(request: Request) -> None:
    if "filter" in request.query_params:
        raise ForbiddenException(detail="what the service tells of itself is not filtered")
