"""What is said of a tenant in words, a cell for each field, and the same the other way round."""

import re
from collections.abc import Mapping
from typing import Any, Final

from detectors.core.detector import Text
from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.values import ANSWERS, list_of, names_of, word_of
from monitor.directory.tenant import TENANT_FIELDS, Contact, Tenant, TenantChanges
from monitor.directory.validity import read_changes

_CONTACT: Final = re.compile(r"([^<>]*?)\s*(?:<([^<>]*)>)?\s*\Z")
_TEXTS: Final = ("name", "zone", "language", "plan")


def tenant_changes_of(cells: Mapping[str, str]) -> TenantChanges:
    """What the cells, by field, say of a tenant; an empty one takes away what was there. Contacts
    are `Name <address>`. Raises DirectoryError."""
    told: dict[str, Any] = {}
    for name, given in cells.items():
        cell = given.strip()
        if name in _TEXTS:
            told[name] = cell
        elif name == "seats":
            told[name] = _number(cell) if cell else None
        elif name == "countries":
            told[name] = tuple(country.upper() for country in names_of(cell))
        elif name == "mfa_required":
            told[name] = bool(cell) and word_of(name, cell, ANSWERS)
        elif name == "contacts":
            told[name] = [_contact(one) for one in names_of(cell)]
        else:
            fields = ", ".join(TENANT_FIELDS)
            raise DirectoryError(name[:80], Text(f"there is {fields}", f"les champs sont {fields}"))
    return read_changes(TenantChanges, told)


def tenant_cells_of(tenant: Tenant) -> dict[str, str]:
    """The cells that `tenant_changes_of` reads."""
    return {
        "name": tenant.name,
        "zone": tenant.zone,
        "language": tenant.language,
        "plan": tenant.plan,
        "seats": "" if tenant.seats is None else str(tenant.seats),
        "countries": ", ".join(tenant.countries),
        "mfa_required": "yes" if tenant.mfa_required else "no",
        "contacts": list_of(tuple(_written(one) for one in tenant.contacts)),
    }


def _number(cell: str) -> int:
    if not (cell.isascii() and cell.isdigit() and len(cell) < 6):
        raise DirectoryError("seats", Text("expected a number", "nombre attendu"))
    return int(cell)


def _contact(cell: str) -> dict[str, str]:
    found = _CONTACT.match(cell)
    if found is None:
        why = Text("expected Name <address>", "attendu\u00a0: Nom <adresse>")
        raise DirectoryError("contacts", why)
    address = (found[2] or "").strip()
    return {"name": found[1].strip() or address, "email": address}


def _written(contact: Contact) -> str:
    return f"{contact.name} <{contact.email}>" if contact.email else contact.name
