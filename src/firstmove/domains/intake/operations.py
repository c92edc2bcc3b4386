"""Taking in files. Master data goes to the rooms below, history to the lake, and every file leaves a batch.

How a file that came before is taken:

* It is *continued* when its reading was interrupted, no row was set aside until then and no other file of the same
  source and feed came since. Chunks that are in the lake stay there, each exactly once, and the rest follows.
* History is *skipped* as unchanged when it was read to the end, nothing of it was set aside, and no later file of the
  same source and feed replaced any row. Otherwise it is read anew, as a batch of its own: what was sent last wins, and
  rows that were set aside get another chance.
* Master data is always read anew: pages may have changed it since, and the file is the newer word.
"""

import datetime as dt
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import polars as pl
from django.conf import settings
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from firstmove.domains.catalog import operations as catalog
from firstmove.domains.catalog.queries import product_ids_by_sku
from firstmove.domains.intake import files, masters, queries
from firstmove.domains.intake.files import FeedFile
from firstmove.domains.intake.locks import alone
from firstmove.domains.intake.models import Batch, BatchState, SetAside
from firstmove.domains.intake.refusal import Rows, limits, refuse_unstorable
from firstmove.domains.network import operations as network
from firstmove.domains.network.queries import dealer_ids_by_code, enterprise, is_initialised, supplier_ids_by_code
from firstmove.domains.stock import operations as stock
from firstmove.domains.stock import reserving
from firstmove.domains.trade import operations as trade
from firstmove.domains.trade.history import SOURCE as SHIPPED_HERE
from firstmove.domains.trade.mirror import mirror_orders
from firstmove.kernel import outbox, tenancy
from firstmove.kernel.dates import local_date
from firstmove.kernel.errors import Conflict, Invalid
from firstmove.kernel.tenancy import SYSTEM
from firstmove.lake import series, supply
from firstmove.lake.feeds import FEEDS, FeedError
from firstmove.lake.parse import Chunk, Known, read
from firstmove.lake.scope import LakeScope
from firstmove.lake.store import Lake, Written

KEPT_SET_ASIDE = 10_000
"""So many set-aside rows of a file are kept one by one; beyond, they are counted."""

SHOWN_SET_ASIDE = 5
"""So many of them stand in the report itself."""

LONGEST_SOURCE = 60

_SETTLED = frozenset({"orders", "stock", "sales", "shipments", "warehouse", "production"})
_NAMESPACE = uuid.UUID("6f0c2e52-6a6f-4f0e-9d0c-0d6a4b1f7a10")

Outcome = Literal["complete", "skipped", "failed"]


@dataclass(frozen=True)
class Step:
    """How far an intake is. `waiting`: another one runs; `stock`: the stock ledger is brought up to date."""

    kind: Literal["waiting", "file", "rows", "stock"]
    file: str = ""
    feed: str = ""
    rows: int = 0
    bytes_done: int = 0
    bytes_total: int = 0


Progress = Callable[[Step], None]


@dataclass(frozen=True)
class FileReport:
    """What became of one file. `read` is the sum of the four counts that follow it."""

    file: str
    feed: str
    outcome: Outcome
    batch_id: int
    read: int
    added: int
    replaced: int
    unchanged: int
    set_aside: int
    first_on: dt.date | None
    last_on: dt.date | None
    problem: Mapping[str, Any] | None
    first_set_aside: tuple[queries.SetAsideView, ...]
    continued: bool = False


@dataclass(frozen=True)
class Report:
    """What an intake did. `initialised` tells what an empty home was made into; `unlisted` counts the products that
    only history knows; `stock_moved` the movements that brought the ledger to the inferred positions."""

    files: tuple[FileReport, ...]
    left_alone: tuple[str, ...]
    initialised: files.Network | None
    unlisted: int
    stock_moved: int

    @property
    def failed(self) -> bool:
        return any(file.outcome == "failed" for file in self.files)


