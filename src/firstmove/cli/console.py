"""How commands speak: in the language of the terminal, with a bar where somebody is looking."""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from firstmove.cli import language

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False)


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Callable[[float, str], None]]:
    """A bar on stderr while a terminal is there: call the result with the share done and what is being done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task(what, total=1.0)

        def show(share: float, step: str) -> None:
            bar.update(task, completed=share, description=f"{what}: {step}" if step else what)

        yield show


def money(amount: float, currency: str) -> str:
    from babel.numbers import format_currency

    return format_currency(amount, currency, locale="zh_CN" if language.chosen() == "zh-hans" else "en_US")
