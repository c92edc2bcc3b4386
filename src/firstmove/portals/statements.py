"""The statement of a dealer's account for any period: as a page, a spreadsheet and a PDF to sign."""

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstmove.domains.network import queries as network
from firstmove.domains.trade import queries as trade
from firstmove.domains.trade.queries import EntryView, Statement
from firstmove.kernel.errors import Invalid
from firstmove.portals import statement_pdf
from firstmove.portals.design import figures
from firstmove.portals.design.tables import Column
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.download import table_file

COLUMNS = (
    Column(label=gettext_lazy("Day"), lead=True, narrow=True),
    Column(label=gettext_lazy("What happened")),
    Column(label=gettext_lazy("Due on"), narrow=True),
    Column(label=gettext_lazy("More owed"), number=True),
    Column(label=gettext_lazy("Less owed"), number=True),
    Column(label=gettext_lazy("Balance"), number=True, beside=True),
)
_MONTHS = 4  # as many months as chips


@dataclass(frozen=True)
class Period:
    since: dt.date
    until: dt.date


def period(query: Mapping[str, str], *, on: dt.date) -> Period:
    """`?month=2026-02`, or `?since=…&until=…`; by default the month of the business date, as far as it went.

    Raises Invalid for what is no month or day.
    """
    try:
        if query.get("since") or query.get("until"):
            since = dt.date.fromisoformat(query.get("since") or "2000-01-01")
            return Period(since, dt.date.fromisoformat(query.get("until") or on.isoformat()))
        first = dt.date.fromisoformat(f"{query['month']}-01") if query.get("month") else on.replace(day=1)
    except ValueError:
        raise Invalid(
            _("This is no period of a statement."), _("Give a month as 2026-02, or two days as 2026-02-01.")
        ) from None
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return Period(first, min(last, on) if first <= on else last)


def sheet(*, dealer_id: int, query: Mapping[str, str], on: dt.date) -> dict[str, Any]:
    """What the page of a statement shows."""
    chosen = period(query, on=on)
    statement = trade.statement(dealer_id=dealer_id, since=chosen.since, until=chosen.until)
    months, month = [], on.replace(day=1)
    for _step in range(_MONTHS):
        months.append(Chip(value=f"{month:%Y-%m}", label=f"{month:%Y-%m}"))
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return {
        "statement": statement,
        "columns": COLUMNS,
        "rows": [(entry, told(entry), max(-entry.amount, Decimal(0))) for entry in statement.entries],
        "months": months,
        "asked": f"since={chosen.since}&until={chosen.until}",
    }


def told(entry: EntryView) -> str:
    """What an entry is for, in a line."""
    if entry.kind in ("order", "cancelled", "difference"):
        came = _("received %(day)s") % {"day": figures.day(entry.received_on)} if entry.received_on else ""
        return " · ".join(part for part in (entry.order_number, came if entry.kind == "order" else "") if part)
    return " · ".join(part for part in (entry.reference, entry.order_number, entry.meant_for) if part)


def file(*, dealer_id: int, query: Mapping[str, str], installation: network.EnterpriseView) -> HttpResponse:
    """The statement as `?form=pdf`, `csv` or `xlsx`, with its opening and closing balance."""
    chosen = period(query, on=installation.business_on)
    statement = trade.statement(dealer_id=dealer_id, since=chosen.since, until=chosen.until)
    dealer = network.dealer(dealer_id=dealer_id)
    name = f"statement-{statement.since}-{statement.until}"
    if query.get("form") == "pdf":
        content = statement_pdf.drawn(
            statement=statement,
            dealer=dealer,
            seller=installation.name,
            currency=installation.currency,
            rows=[(entry, told(entry)) for entry in statement.entries],
        )
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{name}.pdf"'},
        )
    head = [_("Day"), _("What happened"), _("Of what"), _("Due on"), _("Amount"), _("Balance")]
    return table_file(name=name, form=query.get("form", "xlsx"), head=head, rows=_cells(statement))


def _cells(statement: Statement) -> list[tuple[dt.date, str, str, dt.date | None, Decimal | None, Decimal]]:
    return [
        (statement.since, _("Opening balance"), "", None, None, statement.opening),
        *(
            (entry.entry_on, entry.kind_name, told(entry), entry.due_on, entry.amount, entry.balance)
            for entry in statement.entries
        ),
        (statement.until, _("Closing balance"), "", None, None, statement.closing),
    ]
