"""How the API describes itself (OpenAPI): good enough to write a client from."""

from typing import Any, Final

from fastapi import FastAPI

from monitor.web.body import (
    CODINGS,
    JSON,
    MAXIMUM_DECODED,
    MAXIMUM_LINES,
    MAXIMUM_SENT,
    NDJSON,
    PLAIN,
)
from monitor.web.problem import MEDIA_TYPE, URN, Kind

TEXT: Final = """Vigie's programming interface.

`POST /api/v1/events` takes events by an API key (`vigie key create --scope …`). Everything else is
done by a key of that scope, or by the console's session and the roles of its reviewer. Lists come
in pages: `next` of one is `cursor` of the following. What can be edited has an `ETag`, which a
change sends back in `If-Match`.

What is not done is told as a problem document (RFC 9457): `type` is stable, `detail` says what to
do."""

SCHEMES: Final[dict[str, Any]] = {
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "vgk_…",
        "description": "`Authorization: Bearer vgk_…`, a key of the scope `events:write`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "vigie_session_8320",
        "description": "The console's cookie; its name ends with the port, and begins with "
        "`__Host-` where the console is reached over HTTPS.",
    },
}

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "What is the matter (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "description": f"`about:blank`, or one of: {', '.join(f'`{k.type}`' for k in Kind)}.",
            "examples": [f"{URN}busy"],
        },
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "line": {"type": "integer", "minimum": 1, "description": "Of the body, where it is one."},
    },
}

_RETRY: Final = {
    "Retry-After": {
        "description": "Seconds to wait before sending the same again.",
        "schema": {"type": "integer", "minimum": 1},
    }
}
_OCSF: Final = (
    '{"class_uid":3002,"activity_id":1,"status_id":1,"time":1790000000000,'
    '"metadata":{"uid":"5f0c","tenant_uid":"acme"},"user":{"uid":"u-17","name":"ann"},'
    '"src_endpoint":{"ip":"198.51.100.7"},"session":{"uid":"s-1"}}'
)


def problem(description: str, *, retry: bool = False, **headers: str) -> dict[str, Any]:
    """An answer that is a problem document."""
    told: dict[str, Any] = {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    told_headers = {
        name.replace("_", "-"): {"description": text, "schema": {"type": "string"}}
        for name, text in headers.items()
    }
    if retry or told_headers:
        told["headers"] = {**(_RETRY if retry else {}), **told_headers}
    return told


PUSHED: Final[dict[str, Any]] = {
    "summary": "Send events",
    "operation_id": "sendEvents",
    "tags": ["events"],
    "status_code": 202,
    "description": f"""Store lines of a log, to be read as those of a file are.

Answers **202 only when they are durable**: neither the death of a process nor a power cut takes
them back. A sender that gets no answer, or 408, 429 or 503, sends the same body again: an event
with an id of its own (`metadata.uid` in OCSF) is stored once however often it is sent. Of lines
without one, the same line in the same body is an event each, and the same body again is the same
events; so never send two lines that differ in nothing in two bodies, and send a body again as it
was.

Lines are judged later: one that cannot be read is put aside with its reason, with the name of the
key and the receipt, and is no error here. Events reach the pages within about a second.

At most {MAXIMUM_SENT >> 20} MiB as sent, {MAXIMUM_DECODED >> 20} MiB decoded, {MAXIMUM_LINES:,}
lines, and 1 MiB a line; for more, several requests. Over connections that are kept open, bodies of
some hundred lines, from a few senders at once, are fastest.""",
    "response_description": "Stored.",
    "responses": {
        202: {
            "description": "Everything in the body is stored.",
            "content": {JSON: {"schema": {"$ref": "#/components/schemas/Receipt"}}},
        },
        400: problem("The body is empty or not what its headers say, or no source is named."),
        401: problem("No API key, or none that holds.", WWW_Authenticate="`Bearer`, RFC 6750."),
        403: problem("The key is for something else, or the request is a browser's."),
        404: problem("No source of this name is pushed."),
        408: problem("The body did not come in time."),
        413: problem("Too large: the body, what it is when decoded, its lines, or one of them."),
        414: problem("The address is too long."),
        415: problem("Content-Type or Content-Encoding is none of those that are taken."),
        429: problem(
            "The database is slower than what is sent; wait, and send it again.", retry=True
        ),
        503: problem("The database does not take it: send it again later.", retry=True),
    },
    "openapi_extra": {
        "security": [{"apiKey": []}],
        "parameters": [
            {
                "name": "source",
                "in": "query",
                "required": False,
                "description": "The source of the settings that it is for; the key's own where it "
                "has one.",
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"},
            },
            {
                "name": "Content-Encoding",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "enum": list(CODINGS)},
            },
        ],
        "requestBody": {
            "required": True,
            "content": {
                NDJSON[0]: {
                    "schema": {
                        "type": "string",
                        "pattern": r"^[ \t\r\n]*\{",
                        "description": "A JSON object a line, each in a format of the source.",
                    },
                    "examples": {"ocsf": {"summary": "OCSF 1.6", "value": _OCSF + "\n"}},
                },
                JSON: {
                    "schema": {
                        "oneOf": [
                            {"type": "object"},
                            {
                                "type": "array",
                                "items": {"type": "object"},
                                "minItems": 1,
                                "maxItems": MAXIMUM_LINES,
                            },
                        ]
                    },
                },
                PLAIN: {
                    "schema": {
                        "type": "string",
                        "pattern": r"[^ \t\n\r\u000b\f]",
                        "description": "Lines of a log as they are, such as sshd's.",
                    },
                },
            },
        },
    },
}

RECEIPT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["accepted", "source", "receipt"],
    "properties": {
        "accepted": {
            "type": "integer",
            "minimum": 1,
            "description": "Lines that were stored, without blank ones.",
        },
        "source": {"type": "string"},
        "receipt": {
            "type": "integer",
            "minimum": 1,
            "description": "What lines that cannot be read are told apart by: `push/KEY#RECEIPT`.",
        },
    },
}

READ: Final[dict[int | str, dict[str, Any]]] = {
    400: problem("The address cannot be read."),
    401: problem("No session of the console, and no key that holds."),
    403: problem("The role or the key does not include this."),
    404: problem("There is nothing at this address."),
    414: problem("The address is too long."),
    429: problem("Too many requests of one account, key or address.", retry=True),
    503: problem("The database cannot be read."),
}
"""What else the addresses that are read may answer."""


CHANGED: Final[dict[int | str, dict[str, Any]]] = {
    **READ,
    403: problem("The role does not include this, or it must be proved again who asks."),
    409: problem("It does not go with what there is."),
    412: problem("It was changed since it was read, or the ETag is none of ours."),
    413: problem("The body is too large."),
    415: problem("The body is no JSON."),
    422: problem("The body does not fit."),
    428: problem("If-Match is missing."),
}
"""What else the addresses by which something is changed may answer."""


def describe(app: FastAPI) -> None:
    """Let an application describe itself in full, and nothing that it never answers."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        document["components"] = {
            "schemas": {"Problem": PROBLEM, "Receipt": RECEIPT},
            "securitySchemes": SCHEMES,
        }
        for operation in (one for path in document["paths"].values() for one in path.values()):
            if MEDIA_TYPE not in operation["responses"].get("422", {}).get("content", ()):
                operation["responses"].pop("422", None)
            operation.setdefault("security", [{"session": []}, {"apiKey": []}])
        return document

    app.openapi = openapi  # type: ignore[method-assign]
