"""The comparison group: its share, who takes part, and which pairs of a run stay without advice."""

import datetime as dt
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from firstmove.domains.network import queries as network
from firstmove.domains.planning.models import (
    DEFAULT_SHARE,
    LARGEST_SHARE,
    HeldAdvice,
    HoldOut,
    HoldOutSalt,
    Participation,
    Run,
)
from firstmove.engine.measure.draw import lots
from firstmove.kernel import locks, tenancy
from firstmove.kernel.errors import Invalid, NotAllowed
from firstmove.kernel.tenancy import SYSTEM, Actor

# One version after the other; the number is arbitrary and known only here.
_VERSION_LOCK = 7_215_047


def set_hold_out(
    *, actor: Actor, share: float, from_on: dt.date, now: dt.datetime, redraw: bool = False, salt: str = ""
) -> int:
    """Hold out another share (0: none) from a day on; returns the version. `redraw` draws other pairs.

    Without `redraw` the lots stay, so that a larger share keeps the pairs of a smaller one. Only the enterprise's
    administrators and channel managers decide; raises NotAllowed, and Invalid for a share that is not in 0..0.2.
    """
    if not 0 <= share <= LARGEST_SHARE:
        raise Invalid(
            _("The share lies between 0 and %(most)s %%.") % {"most": round(LARGEST_SHARE * 100)}, field="share"
        )
    with tenancy.scope(actor):
        if actor != SYSTEM and (actor.kind != "enterprise" or network.role_of(actor=actor) not in ("admin", "channel")):
            raise NotAllowed(_("Only administrators and channel managers set the comparison group."))
        # Before the latest is read, so that two at once make two versions. No row stands for the first one.
        locks.until_the_end(_VERSION_LOCK)
        latest = HoldOut.objects.order_by("-version").first()
        version = 1 if latest is None else latest.version + 1
        if not salt:
            salt = salt_of(latest) if latest is not None and not redraw else secrets.token_hex(16)
        made = HoldOut.objects.create(
            version=version, share=share, from_on=from_on, set_at=now, set_by_id=actor.user_id
        )
        HoldOutSalt.objects.create(hold_out=made, salt=salt)
        return version


def salt_of(version: HoldOut) -> str:
    """What the lots of a version are drawn from. Call it in the scope of the system or the enterprise."""
    return HoldOutSalt.objects.values_list("salt", flat=True).get(hold_out=version)


def take_part(*, actor: Actor, takes_part: bool, now: dt.datetime) -> None:
    """The dealer's owner decides whether the dealer takes part; one that does not gets all advice from the next run.

    Raises NotAllowed for anybody else.
    """
    with tenancy.scope(actor):
        if actor.kind != "dealer" or network.role_of(actor=actor) != "owner":
            raise NotAllowed(_("Only the dealer's owner decides whether to take part."))
        today = network.enterprise(now=now).business_on
        row = Participation.objects.select_for_update().filter(dealer_id=actor.dealer_id).first()
        if row is not None and row.takes_part == takes_part:
            return
        Participation.objects.update_or_create(
            dealer_id=actor.dealer_id,
            defaults={
                "takes_part": takes_part, "since_on": today, "changed_at": now, "changed_by_id": actor.user_id
            },
        )  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """Which rows of a run's results stay without advice: `held` [n], by the version `hold_out_id`."""

    hold_out_id: int
    held: NDArray[np.bool_]


def drawn(*, dealers: pl.Series, dealer_ids: pl.Series, skus: pl.Series, on: dt.date, now: dt.datetime) -> Drawn:
    """Draw the pairs of a morning: by the version in force, dealers that opted out left alone.

    The first run of an installation begins with 5 %, drawn before anything was advised. Call it in the system's scope.
    """
    begin(on=on, now=now)
    version = _in_force(on)
    assert version is not None  # noqa: S101 (begun)
    return Drawn(version.pk, held(dealers=dealers, dealer_ids=dealer_ids, skus=skus, on=on))


def _in_force(on: dt.date) -> HoldOut | None:
    version = HoldOut.objects.filter(from_on__lte=on).order_by("-version").first()
    # A plan of a past day on a younger installation: the oldest version holds for what lies before it.
    return version or HoldOut.objects.order_by("version").first()


def begin(*, on: dt.date, now: dt.datetime) -> None:
    """An installation's first run draws before anything is advised. Call it in the system's scope."""
    if not HoldOut.objects.exists():
        set_hold_out(actor=SYSTEM, share=DEFAULT_SHARE, from_on=on, now=now)


def held(*, dealers: pl.Series, dealer_ids: pl.Series, skus: pl.Series, on: dt.date) -> NDArray[np.bool_]:
    """Which pairs get no advice that morning, [n], so that an order keeps its terms without them.

    Before `begin` none does. Call it in the system's scope.
    """
    version = _in_force(on)
    if version is None or version.share == 0 or not len(dealers):
        return np.zeros(len(dealers), bool)
    out = list(Participation.objects.filter(takes_part=False).values_list("dealer_id", flat=True))
    lot = lots(salt=salt_of(version), dealers=dealers.to_list(), skus=skus.to_list())
    return (lot < version.share) & ~dealer_ids.is_in(out).to_numpy()


def record(
    *,
    run: Run,
    lines: pl.DataFrame,
    for_on: dt.date,
    comes_on: Mapping[str, dt.date],
    drawn: Drawn,
    ordered: Collection[int],
) -> int:
    """Keep what would have been proposed for a morning's held-out pairs, in place of an earlier run's of that morning.

    `lines` as `writing` has them, `comes_on` by the dealer's code when an order of that morning would come; of dealers
    that `ordered` already what was recorded before stays. Returns how many. Call it in the system's scope.
    """
    HeldAdvice.objects.filter(for_on=for_on).exclude(dealer_id__in=ordered).delete()
    rows = [
        HeldAdvice(
            hold_out_id=drawn.hold_out_id,
            run=run,
            dealer_id=row["dealer_id"],
            product_id=row["product_id"],
            for_on=for_on,
            lead_days=(comes_on[row["dealer"]] - for_on).days,
            review_days=row["review_days"],
            quantity=int(row["quantity"]),
            unit_price=round(row["unit_price"], 4),
            sale_price=round(row["sale_price"], 4),
            **{
                name: row[name]
                for name in (
                    "holding_rate_per_year", "on_hand", "in_transit", "rate_per_day", "level", "week_low", "week_mean",
                    "week_high", "profit", "profit_low", "profit_high",
                )
            },
        )
        for row in lines.iter_rows(named=True)
    ]  # fmt: skip
    HeldAdvice.objects.bulk_create(rows, batch_size=2000)
    return len(rows)
