"""What a request to each route looks like where it needs more than its address, for tests that
ask every route as everybody.

An address's parameter is filled from `OWN` for something of the stage's tenant. A route that needs
a body, or its own parameters, has a row in `BODIES` or `OWN`; one that nobody needs to be known
for stands in `OPEN` with the reason.
"""

from typing import Any, Final

OPEN: Final = {
    "GET /enter": "the door itself",
    "POST /enter": "the door itself",
    "GET /sign-in": "the door itself",
    "POST /sign-in": "the door itself",
    "GET /confirm": "who is in proves again who they are",
    "POST /confirm": "who is in proves again who they are",
    "GET /setup": "whoever has a link, and nobody who is in",
    "POST /setup": "whoever has a link, and nobody who is in",
    "POST /setup/code": "whoever has a link, and nobody who is in",
    "POST /setup/back": "whoever has a link, and nobody who is in",
    "POST /leave": "ends the own session and nothing else",
    "POST /preferences": "the own language and colours, in the own browser",
    "GET /healthz": "a probe; says nothing but that it lives",
    "GET /readyz": "a probe; says whether it is ready",
    "GET /api/v1/openapi.json": "the description, the same for everybody",
}

_JSON: Final = {"content-type": "application/json"}

BODIES: Final[dict[str, dict[str, Any]]] = {
    "POST /keys": {"data": {"do": "create", "name": "!"}},
    "POST /api/v1/keys": {"content": b'{"name":"!","scopes":[]}', "headers": _JSON},
    "POST /api/v1/keys/{name}/rotate": {"content": b"{}", "headers": _JSON},
    "POST /reviewers": {"data": {"email": "!", "role": "viewer"}},
    "POST /reviewers/{uid}": {"data": {"do": "sign-out"}},
    "POST /api/v1/reviewers": {
        "content": b'{"email":"!","name":"!","role":"viewer"}',
        "headers": _JSON,
    },
    "PATCH /api/v1/reviewers/{uid}": {
        "content": b'{"name":"!"}',
        "headers": {**_JSON, "if-match": '"999"'},
    },
    "DELETE /api/v1/reviewers/{uid}": {"headers": {"if-match": '"999"'}},
    "POST /api/v1/reviewers/{uid}/reset": {"content": b"{}", "headers": _JSON},
    "POST /profile/name": {"data": {"name": "Someone"}},
    "POST /profile/password": {"data": {}},
    "POST /profile/second-factor": {"data": {}},
    "POST /profile/codes": {"data": {}},
    "POST /profile/sign-out": {"data": {}},
    "POST /api/v1/events": {"content": b"{}", "headers": {"content-type": "application/x-ndjson"}},
}
"""By method and path, what is sent: arguments of the test client."""
