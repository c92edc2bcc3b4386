"""The data folder, the pages' files and the lake."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from firstmove.cli.checks import Finding, good, note, wrong

LITTLE_BYTES = 1_000_000_000
VENDOR = ("tabler.min.css", "htmx.min.js", "echarts.min.js", "icons.svg")


def data_folder(home: Path) -> Iterator[Finding]:
    try:
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        yield wrong(
            "data folder", f"{home} cannot be written ({error.strerror}).", "Give this user the right to write."
        )
        return
    yield good("data folder", f"{home} can be written.")
    free = shutil.disk_usage(home).free
    says = f"{free / 1e9:,.1f} GB are free."
    if free < LITTLE_BYTES:
        yield wrong("disk", says, "Make room: a run and an intake need at least 1 GB.")
    else:
        yield good("disk", says)


def pages(package: Path, static_root: Path, locales: list[Path]) -> Iterator[Finding]:
    """Whether the pages' files are there, and translations compiled since they were changed."""
    vendor = package / "portals" / "design" / "static" / "vendor"
    missing = [name for name in VENDOR if not (vendor / name).is_file()]
    if missing:
        yield wrong("vendor files", f"{', '.join(missing)} missing in {vendor}.", "Run: make setup")
    else:
        yield good("vendor files", f"All {len(VENDOR)} are there.")
    if (static_root / "staticfiles.json").is_file():
        yield good("static files", f"Collected in {static_root}.")
    else:
        yield note("static files", "Not collected yet; firstmove up does it.")
    sources = [source for folder in locales for source in folder.glob("*/LC_MESSAGES/*.po")]
    compiled = [target for folder in locales for target in folder.glob("*/LC_MESSAGES/*.mo")]
    late = [
        source.parent.parent.name
        for source in sources
        if not source.with_suffix(".mo").is_file() or source.stat().st_mtime > source.with_suffix(".mo").stat().st_mtime
    ]
    if late or not compiled:
        names = ", ".join(late) or "all"
        yield wrong("translations", f"Not compiled since they were changed: {names}.", "Run: make messages")
    else:
        yield good("translations", f"Compiled: {', '.join(target.parent.parent.name for target in compiled)}.")


def lake(root: str) -> Iterator[Finding]:
    """Every table is read once, so that a file that is missing or broken shows."""
    from firstmove.lake.scope import LakeScope
    from firstmove.lake.store import Lake
    from firstmove.lake.tables import TABLES

    store = Lake(root)
    found = []
    for name, table in TABLES.items():
        try:
            if store.version(name) is None:
                continue
            rows = store.read(table=name, scope=LakeScope.system(), columns=["line", table.date])
        except Exception as error:  # whatever the libraries raise for a broken file is the finding
            text = str(error).splitlines()[0][:300]
            yield wrong(
                f"lake: {name}",
                f"{root}/{name} cannot be read: {text}",
                "Restore the latest backup into an empty FIRSTMOVE_HOME, then take in what came since.",
            )
            continue
        found.append(f"{name} {rows.height:,}")
    if found:
        yield good("lake", f"Rows that can be read: {', '.join(found)}.")
    else:
        yield note("lake", "No history yet; firstmove intake FOLDER brings it.")
