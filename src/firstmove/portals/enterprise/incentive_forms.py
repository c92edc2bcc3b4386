"""What the enterprise enters of incentives."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.incentives import queries as incentives
from firstmove.domains.incentives.rules import Rules
from firstmove.domains.network import queries as network
from firstmove.engine.incentives.schedule import Step
from firstmove.portals.account.forms import AccountForm

_BETWEEN = re.compile(r"[\s,，;；、]+")
_DATE = {"type": "date"}


def _date(label: Any, *, required: bool = True) -> forms.DateField:
    # A browser reads the day of such a field in this form alone, whatever the language.
    return forms.DateField(label=label, required=required, widget=forms.DateInput(format="%Y-%m-%d", attrs=_DATE))


class RulesForm(AccountForm):
    """The rules of a programme. Make it inside a scope: it lists the tiers, regions and categories that there are."""

    basis = forms.ChoiceField(label=gettext_lazy("What counts"))
    growth = forms.BooleanField(label=gettext_lazy("Only growth over the same days a year before"), required=False)
    steps = forms.CharField(
        label=gettext_lazy("Steps of the programme"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "placeholder": "100000 1%\n200000 2%"}),
    )
    mode = forms.ChoiceField(label=gettext_lazy("A rate holds for"))
    effect = forms.ChoiceField(label=gettext_lazy("It gives"))
    cadence = forms.ChoiceField(label=gettext_lazy("Period"))
    from_on = _date(gettext_lazy("First day"))
    until_on = _date(gettext_lazy("Last day"), required=False)
    categories = forms.MultipleChoiceField(label=gettext_lazy("Categories"), required=False)
    skus = forms.CharField(label=gettext_lazy("Product codes"), max_length=4000, required=False)
    new_within_days = forms.IntegerField(
        label=gettext_lazy("Only products listed for at most so many days"), min_value=1, max_value=3650, required=False
    )
    tiers = forms.MultipleChoiceField(label=gettext_lazy("Tiers"), required=False)
    regions = forms.MultipleChoiceField(label=gettext_lazy("Regions"), required=False)
    dealers = forms.CharField(label=gettext_lazy("Dealer codes"), max_length=4000, required=False)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        for kind in ("basis", "mode", "effect", "cadence"):
            self.fields[kind].choices = incentives.choices(kind)
        known = network.dealers()
        tiers = {one.tier for one in known} | {one.name for one in incentives.tiers()}
        self.fields["tiers"].choices = [(one, one) for one in sorted(tiers - {""})]
        self.fields["regions"].choices = [(one, one) for one in sorted({one.region for one in known} - {""})]
        self.fields["categories"].choices = [(one, one) for one in catalog.categories()]
        self._dealer_ids = {one.code: one.id for one in known}

    @classmethod
    def initial_of(cls, rules: Rules) -> dict[str, Any]:
        """The fields of rules as they are, but for their days."""
        names = ("basis", "growth", "mode", "effect", "cadence", "new_within_days", "tiers", "regions", "categories")
        products = catalog.products_by_id(ids=rules.product_ids)
        codes = {one: code for code, one in network.dealer_ids_by_code().items()}
        return {
            **{name: getattr(rules, name) for name in names},
            "steps": "\n".join(_line(step, by_share=rules.by_share) for step in rules.steps),
            "skus": " ".join(one.sku for one in products.values()),
            "dealers": " ".join(codes[one] for one in rules.dealer_ids if one in codes),
        }

    def clean_steps(self) -> tuple[Step, ...]:
        """One step a line: from where on, then a share, an amount, or both, such as ``100000 2%``."""
        found = []
        for line in filter(None, (line.strip() for line in self.cleaned_data["steps"].splitlines())):
            try:
                level, *gives = [_number(part) for part in line.replace("，", " ").replace("%", "% ").split()]
            except (InvalidOperation, ValueError):
                raise forms.ValidationError(
                    _("“%(line)s” is no step. Write from where on, then what it gives: 100000 2%%.") % {"line": line}
                ) from None
            shares = [number for number, is_share in gives if is_share]
            amounts = [number for number, is_share in gives if not is_share]
            if not gives or len(shares) > 1 or len(amounts) > 1:
                raise forms.ValidationError(
                    _("“%(line)s” needs one share, one amount, or both behind its first number.") % {"line": line}
                )
            found.append(Step(level[0], sum(shares, Decimal(0)), sum(amounts, Decimal(0))))
        return tuple(found)

    def clean_skus(self) -> tuple[int, ...]:
        """Ids of the products whose codes were entered."""
        codes = {part for part in _BETWEEN.split(self.cleaned_data["skus"]) if part}
        found = {one.sku: one.id for one in catalog.products_by_sku(skus=codes)}
        if missing := sorted(codes - set(found)):
            raise forms.ValidationError(_("No product has the code %(code)s.") % {"code": missing[0]})
        return tuple(sorted(found.values()))

    def clean_dealers(self) -> tuple[int, ...]:
        """Ids of the dealers whose codes were entered."""
        codes = {part for part in _BETWEEN.split(self.cleaned_data["dealers"]) if part}
        if missing := sorted(codes - set(self._dealer_ids)):
            raise forms.ValidationError(_("No dealer has the code %(code)s.") % {"code": missing[0]})
        return tuple(sorted(self._dealer_ids[one] for one in codes))

    def rules(self) -> Rules:
        """What was entered, of a form that is valid."""
        entered = self.cleaned_data
        return Rules(
            cadence=entered["cadence"],
            basis=entered["basis"],
            effect=entered["effect"],
            mode=entered["mode"],
            steps=entered["steps"],
            from_on=entered["from_on"],
            until_on=entered["until_on"],
            growth=entered["growth"],
            new_within_days=entered["new_within_days"],
            tiers=tuple(entered["tiers"]),
            regions=tuple(entered["regions"]),
            dealer_ids=entered["dealers"],
            categories=tuple(entered["categories"]),
            product_ids=entered["skus"],
        )


class ProgrammeForm(RulesForm):
    """A new programme: its name and its rules."""

    name = forms.CharField(label=gettext_lazy("Name of the programme"), max_length=120)


class AdjustmentForm(AccountForm):
    """An amount that the rules do not give."""

    amount = forms.DecimalField(label=gettext_lazy("Amount"), max_digits=15, decimal_places=3)
    cause = forms.CharField(label=gettext_lazy("Cause"), max_length=500)


class MessageForm(AccountForm):
    """What one writes in a dispute."""

    words = forms.CharField(label=gettext_lazy("Message"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class TierForm(AccountForm):
    """A tier and its rule."""

    name = forms.CharField(label=gettext_lazy("Tier"), max_length=40)
    rank = forms.IntegerField(label=gettext_lazy("Rank"), min_value=1, max_value=99)
    basis = forms.ChoiceField(label=gettext_lazy("A dealer comes into it by"))
    least_amount = forms.DecimalField(
        label=gettext_lazy("From which amount on"), min_value=0, max_digits=14, decimal_places=2, required=False
    )
    months = forms.IntegerField(label=gettext_lazy("Within how many months"), min_value=1, max_value=36, initial=12)
    gives = forms.CharField(label=gettext_lazy("What else it gives, in words"), max_length=500, required=False)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["basis"].choices = incentives.tier_bases()


class PlacingForm(AccountForm):
    """A dealer's tier, set by hand. Make it inside a scope: it lists the dealers and tiers that there are."""

    dealer_id = forms.TypedChoiceField(label=gettext_lazy("Dealer"), coerce=int)
    tier = forms.ChoiceField(label=gettext_lazy("Tier"), required=False)
    words = forms.CharField(label=gettext_lazy("Cause"), max_length=300)
    kept_until = _date(gettext_lazy("Its rule changes nothing until"), required=False)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["dealer_id"].choices = [("", _("Choose")), *((one.id, one.name) for one in network.dealers())]
        self.fields["tier"].choices = [("", _("no tier")), *((one.name, one.name) for one in incentives.tiers())]


def _number(part: str) -> tuple[Decimal, bool]:
    """A number, and whether it was written as a share: ``_number("2.5%") == (Decimal("0.025"), True)``."""
    if part.endswith("%"):
        return Decimal(part[:-1]) / 100, True
    return Decimal(part), False


def _line(step: Step, *, by_share: bool) -> str:
    parts = [f"{(step.threshold * 100).normalize():f}%" if by_share else f"{step.threshold.normalize():f}"]
    if step.rate:
        parts.append(f"{(step.rate * 100).normalize():f}%")
    if step.amount:
        parts.append(f"{step.amount.normalize():f}")
    return " ".join(parts)
