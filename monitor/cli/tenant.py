"""The tenant of `--tenant`: of a script whose variable is empty it would be another one, or all."""

import typer


def said(tenant: str | None) -> str | None:
    """What was given, if anything; a callback of the option. Raises typer.BadParameter."""
    if tenant is not None and not tenant.strip():
        raise typer.BadParameter("it is empty; leave the option out where none is meant")
    return tenant
