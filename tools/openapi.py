"""Write docs/api/openapi.json, the contract for programs; a test compares it with the code.

.venv/bin/python tools/openapi.py
"""

import json
import os
from pathlib import Path

SNAPSHOT = Path(__file__).resolve().parent.parent / "docs" / "api" / "openapi.json"


def document() -> str:
    """The OpenAPI document of the running code, as it stands in the snapshot."""
    from firstmove.api.v1 import api

    return (
        json.dumps(api.get_openapi_schema(path_prefix="api/v1/"), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    )


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firstmove.config.settings")
    django.setup()
    SNAPSHOT.parent.mkdir(parents=True, exist_ok=True)
    SNAPSHOT.write_text(document(), encoding="utf-8")
