"""Which files of a folder are feeds, what each holds, and the order in which their references resolve."""

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _

from firstmove.kernel.errors import Invalid, NotFound
from firstmove.lake.feeds import FeedError, detect
from firstmove.lake.parse import feed_of

ORDER = (
    "suppliers",
    "dealers",
    "products",
    "customers",
    "supply",
    "capacity",
    "prices",
    "lead_times",
    "promotions",
    "orders",
    "shipments",
    "stock",
    "warehouse",
    "production",
    "sales",
    "payments",
)
"""A row may refer to rows of the feeds before its own."""

NETWORK_FILE = "network.json"
_READ = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".parquet"})
# Somebody meant these as data: they are refused in words, not passed over.
_MEANT = frozenset({".xls", ".xlsb", ".xlsm", ".ods", ".zip", ".gz", ".7z", ".rar"})


@dataclass(frozen=True)
class FeedFile:
    """A file as it was found. `feed` is empty and `fault` set where it cannot be taken at all."""

    path: Path
    feed: str
    size: int
    content_hash: str
    fault: FeedError | None = None

    @property
    def name(self) -> str:
        return self.path.name


@dataclass(frozen=True)
class Found:
    """The feeds of a folder in reading order, and the names of the files that are none."""

    files: tuple[FeedFile, ...]
    left_alone: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """What a folder says of the enterprise that it comes from, or what is assumed where it says nothing."""

    name: str
    currency: str
    time_zone: str
    is_demo: bool
    assumed: bool


def find(path: Path) -> Found:
    """Look at one file, or at the files of a folder (not of folders inside it).

    Files of one feed are read in the order of their names, so that of sales_2021 and sales_2022 the later wins.
    Raises NotFound where nothing lies at `path`, Invalid where a folder holds no feed.
    """
    if path.is_file():
        return Found(files=(_look(path),), left_alone=())
    if not path.is_dir():
        raise NotFound(
            _("There is no file or folder %(path)s.") % {"path": path}, _("Check the path."), code="no-such-path"
        )
    feeds, left_alone = [], []
    for entry in sorted(path.iterdir()):
        # Spreadsheet programs keep a hidden twin "~$…" of every workbook that is open.
        if not entry.is_file() or entry.name.startswith((".", "~$")) or entry.name == NETWORK_FILE:
            continue
        if entry.suffix.lower() in _READ | _MEANT:
            feeds.append(_look(entry))
        else:
            left_alone.append(entry.name)
    if not feeds:
        raise Invalid(
            _("%(path)s holds no file that could be read.") % {"path": path},
            _("Put CSV, XLSX or Parquet files in it, named after their feeds: sales.csv, products.xlsx and so on."),
            code="no-feeds",
        )
    feeds.sort(key=lambda file: (ORDER.index(file.feed) if file.feed else len(ORDER), file.name))
    return Found(files=tuple(feeds), left_alone=tuple(left_alone))


def network(path: Path) -> Network:
    """What network.json beside the feeds says: name, currency, time_zone, demo; the rest is assumed.

    Without it: the folder's name, USD, and the time zone of the environment variable TZ or else UTC.
    Raises Invalid where network.json cannot be understood.
    """
    folder = path if path.is_dir() else path.parent
    facts = {}
    try:
        facts = json.loads((folder / NETWORK_FILE).read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        pass
    except (ValueError, OSError):
        facts = None
    if not isinstance(facts, dict):
        raise Invalid(
            _("%(path)s cannot be read.") % {"path": folder / NETWORK_FILE},
            _('It must look like {"name": "…", "currency": "USD", "time_zone": "America/Chicago"}; or remove it.'),
            code="bad-network-file",
        )
    zone = os.environ.get("TZ", "").lstrip(":")
    return Network(
        name=str(facts.get("name") or folder.resolve().name or "firstmove"),
        currency=str(facts.get("currency") or "USD"),
        time_zone=str(facts.get("time_zone") or (zone if zone in available_timezones() else "UTC")),
        is_demo=facts.get("demo") is True,
        assumed=not {"name", "currency", "time_zone"} <= facts.keys(),
    )


def _look(path: Path) -> FeedFile:
    with path.open("rb") as content:
        content_hash = hashlib.file_digest(content, "sha256").hexdigest()
    size = path.stat().st_size
    try:
        return FeedFile(path=path, feed=feed_of(path), size=size, content_hash=content_hash)
    except FeedError as fault:
        feed = ""
        # A file of no use still belongs to the feed that its name tells.
        with contextlib.suppress(FeedError):
            feed = detect(path, [])
        return FeedFile(path=path, feed=feed, size=size, content_hash=content_hash, fault=fault)
