"""The files that pages are made of, collected with hashed names into the data folder."""

import hashlib
from pathlib import Path

from firstmove.kernel.home import HomeError


def collect() -> None:
    """Collect static files and compile translations where they changed since. Raises HomeError without vendor files."""
    from django.conf import settings
    from django.core.management import call_command

    design = settings.PACKAGE / "portals" / "design"
    if not (design / "static" / "vendor" / "htmx.min.js").exists():
        raise HomeError("The pages' vendor files are missing. Run: make setup")
    mark = _fingerprint(settings.PACKAGE)
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if stamp.exists() and stamp.read_text() == mark:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(mark)


def _fingerprint(package: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted((package / "portals").glob("**/static/**/*")):
        if file.is_file():
            about = file.stat()
            digest.update(f"{file} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()
