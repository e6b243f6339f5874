"""Rows of factors as whose they are sees them: names and times, and nothing that proves anybody."""

from monitor.services.proof import FactorView, Method
from monitor.services.verifier import handle_of_codes
from monitor.store.factors import FactorRow


def view(row: FactorRow) -> FactorView:
    """A passkey, or an authenticator."""
    return FactorView(
        handle=row.called,
        kind=Method(row.kind),
        name=row.name or "",
        created=row.created,
        last_used=row.last_used,
        backed_up=bool(row.backed_up),
    )


def view_of_codes(rows: list[FactorRow]) -> FactorView:
    """The set of somebody's recovery codes, as one."""
    return FactorView(
        handle=handle_of_codes(rows),
        kind=Method.RECOVERY,
        name="",
        created=min(row.created for row in rows),
        last_used=max((row.last_used for row in rows if row.last_used), default=None),
        left=sum(row.last_used is None for row in rows),
    )
