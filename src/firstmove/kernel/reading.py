"""One page, one answer: what several parts of a page ask is read once while the page is rendered.

Parts of a page know nothing of each other, and each reads what it needs: the price news, the credit and the chart each
their dealer. A query that is `once` keeps its answer by its arguments while a `page` is open, and asks anew outside of
one: operations, tasks and the next page never see an answer of before.
"""

import contextlib
import contextvars
import functools
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

Query = TypeVar("Query", bound=Callable[..., Any])
# By the query and what it was asked; None where no page is being rendered.
_answers: contextvars.ContextVar[dict[Any, Any] | None] = contextvars.ContextVar("answers", default=None)


@contextlib.contextmanager
def page() -> Iterator[None]:
    """Whatever is read here is read for one page, in one scope, and nothing is written."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def once(query: Query) -> Query:
    """A query of keyword arguments that can be hashed and with an answer that nobody changes."""

    @functools.wraps(query)
    def ask(**asked: Any) -> Any:
        answers = _answers.get()
        if answers is None:
            return query(**asked)
        key = (query, frozenset(asked.items()))
        if key not in answers:
            answers[key] = query(**asked)
        return answers[key]

    return ask  # type: ignore[return-value]
