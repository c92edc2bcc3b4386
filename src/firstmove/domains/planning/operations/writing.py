"""A run's results into PostgreSQL: COPY to temporary tables, then INSERT … SELECT, all inside one transaction."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from django.db import connection

from firstmove.domains.network.queries import DealerView
from firstmove.domains.planning.models import (
    AT_RISK,
    DealerLeadTime,
    Decision,
    Proposal,
    ProposalLine,
    ProposalState,
    Run,
    WaitingOrder,
)
from firstmove.domains.planning.operations import hold_out
from firstmove.domains.planning.operations.copying import copy
from firstmove.domains.planning.scenario import Scenario
from firstmove.domains.trade import queries as trade
from firstmove.engine.inventory.lead_times import LeadTime

_LINE_COLUMNS = {
    "proposal_id": "bigint",
    "dealer_id": "bigint",
    "number": "integer",
    "product_id": "bigint",
    "quantity": "integer",
    "wished_quantity": "integer",
    "cause": "text",
    "order_multiple": "integer",
    "order_minimum": "integer",
    "unit_price": "numeric",
    "price_assumed": "boolean",
    "sale_price": "numeric",
    "holding_rate_per_year": "double precision",
    "on_hand": "double precision",
    "in_transit": "double precision",
    "rate_per_day": "double precision",
    "rate_recent_per_day": "double precision",
    "level": "double precision",
    "safety_stock": "double precision",
    "lead_share": "double precision",
    "service_quantile": "double precision",
    "stock_class": "text",
    "cover_before_days": "double precision",
    "cover_after_days": "double precision",
    "stockout_probability": "double precision",
    "lost_units_if_skipped": "double precision",
    "week_low": "double precision",
    "week_mean": "double precision",
    "week_high": "double precision",
    "profit": "double precision",
    "profit_low": "double precision",
    "profit_high": "double precision",
    "lead_nodes": "double precision[]",
    "review_nodes": "double precision[]",
    "season_factor": "double precision",
    "holiday_factor": "double precision",
    "holiday": "text",
    "holiday_on": "date",
    "price_factor": "double precision",
    "promotion_factor": "double precision",
    "promotion": "text",
    "promotion_on": "date",
    "scarce": "jsonb",
    "cold": "jsonb",
    "reason": "text",
    "attention": "text",
}
_OUTLOOK_COLUMNS = {
    "dealer_id": "bigint",
    "product_id": "bigint",
    "run_id": "bigint",
    "on_hand": "double precision",
    "in_transit": "double precision",
    "stock_assumed": "boolean",
    "rate_per_day": "double precision",
    "rate_recent_per_day": "double precision",
    "cover_days": "double precision",
    "stockout_probability": "double precision",
    "level": "double precision",
    "safety_stock": "double precision",
    "lead_share": "double precision",
    "service_quantile": "double precision",
    "stock_class": "text",
    "life_cycle": "text",
    "week_low": "double precision",
    "week_mean": "double precision",
    "week_high": "double precision",
    "unit_price": "double precision",
    "price_assumed": "boolean",
    "proposed_quantity": "integer",
    "is_held": "boolean",
}
# The engine's names, which say their units, and the columns they are stored in.
_STORED_AS = {
    "quantity_units": "quantity",
    "wished_units": "wished_quantity",
    "order_multiple_units": "order_multiple",
    "order_minimum_units": "order_minimum",
    "purchase_price": "unit_price",
    "on_hand_units": "on_hand",
    "in_transit_units": "in_transit",
    "rate_units_per_day": "rate_per_day",
    "rate_recent_units_per_day": "rate_recent_per_day",
    "level_units": "level",
    "safety_stock_units": "safety_stock",
    "week_low_units": "week_low",
    "week_mean_units": "week_mean",
    "week_high_units": "week_high",
}

_SUMS_OF_DEALERS = """
insert into planning_dealeroutlook
(dealer_id, pairs, at_risk, stock_value, day_value, day_value_at_risk, stock_assumed)
select dealer_id, count(*), count(*) filter (where stockout_probability >= %(at_risk)s), sum(on_hand * unit_price),
  sum(rate_per_day * unit_price),
  coalesce(sum(rate_per_day * unit_price) filter (where stockout_probability >= %(at_risk)s), 0), bool_or(stock_assumed)
