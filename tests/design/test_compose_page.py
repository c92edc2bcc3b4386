"""What an author composes: each component says what it should, escapes what it is given, and refuses nonsense."""

import datetime as dt

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import TemplateSyntaxError
from django.template.loader import render_to_string
from django.utils import translation

from firstmove.portals.design.shell import NavItem, Shell, mark_active
from firstmove.portals.design.tables import Column, Sort, sort_from_query
from firstmove.portals.design.templatetags.design import Chip, Step

COLUMNS = [
    Column(label="Product", lead=True),
    Column(label="Quantity", number=True, beside=True, sort="quantity"),
    Column(label="Profit", number=True, sort="profit"),
]
NASTY = "<script>alert(1)</script>"


def test_a_row_alone_has_the_same_cells_as_in_its_table(page):
    row = "{% row columns id='line-7' %}{% td %}Tea{% endtd %}{% td %}40{% endtd %}{% td %}¥412{% endtd %}{% endrow %}"
    alone = page(row, columns=COLUMNS)
    assert alone == (
        '<tr id="line-7"><td class="row-lead" data-label="Product">Tea</td>'
        '<td class="num beside" data-label="Quantity">40</td><td class="num" data-label="Profit">¥412</td></tr>'
    )
    assert alone in page("{% table columns caption='Lines' %}" + row + "{% endtable %}", columns=COLUMNS)


@pytest.mark.parametrize("cells", [2, 4])
def test_a_row_that_does_not_fit_its_table_is_refused(page, cells):
    with pytest.raises(TemplateSyntaxError, match="cells than its table has columns"):
        page("{% row columns %}" + "{% td %}x{% endtd %}" * cells + "{% endrow %}", columns=COLUMNS)


def test_sorting_starts_with_the_largest_turns_round_and_keeps_the_search(page):
    source = "{% table columns caption='Lines' sort=sort %}{% endtable %}"
    fresh = page(source, address="/?q=tea&page=3", columns=COLUMNS, sort=Sort(key="quantity"))
    assert 'href="?q=tea&amp;sort=-profit"' in fresh
    turned = page(source, columns=COLUMNS, sort=Sort(key="profit", descending=True))
    assert 'aria-sort="descending"' in turned
    assert 'href="?sort=profit"' in turned


def test_an_order_that_no_column_offers_is_ignored():
    assert sort_from_query({"sort": "password"}, columns=COLUMNS, default="-profit") == Sort(
        key="profit", descending=True
    )
    assert sort_from_query({"sort": "quantity"}, columns=COLUMNS, default="-profit") == Sort(key="quantity")


@pytest.mark.parametrize(
    "source",
    [
        "{% card title=nasty aside=nasty footer=nasty %}{{ nasty }}{% endcard %}",
        "{% hero title=nasty eyebrow=nasty action=nasty href=nasty note=nasty %}{{ nasty }}{% endhero %}",
        "{% page_head title=nasty eyebrow=nasty %}{% endpage_head %}",
        "{% stat nasty nasty unit=nasty note=nasty assumed=nasty %}",
        "{% badge nasty %}{% assumed nasty %}{% progress 1 2 label=nasty %}",
        "{% facts %}{% fact nasty %}{{ nasty }}{% endfact %}{% endfacts %}",
        "{% acts %}{% act nasty href=nasty %}{{ nasty }}{% endact %}{% endacts %}",
        "{% empty_state nasty nasty action=nasty href=nasty %}",
        "{% search_field label=nasty %}",
        "{% quantity_input nasty 4 label=nasty unit=nasty hx_post=nasty %}",
        "{% row columns id=nasty %}{% td title=nasty %}{{ nasty }}{% endtd %}"
        "{% td %}{% endtd %}{% td %}{% endtd %}{% endrow %}",
        "{{ 4|quantity:nasty }}{{ 4|money:nasty }}{% money_span 1 2 nasty %}",
    ],
)
def test_a_name_with_markup_in_it_stays_text(page, source):
    html = page(source, nasty=NASTY, columns=COLUMNS, address="/?q=%3Cscript%3E")
    assert "<script" not in html
    assert "alert(1)" in html


def test_a_figure_that_got_better_is_green_and_worse_is_red_whichever_way_it_moved(page):
    assert "stat-change good" in page("{% stat 'Stock days' '31.4' change=-6.2 better='down' %}")
    assert "stat-change bad" in page("{% stat 'Taken' '71%' change=-1 better='up' decimals=0 %}")
    neutral = page("{% stat 'Lines' '318' change=4 decimals=0 %}")
    assert "good" not in neutral
    assert "bad" not in neutral
    assert "±0.0" in page("{% stat 'In stock' '96%' change=0.01 better='up' %}")


def test_cover_turns_red_only_where_stock_runs_short(page):
    assert "now short" in page("{% cover 3 13 low=5 %}")
    assert "short" not in page("{% cover 8 20 low=5 %}")
    assert 'aria-label="3 → 13 days"' in page("{% cover 3 13 low=5 %}")
    assert 'aria-label="3 → 13 天"' in page("{% cover 3 13 low=5 %}", language="zh-hans")
    assert page("{% cover unknown %}", unknown=None) == "<span>–</span>"


