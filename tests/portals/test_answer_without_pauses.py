"""No page waits while the garbage collector looks through what a web process has loaded for good."""

import gc
import importlib
import sys


def test_what_a_web_process_loads_is_no_garbage_to_look_for():
    before = gc.get_freeze_count()
    sys.modules.pop("firstmove.config.wsgi", None)
    try:
        importlib.import_module("firstmove.config.wsgi")
        assert gc.get_freeze_count() - before > 50_000
        assert len(gc.get_objects()) < 5_000
    finally:
        gc.unfreeze()
