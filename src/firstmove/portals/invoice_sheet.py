"""What the pages of invoices share, whichever side reads them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstmove.domains.trade import queries as trade
from firstmove.portals.account.forms import AccountForm
from firstmove.portals.design.tables import Column
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.paging import page_of

_TONES = {"issued": "good", "declined": "bad", "credited": "neutral", "requested": "warn"}

INVOICES = (
    Column(label=gettext_lazy("Invoice"), lead=True),
    Column(label=gettext_lazy("State"), beside=True),
    Column(label=gettext_lazy("Kind")),
    Column(label=gettext_lazy("Requested on"), narrow=True),
    Column(label=gettext_lazy("Issued on"), narrow=True),
    Column(label=gettext_lazy("Amount"), number=True, beside=True),
)
INVOICES_OF_ALL = (INVOICES[0], Column(label=gettext_lazy("Dealer"), bare=True), *INVOICES[1:])

PARTS = (
    Column(label=gettext_lazy("Order"), lead=True),
    Column(label=gettext_lazy("Tax rate"), number=True),
    Column(label=gettext_lazy("Without tax"), number=True),
    Column(label=gettext_lazy("Tax"), number=True),
    Column(label=gettext_lazy("With tax"), number=True, beside=True),
)

TO_INVOICE = (
    Column(label=gettext_lazy("Order"), lead=True),
    Column(label=gettext_lazy("Received"), narrow=True),
    Column(label=gettext_lazy("By tax rate")),
    Column(label=gettext_lazy("Can be invoiced"), number=True, beside=True),
)


class InvoiceDataForm(AccountForm):
    """To whom invoices are made out; what a special one needs is checked by the domain."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    title = forms.CharField(label=gettext_lazy("Name on the invoice"), max_length=120)
    tax_number = forms.CharField(label=gettext_lazy("Tax number"), max_length=20, required=False)
    address = forms.CharField(label=gettext_lazy("Registered address"), max_length=200, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    bank = forms.CharField(label=gettext_lazy("Bank"), max_length=120, required=False)
    bank_account = forms.CharField(label=gettext_lazy("Bank account"), max_length=40, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail for the file"), max_length=254, required=False)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["kind"].choices = list(trade.INVOICE_KINDS.items())


def listed(query: Mapping[str, str], *, dealer_id: int | None = None) -> dict[str, Any]:
    """A page of invoices as its query asks, with their counts by state."""
    counts = trade.invoice_counts(dealer_id=dealer_id)
    state = query.get("state", "")
    state = state if state in trade.INVOICE_STATES else ""
    page = page_of(
        partial(trade.invoices, dealer_id=dealer_id, state=state, search=query.get("q", "").strip()), query=query
    )
    page.object_list = [(one, _TONES[one.state]) for one in page.object_list]
    chips = [
        Chip(value=key, label=str(name), count=counts[key])
        for key, name in trade.INVOICE_STATES.items()
        if key in counts
    ]
    return {
        "page": page,
        "counts": counts,
        "chips": [Chip(value="", label=_("All"), count=sum(counts.values())), *chips],
    }


def sheet(*, invoice_id: int, dealer_id: int | None = None) -> dict[str, Any]:
    """What the page of one invoice shows."""
    detail = trade.invoice(invoice_id=invoice_id, dealer_id=dealer_id)
    return {
        "invoice": detail.view,
        "tone": _TONES[detail.view.state],
        "buyer": detail.buyer,
        "parts": detail.parts,
        "columns": PARTS,
        "red_letters": detail.red_letters,
    }
