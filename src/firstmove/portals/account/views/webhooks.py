"""Webhooks: which news goes where, what became of it, and sending it again."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from firstmove.domains.network import keys as network_keys
from firstmove.kernel import tenancy
from firstmove.kernel.errors import NotAllowed, Problem
from firstmove.kernel.tenancy import Actor
from firstmove.kernel.webhooks import subscriptions
from firstmove.portals.account.forms import AccountForm
from firstmove.portals.account.signed_in import signed_in
from firstmove.portals.design.tables import Column
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.pages import within

# Where a secret waits in the session between being made and being shown, once.
_SECRET = "webhook_secret"  # noqa: S105 (a name)
_SHOWN = 100

WEBHOOKS = (
    Column(label=gettext_lazy("Webhook"), lead=True),
    Column(label=gettext_lazy("Is told that")),
    Column(label=gettext_lazy("Waiting"), number=True),
    Column(label=gettext_lazy("Given up"), number=True),
    Column(label=gettext_lazy("State"), beside=True),
)
DELIVERIES = (
    Column(label=gettext_lazy("News"), lead=True),
    Column(label=gettext_lazy("Happened")),
    Column(label=gettext_lazy("Attempts"), number=True),
    Column(label=gettext_lazy("Last answer")),
    Column(label=gettext_lazy("State"), beside=True),
    Column(label=gettext_lazy("Acts"), bare=True),
)


class WebhookForm(AccountForm):
    name = forms.CharField(label=gettext_lazy("What is it for?"), max_length=80)
    url = forms.CharField(label=gettext_lazy("Address"), max_length=500)
    topics = forms.MultipleChoiceField(label=gettext_lazy("Is told that"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *given: object, actor: Actor, **named: object) -> None:
        super().__init__(*given, **named)
        self.fields["topics"].choices = [(topic.name, topic.words) for topic in subscriptions.topics_for(actor.kind)]


def _admit(actor: Actor) -> None:
    if not network_keys.may_manage_services(actor=actor):
        raise NotAllowed(_("Only an administrator, or the owner of the dealer, sets up webhooks."))


@require_GET
@signed_in
def webhooks(request: HttpRequest) -> HttpResponse:
    return within(request.actor, _page, request)  # type: ignore[attr-defined]


def _page(request: HttpRequest, actor: Actor, *, form: WebhookForm | None = None) -> HttpResponse:
    _admit(actor)
    words = {topic.name: topic.words for topic in subscriptions.topics_for(actor.kind)}
    found = subscriptions.subscriptions()
    facts = {
        "columns": WEBHOOKS,
        "rows": [{"hook": hook, "told": [words.get(topic, topic) for topic in hook.topics]} for hook in found],
        "dead": sum(hook.dead for hook in found),
        "form": form or WebhookForm(actor=actor),
        "offered": bool(words),
    }
    return TemplateResponse(request, "account/webhooks.html", facts, status=200 if form is None else 422)


@require_POST
@signed_in
def making(request: HttpRequest) -> HttpResponse:
    actor = _manager(request)
    form = WebhookForm(request.POST, actor=actor)
    if form.is_valid():
        try:
            webhook_id, secret = subscriptions.subscribe(actor=actor, now=timezone.now(), **form.cleaned_data)
        except Problem as problem:
            form.add_problem(problem)
        else:
            return _hand_out(request, secret, webhook_id)
    return within(actor, _page, request, form=form)


@require_GET
@signed_in
def webhook(request: HttpRequest, *, webhook_id: int) -> HttpResponse:
    return within(request.actor, _one, request, webhook_id=webhook_id)  # type: ignore[attr-defined]


def _one(request: HttpRequest, actor: Actor, *, webhook_id: int) -> HttpResponse:
    _admit(actor)
    hook = subscriptions.subscription(subscription_id=webhook_id)
    state = request.GET.get("state", "")
    state = state if state in ("waiting", "delivered", "dead") else ""
    found = subscriptions.deliveries(subscription_id=webhook_id, state=state, limit=_SHOWN)
    facts = {
        "hook": hook,
        "own": (hook.dealer_id, hook.supplier_id) == (actor.dealer_id, actor.supplier_id),
        "columns": DELIVERIES,
        "rows": found.items,
        "more": found.more,
        "shown": _SHOWN,
        "states": [
            Chip(value="", label=_("all")),
            Chip(value="waiting", label=_("waiting"), count=hook.waiting),
            Chip(value="delivered", label=_("delivered")),
            Chip(value="dead", label=_("given up"), count=hook.dead),
        ],
    }
    return TemplateResponse(request, "account/webhook.html", facts)


@require_POST
@signed_in
def rotation(request: HttpRequest, *, webhook_id: int) -> HttpResponse:
    secret = subscriptions.rotate(actor=_manager(request), subscription_id=webhook_id, now=timezone.now())
    return _hand_out(request, secret, webhook_id)


@require_POST
@signed_in
def pause(request: HttpRequest, *, webhook_id: int) -> HttpResponse:
    actor = _manager(request)
    subscriptions.pause(actor=actor, subscription_id=webhook_id, paused=True, now=timezone.now())
    messages.success(request, _("News waits until the webhook goes on."))
    return redirect("account:webhook", webhook_id=webhook_id)


@require_POST
@signed_in
def resumption(request: HttpRequest, *, webhook_id: int) -> HttpResponse:
    actor = _manager(request)
    subscriptions.pause(actor=actor, subscription_id=webhook_id, paused=False, now=timezone.now())
    messages.success(request, _("What waited is sent within a minute."))
    return redirect("account:webhook", webhook_id=webhook_id)


@require_POST
@signed_in
def removal(request: HttpRequest, *, webhook_id: int) -> HttpResponse:
    subscriptions.unsubscribe(actor=_manager(request), subscription_id=webhook_id)
    messages.success(request, _("The webhook is removed."))
    return redirect("account:webhooks")


@require_POST
@signed_in
def replay(request: HttpRequest, *, webhook_id: int) -> HttpResponse:
    """One delivery that the form names, or all that were given up."""
    named = request.POST.get("delivery", "")
    count = subscriptions.replay(
        actor=_manager(request),
        subscription_id=webhook_id,
        now=timezone.now(),
        delivery_id=int(named) if named.isascii() and named.isdigit() and len(named) < 19 else None,
    )
    told = ngettext("%(n)s delivery is sent again.", "%(n)s deliveries are sent again.", count) % {"n": count}
    messages.success(request, told)
    return redirect("account:webhook", webhook_id=webhook_id)


@require_http_methods(["GET", "HEAD"])
@signed_in
def made_secret(request: HttpRequest) -> HttpResponse:
    """Show a secret that was just made, once: whoever has it can send news that looks like ours."""
    made = request.session.pop(_SECRET, None)
    if made is None:
        return redirect("account:webhooks")

    def page(request: HttpRequest, _actor: Actor) -> HttpResponse:
        return TemplateResponse(request, "account/webhook_secret.html", made)

    response = within(request.actor, page, request)  # type: ignore[attr-defined]
    response["Cache-Control"] = "no-store"
    return response


def _hand_out(request: HttpRequest, secret: str, webhook_id: int) -> HttpResponse:
    request.session[_SECRET] = {"secret": secret, "webhook_id": webhook_id}
    return redirect("account:webhook-secret")


def _manager(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    with tenancy.scope(actor):
        _admit(actor)
    return actor
