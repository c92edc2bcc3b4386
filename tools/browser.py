"""Find the browser that the journeys and screenshots drive, with fonts for Chinese, or install both on Debian.

python tools/browser.py          # prints the browser's path, or says in one line what is missing and fails
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of a Chromium: ``FIRSTMOVE_CHROMIUM``, or the first one on the PATH."""
    named = os.environ.get("FIRSTMOVE_CHROMIUM")
    if named:
        return named if os.access(named, os.X_OK) else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _has_chinese_font() -> bool:
    if not shutil.which("fc-list"):
        return False
    found = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False)
    return bool(found.stdout.strip())


def _install() -> None:
    packages = ["chromium", "fonts-noto-cjk", "fontconfig"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def main() -> int:
    if find() and _has_chinese_font():
        print(find())
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing Chromium and a Chinese font", file=sys.stderr)
        _install()
    if find() and _has_chinese_font():
        print(find())
        return 0
    missing = "a Chromium browser" if not find() else "a Chinese font"
    print(f"missing: {missing}. On Debian: sudo apt-get install chromium fonts-noto-cjk", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
