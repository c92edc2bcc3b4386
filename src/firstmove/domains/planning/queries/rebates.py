"""Reads of the next step of a dealer's rebates: what the latest run advised, and what would come of any amount.

Call them inside a `tenancy.scope`.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from firstmove.domains.incentives.queries import PartView
from firstmove.domains.planning.models import ProposalLine, ProposalState, RebateAdvice
from firstmove.domains.planning.rebate_lines import most_now, named, payer, picks, read, weigh_step
from firstmove.domains.trade import queries as trade
from firstmove.engine.incentives.schedule import reached
from firstmove.engine.incentives.top_up import TopUp, top_up
from firstmove.kernel.errors import Invalid

CAUSES = (
    "", "reached_anyway", "not_supported", "credit", "no_gain", "too_late", "no_money", "not_by_ordering", "last_step",
    "not_planned",
)  # fmt: skip
"""Why nothing is advised; empty where something is. The first are the engine's (`top_up.SILENT`); then: orders come too
late to count; points or priority, no money; sell-out or use of proposals count, not orders; there is no step ahead; no
run has looked at it."""

# What is the same in an advice, a top-up of the engine and what a page is told.
_SUMS = ("ordinary", "short", "amount", "gain", "holding", "overstock")


@dataclass(frozen=True)
class Pick:
    """More of a product; `amount` at the price of the latest run."""

    product_id: int
    name: str
    unit: str
    units: int
    amount: Decimal


@dataclass(frozen=True)
class StepAhead:
    """Order `amount` more on `order_on` and gain `gain`, or why not (`silent`, one of `CAUSES`).

    Amounts in the installation's currency. `step` is the step that is reached by it, its `threshold` in terms of what
    counts; `distance` is missing now, `short` will be missing at `until_on` after the orders to be expected until then
    (`ordinary`, today's included). `net` is the gain less `holding` and `overstock`, which rest on assumed rates.
    """

    part_id: int
    programme: str
    until_on: dt.date
    silent: str
    # Where `step` is reached anyway: why nothing is ordered for the one after it; empty where there is none.
    beyond: str = ""
    step: int = 0
    threshold: Decimal = Decimal(0)
    distance: Decimal = Decimal(0)
    order_on: dt.date | None = None
    ordinary: float = 0.0
    short: float = 0.0
    amount: float = 0.0
    gain: float = 0.0
    holding: float = 0.0
    overstock: float = 0.0
    # What of it is expected to be unsold when the period ends; None where that was not asked.
    unsold_at_end: float | None = None
    overstock_share: float = 0.0
    picks: tuple[Pick, ...] = ()
    taken_at: dt.datetime | None = None

    @property
    def net(self) -> float:
        return self.gain - self.holding - self.overstock

    def is_for(self, day: dt.date) -> bool:
        """Whether it can be ordered on a day."""
        return not self.silent and self.order_on == day and self.taken_at is None


def steps_ahead(*, dealer_id: int, on: dt.date) -> list[StepAhead]:
    """What the run of this morning advised, the largest net gain first: one statement.

    What was advised for another standing, as something counted meanwhile, is left out: `simulate` knows.
    """
    rows = RebateAdvice.objects.filter(dealer_id=dealer_id, for_on=on, basis=F("participation__basis")).defer("lines")
    named = rows.annotate(programme=F("participation__programme__name"), end=F("participation__period__ends_on"))
    found = [
        StepAhead(
            part_id=row.participation_id,
            programme=row.programme,
            until_on=row.end,
            silent=row.silent,
            beyond=row.beyond,
            step=row.step,
            threshold=row.threshold,
            distance=row.threshold - row.basis,
            order_on=row.for_on + dt.timedelta(days=row.waits_days),
            overstock_share=row.overstock_share,
            picks=_picks(row.picks),
            taken_at=row.taken_at,
            **{name: getattr(row, name) for name in _SUMS},
        )
        for row in named
    ]
    return sorted(found, key=lambda one: (bool(one.silent), -one.net, one.until_on, one.part_id))


def _picks(rows: list[dict[str, Any]]) -> tuple[Pick, ...]:
    return tuple(
        Pick(one["product_id"], one["name"], one["unit"], one["units"], Decimal(str(one["amount"]))) for one in rows
    )


def simulate(*, part: PartView, on: dt.date, amount: Decimal | None = None) -> StepAhead:
    """What `amount` more than the dealer orders anyway would gain by a programme, and with what; by default what
    reaches the next step. It knows what was ordered, chosen and put into the cart since the latest run.

    Raises Invalid for an amount that nobody can mean.
    """
    if amount is not None and not 0 < amount < Decimal(10) ** 12:
        raise Invalid(_("An amount lies above zero and below a million million."), field="amount")
    plain = {"part_id": part.id, "programme": part.period.name, "until_on": part.period.ends_on}
    cause = _never(part)
    if cause:
        return StepAhead(**plain, silent=cause)  # type: ignore[arg-type]
    row = RebateAdvice.objects.filter(participation_id=part.id, dealer_id=part.dealer_id).first()
    ahead, schedule = part.ahead, part.schedule
    assert ahead is not None  # noqa: S101 - `_never` asked
    assert schedule is not None  # noqa: S101
    plain |= {"step": ahead.number, "threshold": ahead.threshold, "distance": ahead.distance}
    if row is None or not row.lines:
        return StepAhead(**plain, silent="not_planned" if row is None else row.silent)  # type: ignore[arg-type]
    days_left = row.days_left - (on - row.for_on).days
    if days_left < 0:
        return StepAhead(**plain, silent="too_late")  # type: ignore[arg-type]
    lines = read(row.lines)
    lines = lines.with_columns(quantity_units=_ordered_now(row, lines))
    # What counted when the run looked is the start: what came since is among the orders of today.
    weighed = weigh_step(
        lines,
        schedule,
        basis=row.basis,
        coming=row.coming,
        days_left=days_left,
        overstock_share=row.overstock_share,
        most_amount=row.most_amount,
    )
    found = weighed.found
    plain |= {
        "beyond": weighed.beyond if amount is None else "",
        "step": weighed.number,
        "threshold": weighed.threshold,
        "distance": weighed.threshold - part.standing.basis,
    }
    if amount is not None:
        found = top_up(
            lines,
            distance=found.ordinary + float(amount),
            pays=payer(schedule, row.basis),
            days_left=days_left,
            overstock_share=row.overstock_share,
            most_amount=most_now(row.most_amount, lines, days_left),
        )
        end = row.basis + Decimal(str(round(found.ordinary + found.amount + row.coming, 4)))
        plain["step"] = reached(schedule, basis=end)
    return StepAhead(
        **plain,  # type: ignore[arg-type]
        silent=found.silent,
        order_on=on + dt.timedelta(days=found.waits_days),
        overstock_share=row.overstock_share,
        unsold_at_end=found.unsold_at_end,
        picks=_named(lines, found),
        taken_at=row.taken_at,
        **{name: getattr(found, name) for name in _SUMS},
    )


def _never(part: PartView) -> str:
    """Why no order ever brings the dealer further; empty where one may."""
    if part.rules.effect != "rebate":
        return "no_money"
    if part.rules.basis not in ("placed", "received"):
        return "not_by_ordering"
    return "" if part.ahead is not None else "last_step"


def _named(lines: pl.DataFrame, found: TopUp) -> tuple[Pick, ...]:
    chosen = picks(lines, found)
    named(chosen)
    return _picks(chosen)


def _ordered_now(row: RebateAdvice, lines: pl.DataFrame) -> pl.Series:
    """Units of each line in today's order as it stands: chosen in the proposal or ordered since, and in the cart."""
    products = lines["product_id"].to_list()
    chosen = ProposalLine.objects.filter(
        proposal__run_id=row.run_id, dealer_id=row.dealer_id, proposal__state=ProposalState.READY
    )
    proposed = {
        product: quantity if own is None else own
        for product, quantity, own in chosen.values_list("product_id", "quantity", "chosen_quantity")
    }
    ordered: Mapping[int, float] = trade.ordered_after(dealer_id=row.dealer_id, day=row.for_on - dt.timedelta(days=1))
    cart = trade.cart_quantities(dealer_id=row.dealer_id, product_ids=products)
    return pl.Series(
        [float(proposed.get(one, 0)) + float(ordered.get(one, 0)) + float(cart.get(one, 0)) for one in products],
        dtype=pl.Float64,
    )
