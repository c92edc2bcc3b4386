"""The step of a run that looks at the next step of every rebate, hung on after the proposals are written, and its
repetition for programmes that are promised later that day."""

import datetime as dt
from collections.abc import Mapping

import numpy as np
import polars as pl
from django.db.models import F

from firstmove.domains.catalog import queries as catalog
from firstmove.domains.incentives import queries as incentives
from firstmove.domains.incentives.queries import PartView
from firstmove.domains.network import queries as network
from firstmove.domains.planning.models import RebateAdvice, Run
from firstmove.domains.planning.partitions import Facts
from firstmove.domains.planning.rebate_lines import named, picks, read, stored, weigh_step
from firstmove.domains.trade import queries as trade
from firstmove.engine.demand.distribution import PooledQuantiles
from firstmove.engine.demand.history import dense
from firstmove.engine.incentives.top_up import TopUp
from firstmove.engine.inventory import guard
from firstmove.engine.inventory.replenishment import belief
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import SYSTEM
from firstmove.lake import series as series_store


def weigh(*, run: Run, results: pl.DataFrame, facts: Facts, pooled: PooledQuantiles, for_on: dt.date) -> None:
    """Advice on every programme that pays money for what is ordered and has a step ahead; the last run's goes.

    Pairs that get no advice, and goods that are scarce, fill no step. Call it inside the system's scope.
    """
    RebateAdvice.objects.all().delete()
    parts = [part for part in incentives.parts_running(on=for_on) if can_be_ordered_for(part)]
    if not parts:
        return
    lines = _lines(results, facts, pooled, dealer_ids={part.dealer_id for part in parts})
    listed = {one.id: one.listed_on for one in catalog.listings().values()}
    left = _money_left(results, run.as_of)
    of_dealer = {int(key[0]): rows for key, rows in lines.partition_by("dealer_id", as_dict=True).items()}
    found = [
        _advice(
            run,
            part,
            _counting(of_dealer[part.dealer_id], part, listed, for_on),
            left=left,
            overstock_share=facts.scenario.overstock_share,
            for_on=for_on,
        )
        for part in parts
        if part.dealer_id in of_dealer
    ]
    named([pick for advice in found for pick in advice.picks])
    RebateAdvice.objects.bulk_create(found, batch_size=500)


def weigh_new(*, now: dt.datetime) -> int:
    """Advice on programmes that were promised after the latest run, from the lines that it stored; how many.

    Lines are those of another programme of the dealer in which every product counts, as long as nothing counted since:
    what was ordered meanwhile would be taken for still to come. The next run looks at everything.
    """
    with tenancy.scope(SYSTEM):
        on = network.enterprise(now=now).business_on
        latest = RebateAdvice.objects.filter(for_on=on).select_related("run")
        known = set(latest.values_list("participation_id", flat=True))
        parts = [
            part
            for part in incentives.parts_running(on=on)
            if part.id not in known and part.rules.basis == "placed" and can_be_ordered_for(part)
        ]
        whole = latest.filter(
            dealer_id__in={part.dealer_id for part in parts},
            participation__period__version__basis="placed",
            participation__period__version__new_within_days=None,
            participation__period__version__categories=[],
            participation__period__version__product_ids=[],
            basis=F("participation__basis"),
        ).exclude(lines={})
        of_dealer = {row.dealer_id: row for row in whole}
        goods = catalog.listings().values() if of_dealer else ()
        listed = {one.id: one.listed_on for one in goods}
        categories = pl.DataFrame(
            [(one.id, one.category) for one in goods], schema=["product_id", "category"], orient="row"
        )
        found = []
        for part in parts:
            row = of_dealer.get(part.dealer_id)
            if row is not None:
                lines = read(row.lines).join(categories, on="product_id", how="left", maintain_order="left")
                found.append(
                    _advice(
                        row.run,
                        part,
                        _counting(lines, part, listed, on),
                        left={} if row.most_amount is None else {row.dealer_id: row.most_amount},
                        overstock_share=row.overstock_share,
                        for_on=on,
                    )
                )
        named([pick for advice in found for pick in advice.picks])
        RebateAdvice.objects.bulk_create(found, batch_size=500, ignore_conflicts=True)
        return len(found)


def can_be_ordered_for(part: PartView) -> bool:
    """Whether more orders bring a dealer to a step that pays money."""
    return part.rules.effect == "rebate" and part.rules.basis in ("placed", "received") and part.ahead is not None