def test_an_icon_or_tone_that_does_not_exist_is_named(page):
    with pytest.raises(TemplateSyntaxError, match="no icon 'unicorn'"):
        page("{% icon 'unicorn' %}")
    with pytest.raises(TemplateSyntaxError, match="tone 'purple'"):
        page("{% badge 'x' 'purple' %}")


def test_paging_says_where_one_is_and_keeps_the_filter(page):
    third = Paginator(range(318), 50).page(3)
    html = page("{% pagination page %}", address="/?state=new&page=3", page=third)
    assert "101–150 of 318" in html
    assert 'href="?state=new&amp;page=4"' in html
    assert "第 101–150 条，共 318 条" in page("{% pagination page %}", page=third, language="zh-hans")


def test_a_filter_shows_what_is_chosen_and_starts_at_the_first_page(page):
    options = [Chip(value="", label="All", count=1318), Chip(value="new", label="New")]
    html = page("{% chips options name='state' label='State' %}", address="/?state=new&page=4&q=tea", options=options)
    assert '<a class="chip" href="?q=tea">All <span class="chip-count">1,318</span></a>' in html
    assert 'href="?state=new&amp;q=tea" aria-current="true">New' in html


def test_a_form_says_what_is_wrong_beside_the_field(page):
    class SignIn(forms.Form):
        email = forms.EmailField(label="E-mail", help_text="The one you were invited with.")
        stay = forms.BooleanField(label="Stay signed in", required=False)

    form = SignIn({"email": "nobody"})
    html = page("{% field form.email autocomplete='username' %}{% field form.stay %}", form=form)
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert 'id="id_email_error"' in html
    assert 'id="id_email_helptext"' in html
    assert 'autocomplete="username"' in html
    assert "optional" not in html


def test_a_quantity_moves_in_steps_of_its_multiple(page):
    html = page(
        "{% quantity_input 'quantity' 40 label='Tea' unit='箱' multiple=5 hx_post='/line/7/' hx_trigger='change' %}"
    )
    assert 'step="5" min="0"' in html
    assert 'hx-post="/line/7/" hx-trigger="change"' in html


def test_a_timeline_marks_the_step_that_is_now(page):
    steps = [Step(title="Review", state="done"), Step(title="Shipped", state="now"), Step(title="Lost", state="failed")]
    html = page("{% timeline steps horizontal=True %}", steps=steps)
    assert html.count('aria-current="step"') == 1
    assert "failed</span>" in html


def _shell(count):
    items = [NavItem(label=f"Place {n}", url=f"/d/{n}/", icon="today") for n in range(count)]
    return Shell(
        navigation=mark_active(items, path="/d/6/x/"),
        user_name="Wang Min",
        place="Suzhou Hengtai",
        business_date=dt.date(2026, 11, 22),
        demo=True,
        assumed="Stock comes from a scenario.",
    )


def test_every_page_tells_its_date_and_what_is_not_real(rf):
    with translation.override("en"):
        html = render_to_string("design/base.html", {"shell": _shell(7), "request": rf.get("/")})
    assert "22 Nov 2026" in html
    assert "Demo data" in html
    assert "Stock comes from a scenario." in html
    assert '<html lang="en"' in html


def test_a_phone_reaches_every_place_by_its_bar_or_by_more():
    shell = _shell(7)
    assert [item.label for item in shell.phone_bar] == ["Place 0", "Place 1", "Place 2", "Place 3"]
    assert [*shell.phone_bar, *shell.phone_more] == list(shell.navigation)
    assert shell.more_is_active
    assert not _shell(5).phone_more


def test_the_active_place_is_the_nearest_one_and_no_other():
    items = [NavItem(label="Today", url="/d/", icon="today"), NavItem(label="Orders", url="/d/orders/", icon="orders")]
    assert [item.active for item in mark_active(items, path="/d/orders/12/")] == [False, True]
    assert [item.active for item in mark_active(items, path="/elsewhere/")] == [False, False]


def test_the_pages_of_a_place_stand_as_tabs_above_each_of_them(rf):
    plan = NavItem(label="Plan", url="/d/plan/")
    orders = NavItem(
        label="Orders", url="/d/orders/", icon="orders", within=[NavItem(label="All", url="/d/orders/"), plan]
    )
    shell = Shell(navigation=mark_active([NavItem(label="Today", url="/d/", icon="today"), orders], path="/d/plan/12/"))
    assert [(tab.label, tab.active) for tab in shell.tabs] == [("All", False), ("Plan", True)]
    with translation.override("en"):
        html = render_to_string("design/base.html", {"shell": shell, "request": rf.get("/")})
    assert '<a href="/d/plan/" aria-current="page">Plan</a>' in html
    assert '<a href="/d/orders/" aria-current="true">Orders</a>' in html
    assert not Shell(navigation=mark_active([orders], path="/d/")).tabs


@pytest.mark.parametrize("name", ["403.html", "404.html", "500.html"])
@pytest.mark.parametrize(("language", "word"), [("en", "To the start"), ("zh-hans", "回到首页")])
def test_an_error_page_stands_without_any_context(name, language, word):
    with translation.override(language):
        assert word in render_to_string(name)
