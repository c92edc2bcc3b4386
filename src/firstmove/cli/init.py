"""`firstmove init`: make an empty data folder an enterprise's."""

import argparse
import os


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--currency", default="USD", help="three letters, such as CNY or USD (default: %(default)s)")
    parser.add_argument(
        "--time-zone",
        default=os.environ.get("TZ", "").lstrip(":") or "UTC",
        help="a name such as Asia/Shanghai or America/Chicago (default: TZ, or UTC)",
    )
    parser.add_argument("--name", default="firstmove", help="the enterprise's name, shown on every page")


def run(options: argparse.Namespace) -> int:
    """Raises Conflict where the folder is somebody's already, Invalid for an unknown currency or time zone."""
    from firstmove.cli import language
    from firstmove.cli.database import ready
    from firstmove.kernel import home

    with ready():
        from django.utils.translation import gettext as _

        from firstmove.domains.network import operations

        language.speak()
        operations.initialise(name=options.name, currency=options.currency, time_zone=options.time_zone)
        print(
            _("%(home)s is now the enterprise %(name)s, with amounts in %(currency)s and days in %(zone)s.")
            % {
                "home": home.path(),
                "name": options.name,
                "currency": options.currency.upper(),
                "zone": options.time_zone,
            }
        )
        print(_("Next: firstmove intake FOLDER"))
    return 0
