"""What a request to each route looks like where it needs more than its address, for tests that
ask every route as everybody.

An address's parameter is filled from `OWN` for something of the stage's tenant. A route that needs
a body, or its own parameters, has a row in `BODIES` or `OWN`; one that nobody needs to be known
for stands in `OPEN` with the reason.
"""

from typing import Any, Final
from uuid import UUID

from monitor.directory.account import account_id
from monitor.store.policies import digest_of

OPEN: Final = {
    "GET /enter": "the door itself",
    "POST /enter": "the door itself",
    "GET /sign-in": "the door itself",
    "POST /sign-in": "the door itself",
    "POST /sign-in/passkey": "the door itself",
    "POST /sign-in/passkey/offer": "the door itself",
    "POST /confirm/passkey": "who is in proves again who they are",
    "POST /confirm/passkey/offer": "who is in proves again who they are",
    "GET /confirm": "who is in proves again who they are",
    "POST /confirm": "who is in proves again who they are",
    "GET /oidc/start": "the door itself",
    "GET /oidc/callback": "a page that goes on to where the answer is looked at",
    "GET /oidc/finish": "the door itself: what comes back has to prove itself",
    "POST /oidc/confirm": "who is in proves again who they are",
    "POST /oidc/logout": "the provider itself, by a token that it signs",
    "GET /setup": "whoever has a link, and nobody who is in",
    "POST /setup": "whoever has a link, and nobody who is in",
    "POST /setup/passkey": "whoever has a link, and nobody who is in",
    "POST /setup/passkey/made": "whoever has a link, and nobody who is in",
    "POST /setup/code": "whoever has a link, and nobody who is in",
    "POST /setup/back": "whoever has a link, and nobody who is in",
    "POST /leave": "ends the own session and nothing else",
    "POST /challenge/preferences": "the own language, in the own browser",
    "GET /challenge": "whoever has a link to a challenge, which is no reviewer's",
    "POST /challenge": "by the key of the link",
    "GET /challenge/gate": "by what the gate sealed",
    "GET /challenge/{handle}": "the browser that the challenge belongs to",
    "POST /challenge/{handle}": "the browser that the challenge belongs to",
    "POST /challenge/{handle}/offer": "the browser that the challenge belongs to",
    "GET /challenge/{handle}/state": "the browser that the challenge belongs to",
    "GET /enrol": "whoever has a link to set up a factor",
    "POST /enrol": "by the key of the link",
    "GET /enrol/factor": "the browser that has opened the link",
    "POST /enrol/factor": "the browser that has opened the link",
    "GET /enrol/authenticator": "the browser that has opened the link",
    "POST /enrol/authenticator": "the browser that has opened the link",
    "POST /enrol/offer": "the browser that has opened the link",
    "GET /enrol/stop": "whoever has the link of a mail",
    "POST /enrol/stop": "by the key of the link",
    "POST /preferences": "the own language and colours, in the own browser",
    "GET /healthz": "a probe; says nothing but that it lives",
    "GET /readyz": "a probe; says whether it is ready",
    "GET /report": "anybody can report a misuse",
    "POST /report": "anybody can report a misuse",
    "GET /report/thanks": "anybody can report a misuse",
    "GET /appeal": "whoever was acted on, and nobody who has an account here",
    "POST /appeal": "whoever was acted on, by the key of their notice",
    "GET /me": "a subscriber's own page, or the way in to it",
    "GET /me/begin": "the way in to a subscriber's own page",
    "GET /me/enter": "the way in to a subscriber's own page, by what the application signed",
    "POST /me/enter": "the way in to a subscriber's own page, by what the application signed",
    "POST /me/passkey": "the way in to a subscriber's own page, by a passkey",
    "POST /me/passkey/offer": "the way in to a subscriber's own page, by a passkey",
    # No reviewer's session is looked at below `/me`.
    "GET /me/lost": "a subscriber, of themselves",
    "POST /me/lost": "a subscriber, of themselves",
    "POST /me/leave": "a subscriber, of themselves",
    "GET /me/prove": "a subscriber, of themselves",
    "POST /me/prove": "a subscriber, of themselves",
    "POST /me/prove/offer": "a subscriber, of themselves",
    "GET /me/picture": "a subscriber, of themselves",
    "POST /me/sessions/end": "a subscriber, of themselves",
    "POST /me/sessions/end-all": "a subscriber, of themselves",
    "GET /me/sign-ins/{handle}": "a subscriber, of themselves",
    "POST /me/sign-ins/{handle}": "a subscriber, of themselves",
    "GET /me/factors": "a subscriber, of themselves",
    "GET /me/factors/authenticator": "a subscriber, of themselves",
    "POST /me/factors/authenticator": "a subscriber, of themselves",
    "POST /me/factors/begin": "a subscriber, of themselves",
    "POST /me/factors/offer": "a subscriber, of themselves",
    "POST /me/factors/passkey": "a subscriber, of themselves",
    "POST /me/factors/codes": "a subscriber, of themselves",
    "POST /me/factors/rename": "a subscriber, of themselves",
    "POST /me/factors/revoke": "a subscriber, of themselves",
    "GET /me/data": "a subscriber, of themselves",
    "POST /me/data/copy": "a subscriber, of themselves",
    "GET /api/v1/openapi.json": "the description, the same for everybody",
}

