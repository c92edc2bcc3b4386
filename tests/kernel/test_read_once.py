"""A page pays once for what its parts ask alike; nobody is shown the answer of an earlier page."""

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
