"""`firstmove intake`: read a folder or file of feeds, and say of every file what became of it."""

import argparse
import contextlib
import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from firstmove.domains.intake.operations import FileReport, Progress, Report, Step


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, help="a file or folder: CSV, XLSX or Parquet, named after its feed")
    parser.add_argument(
        "--source",
        default="files",
        help="the system that the files come from; line numbers need to be unique within it (default: %(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    """Returns 1 where a file failed; the others are in then all the same."""
    from firstmove.cli import language
    from firstmove.cli.database import ready

    with ready():
        from firstmove.domains.intake import operations

        language.speak()
        with showing() as progress:
            report = operations.take_in(
                path=options.path, source=options.source, now=dt.datetime.now(dt.UTC), progress=progress
            )
        show(report)
    return 1 if report.failed else 0


@contextlib.contextmanager
def showing() -> "Iterator[Progress]":
    """A progress bar on stderr, or a line a step where stderr is no terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: print(_step_in_words(step), file=sys.stderr, flush=True)
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def progress(step: "Step") -> None:
            bar.update(
                task,
                description=_step_in_words(step),
                completed=step.bytes_done,
                total=step.bytes_total or None,
            )

        yield progress


def _step_in_words(step: "Step") -> str:
    from django.utils.translation import gettext as _

    facts = {"file": step.file, "rows": f"{step.rows:,}"}
    if step.kind == "waiting":
        return _("another intake runs; waiting for it to end")
    if step.kind == "stock":
        return _("bringing the stock ledger up to date")
    if step.kind == "file":
        return _("reading %(file)s") % facts
    return _("%(file)s: %(rows)s rows") % facts


def show(report: "Report") -> None:
    """A table of the files, then what needs a person: failures and the first rows that were set aside."""
    from django.utils.translation import gettext as _
    from django.utils.translation import ngettext
    from rich.console import Console

    from firstmove.domains.intake import words

    # A file or pipe has no width: nothing is cut for it.
    console = Console(width=None if sys.stdout.isatty() else 200, soft_wrap=True, highlight=False, markup=False)
    if report.initialised is not None:
        made = report.initialised
        console.print(
            _("This data folder was empty. It is now the enterprise %(name)s, in %(currency)s and %(zone)s.")
            % {"name": made.name, "currency": made.currency, "zone": made.time_zone}
        )
        if made.assumed:
            console.print(
                _("Some of that is assumed. To choose it, run firstmove init in another FIRSTMOVE_HOME first.")
            )
    console.print(_table(report))
    for file in report.files:
        if file.problem is not None and file.outcome == "failed":
            console.print(words.file_sentence(feed=file.feed, file=file.file, problem=file.problem))
        _show_set_aside(console, file)
    if report.left_alone:
        console.print(_("Left alone, as no feeds: %(files)s") % {"files": ", ".join(report.left_alone)})
    if report.unlisted:
        console.print(
            ngettext(
                "%(count)s product is known from history alone. It is kept as unlisted and never proposed.",
                "%(count)s products are known from history alone. They are kept as unlisted and never proposed.",
                report.unlisted,
            )
            % {"count": f"{report.unlisted:,}"}
        )
    if report.stock_moved:
        console.print(
            ngettext(
                "The stock ledger was brought up to date by %(count)s movement.",
                "The stock ledger was brought up to date by %(count)s movements.",
                report.stock_moved,
            )
            % {"count": f"{report.stock_moved:,}"}
        )


def _table(report: "Report") -> "Table":
    from django.utils.translation import gettext as _
    from rich.table import Table

    from firstmove.domains.intake import words

    table = Table(box=None, pad_edge=False)
    table.add_column(_("file"), overflow="fold")
    table.add_column(_("feed"), no_wrap=True)
    for title in (_("read"), _("added"), _("replaced"), _("unchanged"), _("set aside")):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("")
    notes = {"skipped": _("same file as before"), "failed": _("failed")}
    for file in report.files:
        counts = (file.read, file.added, file.replaced, file.unchanged, file.set_aside)
        note = notes.get(file.outcome, _("continued") if file.continued else "")
        table.add_row(file.file, words.feed_name(file.feed), *(f"{count:,}" for count in counts), note)
    return table


def _show_set_aside(console: "Console", file: "FileReport") -> None:
    from django.utils.translation import gettext as _

    from firstmove.domains.intake import words
    from firstmove.domains.intake.operations import KEPT_SET_ASIDE

    if not file.first_set_aside or file.outcome == "skipped":
        return
    console.print(_("%(file)s: rows set aside: %(count)s") % {"file": file.file, "count": f"{file.set_aside:,}"})
    for row in file.first_set_aside:
        sentence = words.row_sentence(
            feed=file.feed, row=row.row, reason=row.reason, column=row.column, value=row.value
        )
        console.print(f"  {sentence}")
    more = file.set_aside - len(file.first_set_aside)
    if more > 0:
        console.print("  " + _("… and %(count)s more.") % {"count": f"{more:,}"})
    if file.set_aside > KEPT_SET_ASIDE:
        console.print(
            "  "
            + _("Only the first %(kept)s of them are kept one by one; the others are counted.")
            % {"kept": f"{KEPT_SET_ASIDE:,}"}
        )
