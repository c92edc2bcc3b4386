"""What the enterprise enters."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstmove.domains.network import queries as network
from firstmove.portals.account.forms import AccountForm


class InvitationForm(AccountForm):
    """Whom to invite, for which party. Make it inside a scope: it lists the dealers and suppliers that there are."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    role = forms.ChoiceField(label=gettext_lazy("Role"))
    dealer_id = forms.TypedChoiceField(label=gettext_lazy("Dealer"), coerce=int, empty_value=None, required=False)
    supplier_id = forms.TypedChoiceField(label=gettext_lazy("Supplier"), coerce=int, empty_value=None, required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        nobody = [("", "–")]
        self.fields["role"].choices = [("", _("Choose")), *network.roles()]
        self.fields["dealer_id"].choices = nobody + [
            (dealer.id, dealer.name) for dealer in network.dealers(active_only=True)
        ]
        self.fields["supplier_id"].choices = nobody + [(supplier.id, supplier.name) for supplier in network.suppliers()]

    def clean(self) -> dict[str, Any]:
        """A dealer's person needs a dealer, a supplier's a supplier; for all others both fields say nothing."""
        entered = super().clean() or {}
        kind = network.party_of_role(entered.get("role", ""))
        for party, field, missing in (
            ("dealer", "dealer_id", _("Choose the dealer this person works for.")),
            ("supplier", "supplier_id", _("Choose the supplier this person works for.")),
        ):
            if kind != party:
                entered[field] = None
            elif entered.get(field) is None and field not in self.errors:
                self.add_error(field, missing)
        return entered
