"""What needs the enterprise today: products that run short at several dealers, and a line a dealer with its reasons."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.planning import queries as planning
from firstmove.domains.planning.queries import AlertView
from firstmove.kernel.tenancy import Actor
from firstmove.portals.alert_words import TONES, Places, Told, told, week_chart
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.enterprise.tables import DEALER_ALERTS, NOTICED, PRODUCT_ALERTS
from firstmove.portals.pages import reads
from firstmove.portals.paging import page_of

# Products of the network in a morning's list.
BUDGET = 10
# Reasons that a dealer's line names; the others are among the smaller ones.
REASONS = 3
_TOPICS = ("short", "excess", "demand", "feed")


@reads("enterprise")
def attention(request: HttpRequest, _actor: Actor) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    currency = installation.currency
    chosen = request.GET.get("topic", "")
    topic = chosen if chosen in _TOPICS else ""
    page = page_of(partial(planning.dealers_with_alerts, topic=topic), query=request.GET)
    products, product_count = planning.products_running_short(limit=BUDGET)
    noticed, noticed_count = planning.noticed(limit=BUDGET)
    return TemplateResponse(
        request,
        "enterprise/attention.html",
        {
            "on": installation.business_on,
            "currency": currency,
            "page": page,
            "dealers": [
                (
                    group,
                    [(reason, TONES.get(reason.kind, "neutral")) for reason in group.reasons[:REASONS]],
                    [_told(alert, currency) for alert in group.first],
                    group.count - len(group.first),
                )
                for group in page.object_list
            ],
            "dealer_count": page.paginator.count,
            "week": week_chart(planning.week_of_run_outs(on=installation.business_on), currency=currency),
            "products": products,
            "product_count": product_count,
            "noticed": [(one, _told(one.alert, currency)) for one in noticed],
            "noticed_count": noticed_count,
            "noticed_columns": NOTICED,
            "columns": DEALER_ALERTS,
            "product_columns": PRODUCT_ALERTS,
            "chips": [
                Chip(value="", label=_("All")),
                *(Chip(value=name, label=label) for name, label in zip(_TOPICS, planning.topic_names(), strict=True)),
            ],
        },
    )


def _told(alert: AlertView, currency: str) -> Told:
    return told(alert, currency=currency, places=Places(reverse("enterprise:dealer", args=[alert.dealer_id])))
