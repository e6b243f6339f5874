"""Examples made by hand: shared accounts have two computers at once, the others have not."""

from math import nan
from random import Random

from detectors.sharing.features import FEATURES
from monitor.models.examples import Example


def made(seed: int, count: int, *, rich: bool = True, tenants: int = 20) -> list[Example]:
    """So many examples of some tenants; a third are shared, and some of those look honest."""
    rng = Random(seed)
    examples = []
    for number in range(count):
        shared = rng.random() < 0.33
        values = {f.name: rng.uniform(0, f.most / 4) for f in FEATURES}
        several = shared and rng.random() < 0.85
        values["copresent_days"] = rng.uniform(0.2, 0.9) if several else rng.uniform(0, 0.15)
        values["computers"] = rng.uniform(0.9, 1.4) if several else rng.uniform(0.7, 1.0)
        values["turns"] = rng.uniform(0.6, 1.2) if several else nan
        if not rich:
            values["copresent_days"] = values["turns"] = nan
        examples.append(
            Example(
                tuple(values[f.name] for f in FEATURES),
                shared,
                f"{seed}/account-{number}",
                f"{seed}/tenant-{number % tenants}",
                1,
                "agent",
                "same_office" if shared else "",
                rich=rich,
            )
        )
    return examples
