"""Fetches databases anew: beside the ones in use, tried out, and put in their place at once.

Whatever goes wrong, the one in use stays, and what was wrong is told. The one before is kept.
"""

from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from monitor import clock
from monitor.enrichment.shipped import ShippedDataError, unpack
from monitor.geodata import archive
from monitor.geodata.archive import ArchiveError
from monitor.geodata.folder import FETCHED, NAMES, GeoFolder, Origin, Paths
from monitor.geodata.provider import Offer, Terms, offers
from monitor.geodata.transfer import (
    LIMITS,
    Fetched,
    Limits,
    NotThereError,
    Transfer,
    TransferError,
)
from monitor.geodata.trial import Facts, TrialError, try_out

_DIGITS = frozenset("0123456789abcdef")
_LONGEST_DIGEST = 1_000


class Ending(Enum):
    """What became of one database."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


class Renewed(NamedTuple):
    """What became of the database `name`; `reason` says why it was not updated."""

    name: str
    ending: Ending
    edition: str = ""
    reason: str = ""
    facts: Facts | None = None


class Told(NamedTuple):
    """Whom to tell how it goes: (name, what is done), and (name, bytes that came, of how many)."""

    step: Callable[[str, str], None] = lambda _name, _what: None
    bytes: Callable[[str, int, int | None], None] = lambda _name, _came, _of: None


class Renewal:
    """Fetches what the settings ask for into the data folder."""

    def __init__(
        self,
        folder: GeoFolder,
        paths: Paths,
        terms: Terms,
        *,
        limits: Limits = LIMITS,
        most: int = archive.MAXIMUM,
        lenient: bool = False,
        told: Told | None = None,
    ) -> None:
        """`most` bytes a database may have; `lenient` takes one that is older or smaller than the
        one in use, disagrees with it, or was undone."""
        self._folder = folder
        self._paths = paths
        self._terms = terms
        self._limits = limits
        self._most = most
        self._lenient = lenient
        self._told = told or Told()

    def renew(self) -> list[Renewed]:
        """Fetch each of them; one that fails keeps no other from being fetched.

        Raises ProviderError and GeoFolderError.
        """
        now = clock.now_ms()
        wanted = [(name, list(offers(name, self._terms, now))) for name in FETCHED]
        with self._folder.being_changed():
            return [self._renew(name, some, now) for name, some in wanted]

    def _renew(self, name: str, some: list[Offer], now: int) -> Renewed:
        if getattr(self._paths, name) is not None:
            reason = f"geo.{name} names a file of your own: replace that one"
            return Renewed(name, Ending.SKIPPED, reason=reason)
        for offer in some:
            try:
                return self._take(name, offer, now)
            except NotThereError as error:
                if offer is some[-1]:
                    return Renewed(name, Ending.FAILED, offer.edition, str(error))
            except (TransferError, ArchiveError, TrialError, ShippedDataError, OSError) as error:
                return Renewed(name, Ending.FAILED, offer.edition, str(error))
        return Renewed(name, Ending.FAILED, reason="nobody offers it")

    def _take(self, name: str, offer: Offer, now: int) -> Renewed:
        folder = self._folder
        with (
            Transfer(self._limits, offer.login) as transfer,
            folder.part(name) as packed,
            folder.part(name) as opened,
        ):
            self._told.step(name, f"fetching {offer.edition}")
            known = self._known(name, offer)
            fetched = transfer.fetch(
                offer.url, packed, known, lambda came, of: self._told.bytes(name, came, of)
            )
            if fetched is None:
                return Renewed(name, Ending.UNCHANGED, offer.edition)
            self._check_digest(transfer, offer, fetched)
            self._told.step(name, "unpacking")
            archive.unpack(packed, offer.packing, opened, self._most)
            digest = _digest(opened)
            if not self._lenient and folder.records().get(name, {}).get("undone") == digest:
                raise TrialError("it is the one that was undone; --force takes it again")
            if folder.file(name).is_file() and _digest(folder.file(name)) == digest:
                self._note(name, offer, fetched, digest)
                return Renewed(name, Ending.UNCHANGED, offer.edition)
            trial = try_out(
                opened,
                NAMES[name],
                now,
                kind=offer.type,
                current=self._current(name),
                lenient=self._lenient,
                told=lambda what: self._told.step(name, what),
            )
            folder.put(opened, name)
            self._note(name, offer, fetched, digest)
            return Renewed(name, Ending.UPDATED, offer.edition, facts=trial.facts)

    def _known(self, name: str, offer: Offer) -> dict[str, str]:
        """What the server called the file that is in use, if it is from there."""
        noted = self._folder.records().get(name, {})
        if self._lenient or noted.get("url") != offer.url or not self._folder.file(name).is_file():
            return {}
        return {
            key: value for key in ("etag", "modified") if isinstance(value := noted.get(key), str)
        }

    def _check_digest(self, transfer: Transfer, offer: Offer, fetched: Fetched) -> None:
        if offer.digest is None:
            return
        try:
            told = transfer.read(offer.digest, _LONGEST_DIGEST)
        except NotThereError as error:
            if offer.must_match:
                raise TransferError(f"its checksum is not there: {error}") from error
            return
        expected = (told.split() or [b""])[0].decode("ascii", "replace").lower()
        if len(expected) != 64 or not set(expected) <= _DIGITS:
            raise TransferError("its checksum is no SHA-256")
        if expected != fetched.sha256:
            raise TransferError("it is not what its checksum says: damaged or changed on the way")

    def _current(self, name: str) -> Path | None:
        """The file that is in use."""
        chosen = self._folder.choose(self._paths)[name]
        if chosen.path is not None:
            return chosen.path
        shipped = unpack(f"{name}.mmdb")
        return shipped if isinstance(shipped, Path) else None

    def _note(self, name: str, offer: Offer, fetched: Fetched, digest: str) -> None:
        self._folder.note(
            name,
            edition=offer.edition,
            url=offer.url,
            etag=fetched.etag,
            modified=fetched.modified,
            sha256=digest,
            fetched=clock.now_ms(),
        )


def go_back(folder: GeoFolder) -> dict[str, Origin]:
    """Go back to what was in use before the last update, by name; what is undone is not fetched
    again. Raises GeoFolderError where nothing was fetched."""
    back: dict[str, Origin] = {}
    with folder.being_changed():
        for name in FETCHED:
            if not folder.file(name).is_file():
                continue
            digest = _digest(folder.file(name))
            back[name] = folder.put_back(name)
            folder.note(name, undone=digest)
        if not back:
            folder.put_back(FETCHED[0])
    return back


def _digest(path: Path) -> str:
    with suppress(OSError), path.open("rb") as file:
        digest = sha256()
        while chunk := file.read(1 << 20):
            digest.update(chunk)
        return digest.hexdigest()
    return ""
