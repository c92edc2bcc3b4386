"""Rows of master data, known by a business key: add the new, change the changed, touch nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

_BATCH = 2000


@dataclass(frozen=True)
class Upserted:
    added: int
    changed: int
    unchanged: int


def upsert(model: type[Model], *, key: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Upserted:
    """Of several rows with one key the last wins; a column that a row does not name keeps its value.

    Call it inside a scope. `key` are attribute names such as ``("product_id", "dealer_id")``.
    """
    wanted = {tuple(row[name] for name in key): row for row in rows}
    objects = model._default_manager.all()
    leading = {value[0] for value in wanted}
    if len(leading) < _BATCH and None not in leading:
        objects = objects.filter(**{f"{key[0]}__in": leading})
    known = {tuple(getattr(row, name) for name in key): row for row in objects.iterator()}
    new, changed, fields = [], [], set()
    for value, row in wanted.items():
        present = known.get(value)
        if present is None:
            new.append(model(**row))
            continue
        differing = [name for name, cell in row.items() if getattr(present, name) != cell]
        for name in differing:
            setattr(present, name, row[name])
        if differing:
            changed.append(present)
            fields.update(differing)
    model._default_manager.bulk_create(new, batch_size=_BATCH)
    if changed:
        model._default_manager.bulk_update(changed, fields=sorted(fields), batch_size=_BATCH)
    return Upserted(added=len(new), changed=len(changed), unchanged=len(wanted) - len(new) - len(changed))