# Without a reason nothing is done, whoever asks.
_PERSON: Final = {"tenant": "atlas-appels", "account": "u-20417"}
ACCOUNT: Final = str(UUID(bytes=account_id("atlas-appels", "u-1")))
"""The id of an account that the directory has."""
EMPTY: Final = digest_of("").hex()
"""What stands for a policy without a word, once it was looked at."""
_JSON: Final = {"content-type": "application/json"}

BODIES: Final[dict[str, dict[str, Any]]] = {
    "POST /audit/verify": {"data": {}},
    "POST /oidc/link": {"data": {}},
    "POST /oidc/unlink": {"data": {}},
    "POST /audit/export": {"data": {}},
    "POST /directory/accounts/{account}/factors": {"data": {"do": "revoke", "handle": "0" * 32}},
    "POST /recoveries/{handle}": {"data": {"do": "refuse", "reason": "!", "version": "999"}},
    "POST /api/v1/directory/accounts/{account}/enrolment-links": {"json": {}},
    "POST /api/v1/directory/accounts/{account}/factors/{handle}/revoke": {"json": {"reason": "!"}},
    "POST /api/v1/directory/accounts/{account}/recoveries": {"json": {}},
    **{
        f"POST /api/v1/recoveries/{{handle}}/{name}": {
            "json": told,
            "headers": {"if-match": '"999"'},
        }
        for name, told in (("proof", {"proof": "!"}), ("approve", {}), ("refuse", {"reason": "!"}))
    },
    "POST /api/v1/recoveries/{handle}/link": {"json": {}},
    "POST /approvals": {"data": {"do": "approve", "number": "1", "version": "999"}},
    "POST /hygiene/report": {"data": {"tenant": "atlas-appels", "do": "stop"}},
    "POST /steps": {"data": {}},
    "POST /sources/new/file": {"files": {"log": ("a.log", b"x\n")}, "data": {}},
    "POST /sources/new/file/{uid}": {"data": {"do": "discard"}},
    "POST /sources/new/push": {"data": {"name": "!"}},
    "POST /sources/new/remove": {"data": {"name": "!"}},
    "POST /keys": {"data": {"do": "create", "name": "!"}},
    "POST /measures/new": {"data": {"tenant": "atlas-appels"}},
    "POST /measures/{number}": {"data": {"do": "undo", "reason": "!"}},
    "POST /api/v1/measures": {
        "json": {
            "tenant": "atlas-appels",
            "accounts": ["nobody"],
            "step": "suspend",
            "aup": "6",
            "reason": "!",
        }
    },
    "POST /api/v1/measures/previews": {
        "json": {"tenant": "atlas-appels", "accounts": ["nobody"], "step": "suspend"}
    },
    **{
        f"POST /api/v1/measures/{{number}}/{name}": {
            "json": told,
            "headers": {"if-match": '"999"'},
        }
        for name, told in (
            ("adopt", {"reason": "!", "aup": "6"}),
            ("dismiss", {"reason": "!"}),
            ("withdraw", {"reason": "!"}),
            ("approve", {}),
            ("refuse", {"reason": "!"}),
            ("undo", {"reason": "!"}),
            ("answer", {"answer": "!", "upheld": False}),
            ("again", {}),
        )
    },
    "POST /challenges/new": {"data": {"tenant": "atlas-appels", "account": ""}},
    "POST /challenges/{handle}": {"data": {}},
    "POST /api/v1/challenges": {"json": {"tenant": "atlas-appels", "account": "nobody"}},
    "POST /api/v1/keys": {"content": b'{"name":"!","scopes":[]}', "headers": _JSON},
    "POST /api/v1/keys/{name}/rotate": {"content": b"{}", "headers": _JSON},
    "POST /outbox": {"data": {"state": "dead"}},
    "POST /responders": {"data": {"state": "dead"}},
    "POST /outbox/{number}": {"data": {"do": "drive"}},
    "POST /api/v1/outbox/drive": {"json": {"state": "dead", "reason": ""}},
    "POST /api/v1/outbox/{number}/drive": {"json": {"reason": ""}},
    "POST /api/v1/outbox/{number}/cancel": {"json": {"reason": ""}},
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
    "POST /profile/passkey": {"data": {}},
    "POST /profile/passkey/rename": {"data": {}},
    "POST /profile/passkey/remove": {"data": {}},
    "POST /accounts/{handle}/look": {"data": {"reason": ""}},
    "POST /accounts/{handle}/notes": {"data": {"text": ""}},
    **{
        f"POST /accounts/{{handle}}/rights/{name}": {"data": {"reason": "", "number": "1"}}
        for name in ("copy", "erase", "restrict", "release", "object", "decide")
    },
    "POST /api/v1/accounts/find": {"json": {"tenant": "atlas-appels", "account": "u-20417"}},
    "POST /api/v1/accounts/{handle}/looks": {"json": {"reason": " "}},
    "POST /api/v1/accounts/{handle}/notes": {"json": {"text": " "}},
    "POST /people/find": {"data": {"tenant": "atlas-appels", "account": "nobody"}},
    "POST /people/copy": {"data": _PERSON},
    "POST /people/erase": {"data": _PERSON},
    "POST /people/restrict": {"data": _PERSON},
    "POST /people/object": {"data": _PERSON},
    "POST /people/release": {"data": {"number": "1"}},
    "POST /people/decide": {"data": {"number": "1"}},
    "POST /api/v1/people/erasures": {"json": _PERSON | {"reason": ""}},
    "POST /api/v1/people/restrictions": {"json": _PERSON | {"reason": ""}},
    "POST /api/v1/people/objections": {"json": _PERSON | {"reason": ""}},
    "POST /api/v1/people/copies": {"json": _PERSON | {"reason": ""}},
    "POST /api/v1/people/previews": {"json": _PERSON},
    "POST /api/v1/people/looks": {"json": _PERSON},
    "POST /api/v1/people/releases": {"json": {"number": 1, "reason": ""}},
    "POST /api/v1/people/decisions": {"json": {"number": 1, "upheld": True, "decision": ""}},
    **{
        f"POST /api/v1/directory/{path}": {"content": body, "headers": _JSON}
        for path, body in (
            ("tenants", b'{"uid":"atlas-appels"}'),
            ("accounts", b'{"tenant":"atlas-appels","uid":"u-1"}'),
            ("accounts/{account}/offboard", b"{}"),
            ("accounts/{account}/share", b'{"owner":"a","reason":"b","until":1}'),
            ("accounts/{account}/unshare", b"{}"),
            ("accounts/{account}/merge", b'{"duplicate":"%s"}' % ACCOUNT.encode()),
            ("accounts/{account}/release", b'{"fields":[]}'),
        )
    },
    **{
        f"PATCH /api/v1/directory/{path}": {
            "content": b"{}",
            "headers": {**_JSON, "if-match": '"999"'},
        }
        for path in ("tenants/{tenant}", "accounts/{account}")
    },
    "POST /policy/edit": {"data": {"do": "adopt", "document": "", "base": "0", "checked": EMPTY}},
    "POST /policy/versions/{number}": {"data": {"base": "999", "reason": "x"}},
    "PUT /api/v1/policy": {
        "content": b'{"document":"","reason":"x"}',
        "headers": {**_JSON, "if-match": '"999"'},
    },
    "POST /api/v1/policy/rehearsal": {"json": {"document": ""}},
    "POST /api/v1/policy/check": {"json": {"document": ""}},
    "POST /api/v1/policy/preview": {"json": {"document": ""}},
    "POST /api/v1/policy/versions/{number}/restore": {
        "content": b'{"reason":"x"}',
        "headers": {**_JSON, "if-match": '"999"'},
    },
    "POST /directory": {"data": {"tenant": "atlas-appels", "uid": "u-1"}},
    "POST /directory/accounts/{account}": {"data": {"do": "share", "until": "!"}},
    "POST /directory/tenants/{tenant}": {"data": {"seats": "!"}},
    "POST /directory/imports/{number}": {"data": {"do": "apply"}},
    "POST /directory/import": {"files": {"list": ("a.csv", b"uid\nu-1\n")}, "data": {}},
    "POST /api/v1/directory/import": {
        "content": b"uid\nu-1\n",
        "headers": {"content-type": "text/csv"},
    },
    "POST /api/v1/reports": {"json": {"text": "!"}},
    "POST /incidents": {"data": {"do": "change"}},
    "POST /tickets": {"data": {"do": "change"}},
    "POST /incidents/{uid}": {"data": {"do": "comment", "text": "x"}},
    "POST /tickets/{number}": {"data": {"do": "comment", "text": "x"}},
    "POST /suppressions": {"data": {"tenant": "atlas-appels", "until": "2020-01-01"}},
    "POST /suppressions/{number}": {"data": {"do": "end"}},
    "PATCH /api/v1/tickets/{number}": {
        "json": {"status": "triaged"},
        "headers": {"if-match": '"999"'},
    },
    "POST /api/v1/tickets/{number}/comments": {"json": {"text": "x"}},
    "POST /api/v1/tickets/{number}/links": {"json": {"kind": "related", "other": 1}},
    "POST /api/v1/tickets/acts": {
        "json": {"tickets": [{"number": 1, "version": 999}], "status": "triaged"}
    },
    "POST /api/v1/incidents/acts": {
        "json": {
            "incidents": [{"id": "00000000-0000-0000-0000-000000000001", "version": 999}],
            "status": "triaged",
        }
    },
    "POST /api/v1/incidents/filters": {"json": {"name": "x", "query": ""}},
    "POST /api/v1/tickets/filters": {"json": {"name": "x", "query": ""}},
    "POST /api/v1/suppressions": {
        "json": {"tenant": "atlas-appels", "account": "u-1", "reason": "x", "until": 1}
    },
    "PATCH /api/v1/suppressions/{number}": {"json": {}, "headers": {"if-match": '"999"'}},
    "POST /api/v1/suppressions/{number}/end": {"json": {}, "headers": {"if-match": '"999"'}},
    "POST /api/v1/sign-ins": {"json": {"tenant": "atlas-appels", "account": "u-1"}},
    "POST /api/v1/sign-ins/{handle}/outcome": {"json": {"outcome": "success"}},
    "POST /api/v1/events": {"content": b"{}", "headers": {"content-type": "application/x-ndjson"}},
}
"""By method and path, what is sent: arguments of the test client."""
