"""The figures of an evaluation as one page of charts that needs nothing beside it: no script, no style sheet."""

from html import escape
from typing import Any

from django.utils.translation import gettext as _

from firstmove.cli.evaluation.tables import NOTHING, interval, segment_names, start_names

WIDTH, HEIGHT = 860, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 16, 48
MOST_STOCK_DAYS = 120.0
LEAST_FILL = 0.6
# Far enough apart for eyes that do not tell red from green; the product's own line is the strongest.
COLOURS = {
    "firstmove": "#066fd1",
    "firstmove-boosted": "#17a2b8",
    "firstmove+prices": "#4299e1",
    "firstmove+promotions": "#63b3ed",
    "textbook": "#f59f00",
    "reactive": "#d6336c",
    "reactive-18": "#862e9c",
    "minmax": "#74829c",
    "best-minmax": "#495057",
    "reorder-point": "#a0795c",
    "clairvoyant": "#2fb344",
    "croston_sba": "#7048e8",
    "tsb": "#c2255c",
}
STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.5rem}
.scroll{overflow-x:auto}svg{max-width:100%;height:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .8rem;text-align:right;border-bottom:1px solid #8884}th:first-child,td:first-child{text-align:left}
.quiet{color:#74829c}text{fill:currentColor;font-size:13px}
"""


def html(figures: dict[str, Any], *, language: str) -> str:
    """A whole HTML document in the language that is active; `language` is its code for readers aloud."""
    title = _("Evaluation of %(data)s, as of %(day)s") % {"data": figures["data"], "day": figures["as_of"]}
    assumed = figures["assumed"]
    parts = [
        f"<h1>{escape(title)}</h1>",
        "<p>"
        + escape(
            _("%(pairs)s pairs of product and dealer over %(days)s days that nothing had seen before.")
            % {"pairs": f"{figures['pairs']:,}", "days": figures["window_days"]}
        )
        + "</p>",
        '<p class="quiet">'
        + escape(
            _(
                "Assumed: an order day every %(review)s days, orders under way for %(low)s to %(high)s days, "
                "stock for %(opening)s days at the start."
            )
            % {
                "review": assumed["review_days"],
                "low": assumed["lead_days"][0],
                "high": assumed["lead_days"][1],
                "opening": assumed["opening_stock_days"],
            }
        )
        + "</p>",
    ]
    if "replay" in figures:
        parts += [f"<h2>{escape(_('Stock that each policy needs for a fill'))}</h2>", _curves(figures["replay"])]
        parts.append(_replay_table(figures["replay"]))
    if "forecast" in figures:
        parts += [f"<h2>{escape(_('Pinball loss of the demand to be covered, less is better'))}</h2>"]
        parts += [_bars(figures["forecast"]), _forecast_table(figures["forecast"])]
        parts += [f"<h2>{escape(_('Pinball loss by the kind of demand'))}</h2>", _segments(figures["forecast"])]
    if "cold_start" in figures:
        parts += [f"<h2>{escape(_('The first weeks of dealers and launches'))}</h2>", _starts(figures["cold_start"])]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _curves(part: dict[str, Any]) -> str:
    """Fill over stock days, one line a policy; its name stands at its upper end."""

    def x(stock_days: float) -> float:
        return LEFT + stock_days / MOST_STOCK_DAYS * (WIDTH - LEFT - RIGHT)

    def y(fill: float) -> float:
        return TOP + (1 - fill) / (1 - LEAST_FILL) * (HEIGHT - TOP - BOTTOM)

    marks = []
    for days in range(0, int(MOST_STOCK_DAYS) + 1, 20):
        marks.append(
            f'<line x1="{x(days):.1f}" x2="{x(days):.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#8883"/>'
            f'<text x="{x(days):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{days}</text>'
        )
    for percent in (60, 70, 80, 90, 95, 100):
        marks.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(percent / 100):.1f}" y2="{y(percent / 100):.1f}" '
            f'stroke="#8883"/><text x="{LEFT - 8}" y="{y(percent / 100) + 4:.1f}" text-anchor="end">{percent} %</text>'
        )
    taken: list[float] = []
    for name, policy in part["policies"].items():
        points = [
            (x(point["stock_days"]), y(point["fill"]))
            for point in policy["curve"]
            if point["stock_days"] <= MOST_STOCK_DAYS and point["fill"] >= LEAST_FILL
        ]
        if not points:
            continue
        colour = COLOURS.get(name, "#74829c")
        path = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
        end = points[-1][1]
        while any(abs(end - other) < 16 for other in taken):
            end += 4
        taken.append(end)
        width = 3.5 if name.startswith("firstmove") else 2
        marks.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
            f'<line x1="{points[-1][0]:.1f}" y1="{points[-1][1]:.1f}" x2="{WIDTH - RIGHT + 6}" y2="{end:.1f}" '
            f'stroke="{colour}" stroke-opacity=".35"/>'
            f'<text x="{WIDTH - RIGHT + 10}" y="{end + 4:.1f}" style="fill:{colour}">{escape(name)}</text>'
        )
    marks.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(_("stock days"))}</text>'
    )
    label = escape(_("Fill over stock days of each policy"))
    return (
        f'<div class="scroll"><svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{label}">{"".join(marks)}</svg></div>'
    )


def _bars(part: dict[str, Any]) -> str:
    most = max(method["pinball"] for method in part["methods"].values()) or 1.0
    rows = []
    for number, (name, method) in enumerate(part["methods"].items()):
        width = method["pinball"] / most * 560
        top = number * 34
        rows.append(
            f'<text x="146" y="{top + 22}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="156" y="{top + 6}" width="{width:.1f}" height="22" fill="{COLOURS.get(name, "#74829c")}"/>'
            f'<text x="{164 + width:.1f}" y="{top + 22}">{method["pinball"]:.4f}</text>'
        )
    height = 34 * len(part["methods"]) + 6
    label = escape(_("Pinball loss of each method"))
    return (
        f'<div class="scroll"><svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'aria-label="{label}">{"".join(rows)}</svg></div>'
    )


def _replay_table(part: dict[str, Any]) -> str:
    head = (_("policy"), _("stock days at 95 % fill"), _("of reactive"), _("of textbook"), _("fill at 25 stock days"))
    rows = []
    for name in part["policies"]:
        equal, stocked = part["at_equal_fill"][name], part["at_equal_stock"][name]
        rows.append(
            (
                name,
                _cell(equal["stock_days"], ".1f"),
                _cell(equal["stock_ratio_to_reactive"], ".2f"),
                _cell(equal["stock_ratio_to_textbook"], ".2f"),
                _cell(stocked["fill"], ".1%"),
            )
        )
    return _table(head, rows)


def _forecast_table(part: dict[str, Any]) -> str:
    head = (_("method"), "RMSSE", _("pinball"), _("covered at 90 %"), _("covered at 95 %"), _("series a CPU-second"))
    rows = [
        (
            name,
            f"{method['rmsse']:.3f}",
            f"{method['pinball']:.4f}",
            f"{method['coverage_90']:.1%}",
            f"{method['coverage_95']:.1%}",
            f"{method['series_per_cpu_s']:,.0f}",
        )
        for name, method in part["methods"].items()
    ]
    return _table(head, rows)


def _segments(part: dict[str, Any]) -> str:
    """A row a method, a column a kind of demand."""
    kinds = {name: kind for name, kind in part["segments"].items() if kind["pairs"]}
    named = segment_names()
    head = (_("method"), *(f"{named[name]} ({kind['pairs']:,})" for name, kind in kinds.items()))
    rows = [(name, *(f"{kind['methods'][name]['pinball']:.4f}" for kind in kinds.values())) for name in part["methods"]]
    note = _(
        "By weeks of the year before: smooth and erratic products sell in more than one of 1.32 weeks; sizes of "
        "erratic and lumpy ones vary by .49 or more (variance over the mean squared). In brackets: pairs."
    )
    return _table(head, rows) + f'<p class="quiet">{escape(note)}</p>'


def _starts(part: dict[str, Any]) -> str:
    """A table for all that began, a row a horizon and method; intervals in brackets."""
    head = (
        _("what"),
        _("weeks"),
        _("method"),
        _("beginnings"),
        _("pinball"),
        _("error of the total"),
        _("ours over it"),
    )
    rows = [
        (
            title, weeks, method, f"{figures['count']:,}",
            *(interval(errors[key]) for key in ("pinball", "total_error", "pinball_ratio")),
        )
        for name, title in start_names().items()
        for weeks, figures in part[name]["weeks"].items()
        for method, errors in figures["methods"].items()
    ]  # fmt: skip
    note = _(
        "Over units that came; in brackets 90 % of bootstrap draws. Parameters are from before each beginning, each "
        "week is planned from what was sold before it. The means know others alone, no_plan the own past alone."
    )
    return _table(head, rows) + f'<p class="quiet">{escape(note)}</p>'


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    top = "".join(f"<th>{escape(title)}</th>" for title in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(value: float | None, form: str) -> str:
    return NOTHING if value is None else format(value, form)
