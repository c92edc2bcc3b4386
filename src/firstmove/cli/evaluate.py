"""`firstmove evaluate`: how good forecasts and orders would have been on a folder of feeds."""

import argparse
import datetime as dt
import json
import os
from pathlib import Path

PARTS = ("forecast", "replay", "sensing", "cold_start")
SAMPLE_PAIRS = 10_000


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no day: write it as 2026-05-31") from error


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="a folder of feeds, as for intake")
    parser.add_argument(
        "--as-of",
        type=_day,
        metavar="DAY",
        help="the last day known; the days after it, 210 at most, are the window (default: the last 210 days)",
    )
    parser.add_argument("--only", choices=PARTS, help="measure one part alone")
    parser.add_argument(
        "--pairs",
        type=int,
        default=SAMPLE_PAIRS,
        metavar="N",
        help="products of dealers in the sample, 0 for all (default: %(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures, and a page of charts beside")


def run(options: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firstmove.config.settings")
    import django

    django.setup()  # for its translations alone: nothing here opens a database
    from django.conf import settings
    from django.utils.translation import gettext as _

    from firstmove.cli import language
    from firstmove.cli.console import console, progress_bar
    from firstmove.cli.evaluation import cold_start, exceptions, measuring, page, tables
    from firstmove.cli.evaluation.folder import open_network

    language.speak()
    with progress_bar(_("evaluating")) as progress:
        progress(0.05, _("reading"))
        network = open_network(
            options.data, as_of=options.as_of, sample=options.pairs, today=dt.datetime.now(dt.UTC).date()
        )
        drivers = tuple(name for name in settings.PLAN_DRIVERS if name != "none")
        figures = measuring.about(network, folder=options.data, drivers=drivers)
        parts = (options.only,) if options.only else PARTS
        if "forecast" in parts:
            progress(0.3, _("forecasts"))
            figures["forecast"] = measuring.forecast(network)
        if "replay" in parts:
            progress(0.6, _("replays"))
            figures["replay"] = measuring.replay(network, drivers=drivers)
        if "sensing" in parts and (options.only or network.window_days > exceptions.LEAST_WINDOW_DAYS):
            progress(0.9, _("exceptions"))
            figures["sensing"] = exceptions.measured(network)
        if "cold_start" in parts:
            progress(0.95, _("beginnings"))
            figures["cold_start"] = cold_start.measured(network)
    for line in tables.lines(figures):
        console.print(line)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        chart = options.json.with_suffix(".html")
        chart.write_text(page.html(figures, language=language.chosen()), encoding="utf-8")
        console.print(_("Charts: %(file)s") % {"file": chart})
    return 0