def take_in(
    *,
    path: Path,
    source: str = "files",
    now: dt.datetime,
    user_id: int | None = None,
    progress: Progress | None = None,
    allow_demo: bool = False,
) -> Report:
    """Read a file or folder of feeds. A file that cannot be taken fails alone; see the module for files sent again.

    `source` tells systems apart whose line numbers may meet: a row of history is known by (source, line). Another
    intake is waited for. Raises NotFound, Invalid, and Conflict (`demo-home`, `demo-folder`).
    """
    if not source.strip() or len(source) > LONGEST_SOURCE:
        raise Invalid(
            _("A source needs a name of 1 to %(most)s characters.") % {"most": LONGEST_SOURCE},
            _("Name the system that the files come from, such as erp."),
            field="source",
        )
    tell = progress or _silently
    found = files.find(path)
    with alone(waiting=lambda: tell(Step("waiting"))):
        made = _settle(files.network(path), now=now, allow_demo=allow_demo)
        intake = _Intake(
            lake=Lake(settings.LAKE_ROOT),
            source=source,
            now=now,
            user_id=user_id,
            tell=tell,
            bytes_total=sum(file.size for file in found.files),
        )
        reports = [intake.take(file) for file in found.files]
        moved = intake.settle()
    return Report(
        files=tuple(reports),
        left_alone=found.left_alone,
        initialised=made,
        unlisted=intake.unlisted,
        stock_moved=moved,
    )


def _silently(_step: Step) -> None:
    """For callers that show no progress."""


def _settle(facts: files.Network, *, now: dt.datetime, allow_demo: bool) -> files.Network | None:
    """Make an empty home the enterprise of the files; keep invented and real data apart. Returns what was made."""
    with tenancy.scope(SYSTEM):
        # What still says RUNNING was killed: its intake would hold the lock that we hold.
        Batch.objects.filter(state=BatchState.RUNNING).update(state=BatchState.FAILED, problem={"code": "interrupted"})
        if not is_initialised():
            network.initialise(
                name=facts.name, currency=facts.currency, time_zone=facts.time_zone, is_demo=facts.is_demo
            )
            return facts
        home_is_demo = enterprise(now=now).is_demo
    if home_is_demo and not allow_demo:
        raise Conflict(
            _("This data folder holds the demo network, whose people and figures are invented."),
            _("Set FIRSTMOVE_HOME to another, empty folder and take your files in there."),
            code="demo-home",
        )
    if facts.is_demo and not home_is_demo:
        raise Conflict(
            _("These files are a demo network, and this data folder holds a real enterprise."),
            _("Set FIRSTMOVE_HOME to another, empty folder and load the demo network there."),
            code="demo-folder",
        )
    return None


