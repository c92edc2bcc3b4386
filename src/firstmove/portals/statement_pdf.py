"""A statement as a PDF of A4 pages. Chinese is shown by the reader's own song font, so that none is shipped."""

import io
from collections.abc import Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from firstmove.domains.network.queries import DealerView
from firstmove.domains.trade.queries import EntryView, Statement
from firstmove.portals.design import figures

FONT = "STSong-Light"
_WIDTHS = [mm * width for width in (22, 30, 58, 22, 27, 27)]


def drawn(
    *, statement: Statement, dealer: DealerView, seller: str, currency: str, rows: Sequence[tuple[EntryView, str]]
) -> bytes:
    """`rows`: the statement's entries with what each is for. Names are text, whatever they look like."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    plain = ParagraphStyle("plain", fontName=FONT, fontSize=9, leading=12, wordWrap="CJK")
    right = ParagraphStyle("right", parent=plain, alignment=TA_RIGHT)
    title = ParagraphStyle("title", parent=plain, fontSize=16, leading=22)

    def cells(*texts: str) -> list[Flowable]:
        return [Paragraph(escape(text), right if place > 3 else plain) for place, text in enumerate(texts)]

    def money(amount: Decimal) -> str:
        return figures.price(amount, currency)

    table = [
        cells(_("Day"), _("What happened"), _("Of what"), _("Due on"), _("Amount"), _("Balance")),
        cells(statement.since.isoformat(), _("Opening balance"), "", "", "", money(statement.opening)),
    ]
    table += [
        cells(
            entry.entry_on.isoformat(),
            entry.kind_name,
            told,
            entry.due_on.isoformat() if entry.due_on and entry.amount > 0 else "",
            money(entry.amount),
            money(entry.balance),
        )
        for entry, told in rows
    ]
    table.append(cells(statement.until.isoformat(), _("Closing balance"), "", "", "", money(statement.closing)))
    grid = Table(table, colWidths=_WIDTHS, repeatRows=1)
    grid.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, "#1f4d3a"),
                ("LINEBELOW", (0, 1), (-1, -1), 0.25, "#c8cfca"),
                ("LINEABOVE", (0, -1), (-1, -1), 0.8, "#1f4d3a"),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    sums = " · ".join(f"{name} {money(amount)}" for _kind, name, amount in statement.totals)
    story: list[Flowable] = [
        Paragraph(escape(_("Statement of account")), title),
        Paragraph(escape(f"{seller} → {dealer.name} ({dealer.code})"), plain),
        Paragraph(escape(f"{statement.since} – {statement.until}"), plain),
        Spacer(1, 5 * mm),
        grid,
        Spacer(1, 5 * mm),
        Paragraph(escape(sums), plain),
        Spacer(1, 14 * mm),
        Table([cells(_("For the enterprise: __________________"), "", _("For the dealer: __________________"))],
              colWidths=[mm * 80, mm * 16, mm * 80]),
    ]  # fmt: skip
    buffer = io.BytesIO()
    margin = 12 * mm
    SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=margin, rightMargin=margin, topMargin=margin, bottomMargin=margin,
        title=_("Statement of account"), author=seller,
    ).build(story)  # fmt: skip
    return buffer.getvalue()
