"""What came in: every feed, every file, and the rows that were set aside with the reason."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from firstmove.domains.intake import queries as intake
from firstmove.domains.intake.words import column_name, feed_name, file_sentence, row_sentence
from firstmove.domains.network import queries as network
from firstmove.kernel.tenancy import Actor
from firstmove.portals.enterprise import words
from firstmove.portals.enterprise.tables import BATCHES, FEEDS, SET_ASIDE
from firstmove.portals.pages import reads
from firstmove.portals.paging import page_of

STATE_TONES = {"running": "accent", "complete": "good", "failed": "bad"}


@reads("enterprise")
def batches(request: HttpRequest, _actor: Actor) -> HttpResponse:
    on = network.enterprise(now=timezone.now()).business_on
    page = page_of(intake.batches, query=request.GET)
    page.object_list = [(batch, feed_name(batch.feed), STATE_TONES[batch.state]) for batch in page.object_list]
    feeds = intake.feeds_status()
    return TemplateResponse(
        request,
        "enterprise/batches.html",
        {
            "page": page,
            "columns": BATCHES,
            "feed_columns": FEEDS,
            "feeds": [(feed_name(feed.feed), feed, words.is_stale(feed, on=on)) for feed in feeds if feed.last],
            "missing": [feed_name(feed.feed) for feed in feeds if not feed.last],
            "stale": [feed_name(feed.feed) for feed in feeds if words.is_stale(feed, on=on)],
        },
    )


@reads("enterprise")
def batch(request: HttpRequest, _actor: Actor, *, batch_id: int) -> HttpResponse:
    view = intake.batch(batch_id=batch_id)
    page = page_of(partial(intake.set_aside, batch_id=batch_id), query=request.GET)
    page.object_list = [
        (
            row,
            row_sentence(feed=view.feed, row=row.row, reason=row.reason, column=row.column, value=row.value),
        )
        for row in page.object_list
    ]
    return TemplateResponse(
        request,
        "enterprise/batch.html",
        {
            "batch": view,
            "feed": feed_name(view.feed),
            "tone": STATE_TONES[view.state],
            "problem": file_sentence(feed=view.feed, file=view.file_name, problem=view.problem) if view.problem else "",
            "columns": SET_ASIDE,
            "page": page,
            "kept": page.paginator.count,
            "by_column": [(column_name(reason.column), reason.rows) for reason in intake.reasons_of(batch_id=batch_id)],
        },
    )
