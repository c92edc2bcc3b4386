"""CPU time of an installation that `firstmove up` serves, by who spent it."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """CPU-seconds of the pages' processes, of the worker and of the database server, those that ended among them."""

    pages: float
    worker: float
    database: float

    def __sub__(self, earlier: "Spent") -> "Spent":
        return Spent(self.pages - earlier.pages, self.worker - earlier.worker, self.database - earlier.database)


def spent_by(*, home: Path, up: int) -> Spent:
    """What the programs that `up` started and the embedded server of `home` have spent until now."""
    parents, own, ended, commands = {}, {}, {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            commands[int(entry.name)] = (entry / "cmdline").read_text()
        except OSError:
            continue
        pid = int(entry.name)
        parents[pid] = int(fields[1])
        own[pid] = (int(fields[11]) + int(fields[12])) / _TICKS
        ended[pid] = (int(fields[13]) + int(fields[14])) / _TICKS

    def family(root: int) -> float:
        """A process with its children, and their children; what ended was added to whoever waited for it."""
        children = [pid for pid, parent in parents.items() if parent == root]
        return own.get(root, 0.0) + ended.get(root, 0.0) + sum(family(pid) for pid in children)

    started = [pid for pid, parent in parents.items() if parent == up]
    server = int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    return Spent(
        pages=sum(family(pid) for pid in started if "granian" in commands[pid]),
        worker=sum(family(pid) for pid in started if "granian" not in commands[pid] and pid != server),
        database=family(server),
    )
