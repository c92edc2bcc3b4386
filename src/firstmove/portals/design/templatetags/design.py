"""Components of the pages. One example of each stands in portals/design/README.md.

Small ones are written here with `format_html`; those with more markup are templates under templates/design/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, RadioSelect, Select
from django.template import Context, Node, TemplateSyntaxError
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html, format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from firstmove.portals.design import figures
from firstmove.portals.design.charts import Chart
from firstmove.portals.design.grids import FigureGrid, GridCell
from firstmove.portals.design.icons import ICONS
from firstmove.portals.design.tables import Column, Sort

register = template.Library()

for _name in (
    "number",
    "quantity",
    "money",
    "price",
    "money_short",
    "percent",
    "percent_change",
    "change",
    "days",
    "day",
    "weekday",
    "full_day",
    "moment",
):
    register.filter(_name, getattr(figures, _name))

register.simple_tag(figures.span, name="span")
register.simple_tag(figures.money_span, name="money_span")

TONES = {"neutral", "good", "warn", "bad", "accent"}


def attributes(given: Mapping[str, Any]) -> SafeString:
    """Keyword arguments as HTML attributes: ``hx_post="/x"`` is `` hx-post="/x"``; False and None leave them out."""
    return format_html_join(
        "",
        ' {}="{}"',
        (
            (name.rstrip("_").replace("_", "-"), "" if value is True else value)
            for name, value in given.items()
            if value is not None and value is not False
        ),
    )


def _tone(tone: str) -> str:
    if tone not in TONES:
        raise TemplateSyntaxError(f"The tone {tone!r} does not exist; choose one of {', '.join(sorted(TONES))}.")
    return tone


# --- Small marks -----------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; without `label` it is silent for a screen reader."""
    if name not in ICONS:
        raise TemplateSyntaxError(f"There is no icon {name!r}: add it to portals/design/icons.py.")
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"></use></svg>', spoken, static("vendor/icons.svg"), name)


@register.simple_tag
def badge(text: str, tone: str = "neutral") -> SafeString:
    return format_html('<span class="badge tone-{}">{}</span>', _tone(tone), text)


@register.simple_tag
def assumed(explanation: str, label: str = "") -> SafeString:
    """The mark of a figure that rests on a scenario; a tap or the keyboard opens what was assumed."""
    return format_html(
        '<details class="assumed" data-menu><summary>{}</summary><span class="assumed-note">{}</span></details>',
        label or _("assumed"),
        explanation,
    )


@register.simple_tag
def progress(value: float, maximum: float = 100, label: str = "") -> SafeString:
    """A bar of what is done. `label` says it in words and is always given for a screen reader."""
    return format_html(
        '<span class="progress-line"><progress value="{}" max="{}" aria-label="{}"></progress>'
        '<span class="progress-text">{}</span></span>',
        f"{value:g}",
        f"{maximum:g}",
        label or _("Progress"),
        label,
    )


@register.simple_tag
def cover(
    before: float | None, after: float | None = None, *, scale: float = 30, low: float | None = None
) -> SafeString:
    """Days of cover before → after as a bar of `scale` days; what is there now turns red below `low` days."""
    if before is None:
        return format_html("<span>{}</span>", figures.UNKNOWN)
    end = before if after is None else after
    now, then = (max(0.0, min(100.0, float(days) / scale * 100)) for days in (before, end))
    short = low is not None and before < low
    numbers = figures.number(before), figures.number(end)
    spoken = (
        figures.days(before)
        if after is None
        else _("%(before)s → %(after)s days") % dict(zip(_ENDS, numbers, strict=True))
    )
    end_text = format_html('<span class="cover-to">{}</span>', numbers[1]) if after is not None else ""
    return format_html(
        '<span class="cover" role="img" aria-label="{}"><span class="cover-from">{}</span>'
        '<svg class="cover-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="6"></rect><rect class="then" width="{}" height="6"></rect>'
        '<rect class="{}" width="{}" height="6"></rect></svg>{}</span>',
        spoken,
        numbers[0],
        f"{then:.1f}",
        "now short" if short else "now",
        f"{min(now, then):.1f}",
        end_text,
    )


_ENDS = ("before", "after")