@dataclass
class _Intake:
    """One run over the files of a folder."""

    lake: Lake
    source: str
    now: dt.datetime
    user_id: int | None
    tell: Progress
    bytes_total: int
    unlisted: int = 0
    _bytes_done: int = 0
    _skus: set[str] = field(default_factory=set)
    # The last file that tells of orders or stock. It stays RUNNING until they agree with it, so that a kill before that
    # makes the next intake settle them; see `settle`.
    _unsettled: Batch | None = None

    def __post_init__(self) -> None:
        self._started = time.monotonic()
        with tenancy.scope(SYSTEM):
            self._today = local_date(now=self.now, time_zone=enterprise(now=self.now).time_zone)
            self._skus = set(product_ids_by_sku())

    def take(self, file: FeedFile) -> FileReport:
        self.tell(Step("file", file.name, file.feed, 0, self._bytes_done, self.bytes_total))
        with tenancy.scope(SYSTEM):
            batch, how = self._batch(file)
        if how != "skipped":
            if file.feed in _SETTLED and file.fault is None:
                if self._unsettled is not None:
                    self._finish(self._unsettled)
                self._unsettled = batch
            try:
                if file.fault is not None:
                    raise file.fault
                self._read(file, batch)
            except FeedError as fault:
                self._fail(batch, fault)
            else:
                if batch is not self._unsettled:
                    self._finish(batch)
        self._bytes_done += file.size
        return self._report(file, batch, how)

    def settle(self) -> int:
        """Bring the ledger to the stock that the history implies on its last day; returns the movements it took.

        Dealers whose stock no file ever counted get none. Orders of other systems are brought up to date beside it.
        """
        batch = self._unsettled
        if batch is None:
            return 0
        # Receipts that were confirmed here belong to the history before stock is inferred from it.
        outbox.deliver()
        versions = self.lake.versions()
        with tenancy.scope(SYSTEM):
            latest = Batch.objects.filter(feed__in=_SETTLED).aggregate(on=Max("last_on"))["on"]
        moved = 0
        if latest is not None and ("stock_daily" in versions or "warehouse_daily" in versions):
            moved = self._moved(batch, as_of=latest, versions=versions)
        if latest is not None:
            mirror_orders(lake=self.lake, versions=versions, until=latest, now=self.now)
        self._finish(batch)
        self._unsettled = None
        return moved

    def _moved(self, batch: Batch, *, as_of: dt.date, versions: Mapping[str, int]) -> int:
        self.tell(Step("stock", bytes_done=self.bytes_total, bytes_total=self.bytes_total))
        with tenancy.scope(SYSTEM):
            dealers, products = dealer_ids_by_code(), product_ids_by_sku()
        inferred = series.positions(self.lake, as_of=as_of, versions=versions).drop_nulls("on_hand_units")
        positions = [
            stock.Position(dealers[dealer], products[sku], Decimal(str(on_hand)).quantize(Decimal("0.001")))
            for dealer, sku, on_hand in inferred.select("dealer", "sku", "on_hand_units").iter_rows()
            if dealer in dealers and sku in products
        ]
        # What was shipped here is in the ledger since it left, and in the lake since it was received.
        own = supply.warehouse(self.lake, as_of=as_of, versions=versions, shipped_elsewhere=SHIPPED_HERE)
        told_at = self._came_at(own["batch"])
        positions += [
            stock.Position(
                None,
                products[sku],
                Decimal(str(on_hand)).quantize(Decimal("0.001")),
                counted_on=counted_on,
                told_at=told_at.get(chunk.partition("/")[0]),
            )
            for sku, on_hand, counted_on, chunk in own.select("sku", "on_hand_units", "counted_on", "batch").iter_rows()
            if sku in products
        ]
        moved = stock.bring_to(positions=positions, occurred_on=as_of, cause=f"batch:{batch.key}")
        due = supply.due(self.lake, as_of=as_of, versions=versions)
        stock.expect(
            source="production",
            arrivals=[
                stock.Due(products[sku], Decimal(str(units)).quantize(Decimal("0.001")), day)
                for sku, day, units in due.select("sku", "due_on", "due_units").iter_rows()
                if sku in products
            ],
        )
        # What came is for the orders that wait longest.
        reserving.cover()
        trade.rework_promises(now=self.now)
        return moved

    def _came_at(self, chunks: pl.Series) -> dict[str, dt.datetime]:
        """When files came in whose chunks are in the lake, by the key of their batch, on the database's clock."""
        keys = {chunk.partition("/")[0] for chunk in chunks.unique()}
        with tenancy.scope(SYSTEM):
            known = dict(Batch.objects.filter(feed="warehouse").values_list("key", "came_at"))
        return {str(key): at for key, at in known.items() if str(key) in keys}

    def _batch(self, file: FeedFile) -> tuple[Batch, Literal["new", "continued", "skipped"]]:
        """The batch under which the file is read, by the rules at the head of this module."""
        identity = {"source": self.source, "feed": file.feed, "content_hash": file.content_hash}
        if file.fault is not None:
            # Files without content are all alike; only their names tell them apart.
            identity["file_name"] = file.name[:255]
        attempts = Batch.objects.filter(**identity).order_by("id")
        last = attempts.last()
        table = FEEDS[file.feed].table if file.feed else None
        if last is not None:
            later = Batch.objects.filter(source=self.source, feed=file.feed, id__gt=last.pk)
            if last.state == BatchState.COMPLETE:
                replaced = later.filter(Q(rows_replaced__gt=0) | Q(problem__code="interrupted"))
                stands = table is not None and self.lake.version(table) is not None
                if stands and not last.rows_set_aside and not replaced.exists():
                    return last, "skipped"
            elif not last.rows_set_aside and not later.exists():
                if table is None:
                    last.rows_read = last.rows_added = last.rows_replaced = last.rows_unchanged = 0
                last.state, last.problem, last.finished_at = BatchState.RUNNING, None, None
                last.started_at, last.user_id, last.file_name = self.now, self.user_id, file.name[:255]
                last.save()
                return last, "continued"
        parts = (self.source, file.feed, file.content_hash, identity.get("file_name", ""), str(attempts.count()))
        new = Batch.objects.create(
            key=uuid.uuid5(_NAMESPACE, "\n".join(parts)),
            source=self.source,
            feed=file.feed,
            file_name=file.name[:255],
            content_hash=file.content_hash,
            started_at=self.now,
            user_id=self.user_id,
        )
        return new, "new"

    def _read(self, file: FeedFile, batch: Batch) -> None:
        with tenancy.scope(SYSTEM):
            known = Known(dealers=frozenset(dealer_ids_by_code()), suppliers=frozenset(supplier_ids_by_code()))
        recorded = batch.rows_read
        seen = 0
        for number, chunk in enumerate(read(file.path, feed=file.feed, today=self._today, known=known)):
            seen += chunk.good.height + chunk.bad.height + chunk.repeated
            taken = self._master(chunk) if FEEDS[file.feed].table is None else self._history(chunk, batch, number)
            # A chunk that a killed reading had recorded is counted already.
            if seen > recorded:
                self._record(batch, chunk, taken, seen)
            self.tell(Step("rows", file.name, file.feed, seen, self._bytes_done, self.bytes_total))

    def _master(self, chunk: Chunk) -> masters.Taken:
        taken = masters.take(feed=chunk.feed, good=chunk.good, bad=chunk.bad, now=self.now)
        if chunk.feed == "products":
            self._skus.update(chunk.good["sku"])
        return taken

    def _history(self, chunk: Chunk, batch: Batch, number: int) -> masters.Taken:
        rows = Rows(good=chunk.good, bad=chunk.bad)
        refuse_unstorable(rows, longest=limits(chunk.feed, history=True))
        if rows.good.is_empty():
            return masters.Taken(added=0, replaced=0, unchanged=0, bad=rows.bad)
        new = set(rows.good["sku"].unique()) - self._skus
        if new:
            self.unlisted += catalog.register_unlisted(skus=new)
            self._skus |= new
        chunk_id = f"{batch.key}/{number}"
        table = FEEDS[chunk.feed].table or ""
        written = self.lake.write(table=table, rows=rows.good.drop("row"), source=self.source, batch_id=chunk_id)
        if written.repeated:
            written = self._recovered(written, batch, table, chunk_id)
        return masters.Taken(added=written.added, replaced=written.replaced, unchanged=written.unchanged, bad=rows.bad)

    def _recovered(self, written: Written, batch: Batch, table: str, chunk_id: str) -> Written:
        """The counts of a chunk that a killed reading had written to the lake and not yet recorded.

        Whether its rows were new or replaced others cannot be told any more. They count as replaced where the source
        had sent this feed before, so that no older file is taken for still valid.
        """
        ids = self.lake.scan(table=table, scope=LakeScope.system(), columns=["batch"])
        count = ids.filter(pl.col("batch") == chunk_id).select(pl.len()).collect().item()
        with tenancy.scope(SYSTEM):
            before = Batch.objects.filter(source=batch.source, feed=batch.feed, rows_added__gt=0, id__lt=batch.pk)
            replaced = count if before.exists() else 0
        return Written(
            added=count - replaced, replaced=replaced, unchanged=written.unchanged - count, version=written.version
        )

    def _record(self, batch: Batch, chunk: Chunk, taken: masters.Taken, seen: int) -> None:
        """Counts and set-aside rows of a chunk, in one transaction, after its rows are safe."""
        with tenancy.scope(SYSTEM):
            room = max(0, KEPT_SET_ASIDE - batch.rows_set_aside)
            SetAside.objects.bulk_create(
                [
                    SetAside(
                        batch=batch,
                        row=row,
                        reason=reason,
                        column=column[:60],
                        value=_storable(value),
                        raw=_storable(raw),
                    )
                    for row, reason, column, value, raw in taken.bad.head(room).iter_rows()
                ],
                batch_size=2000,
            )
            batch.rows_read = seen
            batch.rows_added += taken.added
            batch.rows_replaced += taken.replaced
            batch.rows_unchanged += taken.unchanged + chunk.repeated
            batch.rows_set_aside += taken.bad.height
            first, last = self._span(chunk)
            batch.first_on = min(filter(None, (batch.first_on, first)), default=None)
            batch.last_on = max(filter(None, (batch.last_on, last)), default=None)
            batch.save()

    def _span(self, chunk: Chunk) -> tuple[dt.date | None, dt.date | None]:
        """The first and last day told of; plans for days to come do not make a feed fresh."""
        days = [
            chunk.good.filter(pl.col(column.name) <= self._today)[column.name]
            for column in FEEDS[chunk.feed].columns
            if column.past
        ]
        firsts = [first for each in days if (first := each.min()) is not None]
        lasts = [last for each in days if (last := each.max()) is not None]
        return min(firsts, default=None), max(lasts, default=None)  # type: ignore[type-var]

    def _clock(self) -> dt.datetime:
        return self.now + dt.timedelta(seconds=time.monotonic() - self._started)

    def _finish(self, batch: Batch) -> None:
        """Complete a batch, unless it failed."""
        if batch.state != BatchState.RUNNING:
            return
        with tenancy.scope(SYSTEM):
            batch.state, batch.finished_at = BatchState.COMPLETE, self._clock()
            batch.save(update_fields=["state", "finished_at"])

    def _fail(self, batch: Batch, fault: FeedError) -> None:
        with tenancy.scope(SYSTEM):
            batch.state, batch.finished_at = BatchState.FAILED, self._clock()
            batch.problem = {"code": fault.code, "columns": list(fault.columns), "detail": str(fault)}
            batch.save(update_fields=["state", "finished_at", "problem"])

    def _report(self, file: FeedFile, batch: Batch, how: str) -> FileReport:
        with tenancy.scope(SYSTEM):
            shown, _count = queries.set_aside(batch_id=batch.pk, limit=SHOWN_SET_ASIDE)
        if how == "skipped":
            outcome: Outcome = "skipped"
            added, replaced, unchanged = 0, 0, batch.rows_read
        else:
            outcome = "failed" if batch.state == BatchState.FAILED else "complete"
            added, replaced, unchanged = batch.rows_added, batch.rows_replaced, batch.rows_unchanged
        return FileReport(
            file=file.name,
            feed=file.feed,
            outcome=outcome,
            batch_id=batch.pk,
            read=batch.rows_read,
            added=added,
            replaced=replaced,
            unchanged=unchanged,
            set_aside=batch.rows_set_aside,
            first_on=batch.first_on,
            last_on=batch.last_on,
            problem=batch.problem,
            first_set_aside=tuple(shown),
            continued=how == "continued",
        )


def _storable(text: str | None) -> str:
    """The database keeps no zero character."""
    return (text or "").replace("\0", "")
