import sys

from firstmove.cli import main

sys.exit(main())
