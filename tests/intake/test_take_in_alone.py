"""Two intakes at once: the second says that it waits, and starts when the first has ended."""

from firstmove.domains.intake import locks


def test_a_second_intake_waits_and_says_so(take, server):
    steps = []
    with server.app.connect() as other:
        other.execute("select pg_advisory_lock(%s)", [locks._KEY])

        def progress(step):
            steps.append(step.kind)
            if step.kind == "waiting":
                assert locks.is_held()
                other.execute("select pg_advisory_unlock(%s)", [locks._KEY])

        report = take("dealers.csv", "dealer,name\nD-1,One\n", progress=progress)
    assert report.outcome == "complete"
    assert steps == ["waiting", "file", "rows"]
    assert not locks.is_held()
