"""The policy as people write it: TOML that is read strictly, written in order, and has a schema."""

import tomllib
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

import msgspec
from msgspec import NODEFAULT, Struct, structs

from alerts import misfit
from alerts.hours import DAYS, Hours
from alerts.ladder import Step, step_named
from alerts.notation import inline, toml
from alerts.policy import VERSION, Policy
from alerts.rule import SEVERITIES, Rule, When, fold
from detectors.core.detector import Text

LONGEST: Final = 256 << 10
"""Bytes of a document."""
SCHEMA: Final = "https://json-schema.org/draft/2020-12/schema"


class PolicyError(ValueError):
    """A policy that cannot be; `where` in it (empty: in all of it), and `why` in both languages."""

    def __init__(self, where: str, english: str, french: str) -> None:
        super().__init__(f"{where}: {english}" if where else english)
        self.where = where
        self.why = Text(en=english, fr=french)


def read_text(text: str) -> Policy:
    """The policy that a TOML document says. Raises PolicyError."""
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST:
        raise PolicyError("", f"at most {LONGEST >> 10} KiB", f"{LONGEST >> 10} Kio au plus")
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise PolicyError(
            "", f"this is no TOML: {error}", f"ce n'est pas du TOML\u00a0: {error}"
        ) from error
    return read(document)


def read(document: Mapping[str, Any]) -> Policy:
    """The policy that a document (TOML's or JSON's values) says. Raises PolicyError."""
    try:
        policy = msgspec.convert(dict(document), Policy, strict=True)
    except msgspec.ValidationError as error:
        why, _, path = str(error).partition(" - at `$")
        text = misfit.told(why)
        raise PolicyError(path.rstrip("`").lstrip("."), text.en, text.fr) from error
    if policy.version != VERSION:
        raise PolicyError(
            "version",
            f"this Vigie reads version {VERSION}, not {policy.version}",
            f"ce Vigie lit la version {VERSION}, pas la {policy.version}",
        )
    _check(policy)
    return policy


def written(policy: Policy) -> dict[str, Any]:
    """The document that `read` reads, in a fixed order, with all that may be left out."""
    told: dict[str, Any] = _plain(policy, is_brief=False)
    return told


def text_of(policy: Policy) -> str:
    """The document as TOML, without what goes without saying; `read_text` reads the same."""
    told: dict[str, Any] = _plain(policy, is_brief=True)
    return toml({"version": policy.version, "mode": policy.mode.value} | told)


def conditions_of(rule: Rule) -> str:
    """What a rule asks for besides category and severity, as it is written; empty for nothing."""
    told = _plain(rule.when, is_brief=True)
    rest = {name: one for name, one in told.items() if name not in ("category", "severity")}
    return ", ".join(f"{name} = {inline(one)}" for name, one in rest.items())


def schema() -> dict[str, Any]:
    """What a document may say, as JSON Schema 2020-12, for editors and other programs."""
    found = msgspec.json.schema(Policy)
    parts = found["$defs"]
    told: dict[str, Any] = {"$schema": SCHEMA, **parts.pop("Policy"), "title": "Vigie policy"}
    told["properties"]["version"] |= {"const": VERSION}
    told["properties"]["protected"]["default"].sort()
    parts["Hours"]["properties"]["days"]["items"]["enum"] = list(DAYS)
    plain: dict[str, Any] = _of_everybody(told | {"$defs": parts})
    return plain


def _of_everybody(value: Any) -> Any:
    """With patterns as ECMA 262 has them, and texts on one line."""
    if isinstance(value, list):
        return [_of_everybody(one) for one in value]
    if not isinstance(value, dict):
        return " ".join(value.split()) if isinstance(value, str) else value
    return {
        name: one.replace(r"\Z", "$") if name == "pattern" else _of_everybody(one)
        for name, one in value.items()
    }


def _plain(value: Any, *, is_brief: bool) -> Any:
    if isinstance(value, Struct):
        return {
            one.encode_name: _plain(said, is_brief=is_brief)
            for one in structs.fields(value)
            if (said := getattr(value, one.name)) != _usual(one) or not is_brief
        }
    if isinstance(value, frozenset):
        return sorted((_plain(one, is_brief=is_brief) for one in value), key=_place)
    if isinstance(value, tuple):
        return [_plain(one, is_brief=is_brief) for one in value]
    if isinstance(value, dict):
        told = {_plain(name, is_brief=is_brief): one for name, one in value.items()}
        return {name: _plain(told[name], is_brief=is_brief) for name in sorted(told)}
    return value.value if isinstance(value, Enum) else value


def _place(word: Any) -> tuple[int, Any]:
    """Steps from mild to grave, other words by their letters."""
    step = step_named(word) if isinstance(word, str) else None
    return (len(Step) if step is None else int(step)), word


def _usual(one: structs.FieldInfo) -> Any:
    """What goes without saying."""
    return one.default if one.default_factory is NODEFAULT else one.default_factory()


def _check(policy: Policy) -> None:
    names: set[str] = set()
    for index, rule in enumerate(policy.rules):
        where = f"rules[{index}]"
        if rule.name in names:
            raise PolicyError(
                f"{where}.name",
                f"there are two rules called {rule.name}",
                f"deux règles se nomment {rule.name}",
            )
        names.add(rule.name)
        _check_rule(rule, where)
    for tenant, terms in policy.tenants.items():
        if terms.quiet is not None:
            _check_hours(terms.quiet, f"tenants.{tenant}.quiet")


def _check_rule(rule: Rule, where: str) -> None:
    for word in sorted(rule.then):
        if step_named(word) is None:
            known = ", ".join(step.word for step in Step)
            raise PolicyError(
                f"{where}.then",
                f"{word[:60]!r} is no step; there is {known}",
                f"{word[:60]!r} n'est pas une mesure\u00a0; il y a {known}",
            )
    if rule.alone and rule.hours is None:
        raise PolicyError(
            f"{where}.hours",
            "a suspension without a person needs an end: say hours",
            "une suspension sans personne a une fin\u00a0: dites hours",
        )
    if rule.alone and Step.SUSPEND.word not in rule.then:
        raise PolicyError(
            f"{where}.alone",
            "only a suspension can be said to need nobody",
            "seule une suspension peut se passer de personne",
        )
    _check_when(rule.when, f"{where}.when")


def _check_when(when: When, where: str) -> None:
    if when.severity not in SEVERITIES:
        known = ", ".join(SEVERITIES)
        raise PolicyError(
            f"{where}.severity", f"expected one of {known}", f"attendu\u00a0: {known}"
        )
    for name, words in (("tags", when.tags), ("roles", when.roles)):
        for word in sorted(words):
            if word != fold(word):
                raise PolicyError(
                    f"{where}.{name}",
                    f"write {fold(word)!r}: letter case is nothing",
                    f"écrivez {fold(word)!r}\u00a0: la casse ne compte pas",
                )
    if when.during is not None:
        _check_hours(when.during, f"{where}.during")


def _check_hours(hours: Hours, where: str) -> None:
    why = hours.fault
    if why is not None:
        raise PolicyError(where, why.en, why.fr)
