"""What location data is used: each file with where it is from, how old and how large it is."""

from collections.abc import Iterator, Sequence
from hashlib import file_digest
from pathlib import Path

from msgspec import Struct, structs

from detectors.core.detector import Text
from detectors.core.event import DAY
from monitor.enrichment.database import GeoDatabaseError
from monitor.enrichment.networks import LIST_NAME, NetworkListError, read_entries
from monitor.enrichment.shipped import ShippedDataError, shipped_directory, unpack
from monitor.geodata.folder import Chosen, GeoFolder, Origin, Paths
from monitor.geodata.provider import credit
from monitor.geodata.trial import facts_of

OWN_WORK = Text("kept by this project, Apache-2.0", "tenue par ce projet, Apache-2.0")


class Item(Struct, frozen=True):
    """One file in use; what is not known is None. `built` in ms, `age_days` full days since then.

    `trouble` says what is wrong with it: "" for nothing, and age is no trouble but `stale`.
    """

    name: str
    origin: str
    path: str | None = None
    type: str | None = None
    built: int | None = None
    age_days: int | None = None
    entries: int | None = None
    size: int | None = None
    sha256: str | None = None
    credit_en: str = ""
    credit_fr: str = ""
    stale: bool = False
    trouble: str = ""


def take_stock(folder: GeoFolder, paths: Paths, now: int, stale_days: int) -> list[Item]:
    """All that is used at `now` (ms), and what is not there; a database is stale from `stale_days`
    on."""
    return [_item(chosen, now, stale_days) for chosen in folder.choose(paths).values()]


def _item(chosen: Chosen, now: int, stale_days: int) -> Item:
    item = Item(chosen.name, chosen.origin.value, None if chosen.path is None else str(chosen.path))
    if chosen.origin is Origin.NONE:
        return item
    try:
        path = _path(chosen)
        if path is None:
            return structs.replace(item, trouble="kept in memory: no folder can be written")
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        item = structs.replace(item, path=str(path), size=path.stat().st_size, sha256=digest)
        if chosen.name == "networks":
            return _of_list(item, path)
        return _of_database(item, path, now, stale_days)
    except (GeoDatabaseError, NetworkListError, ShippedDataError, OSError) as error:
        return structs.replace(item, trouble=str(error))


def _path(chosen: Chosen) -> Path | None:
    if chosen.path is not None:
        return chosen.path
    if chosen.name == "networks":
        return shipped_directory() / LIST_NAME
    source = unpack(f"{chosen.name}.mmdb")
    return source if isinstance(source, Path) else None


def _of_list(item: Item, path: Path) -> Item:
    told = OWN_WORK if item.origin == Origin.SHIPPED.value else Text("", "")
    entries = sum(1 for _ in read_entries(path))
    return structs.replace(item, type="CSV", entries=entries, credit_en=told.en, credit_fr=told.fr)


def _of_database(item: Item, path: Path, now: int, stale_days: int) -> Item:
    facts = facts_of(path)
    told = credit(facts.type)
    age = (now - facts.built) // DAY
    return structs.replace(
        item,
        type=facts.type,
        built=facts.built,
        age_days=age,
        entries=facts.networks,
        credit_en=told.en,
        credit_fr=told.fr,
        stale=age >= stale_days,
    )


def complaints(items: Sequence[Item]) -> Iterator[str]:
    """What to say of those that are old or broken."""
    for item in items:
        if item.trouble:
            yield f"{item.name}: {item.trouble}"
        elif item.stale:
            yield f"{item.name} is {item.age_days} days old"
