"""The browser's libraries, fetched once, checked byte for byte and kept in the repository.

`python -m monitor.web.vendor` fetches what `vendor.toml` lists through the npm client and writes
it below `static/vendor`; with `--check` it touches nothing and says whether the files there are
the ones listed.
"""

import argparse
import base64
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct, field

from monitor.web.outlines import countries

HERE = Path(__file__).parent
LISTING = HERE / "vendor.toml"
TARGET = HERE / "static" / "vendor"
LICENCES = "LICENSES.txt"

_SOURCE_MAP = re.compile(rb"\n?(/\*|//)# sourceMappingURL=\S+( \*/)?\n?")


class VendoringError(Exception):
    """A package or a file is not the one that `vendor.toml` lists."""


class VendoredFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One file: its path in the package, its path below `static/vendor`, and its hash there.

    `make` names what is made of it on the way: `verbatim` (only a pointer to a source map is
    taken off) or `countries` (TopoJSON into GeoJSON).
    """

    take: str
    name: str
    sha256: str
    make: str = "verbatim"


class Package(Struct, frozen=True, forbid_unknown_fields=True):
    """One npm package: exact version, SHA-512 of its archive as npm writes it, licence, files.

    The licence's text is that of the files `licence_files` in the package, else `licence_text`.
    """

    name: str
    version: str
    integrity: str
    licence: str
    files: tuple[VendoredFile, ...]
    licence_files: tuple[str, ...] = ()
    licence_text: str = ""


class Listing(Struct, frozen=True, forbid_unknown_fields=True):
    """What `vendor.toml` holds."""

    licences_sha256: str
    package: tuple[Package, ...] = field(default_factory=tuple)


def listing(path: Path = LISTING) -> Listing:
    """What is to be vendored. Raises msgspec.ValidationError when the file is not of its form."""
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Listing)


def problems(wanted: Listing, target: Path = TARGET) -> list[str]:
    """What is missing, different or unlisted below `target`; empty when all is as listed."""
    expected = {file.name: file.sha256 for package in wanted.package for file in package.files}
    expected[LICENCES] = wanted.licences_sha256
    found = {str(p.relative_to(target)): p for p in target.rglob("*") if p.is_file()}
    lines = [f"{name}: missing" for name in sorted(set(expected) - set(found))]
    lines += [f"{name}: not listed" for name in sorted(set(found) - set(expected))]
    for name in sorted(set(found) & set(expected)):
        digest = hashlib.sha256(found[name].read_bytes()).hexdigest()
        if digest != expected[name]:
            lines.append(f"{name}: SHA-256 is {digest}, listed is {expected[name]}")
    return lines


def vendor(wanted: Listing, fetch: Callable[[Package], bytes], target: Path = TARGET) -> None:
    """Fetch and verify everything, then write it. Raises VendoringError with nothing written."""
    made: dict[str, bytes] = {}
    licences = []
    for package in wanted.package:
        archive = fetch(package)
        verify(package, archive)
        contents = dict(_contents(archive))
        for file in package.files:
            made[file.name] = _make(file, contents[file.take])
        licences.append(_licence(package, contents))
    made[LICENCES] = "\n\n".join(licences).encode()
    for name, body in made.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def verify(package: Package, archive: bytes) -> None:
    """Raise VendoringError unless the archive has the listed SHA-512."""
    digest = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        raise VendoringError(f"{package.name} {package.version}: sha512-{digest} is not as listed")


def fetch_with_npm(package: Package) -> bytes:
    """The package's archive through the npm client, which runs none of its scripts."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--ignore-scripts"]
        command += ["--pack-destination", folder, f"{package.name}@{package.version}"]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)  # noqa: S603
        (archive,) = Path(folder).glob("*.tgz")
        return archive.read_bytes()


def _contents(archive: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as opened:
        for member in opened:
            body = opened.extractfile(member)
            if body is not None:
                yield member.name.partition("/")[2], body.read()


def _make(file: VendoredFile, body: bytes) -> bytes:
    if file.make == "countries":
        return countries(body)
    return _SOURCE_MAP.sub(b"\n", body)


def _licence(package: Package, contents: dict[str, bytes]) -> str:
    heading = f"{package.name} {package.version} ({package.licence})"
    texts = [contents[name].decode("utf-8").strip() for name in package.licence_files]
    if package.licence_text:
        texts.append(package.licence_text.strip())
    return "\n\n".join([heading, "=" * len(heading), *texts])


def main(arguments: list[str] | None = None) -> int:
    """0 when what is vendored is as listed, 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m monitor.web.vendor", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare what is there")
    options = parser.parse_args(arguments)
    wanted = listing()
    if not options.check:
        try:
            vendor(wanted, fetch_with_npm)
        except (VendoringError, OSError, subprocess.CalledProcessError) as error:
            sys.stderr.write(f"{error}\n")
            return 1
    wrong = problems(wanted)
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
