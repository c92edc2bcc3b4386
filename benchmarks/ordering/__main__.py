"""`python -m benchmarks.ordering --seconds 5 --stored 100000`: this benchmark alone, in sizes of one's own."""

import sys
from pathlib import Path

from benchmarks.ordering import arguments, run
from benchmarks.run import shown

if __name__ == "__main__":
    sys.exit(shown("ordering", [run(Path(), arguments(sys.argv[1:]))]))
