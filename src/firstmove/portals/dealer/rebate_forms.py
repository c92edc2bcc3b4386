"""What a dealer writes about its rebates."""

from django import forms
from django.utils.translation import gettext_lazy

from firstmove.portals.account.forms import AccountForm

_LINES = {"rows": 3}


class ClaimForm(AccountForm):
    """Something that is missing, how much it is, and what shows it."""

    evidence = forms.CharField(label=gettext_lazy("What shows it"), max_length=200)
    amount = forms.DecimalField(label=gettext_lazy("Amount that is missing"), max_digits=15, decimal_places=3)
    words = forms.CharField(label=gettext_lazy("In words"), max_length=1000, widget=forms.Textarea(attrs=_LINES))


class ObjectionForm(AccountForm):
    """What is wrong with a statement."""

    words = forms.CharField(label=gettext_lazy("Your message"), max_length=2000, widget=forms.Textarea(attrs=_LINES))
