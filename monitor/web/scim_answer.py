"""SCIM messages as answers over HTTP: resources, lists and errors, each with its headers."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from scim2_models import (
    Context,
    Error,
    ListResponse,
    Reference,
    Resource,
    SearchRequest,
)
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from monitor.scim.provider import Kind
from monitor.scim.query import Found
from monitor.scim.resources import LENIENT, Group, User

MEDIA_TYPE: Final = "application/scim+json"


class ScimResponse(JSONResponse):
    """A SCIM message (RFC 7644, section 8.1)."""

    media_type = MEDIA_TYPE


def resource_answer(
    resource: Resource[Any],
    base: str,
    context: Context,
    request: SearchRequest[Any] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """One resource with its version and its address, of it what `request` asks for. `base` is the
    service's address, without a slash at its end."""
    located(resource, base)
    headers: dict[str, str] = {}
    if resource.meta is not None and resource.meta.version:
        headers["ETag"] = resource.meta.version
    if resource.meta is not None and resource.meta.location:
        name = "Location" if status is HTTPStatus.CREATED else "Content-Location"
        headers[name] = resource.meta.location
    dumped = resource.model_dump(scim_ctx=context, response_parameters=request, scim_policy=LENIENT)
    return ScimResponse(dumped, status, headers)


def list_answer(
    found: Found[Any], base: str, model: Any, request: SearchRequest[Any] | None
) -> Response:
    """A page of resources."""
    for resource in found.resources:
        located(resource, base)
    message: Any = ListResponse.__class_getitem__(model)
    answer = message(
        total_results=found.total,
        start_index=found.start,
        items_per_page=len(found.resources),
        resources=found.resources,
    )
    dumped = answer.model_dump(
        scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=request, scim_policy=LENIENT
    )
    # Okta reads the list even where there is nothing in it.
    return ScimResponse({"Resources": [], **dumped})


def error_answer(error: Error, headers: Mapping[str, str] | None = None) -> Response:
    """What is the matter."""
    return ScimResponse(error.model_dump(), error.status or 500, dict(headers or {}))


def refusal_answer(refusal: HTTPException) -> Response:
    """What the guard refuses, to who speaks SCIM."""
    told = Error(status=refusal.status_code, detail=refusal.detail)
    return error_answer(told, refusal.headers)


def located(resource: Resource[Any], base: str) -> None:
    """Write into a resource where it and what it refers to are."""
    if isinstance(resource, User):
        _locate(resource, f"{base}/{Kind.USER.endpoint}")
        for group in resource.groups or ():
            group.ref = Reference[Group](f"{base}/{Kind.GROUP.endpoint}/{group.value}")
    elif isinstance(resource, Group):
        _locate(resource, f"{base}/{Kind.GROUP.endpoint}")
        for member in resource.members or ():
            member.ref = Reference[User[Any]](f"{base}/{Kind.USER.endpoint}/{member.value}")


def _locate(resource: Resource[Any], folder: str) -> None:
    if resource.meta is not None:
        resource.meta.location = f"{folder}/{resource.id}"
