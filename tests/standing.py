"""Networks that stand between tests: made once, in a transaction that stays open, and seen by every test from a
savepoint of its own.

To make the scene takes longer than most tests that look at it. So networks stand on one another as floors: on the cast
the scene, on the scene a day of business. A test finds the floor that it asks for, and none above it; what it does
itself is rolled back to that floor. Tests that commit, or ask for an empty database, find all floors taken down.

Within a file, tests run in the order of the floors that they ask for, so each is built about once.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


def _cast(_below: object, _folder: Path) -> object:
    from tests.cast import build_cast

    return build_cast()


def _scene(cast: Any, folder: Path) -> object:
    from tests import scene

    scene.write_lake(folder / "lake")
    return scene.build_scene(cast)


def _busy(scene: Any, folder: Path) -> object:
    from tests.isolation.conftest import make_busy

    return make_busy(scene, folder)


# From the ground up: the fixture's name, and how its network is made of the one below, with files in a folder.
FLOORS: tuple[tuple[str, Callable[[Any, Path], object]], ...] = (("cast", _cast), ("scene", _scene), ("busy", _busy))


@dataclass(frozen=True)
class _Floor:
    atomic: contextlib.AbstractContextManager[None]
    made: object
    folder: Path


class Building:
    """The floors that stand in this process."""

    def __init__(self) -> None:
        self.floors: list[_Floor] = []
        self.blocker: Any = None

    def lower(self, height: int) -> None:
        """Take down what stands above `height` floors."""
        from django.db import connection, transaction

        if not connection.in_atomic_block:
            # Somebody closed the connection and opened it again: what stood on it is gone.
            self.floors.clear()
        while len(self.floors) > height:
            with self.blocker.unblock():
                transaction.set_rollback(True)
                self.floors.pop().atomic.__exit__(None, None, None)

    def raise_to(self, height: int, new_folder: Callable[[], Path]) -> None:
        """Build what is missing up to `height` floors."""
        from django.db import connection, transaction
        from django.test import override_settings

        if connection.needs_rollback or connection.closed_in_transaction or not connection.in_atomic_block:
            self.lower(0)
        while len(self.floors) < height:
            folder, below = new_folder(), self.floors[-1] if self.floors else None
            if below:
                shutil.copytree(below.folder, folder, dirs_exist_ok=True)
            with self.blocker.unblock(), override_settings(**roots(folder)):
                atomic = transaction.atomic()
                atomic._from_testcase = True  # As Django's own tests do, for code that asks to be the outermost.
                atomic.__enter__()
                try:
                    made = FLOORS[len(self.floors)][1](below.made if below else None, folder)
                except BaseException:
                    transaction.set_rollback(True)
                    atomic.__exit__(None, None, None)
                    raise
            self.floors.append(_Floor(atomic, made, folder))

    def made(self, name: str) -> Any:
        """The network of that floor."""
        height = [floor for floor, _ in FLOORS].index(name)
        assert height < len(self.floors), f"{name} asks for db by a fixture, not by a mark: floors are built under it"
        return self.floors[height].made

    def move_in(self, folder: Path, settings: Any) -> None:
        """Give the test its own copy of the files, and let settings point there."""
        shutil.copytree(self.floors[-1].folder, folder, dirs_exist_ok=True)
        for name, root in roots(folder).items():
            setattr(settings, name, root)


BUILDING = Building()


def roots(folder: Path) -> dict[str, object]:
    return {"LAKE_ROOT": str(folder / "lake"), "SERIES_ROOT": folder / "series"}


def _height(item: pytest.Item) -> int | None:
    """How many floors a test asks for; None where it has nothing to do with the database."""
    names = set(getattr(item, "fixturenames", ()))
    if not names & {"db", "transactional_db", "server"} and item.get_closest_marker("django_db") is None:
        return None
    if "db" not in names or "transactional_db" in names or item.get_closest_marker("django_db"):
        return 0
    return max((number for number, (floor, _) in enumerate(FLOORS, start=1) if floor in names), default=0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    files = {path: number for number, path in enumerate(dict.fromkeys(item.path for item in items))}
    items.sort(key=lambda item: (files[item.path], _height(item) or 0))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    # Before any fixture of the test opens a transaction of its own.
    height = _height(item)
    if height is not None:
        BUILDING.lower(height)


@pytest.fixture(scope="session")
def building(django_db_setup: None, django_db_blocker: Any) -> Iterator[Building]:
    BUILDING.blocker = django_db_blocker
    yield BUILDING
    BUILDING.lower(0)


@pytest.fixture
def db(request: pytest.FixtureRequest, building: Building, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The database on top of the floors that the test asks for."""
    building.raise_to(_height(request.node) or 0, lambda: tmp_path_factory.mktemp("floor"))
    request.getfixturevalue("_django_db_helper")
