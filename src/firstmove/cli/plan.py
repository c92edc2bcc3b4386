"""`firstmove plan`: propose the orders of the morning after a day."""

import argparse
import datetime as dt
import json
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--as-of", type=dt.date.fromisoformat, metavar="DAY", help="the last day known (default: yesterday)"
    )
    parser.add_argument("--scenario", default="reactive-opening", help="what to assume where no feed says")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the summary for programs")


def run(options: argparse.Namespace) -> int:
    from firstmove.cli import language
    from firstmove.cli.console import console, money, progress_bar
    from firstmove.cli.database import ready

    with ready():
        language.speak()
        from django.utils import timezone
        from django.utils.translation import gettext as _

        from firstmove.domains.network import queries as network
        from firstmove.domains.planning import operations

        now = timezone.now()
        with progress_bar(_("planning")) as progress:
            summary = operations.plan(now=now, as_of=options.as_of, scenario_name=options.scenario, progress=progress)
        currency = network.enterprise(now=now).currency
        console.print(
            _("%(lines)s lines proposed to %(proposals)s dealers for the morning of %(day)s, worth %(amount)s.")
            % {
                "lines": f"{summary.lines:,}",
                "proposals": summary.proposals,
                "day": summary.for_on.isoformat(),
                "amount": money(summary.amount, currency),
            }
        )
        console.print(
            _(
                "Looked at %(pairs)s pairs of product and dealer at %(dealers)s dealers, with what was known up to "
                "%(day)s, in %(seconds)s s."
            )
            % {
                "pairs": f"{summary.pairs:,}",
                "dealers": summary.dealers,
                "day": summary.as_of.isoformat(),
                "seconds": f"{summary.seconds:.1f}",
            }
        )
        if summary.assumed:
            names = {
                "stock": _("stock"),
                "price": _("purchase prices"),
                "lead_time": _("lead times"),
                "order_days": _("order days"),
            }
            console.print(
                _("Assumed, because no feed gives them: %(names)s (scenario %(scenario)s).")
                % {"names": ", ".join(names[name] for name in summary.assumed), "scenario": options.scenario}
            )
        if summary.stale:
            console.print(_("Stale feeds: %(feeds)s end before that day.") % {"feeds": ", ".join(summary.stale)})
        if network.enterprise(now=now).replayed:
            console.print(
                _(
                    "This installation now lives on %(day)s and plans no nights by itself; "
                    "plan without --as-of to follow the clock."
                )
                % {"day": summary.for_on.isoformat()}
            )
    if options.json:
        figures = {
            "as_of": summary.as_of.isoformat(),
            "dealers": summary.dealers,
            "proposals": summary.proposals,
            "pairs": summary.pairs,
            "lines": summary.lines,
            "quantity": summary.quantity,
            "amount": summary.amount,
            "seconds": round(summary.seconds, 3),
            "assumed": list(summary.assumed),
            "stale": list(summary.stale),
        }
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0
