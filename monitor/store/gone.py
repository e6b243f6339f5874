"""Rows that a reviewer kept who is no longer there."""

from typing import Any, Final

from sqlalchemy import Column, ColumnElement, select

from monitor.store import tables

_REVIEWER: Final = "reviewer:"


def is_of_nobody(owner: Column[Any]) -> tuple[ColumnElement[bool], ...]:
    """That the reviewer whom a column refers to, as actors are referred to, is not there."""
    uid = tables.reviewers.c.uid
    theirs = select(uid).where(owner == _REVIEWER + uid)
    return owner.startswith(_REVIEWER, autoescape=True), ~theirs.exists()