from planning_outlook group by dealer_id
"""


def write(
    *,
    run: Run,
    results: pl.DataFrame,
    dealers: Mapping[int, DealerView],
    lead_times: Mapping[str, LeadTime],
    scenario: Scenario,
    for_on: dt.date,
    currency: str,
) -> pl.DataFrame:
    """Supersede what was ready and store this run's proposals and outlook. Returns the lines that were proposed.

    `results` are the engine's, with `line_price` (`breaks`). A dealer who already ordered for this day or on it gets no
    second proposal. One who waits, as its order would stay under its minimum or today is not its order day, gets a
    `WaitingOrder`. Call it inside the system's scope.
    """
    results = results.rename(_STORED_AS)
    # First of all: whoever accepts meanwhile is seen below as somebody who ordered, or waits and finds it superseded.
    ready = ready_locked()
    ordered = set(
        Proposal.objects.filter(for_on=for_on, state=ProposalState.ACCEPTED).values_list("dealer_id", flat=True)
    ) | trade.dealers_ordered_on(day=for_on, origin_kind="proposal")
    drawn = hold_out.drawn(
        dealers=results["dealer"], dealer_ids=results["dealer_id"], skus=results["sku"], on=for_on, now=run.started_at
    )
    results = results.with_columns(held=pl.Series(drawn.held, dtype=pl.Boolean))
    lines = results.filter((pl.col("quantity") > 0) & ~pl.col("dealer_id").is_in(list(ordered))).with_columns(
        unit_price="line_price"
    )
    terms = _terms(results)
    comes_on = {
        dealer: _comes_on(lead_times[dealer], terms.get(dealer_id, {}), for_on)
        for dealer, dealer_id in lines.select("dealer", "dealer_id").unique().rows()
    }
    hold_out.record(run=run, lines=lines.filter("held"), for_on=for_on, comes_on=comes_on, drawn=drawn, ordered=ordered)
    # From here on as if nothing were advised for them: their dealers order them by themselves.
    lines = lines.filter(~pl.col("held"))
    results = results.with_columns(quantity=pl.when("held").then(0.0).otherwise("quantity"))
    _supersede(ready, for_on)
    proposals = _make_proposals(
        run=run, lines=lines, comes_on=comes_on, lead_times=lead_times, terms=terms, scenario=scenario, for_on=for_on,
        currency=currency,
    )  # fmt: skip
    _wait(run, {dealer: facts for dealer, facts in terms.items() if dealer not in proposals and dealer not in ordered})
    lines = lines.with_columns(
        proposal_id=pl.col("dealer_id").replace_strict(proposals, return_dtype=pl.Int64),
        value=pl.col("quantity") * pl.col("unit_price"),
    ).sort("dealer_id", "value", "sku", descending=[False, True, False])
    lines = lines.with_columns(number=pl.int_range(1, pl.len() + 1).over("dealer_id"))
    copy("planning_proposalline", lines, _LINE_COLUMNS, extra={"decision": ""})
    with connection.cursor() as cursor:
        cursor.execute("delete from planning_outlook")
    outlook = results.with_columns(
        pl.lit(run.pk).alias("run_id"),
        pl.col("quantity").alias("proposed_quantity"),
        pl.col("cover_before_days").alias("cover_days"),
        is_held="held",
    )
    copy("planning_outlook", outlook, _OUTLOOK_COLUMNS)
    sum_up_dealers()
    _write_lead_times(run, lead_times, dealers)
    return lines


def sum_up_dealers() -> None:
    """Bring the sums of dealers up to the outlook of their pairs."""
    with connection.cursor() as cursor:
        cursor.execute("delete from planning_dealeroutlook")
        cursor.execute(_SUMS_OF_DEALERS, {"at_risk": AT_RISK})


def ready_locked() -> list[Proposal]:
    """The proposals that can still be accepted, kept from being accepted until this transaction ends."""
    return list(Proposal.objects.select_for_update().filter(state=ProposalState.READY).order_by("id"))


def close(proposals: Sequence[Proposal], *, state: ProposalState) -> None:
    """End locked proposals that nobody took up: every advice in them was ignored."""
    ids = [proposal.pk for proposal in proposals]
    ProposalLine.objects.filter(proposal_id__in=ids).update(decision=Decision.IGNORED)
    Proposal.objects.filter(id__in=ids).update(state=state)


def _supersede(ready: Sequence[Proposal], for_on: dt.date) -> None:
    close([one for one in ready if one.expires_on < for_on], state=ProposalState.EXPIRED)
    close([one for one in ready if one.for_on < for_on <= one.expires_on], state=ProposalState.SUPERSEDED)
    # What is replaced before its day is over was not ignored: nobody decided anything.
    same_day = [one.pk for one in ready if one.for_on >= for_on]
    Proposal.objects.filter(id__in=same_day).update(state=ProposalState.SUPERSEDED)


def _make_proposals(
    *,
    run: Run,
    lines: pl.DataFrame,
    comes_on: Mapping[str, dt.date],
    lead_times: Mapping[str, LeadTime],
    terms: Mapping[int, dict[str, Any]],
    scenario: Scenario,
    for_on: dt.date,
    currency: str,
) -> dict[int, int]:
    """One a dealer with lines; returns proposal ids by dealer id."""
    facts = lines.group_by("dealer_id", maintain_order=True).agg(
        pl.col("dealer").first(),
        pl.col("review_days").first(),
        stock=pl.col("stock_assumed").any(),
        price=pl.col("price_assumed").any(),
        lead_time=pl.col("lead_assumed").first(),
        order_days=pl.col("review_assumed").first(),
    )
    made = Proposal.objects.bulk_create(
        Proposal(
            run=run,
            dealer_id=row["dealer_id"],
            as_of=run.as_of,
            for_on=for_on,
            expires_on=for_on + dt.timedelta(days=2),
            expected_on=comes_on[row["dealer"]],
            lead_time=_lead_facts(lead_times[row["dealer"]]),
            review_days=row["review_days"],
            assumed=[name for name in ("stock", "price", "lead_time", "order_days") if row[name]],
            assumptions=scenario.as_json(),
            methods=run.methods.get("segments", {}),
            currency=currency,
            terms=terms.get(row["dealer_id"], {}),
        )
        for row in facts.iter_rows(named=True)
    )
    return {proposal.dealer_id: proposal.pk for proposal in made}


def _terms(results: pl.DataFrame) -> dict[int, dict[str, Any]]:
    """The terms of each dealer's order and what came of them, by dealer id."""
    told = results.filter(pl.col("order_facts").is_not_null()).select("dealer_id", "order_facts")
    return {dealer_id: json.loads(facts) for dealer_id, facts in told.rows()}


