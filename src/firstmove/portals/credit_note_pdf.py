"""A credit note as a PDF of one page, to file or to print."""

import io
from xml.sax.saxutils import escape

from django.http import HttpResponse
from django.utils.translation import gettext as _
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from firstmove.domains.network import queries as network
from firstmove.domains.trade import queries as trade
from firstmove.kernel.money import tax_within
from firstmove.portals.design import figures
from firstmove.portals.statement_pdf import FONT

_GOODS = [mm * width for width in (86, 30, 34, 36)]
_TAXES = [mm * width for width in (66, 40, 40, 40)]


def file(*, note_id: int, dealer_id: int | None, installation: network.EnterpriseView) -> HttpResponse:
    """The note as a download. Raises NotFound, also for a note of somebody else."""
    note = trade.credit_note(note_id=note_id, dealer_id=dealer_id)
    content = _drawn(note, network.dealer(dealer_id=note.dealer_id), installation)
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="credit-note-{note_id}.pdf"'},
    )


def _drawn(note: trade.CreditNoteView, dealer: network.DealerView, installation: network.EnterpriseView) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    plain = ParagraphStyle("plain", fontName=FONT, fontSize=10, leading=14, wordWrap="CJK")
    right = ParagraphStyle("right", parent=plain, alignment=TA_RIGHT)
    title = ParagraphStyle("title", parent=plain, fontSize=16, leading=22)
    currency = installation.currency

    def cells(*texts: str) -> list[Flowable]:
        return [Paragraph(escape(text), right if place else plain) for place, text in enumerate(texts)]

    heads = [f"{installation.name} → {dealer.name} ({dealer.code})", note.noted_on.isoformat()]
    if note.order_number:
        heads.append(_("For order %(number)s") % {"number": note.order_number})
    if note.return_number:
        heads.append(_("For return %(number)s") % {"number": note.return_number})
    story: list[Flowable] = [
        Paragraph(escape(_("Credit note %(number)s") % {"number": note.number}), title),
        *(Paragraph(escape(text), plain) for text in heads),
        Spacer(1, 6 * mm),
    ]
    if note.return_id is not None:
        goods = [cells(_("Product"), _("Quantity"), _("Price"), _("Amount"))]
        for line in trade.goods_return(return_id=note.return_id).lines:
            if line.came:
                goods.append(
                    cells(
                        f"{line.product_name} {line.sku}",
                        figures.quantity(line.came, line.unit),
                        figures.price(line.unit_price, currency),
                        figures.price(line.amount, currency),
                    )
                )
        story += [_table(goods, _GOODS), Spacer(1, 6 * mm)]
    taxes = [cells(_("Tax rate"), _("Without tax"), _("Tax"), _("With tax"))]
    for rate, amount in note.parts:
        tax = None if rate is None else tax_within(amount, rate=rate, currency=currency)
        taxes.append(
            cells(
                _("not known") if rate is None else figures.percent(rate, 2),
                "–" if tax is None else figures.price(amount - tax, currency),
                "–" if tax is None else figures.price(tax, currency),
                figures.price(amount, currency),
            )
        )
    taxes.append(cells(_("Credited"), "", "", figures.price(note.amount, currency)))
    story.append(_table(taxes, _TAXES))
    buffer = io.BytesIO()
    margin = 12 * mm
    SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=margin, rightMargin=margin, topMargin=margin, bottomMargin=margin,
        title=_("Credit note %(number)s") % {"number": note.number}, author=installation.name,
    ).build(story)  # fmt: skip
    return buffer.getvalue()


def _table(rows: list[list[Flowable]], widths: list[float]) -> Table:
    table = Table(rows, colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, "#1f4d3a"),
                ("LINEBELOW", (0, 1), (-1, -1), 0.25, "#c8cfca"),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table
