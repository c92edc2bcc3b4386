"""What people enter about themselves. Rules of the domain are not repeated here: its words become the errors."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from firstmove.kernel.errors import Problem


class AccountForm(forms.Form):
    """A form whose required fields are named in the page's words, and which shows a `Problem` where it belongs."""

    use_required_attribute = True

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, label_suffix="", **named)

    def add_problem(self, problem: Problem) -> None:
        """Show an error of the domain beside the field that it names, or above the form."""
        field = problem.facts.get("field")
        self.add_error(field if field in self.fields else None, str(problem))


class SignInForm(AccountForm):
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    password = forms.CharField(label=_("Password"), strip=False, max_length=1000, widget=forms.PasswordInput)


class ForgotForm(AccountForm):
    email = forms.EmailField(label=_("E-mail"), max_length=254)


class NewPasswordForm(AccountForm):
    password = forms.CharField(label=_("New password"), strip=False, max_length=1000, widget=forms.PasswordInput)


class ProfileForm(AccountForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    password = forms.CharField(
        label=_("Your password"), strip=False, required=False, max_length=1000, widget=forms.PasswordInput
    )


class PasswordForm(AccountForm):
    old = forms.CharField(label=_("Your password now"), strip=False, max_length=1000, widget=forms.PasswordInput)
    new = forms.CharField(label=_("New password"), strip=False, max_length=1000, widget=forms.PasswordInput)