@register.simple_tag
def sparkline(values: Sequence[float | None], label: str = "") -> SafeString:
    """A line of the last weeks, without axis; drawn on the server, so that a hundred of them cost the phone nothing."""
    known = [(index, float(value)) for index, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return format_html('<span class="spark-none">{}</span>', figures.UNKNOWN)
    heights = [value for _index, value in known]
    low, high = min(heights), max(heights)
    width, height = max(len(values) - 1, 1), (high - low) or 1.0
    points = " ".join(f"{index / width * 96 + 2:.1f},{22 - (value - low) / height * 20:.1f}" for index, value in known)
    return format_html(
        '<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<polyline points="{}" vector-effect="non-scaling-stroke"></polyline></svg>',
        label or _("Course"),
        points,
    )


# --- Blocks ----------------------------------------------------------------------------------------------------------


@register.simple_block_tag(takes_context=True)
def hero(
    context: Context,
    content: str,
    *,
    title: str,
    eyebrow: str = "",
    action: str = "",
    href: str = "",
    form: str = "",
    note: str = "",
) -> str:
    """The head of a day: what is ready, what it is worth, what to do. `form` names a form that the action submits."""
    return _rendered(
        context,
        "design/hero.html",
        {
            "content": content,
            "title": title,
            "eyebrow": eyebrow,
            "action": action,
            "href": href,
            "form": form,
            "note": note,
        },
    )


@register.simple_block_tag(takes_context=True)
def page_head(context: Context, content: str, *, title: str, eyebrow: str = "", back: str = "") -> str:
    """The head of every other page: a title that is the finding. The block holds the next acts."""
    given = {"content": content.strip(), "title": title, "eyebrow": eyebrow, "back": back}
    return _rendered(context, "design/page_head.html", given)


@register.simple_block_tag(takes_context=True)
def card(
    context: Context,
    content: str,
    *,
    title: str = "",
    aside: str = "",
    footer: str = "",
    flush: bool = False,
    id: str = "",
) -> str:
    """A card. `flush` lets a table or a list reach the edges; `{% card_footer %}` inside it closes it with the sums."""
    given = {"content": content, "title": title, "aside": aside, "footer": footer, "flush": flush, "id": id}
    return _rendered(context, "design/card.html", given)


@register.simple_block_tag
def card_footer(content: str) -> str:
    return format_html('<footer class="card-footer">{}</footer>', mark_safe(content))  # noqa: S308 - rendered by the template


@register.simple_block_tag
def stats(content: str) -> str:
    """A row of `{% stat %}` tiles, two beside each other on a phone."""
    return format_html('<div class="stats">{}</div>', mark_safe(content))  # noqa: S308 - rendered by the template


@register.inclusion_tag("design/stat.html")
def stat(
    label: str,
    value: str,
    *,
    change: float | None = None,
    better: str = "",
    decimals: int = 1,
    unit: str = "",
    note: str = "",
    href: str = "",
    assumed: str = "",
) -> dict[str, Any]:
    """A figure with its change. `better` says which direction is good: "up", "down", or neither."""
    moved = None if change is None else round(change, decimals)
    direction = "" if not moved else "up" if moved > 0 else "down"
    verdict = "" if not direction or not better else "good" if direction == better else "bad"
    return {
        "label": label,
        "value": value,
        "change": None if change is None else figures.number(abs(change), decimals),
        "direction": direction,
        "verdict": verdict,
        "unit": unit,
        "note": note,
        "href": href,
        "assumed": assumed,
    }


@register.simple_block_tag
def facts(content: str) -> str:
    """Names and values of one thing; holds `{% fact %}`."""
    return format_html('<dl class="facts">{}</dl>', mark_safe(content))  # noqa: S308 - rendered by the template


@register.simple_block_tag
def fact(content: str, label: str) -> str:
    return format_html("<div><dt>{}</dt><dd>{}</dd></div>", label, mark_safe(content))  # noqa: S308 - rendered by the template


@register.inclusion_tag("design/empty_state.html")
def empty_state(title: str, text: str = "", *, action: str = "", href: str = "", icon: str = "empty") -> dict[str, Any]:
    """What stands where nothing is yet: what would stand here, and how to get it."""
    return {"title": title, "text": text, "action": action, "href": href, "icon": icon}


@register.simple_block_tag
def acts(content: str) -> str:
    """A list of things worth doing; holds `{% act %}`."""
    return format_html('<ul class="acts">{}</ul>', mark_safe(content))  # noqa: S308 - rendered by the template


@register.simple_block_tag
def act(content: str, title: str, *, href: str = "") -> str:
    """One thing worth doing: the title says it, the block says why."""
    inner = format_html("<strong>{}</strong><span>{}</span>", title, mark_safe(content.strip()))  # noqa: S308 - rendered by the template
    return format_html('<li><a href="{}">{}</a></li>', href, inner) if href else format_html("<li>{}</li>", inner)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a timeline. `state` is done, now, next or failed; `when` is text in the language of the page."""

    title: str
    state: str = "next"
    when: str = ""
    text: str = ""


@register.inclusion_tag("design/timeline.html")
def timeline(steps: Iterable[Step], *, horizontal: bool = False) -> dict[str, Any]:
    """Steps of an order or events of a customer, oldest first."""
    return {"steps": steps, "horizontal": horizontal}


@register.inclusion_tag("design/chart.html")
def chart(data: Chart, *, label: str, note: str = "", size: str = "m") -> dict[str, Any]:
    """A chart (see charts.py) with the table behind it. `label` says what it shows; sizes are s, m and l."""
    return {
        "kind": data.kind,
        "payload": json_script(data.payload()),
        "header": data.header(),
        "rows": data.rows(),
        "label": label,
        "note": note,
        "size": size,
    }


# --- Tables ----------------------------------------------------------------------------------------------------------


def _address(context: Context, **changes: str | int | None) -> str:
    """The address of this page with other parameters; None takes one away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


def _head_cell(context: Context, column: Column, sort: Sort | None) -> SafeString:
    if not column.sort or sort is None:
        return format_html('<th scope="col" class="{}">{}</th>', column.classes, column.label)
    in_force = sort.key == column.sort
    descending = not sort.descending if in_force else column.number
    mark = ("↓" if sort.descending else "↑") if in_force else ""
    return format_html(
        '<th scope="col" class="{}"{}><a href="{}">{}<span class="sort-mark" aria-hidden="true">{}</span></a></th>',
        column.classes,
        attributes({"aria-sort": ("descending" if sort.descending else "ascending") if in_force else None}),
        _address(context, sort=Sort(key=column.sort, descending=descending).param, page=None),
        column.label,
        mark,
    )


@register.simple_block_tag(takes_context=True)
def table(
    context: Context,
    content: str,
    columns: Sequence[Column],
    *,
    caption: str,
    sort: Sort | None = None,
    body_id: str = "",
    wide: bool = False,
) -> SafeString:
    """A table of `{% row %}`s. `caption` is for a screen reader; `wide` scrolls sideways instead of a sticky head."""
    head = format_html_join("", "{}", ((_head_cell(context, column, sort),) for column in columns))
    return format_html(
        '<div class="table-frame{}"><table class="table"><caption>{}</caption><thead><tr>{}</tr></thead>'
        "<tbody{}>{}</tbody></table></div>",
        " wide" if wide else "",
        caption,
        head,
        attributes({"id": body_id or None}),
        mark_safe(content),  # noqa: S308 - rendered by the template
    )


class RowNode(Node):
    """`{% row columns %}`: hands each `{% td %}` in it its column, and refuses a row that does not fill the table."""

    def __init__(self, columns: FilterExpression, given: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.columns, self.given, self.nodelist = columns, given, nodelist

    def render(self, context: Context) -> str:
        columns = list(self.columns.resolve(context))
        waiting = iter(columns)
        with context.push(_row_columns=waiting):
            cells = self.nodelist.render(context)
        if next(waiting, None) is not None:
            raise TemplateSyntaxError(f"A row has fewer cells than its table has columns ({len(columns)}).")
        return f"<tr{attributes({name: value.resolve(context) for name, value in self.given.items()})}>{cells}</tr>"


class CellNode(Node):
    def __init__(self, given: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.given, self.nodelist = given, nodelist

    def render(self, context: Context) -> str:
        column = next(context["_row_columns"], None)
        if column is None:
            raise TemplateSyntaxError("A row has more cells than its table has columns.")
        given = {name: value.resolve(context) for name, value in self.given.items()}
        names = f"{column.classes} {given.pop('class', '')}".strip()
        content = self.nodelist.render(context).strip()
        label = conditional_escape(column.label)
        return f'<td class="{names}" data-label="{label}"{attributes(given)}>{content}</td>'


def _given(parser: Parser, bits: list[str], tag: str) -> dict[str, FilterExpression]:
    given = token_kwargs(bits, parser)
    if bits:
        raise TemplateSyntaxError(f"{{% {tag} %}} does not understand {bits[0]!r}: write name=value.")
    return given


@register.tag
def row(parser: Parser, token: Token) -> RowNode:
    """`{% row columns id="line-12" class="quiet" %}…{% endrow %}`: one row, in a table or alone in a partial."""
    bits = token.split_contents()[1:]
    if not bits:
        raise TemplateSyntaxError("{% row %} needs the columns of its table: {% row columns %}.")
    columns = parser.compile_filter(bits.pop(0))
    given = _given(parser, bits, "row")
    nodelist = parser.parse(("endrow",))
    parser.delete_first_token()
    return RowNode(columns, given, nodelist)


@register.tag
def td(parser: Parser, token: Token) -> CellNode:
    """`{% td %}…{% endtd %}`: the next cell of the row; its alignment and label come from the column."""
    given = _given(parser, token.split_contents()[1:], "td")
    nodelist = parser.parse(("endtd",))
    parser.delete_first_token()
    return CellNode(given, nodelist)


@register.inclusion_tag("design/pagination.html", takes_context=True)
def pagination(context: Context, page: Page) -> dict[str, Any]:
    """Where one is in a long list, and the pages around it; other parameters of the address are kept."""
    paginator = page.paginator
    at_least = getattr(paginator, "at_least", False)
    is_last = getattr(paginator, "is_last", not page.has_next())
    goes_on = not is_last and page.has_next()
    return {
        "page": page,
        "rows": len(page.object_list),
        "total": paginator.count,
        "at_least": at_least,
        "is_last": is_last,
        "first": _address(context, page=1) if page.number > 2 or (at_least and is_last) else "",
        "previous": _address(context, page=page.previous_page_number()) if page.has_previous() else "",
        "next": _address(context, page=page.next_page_number()) if goes_on else "",
        "last": _address(context, page="last")
        if goes_on and (at_least or page.number + 1 < paginator.num_pages)
        else "",
    }


@register.inclusion_tag("design/figure_grid.html")
def figure_grid(grid: FigureGrid, *, caption: str) -> dict[str, Any]:
    """A grid of figures to plan with (see grids.py); head and first column stay in sight while one scrolls."""
    return {"grid": grid, "caption": caption}


@register.inclusion_tag("design/figure_input.html")
def figure_input(cell: GridCell) -> dict[str, Any]:
    """One cell of such a grid, for a table that shows one row of it."""
    return {"name": cell.name, "value": cell.value, "label": cell.label, "moved": cell.moved}


# --- Finding and entering --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Chip:
    """One choice of `{% chips %}`; the empty value means all."""

    value: str
    label: str
    count: int | None = None


@register.inclusion_tag("design/chips.html", takes_context=True)
def chips(context: Context, options: Iterable[Chip], *, name: str, label: str) -> dict[str, Any]:
    """Filters as links: `name` is the parameter of the address that they set."""
    chosen = context["request"].GET.get(name, "")
    return {
        "label": label,
        "options": [
            {
                "chip": option,
                "active": option.value == chosen,
                "url": _address(context, **{name: option.value or None, "page": None}),
            }
            for option in options
        ],
    }


@register.inclusion_tag("design/search_field.html", takes_context=True)
def search_field(
    context: Context, *, label: str, name: str = "q", target: str = "", placeholder: str = ""
) -> dict[str, Any]:
    """A search box. With `target` (a CSS selector) it answers while one types; without, on Enter."""
    query = context["request"].GET
    kept = [(key, value) for key, values in query.lists() if key not in {name, "page"} for value in values]
    return {
        "label": label,
        "name": name,
        "target": target,
        "placeholder": placeholder or label,
        "value": query.get(name, ""),
        "kept": kept,
        "path": context["request"].path,
    }


@register.inclusion_tag("design/field.html")
def field(bound: BoundField, *, hint: str = "", **given: Any) -> dict[str, Any]:
    """One field of a form with its label, help and error; more arguments become attributes of the input."""
    widget = bound.field.widget
    checkbox = isinstance(widget, CheckboxInput)
    if checkbox:
        kind = "form-check-input"
    elif isinstance(widget, RadioSelect):
        kind = "choices"
    else:
        kind = "form-select" if isinstance(widget, Select) else "form-control"
    names = f"{kind} is-invalid" if bound.errors else kind
    extra = {name.rstrip("_").replace("_", "-"): value for name, value in given.items()}
    return {
        "field": bound,
        "checkbox": checkbox,
        "hint": hint or bound.help_text,
        "widget": bound.as_widget(attrs={"class": names, **extra}),
    }


@register.inclusion_tag("design/quantity_input.html")
def quantity_input(
    name: str,
    value: int,
    *,
    label: str,
    unit: str = "",
    multiple: int = 1,
    minimum: int = 0,
    maximum: int | None = None,
    **given: Any,
) -> dict[str, Any]:
    """A quantity with its unit and steps of the order multiple; more arguments become attributes (`hx_post=…`)."""
    return {
        "name": name,
        "value": value,
        "label": label,
        "unit": unit,
        "multiple": multiple,
        "minimum": minimum,
        "maximum": maximum,
        "given": attributes(given),
    }


def _rendered(context: Context, name: str, given: dict[str, Any]) -> str:
    """A component's template with what it was given and nothing else of the page."""
    if "content" in given:
        given["content"] = mark_safe(given["content"])  # noqa: S308 - rendered by the page's template
    return context.template.engine.get_template(name).render(context.new(given))
