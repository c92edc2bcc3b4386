"""The figures of an evaluation as tables for a terminal."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from rich.table import Table

NOTHING = "–"


def lines(figures: dict[str, Any]) -> Iterator[Table | str]:
    """What was evaluated in a sentence, then a table for each part that was measured."""
    yield _(
        "%(pairs)s of %(eligible)s pairs of product and dealer, %(days)s days after %(day)s; "
        "%(share)s of days saw no sale."
    ) % {
        "pairs": f"{figures['pairs']:,}",
        "eligible": f"{figures['pairs_eligible']:,}",
        "days": figures["window_days"],
        "day": figures["as_of"],
        "share": f"{figures['days_without_a_sale']:.1%}",
    }
    if "forecast" in figures:
        yield _forecast(figures["forecast"])
        yield _segments(figures["forecast"])
    if "replay" in figures:
        yield _replay(figures["replay"])
    if "sensing" in figures:
        yield _sensing(figures["sensing"])
        yield _alerts(figures["sensing"])
    if "cold_start" in figures:
        for name, title in start_names().items():
            part = figures["cold_start"][name]
            yield _starts(title, part) if part["weeks"] else _("%(what)s: none to measure.") % {"what": title}


def _forecast(part: dict[str, Any]) -> Table:
    table = Table(title=_("Forecast"), box=None, title_justify="left")
    table.add_column(_("method"), no_wrap=True)
    for title in ("RMSSE", _("pinball"), _("covered at 90 %"), _("covered at 95 %"), _("series a CPU-second")):
        table.add_column(title, justify="right")
    for name, method in part["methods"].items():
        table.add_row(
            name,
            f"{method['rmsse']:.3f}",
            f"{method['pinball']:.4f}",
            f"{method['coverage_90']:.1%}",
            f"{method['coverage_95']:.1%}",
            f"{method['series_per_cpu_s']:,.0f}",
        )
    return table


def segment_names() -> dict[str, str]:
    """The kinds of demand in the reader's language."""
    return {
        "smooth": _("smooth"),
        "erratic": _("erratic"),
        "intermittent": _("intermittent"),
        "lumpy": _("lumpy"),
    }


def _segments(part: dict[str, Any]) -> Table:
    table = Table(title=_("Pinball loss by the kind of demand"), box=None, title_justify="left")
    table.add_column(_("method"), no_wrap=True)
    kinds = {name: kind for name, kind in part["segments"].items() if kind["pairs"]}
    for name, kind in kinds.items():
        table.add_column(f"{segment_names()[name]} ({kind['pairs']:,})", justify="right")
    for name in part["methods"]:
        table.add_row(name, *(f"{kind['methods'][name]['pinball']:.4f}" for kind in kinds.values()))
    return table


def _replay(part: dict[str, Any]) -> Table:
    table = Table(title=_("Replay"), box=None, title_justify="left")
    table.add_column(_("policy"), no_wrap=True)
    for title in (
        _("stock days at 95 % fill"),
        _("of reactive"),
        _("of textbook"),
        _("fill at 25 stock days"),
        _("lost sales of textbook"),
        _("order cycle, days"),
    ):
        table.add_column(title, justify="right")
    for name in part["policies"]:
        equal, stocked = part["at_equal_fill"][name], part["at_equal_stock"][name]
        curve = part["policies"][name]["curve"]
        table.add_row(
            name,
            _figure(equal["stock_days"], ".1f"),
            _figure(equal["stock_ratio_to_reactive"], ".2f"),
            _figure(equal["stock_ratio_to_textbook"], ".2f"),
            _figure(stocked["fill"], ".1%"),
            _figure(stocked["lost_ratio_to_textbook"], ".2f"),
            f"{curve[len(curve) // 2]['order_cycle_days']:.1f}",
        )
    return table


def _sensing(part: dict[str, Any]) -> Table:
    table = Table(title=_("Exceptions"), box=None, title_justify="left")
    table.add_column(_("method"), no_wrap=True)
    for title in (
        _("false alarms in 1,000 pair-weeks"),
        _("alarms on real sales"),
        _("halved: found"),
        _("doubled: found"),
        _("stopped: found"),
        _("after days"),
        _("stopped, sold weekly: found"),
        _("after days"),
    ):
        table.add_column(title, justify="right")
    for name, method in part["methods"].items():
        changes = method["changes"]
        table.add_row(
            name,
            f"{method['false_alarms_per_1000_pair_weeks']:.2f}",
            f"{method['told_per_1000_pair_weeks']:.2f}",
            *(f"{changes[kind]['recall']:.0%}" for kind in ("half", "double", "stop")),
            _figure(changes["stop"]["delay_days_median"], ".0f"),
            f"{changes['stop']['recall_quick']:.0%}",
            _figure(changes["stop"]["delay_days_quick"], ".0f"),
        )
    return table


def start_names() -> dict[str, str]:
    """What can begin, in the reader's language."""
    return {
        "dealers": _("Dealers that began"),
        "dealers_hidden": _("Known dealers, as if they began"),
        "products": _("Launches"),
    }


def _starts(title: str, part: dict[str, Any]) -> Table:
    table = Table(title=title, box=None, title_justify="left")
    for column in (_("weeks"), _("method")):
        table.add_column(column, no_wrap=True)
    for column in (_("beginnings"), _("pinball"), _("error of the total"), _("ours over it")):
        table.add_column(column, justify="right")
    for weeks, figures in part["weeks"].items():
        for name, method in figures["methods"].items():
            texts = (interval(method[key]) for key in ("pinball", "total_error", "pinball_ratio"))
            table.add_row(weeks, name, f"{figures['count']:,}", *texts)
    return table


def interval(figure: dict[str, float | None]) -> str:
    """A figure with its interval, where there is one: 0.62 (0.55-0.70)."""
    text = _figure(figure["value"], ".3f")
    return text if figure["low"] is None else f"{text} ({figure['low']:.3f}–{figure['high']:.3f})"


def _alerts(part: dict[str, Any]) -> str:
    alerts, plan = part["alerts"], part["plan"]
    return _(
        "Of %(raised)s alerts that goods run out before new ones can come, %(precision)s came true; of all pairs that "
        "ran out, %(recall)s had been told. Pinball of the plan %(plain)s, with the levels after shifts %(shifted)s."
    ) % {
        "raised": f"{alerts['raised']:,}",
        "precision": f"{alerts['precision']:.0%}",
        "recall": f"{alerts['recall']:.0%}",
        "plain": f"{plan['pinball']:.4f}",
        "shifted": f"{plan['pinball_with_shifts']:.4f}",
    }


def _figure(value: float | None, form: str) -> str:
    return NOTHING if value is None else format(value, form)
