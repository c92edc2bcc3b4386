"""How long each dealer's orders take, and the few classes of lead times that demand is pooled for."""

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from firstmove.domains.network.queries import DealerView
from firstmove.domains.planning.scenario import Scenario
from firstmove.engine.inventory import lead_times
from firstmove.engine.inventory.lead_times import LeadTime
from firstmove.engine.inventory.replenishment import Leads


def learned(
    dealers: Sequence[DealerView], arrivals: pl.DataFrame, *, as_of: dt.date, scenario: Scenario
) -> dict[str, LeadTime]:
    """By dealer's code: from the orders' own dates; where they are few, from master data, the network or the scenario.

    `arrivals` as `lake.series.arrivals` returns them.
    """
    given = {
        dealer.code: None
        if dealer.lead_time_min_days is None or dealer.lead_time_max_days is None
        else (dealer.lead_time_min_days, dealer.lead_time_max_days)
        for dealer in dealers
    }
    assumed = (scenario.lead_time_min_days, scenario.lead_time_max_days)
    return lead_times.learn(arrivals, as_of=as_of, dealers=given, assumed=assumed)


def classed(found: Mapping[str, LeadTime]) -> tuple[pl.DataFrame, Leads]:
    """The engine's columns of lead time by dealer, and the days of each class of lead times that vary."""
    stands_for = lead_times.classes([lead.days for lead in found.values()])
    varying = sorted({days for days in stands_for.values() if len(set(days)) > 1})
    numbers = {days: number for number, days in enumerate(varying, start=1)}
    rows = []
    for code, lead in found.items():
        days = stands_for[lead.days]
        mean = -(-sum(days) // len(days))
        rows.append((code, mean, numbers.get(days, 0), float(np.var(days)), lead.source == "assumed"))
    schema = {
        "dealer": pl.String,
        "lead_days": pl.Int64,
        "lead_class": pl.Int64,
        "lead_variance": pl.Float64,
        "lead_assumed": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row"), {number: days for days, number in numbers.items()}
