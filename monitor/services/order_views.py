"""Orders as they are shown: what is to be done for whom, how far it is, and why it is not done."""

from typing import Final

from msgspec import Struct, structs

from alerts.outbox import State, reason_of
from alerts.ports import AccountState, Action
from alerts.wording import plain, said
from detectors.core.detector import Text
from monitor.protection.masking import HIDDEN, mask_name, mask_text
from monitor.store.outbox import OrderRow


class OrderView(Struct, frozen=True, kw_only=True):
    """One order. Times are ms since 1970 UTC, None for not yet or not at all.

    `account`, `names` and `email` say whom it is about, `grounds` are the words that it was given
    with. `due` is when it is tried next; `reason` why it was not done at the last attempt.
    `reference` and `detail` are what the responder said of it when it was done at `carried`, and
    `seen` how the account was read back then. `is_open`: something may still be done about it.
    """

    id: int
    responder: str
    action: Action
    state: State
    tenant: str
    account: str | None
    names: tuple[str, ...]
    email: str | None
    measure: int | None
    ticket: int | None
    incident: str | None
    grounds: str
    aup: tuple[str, ...]
    until: int | None
    template: str
    attempts: int
    due: int
    reason: str
    carried: int | None
    reference: str
    detail: str
    seen: AccountState | None
    created: int
    updated: int

    @property
    def can_be_driven(self) -> bool:
        """Whether somebody may let it be tried, or tried at once."""
        return self.state in (State.WAITING, State.DEAD, State.PARKED)


def order_view(row: OrderRow, language: str = "en") -> OrderView:
    """An order in full, in a language."""
    order, carried = row.order, row.carried
    target = order.target
    return OrderView(
        id=row.id,
        responder=row.responder,
        action=row.action,
        state=row.state,
        tenant=row.tenant,
        account=None if target is None else target.account,
        names=() if target is None else target.names,
        email=None if target is None else target.email,
        measure=row.measure,
        ticket=row.ticket,
        incident=order.incident,
        grounds=order.reason,
        aup=order.aup,
        until=order.until,
        template=order.template,
        attempts=row.attempts,
        due=row.due,
        reason=plain(said(reason_of(row.reason), language)),
        carried=None if carried is None else carried.at,
        reference="" if carried is None else plain(carried.receipt.reference),
        detail="" if carried is None else plain(carried.receipt.detail),
        seen=None if carried is None else carried.seen,
        created=row.created,
        updated=row.updated,
    )


def veiled(view: OrderView) -> OrderView:
    """The same for whoever may not look at people."""
    names = frozenset((view.account or "", view.email or "", *view.names)) - {""}
    return structs.replace(
        view,
        account=None if view.account is None else mask_name(view.account),
        names=tuple(map(mask_name, view.names)),
        email=None if view.email is None else mask_name(view.email),
        grounds=HIDDEN if view.grounds else "",
        reason=mask_text(view.reason, names),
        reference=mask_text(view.reference, names),
        detail=mask_text(view.detail, names),
    )


STATES: Final = {
    State.WAITING: Text("waiting", "en attente"),
    State.LEASED: Text("being carried out", "en cours d'exécution"),
    State.DONE: Text("done", "exécuté"),
    State.DEAD: Text("given up", "abandonné"),
    State.PARKED: Text("parked", "mis de côté"),
    State.CANCELLED: Text("cancelled", "annulé"),
}
"""States in words, as of an order (masculine in French)."""
ACTIONS: Final = {
    Action.NOTIFY: Text("Tell the user", "Prévenir l'utilisateur"),
    Action.TELL: Text("Tell the team", "Prévenir l'équipe"),
    Action.CHALLENGE: Text("Ask for proof", "Demander une preuve"),
    Action.RELEASE: Text("Ask for proof no more", "Ne plus demander de preuve"),
    Action.REVOKE: Text("End the sessions", "Fermer les sessions"),
    Action.RENEW: Text("Ask for a new password", "Demander un nouveau mot de passe"),
    Action.DISABLE: Text("Disable the account", "Désactiver le compte"),
    Action.ENABLE: Text("Enable the account", "Réactiver le compte"),
    Action.TRACK: Text("Keep the ticket in a tracker", "Tenir le ticket dans un outil de suivi"),
}
SEEN: Final = {
    AccountState.ACTIVE: Text("read back: active", "relu : actif"),
    AccountState.DISABLED: Text("read back: disabled", "relu : désactivé"),
    AccountState.ABSENT: Text("read back: not there", "relu : absent"),
    AccountState.UNKNOWN: Text("read back: nobody can tell", "relu : personne ne sait"),
}
