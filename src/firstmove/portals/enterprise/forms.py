"""What the enterprise enters."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstmove.domains.network import queries as network
from firstmove.domains.trade.queries import Level, RuleView
from firstmove.portals.account.forms import AccountForm


class CarrierForm(AccountForm):
    name = forms.CharField(label=gettext_lazy("Carrier"), max_length=60)


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


class PriceListForm(AccountForm):
    """Whom a list is for. Make it inside a scope: it lists the dealers, tiers and regions that there are."""

    name = forms.CharField(label=gettext_lazy("Name of the price list"), max_length=120, required=False)
    contract = forms.CharField(label=gettext_lazy("Contract"), max_length=60, required=False)
    dealer_id = forms.TypedChoiceField(label=gettext_lazy("Dealer"), coerce=int, empty_value=None, required=False)
    tier = forms.ChoiceField(label=gettext_lazy("Tier"), required=False)
    region = forms.ChoiceField(label=gettext_lazy("Region"), required=False)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        dealers = network.dealers()
        every = [("", _("All"))]
        self.fields["dealer_id"].choices = every + [(dealer.id, dealer.name) for dealer in dealers]
        for condition in ("tier", "region"):
            values = sorted({getattr(dealer, condition) for dealer in dealers} - {""})
            self.fields[condition].choices = every + [(value, value) for value in values]


class PriceForm(AccountForm):
    """One price of a list."""

    sku = forms.CharField(label=gettext_lazy("Product code"), max_length=60)
    price = forms.DecimalField(
        label=gettext_lazy("Price of a unit, tax included"), min_value=0, max_digits=13, decimal_places=4
    )
    from_quantity = forms.IntegerField(label=gettext_lazy("From how many units"), min_value=1, max_value=1_000_000_000)
    valid_from = forms.DateField(
        label=gettext_lazy("First day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    valid_to = forms.DateField(
        label=gettext_lazy("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class StepRuleForm(AccountForm):
    """How one step of dealers' orders goes. Each step has its own on one page, so ids carry the step."""

    is_on = forms.BooleanField(label=gettext_lazy("This step is on"), required=False)
    automatic = forms.BooleanField(label=gettext_lazy("What keeps the rules passes by itself"), required=False)
    within_credit = forms.BooleanField(label=gettext_lazy("The dealer is within its credit"), required=False)
    in_stock = forms.BooleanField(label=gettext_lazy("All goods are there"), required=False)
    most_amount = forms.DecimalField(
        label=gettext_lazy("At most for one order"), min_value=0, max_digits=16, decimal_places=2, required=False
    )
    most_percent = forms.DecimalField(
        label=gettext_lazy("A price differs from its list by at most, in percent"),
        min_value=0,
        max_value=900,
        decimal_places=2,
        required=False,
    )
    target_days = forms.DecimalField(
        label=gettext_lazy("Decided within, in working days"),
        min_value=Decimal("0.01"),
        max_value=250,
        decimal_places=2,
        required=False,
    )
    asked_role = forms.ChoiceField(label=gettext_lazy("Who is asked"), required=False)

    def __init__(self, *given: Any, step: str, **named: Any) -> None:
        super().__init__(*given, auto_id=f"{step}-%s", **named)
        self.step = step
        self.fields["asked_role"].choices = [
            ("", _("anybody of the enterprise")),
            *network.roles_of("enterprise").items(),
        ]

    @classmethod
    def of(cls, rule: RuleView) -> "StepRuleForm":
        """The form of a rule as it is."""
        names = ("is_on", "automatic", "within_credit", "in_stock", "most_amount", "target_days", "asked_role")
        share = rule.most_deviation
        percent = None if share is None else (share * 100).quantize(Decimal("0.01"))
        return cls(step=rule.step, initial={**{name: getattr(rule, name) for name in names}, "most_percent": percent})

    def rule(self) -> dict[str, Any]:
        """What was entered, as `set_step_rule` takes it."""
        entered = dict(self.cleaned_data)
        percent = entered.pop("most_percent")
        return {**entered, "most_deviation": None if percent is None else percent / 100}


class CycleTargetForm(AccountForm):
    """What was agreed with a dealer, or with all. Make it inside a scope: it lists the dealers that there are."""

    dealer_id = forms.TypedChoiceField(label=gettext_lazy("Dealer"), coerce=int, empty_value=None, required=False)
    working_days = forms.IntegerField(
        label=gettext_lazy("Working days from order to receipt"), min_value=1, max_value=250, required=False
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["dealer_id"].choices = [
            ("", _("All dealers")),
            *((dealer.id, dealer.name) for dealer in network.dealers()),
        ]


class OpeningForm(AccountForm):
    """From when a dealer's payments are known, and with what it begins."""

    opened_on = forms.DateField(label=gettext_lazy("From which day"), widget=forms.DateInput(attrs={"type": "date"}))
    opening = forms.DecimalField(label=gettext_lazy("Opening balance"), required=False, max_digits=15, decimal_places=3)


class PaymentForm(AccountForm):
    """A payment of a dealer."""

    amount = forms.DecimalField(label=gettext_lazy("Amount"), max_digits=15, decimal_places=3)
    paid_on = forms.DateField(label=gettext_lazy("Paid on"), widget=forms.DateInput(attrs={"type": "date"}))
    reference = forms.CharField(label=gettext_lazy("Number at the bank or in the books"), max_length=60)
    meant_for = forms.CharField(label=gettext_lazy("For which orders"), max_length=500, required=False)


class DunningForm(AccountForm):
    """The levels of dunning: their days in one field, so that there can be one level or five."""

    days = forms.RegexField(
        label=gettext_lazy("Days overdue of each level"), regex=r"^\d{1,4}([\s,，]+\d{1,4}){0,8}$", required=False
    )
    blocks_from = forms.IntegerField(
        label=gettext_lazy("Level from which nothing goes on credit"), min_value=1, max_value=9, required=False
    )

    @classmethod
    def of(cls, levels: Sequence[Level]) -> "DunningForm":
        blocking = [level.level for level in levels if level.blocks]
        return cls(
            initial={
                "days": ", ".join(str(level.days) for level in levels),
                "blocks_from": min(blocking, default=None),
            }
        )

    def rules(self) -> dict[str, Any]:
        entered = self.cleaned_data
        return {
            "days": [int(day) for day in entered["days"].replace("，", ",").replace(",", " ").split()],
            "blocks_from": entered["blocks_from"],
        }
