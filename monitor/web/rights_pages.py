"""The protection desk for one account, at most two clicks from wherever the account is met: a copy,
erasure, restriction, objection, what is kept and until when, and what is done with it at all."""

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from fastapi import APIRouter, Request
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alerts.wording import said
from detectors.core.detector import Text
from monitor.protection.processing import Facts
from monitor.protection.register import register
from monitor.services.access import Access
from monitor.services.accounts import Accounts
from monitor.services.actor import Actor
from monitor.services.authority import Operation, permits
from monitor.services.protection import Protection, ProtectionError
from monitor.services.refusal import NotThereError
from monitor.services.rights import Rights
from monitor.web.acting import actor_of
from monitor.web.forms import own_form
from monitor.web.protection import copy_of
from monitor.web.rendering import language_of, render

PATH: Final = "/accounts/{handle}/rights"

Whose: TypeAlias = tuple[str, str]
Form: TypeAlias = dict[str, str]
Do: TypeAlias = Callable[[Actor, Whose, Form], object]


class RightsDesk(Struct, frozen=True):
    """The services behind the page."""

    accounts: Accounts
    rights: Rights
    protection: Protection
    access: Access
    facts: Facts

    def restriction(self, actor: Actor, whose: Whose, number: int) -> int:
        """The number, where it is a restriction of this account. Raises NotThereError."""
        return _among(number, (one.id for one in self.rights.of(actor, *whose).restrictions))

    def objection(self, actor: Actor, whose: Whose, number: int) -> int:
        """The same of an objection."""
        return _among(number, (one.id for one in self.rights.of(actor, *whose).objections))


def rights_pages(desk: RightsDesk) -> APIRouter:
    """`/accounts/…/rights`."""
    router = APIRouter(include_in_schema=False)

    def shown(request: Request, handle: str, code: int = 200, **told: Any) -> Response:
        actor, language = actor_of(request), language_of(request)
        whose = desk.rights.whose(actor, handle, Operation.PERSON_READ)
        standing = desk.rights.of(actor, *whose)
        values: dict[str, Any] = {"why": "", "form": {}, **told}
        return render(
            request,
            "account_rights.html",
            code,
            head=desk.accounts.head(actor, handle),
            handle=handle,
            preview=desk.protection.preview(actor, *whose),
            standing=standing,
            entries=_entries(desk.facts, actor),
            say=lambda text: said(text, language),
            may={
                "copy": permits(actor, Operation.PERSON_EXPORT),
                "erase": permits(actor, Operation.PERSON_ERASE),
                "restrict": permits(actor, Operation.PERSON_RESTRICT),
                "object": permits(actor, Operation.PERSON_OBJECT),
            },
            **values,
        )

    @router.get(PATH)
    def one(request: Request, handle: str) -> Response:
        return shown(request, handle)

    for name, (operation, do) in _deeds(desk).items():
        _route(router, name, operation, do, desk, shown)

    @router.post(f"{PATH}/copy")
    async def copy(request: Request, handle: str) -> Response:
        form, actor = await own_form(request), actor_of(request)
        language = language_of(request)
        try:
            return await run_in_threadpool(
                _copied, desk, actor, handle, form.get("reason", ""), language
            )
        except ProtectionError as error:
            told = {"why": said(error.text, language), "form": form | {"do": "copy"}}
            return await run_in_threadpool(shown, request, handle, 409, **told)

    return router


def _deeds(desk: RightsDesk) -> dict[str, tuple[Operation, Do]]:
    """What can be done, by the last part of its address."""
    protection = desk.protection

    def erase(actor: Actor, whose: Whose, form: Form) -> object:
        keeps = "everything" not in form
        return protection.erase(actor, *whose, form.get("reason", ""), keeps=keeps)

    def restrict(actor: Actor, whose: Whose, form: Form) -> object:
        return protection.restrict(actor, *whose, form.get("reason", ""))

    def release(actor: Actor, whose: Whose, form: Form) -> object:
        number = desk.restriction(actor, whose, _number(form))
        return protection.release(actor, number, form.get("reason", ""))

    def object_to(actor: Actor, whose: Whose, form: Form) -> object:
        return protection.object_to(actor, *whose, form.get("reason", ""))

    def decide(actor: Actor, whose: Whose, form: Form) -> object:
        number, told = desk.objection(actor, whose, _number(form)), form.get("reason", "")
        return protection.decide(actor, number, upheld="upheld" in form, decision=told)

    return {
        "erase": (Operation.PERSON_ERASE, erase),
        "restrict": (Operation.PERSON_RESTRICT, restrict),
        "release": (Operation.PERSON_RESTRICT, release),
        "object": (Operation.PERSON_OBJECT, object_to),
        "decide": (Operation.PERSON_OBJECT, decide),
    }


def _route(
    router: APIRouter,
    name: str,
    operation: Operation,
    do: Do,
    desk: RightsDesk,
    shown: Callable[..., Response],
) -> None:
    def done(actor: Actor, handle: str, form: Form) -> None:
        do(actor, desk.rights.whose(actor, handle, operation), form)

    @router.post(f"{PATH}/{name}")
    async def act(request: Request, handle: str) -> Response:
        form, actor = await own_form(request), actor_of(request)
        try:
            await run_in_threadpool(done, actor, handle, form)
        except ProtectionError as error:
            told = {"why": said(error.text, language_of(request)), "form": form | {"do": name}}
            return await run_in_threadpool(shown, request, handle, 409, **told)
        return RedirectResponse(PATH.format(handle=handle), 303)


def _among(number: int, numbers: Iterable[int]) -> int:
    if number not in numbers:
        raise NotThereError("it is not this account's")
    return number


def _copied(desk: RightsDesk, actor: Actor, handle: str, reason: str, language: str) -> Response:
    whose = desk.rights.whose(actor, handle, Operation.PERSON_EXPORT)
    return copy_of(desk.access, actor, *whose, reason, language)


def _entries(facts: Facts, actor: Actor) -> list[tuple[Text, tuple[Text, ...]]]:
    """What is done with personal data, and for how long it is kept, where somebody may read it."""
    if not permits(actor, Operation.REGISTER_READ):
        return []
    return [(one.name, one.retention) for one in register(facts).entries]


def _number(form: dict[str, str]) -> int:
    given = form.get("number", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
