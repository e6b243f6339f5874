"""What may be a reviewer's name, address and tenant; what is none is refused in both languages."""

import re
from typing import Final

from detectors.core.detector import Text
from monitor.formats.limits import bounded
from monitor.services.actor import Role

LONGEST_NAME: Final = 100
_EMAIL = re.compile(
    r"[^\s@<>\"(),:;\\\[\]\x00-\x1f\x7f]{1,64}@[^\s@<>\"(),:;\\\[\]\x00-\x1f\x7f]{1,189}\Z"
)


class ReviewerError(ValueError):
    """A reviewer cannot be made or changed like this; says why, in both languages."""

    def __init__(self, en: str, fr: str) -> None:
        super().__init__(en)
        self.text = Text(en=en, fr=fr)


class OutdatedError(ReviewerError):
    """Somebody else has changed the reviewer meanwhile."""


def checked_email(email: str) -> str:
    """An address as it is kept. Raises ReviewerError."""
    text = email.strip()
    if not _EMAIL.match(text) or not text.isprintable():
        raise ReviewerError(
            f"{bounded(text)[:80]!r} is no e-mail address",
            f"{bounded(text)[:80]!r} n'est pas une adresse e-mail",
        )
    return text


def checked_name(name: str) -> str:
    """A name as it is kept. Raises ReviewerError."""
    text = " ".join(name.split())
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise ReviewerError(
            f"a name is 1 to {LONGEST_NAME} characters that can be shown",
            f"un nom compte de 1 à {LONGEST_NAME} caractères affichables",
        )
    return text


def checked_tenant(role: Role, tenant: str | None) -> str | None:
    """The tenant that goes with a role, None for all. Raises ReviewerError."""
    text = (tenant or "").strip()
    # From a script whose variable is empty: they would see all tenants.
    if text != bounded(text) or (tenant is not None and not text):
        raise ReviewerError("that is no tenant", "ce n'est pas un client")
    if role is Role.TENANT_CONTACT and not text:
        raise ReviewerError(
            "a tenant's contact needs a tenant",
            "le contact d'un client a besoin d'un client",
        )
    if role is Role.ADMINISTRATOR and text:
        raise ReviewerError(
            "an administrator sees all tenants", "un administrateur voit tous les clients"
        )
    return text or None