def _wait(run: Run, terms: Mapping[int, dict[str, Any]]) -> None:
    WaitingOrder.objects.all().delete()
    WaitingOrder.objects.bulk_create(
        WaitingOrder(dealer_id=dealer_id, run=run, until_on=facts["waits_until"], terms=facts)
        for dealer_id, facts in terms.items()
        if facts.get("waits_until")
    )


def earliest_arrivals(
    results: pl.DataFrame, *, lead_times: Mapping[str, LeadTime], for_on: dt.date
) -> dict[str, dt.date]:
    """When goods of a dealer's next order day can come, by its code."""
    terms = _terms(results)
    dealers = results.select("dealer", "dealer_id").unique().rows()
    return {code: _comes_on(lead_times[code], terms.get(number, {}), for_on) for code, number in dealers}


def _comes_on(lead: LeadTime, terms: Mapping[str, Any], for_on: dt.date) -> dt.date:
    """By the dealer's delivery days where they are known, else by those that history tells."""
    if terms.get("order_weekdays") or terms.get("delivery_weekdays"):
        return dt.date.fromisoformat(terms["arrives_on"])
    return lead.arrives_on(for_on)


def _lead_facts(lead: LeadTime) -> dict[str, Any]:
    return {"low": lead.low, "median": lead.median, "high": lead.high, "orders": lead.orders, "source": lead.source}


def _write_lead_times(run: Run, lead_times: Mapping[str, LeadTime], dealers: Mapping[int, DealerView]) -> None:
    DealerLeadTime.objects.all().delete()
    DealerLeadTime.objects.bulk_create(
        DealerLeadTime(run=run, dealer_id=dealer.id, weekdays=sorted(lead.weekdays), **_lead_facts(lead))
        for dealer in dealers.values()
        if (lead := lead_times.get(dealer.code)) is not None
    )
