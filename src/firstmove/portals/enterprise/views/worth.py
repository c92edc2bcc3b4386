"""What advice was worth: worked out by the ledger, measured against the past and against the comparison group."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from firstmove.domains.network import queries as network
from firstmove.domains.planning import operations
from firstmove.domains.planning import queries as planning
from firstmove.kernel.errors import Invalid
from firstmove.kernel.tenancy import Actor
from firstmove.portals import outcomes as words
from firstmove.portals.design import figures
from firstmove.portals.design.tables import sort_from_query
from firstmove.portals.download import MOST_ROWS, table_file
from firstmove.portals.enterprise.tables import MEASURES, WORTH_OF_DEALERS
from firstmove.portals.pages import reads, writes
from firstmove.portals.paging import listed, page_of


@reads("enterprise")
def worth(request: HttpRequest, actor: Actor) -> HttpResponse:
    installation = network.enterprise(now=timezone.now())
    currency, on = installation.currency, installation.business_on
    since = words.since(request.GET.get("days", ""), on=on)
    summary, measures = planning.worth(since=since), planning.measures()
    calibration = planning.calibration(since=since)
    weeks = planning.advice_by_week(since=since)
    sort = sort_from_query(request.GET, columns=WORTH_OF_DEALERS, default="-missed")
    dealers = sorted(planning.worth_by_dealer(since=since), key=partial(_key, sort.key), reverse=sort.descending)
    return TemplateResponse(
        request,
        "enterprise/worth.html",
        {
            "worth": summary,
            "finding": _finding(measures, currency),
            "measures": [words.measure_row(one, currency) for one in measures],
            "measure_columns": MEASURES,
            "calibration_chart": words.calibration_chart(calibration) if calibration.judged else None,
            "calibration_note": words.calibration_sentence(calibration),
            "acceptance_chart": words.acceptance_chart(weeks, currency) if weeks else None,
            "columns": WORTH_OF_DEALERS,
            "sort": sort,
            "page": page_of(listed(dealers), query=request.GET),
            "periods": words.period_chips(),
            "hold_out": planning.hold_out(on=on),
            "held_profit": planning.held_profit(since=since),
            "opted_out": planning.dealers_opted_out(),
            "largest": round(planning.LARGEST_SHARE * 100),
            "may_set": network.role_of(actor=actor) in ("admin", "channel"),
        },
    )


def _key(sort: str, row: planning.DealerWorth) -> tuple[object, ...]:
    values: dict[str, object] = {
        "name": row.dealer_name.casefold(), "advice": row.advice, "taken": row.taken or 0.0,
        "followed": row.followed, "missed": row.missed, "unpaid": row.unpaid, "inside": row.inside or 0.0,
    }  # fmt: skip
    return values.get(sort, 0), row.dealer_id


def _finding(found: list[planning.MeasureView], currency: str) -> str:
    """The one figure that chance cannot explain away, or that there is none yet."""
    for one in found:
        if one.comparison == "hold_out" and one.metric == "margin":
            return words.measured_sentence(one, currency)
    return _("No effect can be measured yet: it takes four weeks of advice beside a comparison group")


@reads("enterprise")
def file(request: HttpRequest, _actor: Actor) -> HttpResponse:
    found = planning.every_outcome(limit=MOST_ROWS)
    return table_file(
        name="outcomes", form=request.GET.get("form", "xlsx"), head=words.file_head(), rows=words.file_rows(found)
    )


@writes("enterprise")
def hold_out(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Another share of pairs without advice, from the next morning on."""
    now = timezone.now()
    text = request.POST.get("share", "").strip().replace(",", ".")
    try:
        share = float(text) / 100
    except ValueError:
        messages.error(request, _("Give the share in percent, such as 5."))
        return redirect("enterprise:worth")
    try:
        operations.set_hold_out(
            actor=actor,
            share=share,
            from_on=network.enterprise(now=now).business_on,
            now=now,
            redraw=request.POST.get("redraw") == "yes",
        )
    except Invalid as problem:
        messages.error(request, str(problem))
    else:
        messages.success(
            request,
            _("From the next plan on %(share)s of all pairs get no advice.") % {"share": figures.percent(share, 1)},
        )
    return redirect("enterprise:worth")
