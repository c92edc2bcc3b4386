"""`firstmove worker`: background tasks, from the same database as everything else."""

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--concurrency", type=int, default=2, help="tasks at a time")


def run(options: argparse.Namespace) -> int:
    from firstmove.cli.database import ready

    with ready():
        from django.core.management import call_command

        call_command("procrastinate", "worker", concurrency=options.concurrency)
    return 0
