"""A programme is promised, changed for the periods to come, and ended."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from firstmove.domains.incentives.models import Basis, Cadence, Effect, Mode, NamedDealer, Period, Programme, Version
from firstmove.domains.incentives.operations.periods import open_due
from firstmove.domains.incentives.operations.rights import may_keep, words_of
from firstmove.domains.incentives.rules import Rules, rows_of
from firstmove.domains.network.queries import dealer_names, enterprise
from firstmove.engine.incentives.schedule import InvalidScheduleError, Schedule
from firstmove.kernel import tenancy
from firstmove.kernel.errors import Conflict, Invalid, NotFound
from firstmove.kernel.tenancy import Actor

_LONGEST_BACK = dt.timedelta(days=2 * 366)
_HIGHEST = 10**12  # what a column of amounts holds with room to sum
_MOST_STEPS = 20


def promise(*, actor: Actor, name: str, rules: Rules, now: dt.datetime) -> int:
    """A new programme from a day on, which may be past: what was done since then counts. Returns its id.

    Raises NotAllowed, Invalid for rules that nobody can mean, Conflict for a name that is taken.
    """
    with tenancy.scope(actor):
        may_keep(actor)
        name = words_of(name, most=120, field="name")
        today = enterprise(now=now).business_on
        check(rules)
        if rules.from_on < today - _LONGEST_BACK:
            raise Invalid(_("A programme begins at most two years back."), field="from_on")
        if Programme.objects.filter(name=name).exists():
            raise Conflict(_("There is a programme of this name."), _("Choose another name."), field="name")
        row = Programme.objects.create(name=name, created_at=now, created_by_id=actor.user_id)
        _add_version(row, 1, rules, actor=actor, now=now)
    open_due(now=now, programme_id=row.pk)
    return row.pk


def change(*, actor: Actor, programme_id: int, rules: Rules, now: dt.datetime) -> int:
    """Other rules from the first period on that begins on ``rules.from_on`` or later. Returns the version's number.

    A period that has begun keeps its rules. Raises NotAllowed, NotFound, Invalid, Conflict for a day within one.
    """
    with tenancy.scope(actor):
        may_keep(actor)
        row = _locked(programme_id)
        check(rules)
        last = Period.objects.filter(programme=row).order_by("-ends_on").first()
        if last is not None and rules.from_on <= last.ends_on:
            raise Conflict(
                _("The period until %(day)s keeps its rules.") % {"day": last.ends_on},
                _("Let the new rules begin after it."),
                field="from_on",
            )
        versions = Version.objects.filter(programme=row)
        if versions.filter(from_on__gte=rules.from_on).exists():
            raise Conflict(
                _("Later rules are set already."), _("Let the new rules begin after those."), field="from_on"
            )
        number = versions.count() + 1
        _add_version(row, number, rules, actor=actor, now=now)
    open_due(now=now, programme_id=programme_id)
    return number


def end(*, actor: Actor, programme_id: int, now: dt.datetime) -> None:
    """No period begins any more; the one that runs goes on to its end. Ending it again changes nothing.

    Raises NotAllowed, NotFound.
    """
    with tenancy.scope(actor):
        may_keep(actor)
        row = _locked(programme_id)
        if row.ended_on is None:
            row.ended_on = enterprise(now=now).business_on
            row.save(update_fields=["ended_on"])


def next_start(*, programme_id: int, today: dt.date) -> dt.date:
    """The first day on which other rules can begin: after the last period that has begun. Call it inside a scope."""
    last = Period.objects.filter(programme_id=programme_id).order_by("-ends_on").first()
    return today if last is None else last.ends_on + dt.timedelta(days=1)


def _locked(programme_id: int) -> Programme:
    row = Programme.objects.select_for_update().filter(id=programme_id).first()
    if row is None:
        raise NotFound()
    return row


def _add_version(row: Programme, number: int, rules: Rules, *, actor: Actor, now: dt.datetime) -> None:
    version = Version.objects.create(
        programme=row,
        number=number,
        from_on=rules.from_on,
        until_on=rules.until_on,
        cadence=rules.cadence,
        basis=rules.basis,
        growth=rules.growth,
        new_within_days=rules.new_within_days,
        tiers=list(rules.tiers),
        regions=list(rules.regions),
        categories=list(rules.categories),
        product_ids=list(rules.product_ids),
        effect=rules.effect,
        mode=rules.mode,
        steps=rows_of(rules.steps),
        made_at=now,
        made_by_id=actor.user_id,
    )
    known = dealer_names(rules.dealer_ids)
    NamedDealer.objects.bulk_create(NamedDealer(version=version, dealer_id=dealer_id) for dealer_id in sorted(known))


def check(rules: Rules) -> None:
    """Raises Invalid, with the field, for rules that nobody can mean."""
    named = (
        (rules.cadence, Cadence, "cadence"),
        (rules.basis, Basis, "basis"),
        (rules.effect, Effect, "effect"),
        (rules.mode, Mode, "mode"),
    )
    for value, known, field in named:
        if value not in known.values:
            raise Invalid(_("Choose one of the values that are offered."), field=field)
    if (rules.cadence == Cadence.ONCE) != (rules.until_on is not None):
        raise Invalid(_("A programme that runs once has a last day, and only that one."), field="until_on")
    if rules.until_on is not None and rules.until_on < rules.from_on:
        raise Invalid(_("The last day lies before the first."), field="until_on")
    if rules.new_within_days is not None and not 1 <= rules.new_within_days <= 3650:
        raise Invalid(_("Products are new for 1 to 3,650 days."), field="new_within_days")
    if rules.growth and rules.basis not in (Basis.PLACED, Basis.SELL_OUT):
        raise Invalid(
            _("Growth is measured on orders placed or on sell-out."),
            _("The history tells of no other a year before."),
            field="basis",
        )
    if rules.basis == Basis.PROPOSALS and rules.mode != Mode.RETROACTIVE:
        raise Invalid(_("The share of proposals holds for the whole: a part of a share is no amount."), field="mode")
    _check_steps(rules)


def _check_steps(rules: Rules) -> None:
    if not 1 <= len(rules.steps) <= _MOST_STEPS:
        raise Invalid(_("A programme has 1 to %(most)s steps.") % {"most": _MOST_STEPS}, field="steps")
    for step in rules.steps:
        if not all(number.is_finite() and number < _HIGHEST for number in (step.threshold, step.rate, step.amount)):
            raise Invalid(_("A number of the steps is too large."), field="steps")
        if not (step.rate or step.amount):
            raise Invalid(_("Every step gives something: a rate or an amount."), field="steps")
    try:
        Schedule(rules.steps, retroactive=rules.mode == Mode.RETROACTIVE)
    except InvalidScheduleError as error:
        raise Invalid(
            _("These steps do not fit together."),
            _("Levels rise from line to line, rates lie between 0 and 100 %, and a later step gives no less."),
            field="steps",
            reason=str(error),
        ) from error
