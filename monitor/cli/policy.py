"""`vigie policy`: what is done about incidents: shows, checks, compares, tries and adopts it."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from alerts.difference import differences
from alerts.document import PolicyError, read_text, schema, written
from alerts.wording import counted
from detectors.core.detector import Text
from monitor.cli.console import CommandError, safe, stderr, stdout
from monitor.cli.policy_desk import (
    CURRENT,
    AsJson,
    Config,
    Reason,
    document_of,
    looked_at,
    open_policies,
    policy_of,
    print_json,
    show_differences,
    show_document,
    show_remarks,
    show_versions,
    text_at,
    told_difference,
    told_remark,
    told_version,
)
from monitor.cli.policy_trial import dry_run
from monitor.services.actor import operator

command = typer.Typer(
    help="What is done about incidents: shows, checks, compares, tries and adopts it."
)
command.command("dry-run")(dry_run)

_RULE = Text("rule", "règle")
Which = Annotated[
    str,
    typer.Argument(
        metavar="WHICH", help="`current`, `shipped`, a version's number, or a file (`-`)."
    ),
]


@command.command()
def show(which: Which = CURRENT, as_json: AsJson = False, config: Config = None) -> None:
    """Print a policy as it was written; `--json`: all that it says, with what goes without saying.

    Examples:

        vigie policy show

        vigie policy show 3 --json
    """
    if as_json:
        print_json(written(policy_of(which, config)[1]))
        return
    show_document(document_of(which, config)[1])


@command.command("schema")
def print_schema() -> None:
    """Print what a policy may say, as JSON Schema, for editors and other programs.

    Example:

        vigie policy schema > policy.schema.json
    """
    sys.stdout.write(json.dumps(schema(), indent=2) + "\n")


@command.command()
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A policy in TOML; `-`: stdin.")],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Say whether a policy can be read, what it lets be done, and what in it comes to nothing.

    Exits 1 for one that cannot be. Nothing is changed.

    Example:

        vigie policy check policy.toml
    """
    document = text_at(file)
    try:
        policy = read_text(document)
    except PolicyError as error:
        if as_json:
            print_json({"valid": False, "where": error.where, "why": error.why.en})
            raise typer.Exit(1) from error
        raise CommandError(f"{file}: {error}") from error
    said, changed = looked_at(document, policy, config)
    if as_json:
        found = {"remarks": [told_remark(one) for one in said]}
        told = [told_difference(one) for one in changed]
        print_json({"valid": True, **found, "differences": told})
        return
    rules = counted(len(policy.rules), _RULE, "en")
    stdout.print(f"{safe(file)} can be adopted: {rules}, mode {policy.mode}")
    show_remarks(said)
    if changed:
        stdout.print("Beside the one that holds:")
        show_differences(changed)


@command.command()
def diff(
    before: Which,
    after: Annotated[
        str | None, typer.Argument(metavar="WITH", help="The same; the first one is `current`.")
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Say what one policy says otherwise than another, and whether it lets more be done.

    Examples:

        vigie policy diff policy.toml

        vigie policy diff 3 current

        vigie policy diff shipped policy.toml --json
    """
    pair = (CURRENT, before) if after is None else (before, after)
    (first, former), (second, now) = (policy_of(which, config) for which in pair)
    found = differences(former, now)
    if as_json:
        print_json([told_difference(one) for one in found])
    elif found:
        stdout.print(f"{safe(first)} → {safe(second)}")
        show_differences(found)
    else:
        stdout.print(f"{safe(first)} and {safe(second)} say the same")


@command.command("import")
def import_policy(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A policy in TOML; `-`: stdin.")],
    reason: Reason,
    base: Annotated[
        int | None,
        typer.Option(help="The version that the change was made on; refused if another holds."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Config = None,
) -> None:
    """Adopt a policy: it is the next version, and holds from now on.

    Examples:

        vigie policy import policy.toml --reason "challenges for sharing"

        vigie policy import policy.toml --reason "as reviewed" --base 3 --yes
    """
    document, actor = text_at(file), operator()
    with open_policies(config) as (service, _):
        checked = service.check(actor, document)
        if base is not None and base != checked.base:
            raise CommandError(f"version {checked.base} holds, not {base}: look at it first")
        if not checked.differences:
            stdout.print(f"Version {checked.base} says the same")
        show_remarks(checked.remarks)
        show_differences(checked.differences) if checked.differences else None
        _agree(yes)
        made = service.adopt(actor, document, checked.base, reason)
    stdout.print(f"Version {made.id} holds")


@command.command("export")
def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where to; standard output by default.")
    ] = None,
    version: Annotated[str, typer.Option(help="A version's number, `current` or `shipped`.")] = (
        CURRENT
    ),
    config: Config = None,
) -> None:
    """Write a policy as it was written, to keep, to compare or to change.

    Examples:

        vigie policy export policy.toml

        vigie policy export --version 3
    """
    if version not in (CURRENT, "shipped") and not version.isdigit():
        raise CommandError(f"{version} is no version: a number, current or shipped", 2)
    name, document = document_of(version, config)
    if file is None:
        show_document(document)
        return
    file.write_text(document, encoding="utf-8")
    stderr.print(f"{safe(name)} is in {safe(file)}")


@command.command()
def history(
    most: Annotated[int, typer.Option(min=1, max=200, help="At most so many.")] = 20,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show versions, the newest first: when, by whom and why each was adopted.

    Example:

        vigie policy history
    """
    with open_policies(config) as (service, _):
        found = service.versions(operator(), most=most).items
    if as_json:
        print_json([told_version(one) for one in found])
    elif found:
        show_versions(found)
    else:
        stderr.print("Nobody adopted one yet: what is shipped holds (`vigie policy show`).")


@command.command()
def rollback(
    version: Annotated[int, typer.Argument(min=0, help="The version; 0 is what is shipped.")],
    reason: Reason,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Config = None,
) -> None:
    """Let an earlier version hold again: it is adopted anew, as the next one.

    Example:

        vigie policy rollback 3 --reason "too many challenges"
    """
    actor = operator()
    with open_policies(config) as (service, _):
        base = service.current(actor).id
        found = service.compare(actor, base, version)
        if not found and service.holding(actor).trouble is None:
            stdout.print(f"Version {base} says the same")
            return
        show_differences(found)
        _agree(yes)
        made = service.restore(actor, version, base, reason)
    stdout.print(f"Version {made.id} holds, and says what {version} said")


def _agree(yes: bool) -> None:
    if not yes and not typer.confirm("Adopt it?", err=True):
        raise CommandError("nothing was changed")
