"""Classes of stock over the network: what lies where, what it sells, and how much service each class gets."""

from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from procrastinate.exceptions import AlreadyEnqueued

from firstmove.domains.planning import queries as planning
from firstmove.domains.planning import tasks
from firstmove.domains.planning.queries import ClassStanding
from firstmove.kernel.tenancy import Actor
from firstmove.portals.design.charts import HeatMap
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.enterprise.tables import CLASSES, STAGES
from firstmove.portals.pages import reads, writes
from firstmove.portals.words import assumed_sentence, class_name, stage_name

ROWS, COLUMNS = ("A", "B", "C"), ("X", "Y", "Z")


@reads("enterprise")
def classes(request: HttpRequest, _actor: Actor) -> HttpResponse:
    found = planning.stock_classes()
    resting = planning.assumptions()
    return TemplateResponse(
        request,
        "enterprise/classes.html",
        {
            "policy": planning.service_policy(),
            "rows": [(one, class_name(one.stock_class)) for one in found],
            "stages": [(one, stage_name(one.life_cycle)) for one in planning.stages()],
            "columns": CLASSES,
            "stage_columns": STAGES,
            "chart": _chart(found, request.GET.get("show", "")),
            "legend": _(
                "A brings the first 80%% of a dealer's margin, B up to 95%%, C the rest. X sells evenly from week to "
                "week, Y less so, Z in lumps."
            )
            % {},
            "chips": [Chip(value=key, label=label) for key, (label, _format, _read) in _measures().items()],
            "service": resting.scenario.get("service_quantile"),
            "stock_note": assumed_sentence(["stock"], resting.scenario) if "stock" in resting.names else "",
        },
    )


@writes("enterprise")
def choice(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Choose the service of the classes now, not at the end of the week; the next run uses it."""
    try:
        with transaction.atomic():
            tasks.choose_service_now.defer()
    except AlreadyEnqueued:
        messages.info(request, _("The service of the classes waits to be chosen already."))
    else:
        messages.success(request, _("The service of the classes is being chosen. The next run plans with it."))
    return redirect("enterprise:classes")


Measure = tuple[str, str, Callable[[ClassStanding], float | None]]


def _measures() -> dict[str, Measure]:
    """What the matrix can show, by its name in the address."""
    return {
        "": (_("Share of sales"), "percent", lambda one: one.share_of_sales),
        "pairs": (_("Products at dealers"), "number", lambda one: one.pairs),
        "stock": (_("Stock days"), "number", lambda one: one.current_stock_days),
        "service": (_("Service chosen"), "percent", lambda one: one.service),
        "fill": (_("Simulated fill rate"), "percent", lambda one: one.fill),
    }


def _chart(found: list[ClassStanding], show: str) -> HeatMap:
    measures = _measures()
    label, kind, read = measures.get(show, measures[""])
    values = {one.stock_class: read(one) for one in found}
    return HeatMap(
        name=label,
        row_names=[f"{a} · {text}" for a, text in zip(ROWS, (_("much margin"), _("some"), _("little")), strict=True)],
        column_names=[
            f"{x} · {text}" for x, text in zip(COLUMNS, (_("steady"), _("varying"), _("lumpy")), strict=True)
        ],
        values=[[values.get(a + x) for x in COLUMNS] for a in ROWS],
        format="percent" if kind == "percent" else "number",
    )
