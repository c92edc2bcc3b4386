"""The command `firstmove`: one module a command, imported only when it is asked for."""

import argparse
import importlib
import os
import sys

from firstmove.cli import stopping

COMMANDS = {
    "up": "start everything: database, pages, worker",
    "init": "make an empty data folder an enterprise's",
    "demo": "load the demo network into an empty data folder",
    "intake": "read a folder or file of feeds",
    "plan": "propose this morning's orders",
    "evaluate": "measure forecasts and orders on a folder of feeds",
    "user": "add, list and reset people",
    "doctor": "check this installation and say what is wrong",
    "backup": "write everything into one file",
    "restore": "read such a file into an empty data folder",
    "worker": "run background tasks (started by `up`; more may run on other machines)",
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="firstmove", description="先机 firstmove: the system that makes the first move."
    )
    choices = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    words = sys.argv[1:] if argv is None else argv
    asked = next((word for word in words if not word.startswith("-")), None)
    for name, summary in COMMANDS.items():
        command = choices.add_parser(name, help=summary, description=summary)
        if name == asked:
            importlib.import_module(f"firstmove.cli.{name}").arguments(command)
    options = parser.parse_args(words)
    stopping.heed()
    try:
        return importlib.import_module(f"firstmove.cli.{options.command}").run(options) or 0
    except BaseException as error:
        # A library in Rust that is interrupted raises a panic of its own in place of the interrupt.
        if isinstance(error, KeyboardInterrupt) or (
            stopping.was_told() and not isinstance(error, (Exception, SystemExit))
        ):
            stopping.heard()
            print("stopped", file=sys.stderr)
            return 130
        if not isinstance(error, Exception):
            raise
        if os.environ.get("FIRSTMOVE_DEBUG") or not _meant_for_people(error):
            raise
        print(f"firstmove {options.command}: {error}", file=sys.stderr)
        return 1


def _meant_for_people(error: Exception) -> bool:
    from firstmove.kernel.home import HomeError
    from firstmove.kernel.postgres import ServerError

    if isinstance(error, (HomeError, ServerError)):
        return True
    from firstmove.kernel.errors import Problem

    return isinstance(error, Problem)
