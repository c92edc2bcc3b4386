"""A page pays once for what its parts ask alike; nobody is shown the answer of an earlier page."""

import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

from firstmove.kernel import reading


def test_a_page_reads_once_what_its_parts_ask_alike():
    asked = []

    @reading.once
    def name(*, number):
        asked.append(number)
        return f"dealer {number} of {len(asked)}"

    with reading.page():
        assert [name(number=7), name(number=7), name(number=8)] == ["dealer 7 of 1", "dealer 7 of 1", "dealer 8 of 2"]
    with reading.page():
        assert name(number=7) == "dealer 7 of 3"
    # Operations and tasks hold no page open: each question is asked.
    assert [name(number=7), name(number=7)] == ["dealer 7 of 4", "dealer 7 of 5"]


def test_two_pages_at_once_do_not_see_each_others_answers():
    """Two requests in threads of one process, each of another tenant, both pages open at the same time."""
    both_open, told = threading.Barrier(2, timeout=10), {}
    tenant = threading.local()

    @reading.once
    def whose():
        return tenant.name

    def render(name):
        tenant.name = name
        with reading.page():
            both_open.wait()
            told[name] = [whose(), whose()]
            both_open.wait()

    threads = [threading.Thread(target=render, args=(name,)) for name in ("dealer", "rival")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == {"dealer": ["dealer"] * 2, "rival": ["rival"] * 2}


def test_a_thread_that_serves_one_page_after_the_other_takes_nothing_along():
    """As a server's pool does, which carries each request in a copy of the context; also where a page broke."""

    @reading.once
    def whose():
        return tenant.pop()

    tenant = ["rival", "dealer"]

    def broken():
        with reading.page():
            told.append(whose())
            raise ValueError

    def render():
        with reading.page():
            told.append(whose())

    told = []
    with ThreadPoolExecutor(max_workers=1) as pool:
        assert isinstance(pool.submit(contextvars.copy_context().run, broken).exception(), ValueError)
        pool.submit(contextvars.copy_context().run, render).result()
    assert told == ["dealer", "rival"]
