"""How somebody is told: timings, quiet hours, and channels of their own or of their party."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from firstmove.domains.network import keys as network_keys
from firstmove.domains.reminders import operations, queries
from firstmove.domains.reminders.timing import Hours
from firstmove.domains.reminders.topics import SUBJECTS, subjects_of_party
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Problem
from firstmove.kernel.tenancy import Actor
from firstmove.portals.account.forms import AccountForm
from firstmove.portals.account.signed_in import signed_in
from firstmove.portals.design.tables import Column
from firstmove.portals.pages import within

# Where a secret waits in the session between being made and being shown, once.
_SECRET = "channel_secret"  # noqa: S105 (a name)
_HOURS = [(hour, f"{hour:02d}:00") for hour in range(24)]
_TIMINGS = (("now", gettext_lazy("at once")), ("daily", gettext_lazy("once a day")), ("never", gettext_lazy("never")))

TIMINGS = (
    Column(label=gettext_lazy("What"), lead=True),
    Column(label=gettext_lazy("By e-mail")),
    Column(label=gettext_lazy("By my channels")),
)
CHANNELS = (
    Column(label=gettext_lazy("Channel"), lead=True),
    Column(label=gettext_lazy("Is told of")),
    Column(label=gettext_lazy("Waiting"), number=True),
    Column(label=gettext_lazy("Given up"), number=True),
    Column(label=gettext_lazy("Act"), bare=True, narrow=True),
)


class TimingForm(AccountForm):
    quiet_from = forms.TypedChoiceField(label=gettext_lazy("Quiet from"), choices=_HOURS, coerce=int)
    quiet_until = forms.TypedChoiceField(label=gettext_lazy("Quiet until"), choices=_HOURS, coerce=int)
    digest = forms.TypedChoiceField(label=gettext_lazy("Once a day at"), choices=_HOURS, coerce=int)

    def __init__(self, *given: Any, subjects: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*given, **named)
        self.subjects = subjects
        for name, words in subjects:
            for way in queries.WAYS:
                label = {"email": _("%(what)s by e-mail"), "channel": _("%(what)s by my channels")}[way]
                self.fields[f"{way}-{name}"] = forms.ChoiceField(label=label % {"what": words}, choices=_TIMINGS)

    def rows(self) -> list[dict[str, Any]]:
        """A row a subject: its words and the fields of its ways."""
        return [
            {"words": words, "fields": [self[f"{way}-{name}"] for way in queries.WAYS]} for name, words in self.subjects
        ]

    def timings(self) -> dict[str, dict[str, str]]:
        return {
            way: {name: self.cleaned_data[f"{way}-{name}"] for name, _words in self.subjects} for way in queries.WAYS
        }

    def hours(self) -> Hours:
        chosen = self.cleaned_data
        return Hours(quiet_from=chosen["quiet_from"], quiet_until=chosen["quiet_until"], digest=chosen["digest"])


class ChannelForm(AccountForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=(("wecom", gettext_lazy("WeCom group robot")), ("webhook", gettext_lazy("Webhook"))),
    )
    name = forms.CharField(label=gettext_lazy("Name of the channel"), max_length=80)
    url = forms.CharField(label=gettext_lazy("Address"), max_length=500)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    shared = forms.BooleanField(label=gettext_lazy("For all of us"), required=False)
    subjects = forms.MultipleChoiceField(
        label=gettext_lazy("If for all of us: is told of"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *given: Any, actor: Actor, **named: Any) -> None:
        super().__init__(*given, **named)
        names = subjects_of_party(actor.kind)
        self.fields["subjects"].choices = [(name, str(SUBJECTS[name].words)) for name in names]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def reminders(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if request.method != "POST":
        return within(actor, _page, request)
    with tenancy.scope(actor):
        form = TimingForm(request.POST, subjects=queries.subjects_of_person(actor=actor))
    if form.is_valid():
        operations.choose(actor=actor, timings=form.timings(), hours=form.hours(), now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("account:reminders")
    return within(actor, _page, request, timing_form=form)


def _page(
    request: HttpRequest,
    actor: Actor,
    *,
    timing_form: TimingForm | None = None,
    channel_form: ChannelForm | None = None,
) -> HttpResponse:
    assert actor.user_id is not None  # noqa: S101 (whoever is signed in is somebody)
    subjects = queries.subjects_of_person(actor=actor)
    chosen = queries.choices(user_id=actor.user_id)
    initial: dict[str, Any] = {
        "quiet_from": chosen.hours.quiet_from,
        "quiet_until": chosen.hours.quiet_until,
        "digest": chosen.hours.digest,
    }
    for way in queries.WAYS:
        initial |= {f"{way}-{name}": chosen.timing(way, name) for name, _words in subjects}
    facts = {
        "columns": TIMINGS,
        "channel_columns": CHANNELS,
        "timing_form": timing_form or TimingForm(initial=initial, subjects=subjects),
        "channels": queries.channels(actor=actor),
        "channel_form": channel_form or ChannelForm(actor=actor, initial={"language": get_language()}),
        "manages": network_keys.may_manage_services(actor=actor),
        "zone": request.installation.time_zone,  # type: ignore[attr-defined]
        "leaves": not settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"),
    }
    refused = timing_form is not None or channel_form is not None
    return TemplateResponse(request, "account/reminders.html", facts, status=422 if refused else 200)


@require_POST
@signed_in
def channel_making(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = ChannelForm(request.POST, actor=actor)
    if form.is_valid():
        try:
            _id, secret = operations.add_channel(actor=actor, now=timezone.now(), **form.cleaned_data)
        except Problem as problem:
            form.add_problem(problem)
        else:
            if secret:
                request.session[_SECRET] = secret
                return redirect("account:channel-secret")
            messages.success(request, _("The channel is set up. What is told from now on is written there."))
            return redirect("account:reminders")
    return within(actor, _page, request, channel_form=form)


@require_http_methods(["GET", "HEAD"])
@signed_in
def made_secret(request: HttpRequest) -> HttpResponse:
    """Show a secret that was just made, once: whoever has it can send messages that look like ours."""
    secret = request.session.pop(_SECRET, None)
    if secret is None:
        return redirect("account:reminders")

    def page(request: HttpRequest, _actor: Actor) -> HttpResponse:
        return TemplateResponse(request, "account/channel_secret.html", {"secret": secret})

    response = within(request.actor, page, request)  # type: ignore[attr-defined]
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@signed_in
def channel_removal(request: HttpRequest, *, channel_id: int) -> HttpResponse:
    operations.remove_channel(actor=request.actor, channel_id=channel_id)  # type: ignore[attr-defined]
    messages.success(request, _("The channel is removed."))
    return redirect("account:reminders")