def _lines(results: pl.DataFrame, facts: Facts, pooled: PooledQuantiles, *, dealer_ids: set[int]) -> pl.DataFrame:
    """The lines of dealers with what sell-out supports of each; sorted by dealer and product."""
    chosen = (
        results.filter(pl.col("dealer_id").is_in(sorted(dealer_ids)) & pl.col("scarce").is_null())
        .join(facts.held.select("dealer", "sku"), on=["dealer", "sku"], how="anti", maintain_order="left")
        .sort("dealer", "sku")
    )
    about = series_store.about(facts.series)
    history = np.zeros((len(chosen), about[1]), np.float32)
    codes = chosen["dealer"].unique().to_list()
    placed = chosen.select("dealer", "sku").with_row_index("row")
    for bucket in sorted({series_store.bucket_of(code, buckets=about[2]) for code in codes}):
        series = series_store.load(facts.series, bucket=bucket)
        found = series.frame.join(placed, on=["dealer", "sku"], how="inner", maintain_order="left")
        history[found["row"].to_numpy()] = dense(found, days=series.days)
    shelf = chosen["shelf_life_days"].fill_null(0).cast(pl.Int64).to_numpy()
    level = chosen["level_units"].to_numpy().astype(np.float64)
    return chosen.with_columns(
        pl.col("weight_kg").fill_null(0.0),
        pallets=(1 / pl.col("units_per_pallet")).fill_null(0.0),
        supported_units=pl.Series(guard.supported_units(history, pooled, level=level)),
        fresh_units=pl.Series(guard.fresh_units(history, pooled, shelf_life_days=shelf, belief=belief(chosen))),
    )


def _counting(lines: pl.DataFrame, part: PartView, listed: Mapping[int, dt.date | None], on: dt.date) -> pl.DataFrame:
    """The lines whose product counts for the programme."""
    rules = part.rules
    counts = [
        rules.counts(product_id=product_id, category=category, listed_on=listed.get(product_id), on=on)
        for product_id, category in lines.select("product_id", "category").iter_rows()
    ]
    return lines.filter(pl.Series(counts, dtype=pl.Boolean))


def _money_left(results: pl.DataFrame, as_of: dt.date) -> dict[int, float]:
    """What credit leaves each dealer beyond today's order, by dealer id; absent where there is no limit."""
    amount = pl.col("quantity_units") * pl.col("purchase_price")
    today = dict(results.group_by("dealer_id").agg(amount.sum()).iter_rows())
    return {
        dealer_id: max(float(left) - today.get(dealer_id, 0.0), 0.0)
        for dealer_id, left in trade.credits_left(on=as_of).items()
    }


def _advice(
    run: Run, part: PartView, lines: pl.DataFrame, *, left: Mapping[int, float], overstock_share: float, for_on: dt.date
) -> RebateAdvice:
    received = part.rules.basis == "received"
    days = (part.period.ends_on - for_on).days
    if received and len(lines):
        days -= int(lines["lead_days"].max())  # type: ignore[arg-type]
    ahead, schedule = part.ahead, part.schedule
    assert ahead is not None  # noqa: S101 - `can_be_ordered_for` asked
    assert schedule is not None  # noqa: S101
    coming = float((lines["in_transit_units"] * lines["purchase_price"]).sum()) if received else 0.0
    advice = RebateAdvice(
        participation_id=part.id,
        dealer_id=part.dealer_id,
        run=run,
        for_on=for_on,
        step=ahead.number,
        threshold=ahead.threshold,
        basis=part.standing.basis,
        coming=coming,
        days_left=days,
        most_amount=left.get(part.dealer_id),
        overstock_share=overstock_share,
    )
    if days < 0 or lines.is_empty():
        advice.silent = "too_late" if days < 0 else "not_supported"
        return advice
    weighed = weigh_step(
        lines,
        schedule,
        basis=part.standing.basis,
        coming=coming,
        days_left=days,
        overstock_share=overstock_share,
        most_amount=advice.most_amount,
    )
    found = weighed.found
    advice.step, advice.threshold, advice.beyond = weighed.number, weighed.threshold, weighed.beyond
    _say(advice, found)
    advice.picks = picks(lines, found)
    advice.lines = stored(lines)
    return advice


def _say(advice: RebateAdvice, found: TopUp) -> None:
    advice.silent = found.silent
    for name in ("waits_days", "ordinary", "short", "amount", "gain", "holding", "overstock"):
        setattr(advice, name, getattr(found, name))
