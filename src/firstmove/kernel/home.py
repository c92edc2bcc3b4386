"""The data folder: where it lies, and the secrets that belong to it."""

import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path


class HomeError(Exception):
    """The data folder cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Secrets:
    """Made once for a data folder, readable by its owner alone."""

    secret_key: str
    superuser_password: str
    owner_password: str
    app_password: str


def path() -> Path:
    """The data folder: ``FIRSTMOVE_HOME``, or a default by who is asking.

    As root the default lies outside home folders: the embedded server runs as a user of its own then and must be
    able to walk to its files, and opening up a home folder for it would be wrong.
    """
    named = os.environ.get("FIRSTMOVE_HOME")
    if named:
        return Path(named).expanduser().resolve()
    if os.geteuid() == 0:
        return Path("/var/lib/firstmove")
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "firstmove"


def ensure(home: Path) -> Path:
    """Make the data folder if need be. Raises HomeError where it may not or cannot lie."""
    if os.geteuid() == 0 and "DATABASE_URL" not in os.environ:
        for private in (Path("/root"), Path("/home")):
            if home == private or private in home.parents:
                raise HomeError(
                    f"As root the data folder may not lie in {private}: the embedded database would make that folder "
                    f"readable for everybody. Set FIRSTMOVE_HOME to another place, such as /var/lib/firstmove."
                )
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HomeError(f"The data folder {home} cannot be made ({error.strerror}). Set FIRSTMOVE_HOME.") from error
    return home


def read_secrets(home: Path) -> Secrets:
    """The folder's secrets, made at first use."""
    file = home / "secrets.json"
    try:
        return Secrets(**json.loads(file.read_text()))
    except FileNotFoundError:
        pass
    made = Secrets(*(secrets.token_urlsafe(32) for _ in range(4)))
    ensure(home)
    # Whole or not at all, whoever else reads it and whenever this process is killed; made readable for nobody else.
    with tempfile.NamedTemporaryFile("w", dir=home, prefix="secrets.", encoding="utf-8") as out:
        json.dump(asdict(made), out)
        out.flush()
        os.fsync(out.fileno())
        try:
            os.link(out.name, file)
        except FileExistsError:  # another process was quicker: its secrets are the ones
            return Secrets(**json.loads(file.read_text()))
    return made
