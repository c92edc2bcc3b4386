"""Rows of a model into its table by one statement that is put together once.

What `bulk_create` does, without the ids of the rows and without compiling the same insert for every few rows anew: for
the handful of lines and steps that every order has, that was a fifth of what placing it costs. One array a column, so
that the statement is the same for any number of rows and the database plans it once a connection.
"""

import functools
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Field, Model
from django.db.models.expressions import DatabaseDefault


def insert(rows: Iterable[Model]) -> None:
    """Write new rows of one model; nothing at all for no rows. Columns that the database itself fills are left to it.

    Values are not read back: neither ids nor defaults of the database stand in the rows afterwards. Ids are given by
    the database in the order of the rows.
    """
    rows = list(rows)
    if not rows:
        return
    model = type(rows[0])
    fields = tuple(
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and not isinstance(getattr(rows[0], field.attname), DatabaseDefault)
    )
    columns = [[_value(field, row) for row in rows] for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, fields), columns)


def _value(field: "Field[Any, Any]", row: Model) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add=True), connection=connection)


@functools.cache
def _statement(model: type[Model], fields: "tuple[Field[Any, Any], ...]") -> str:
    quoted = connection.ops.quote_name
    names = ", ".join(quoted(str(field.column)) for field in fields)
    # Without its length: a cast would cut a text that is too long, where the column refuses it.
    types = (str(field.db_type(connection)).partition("(")[0] for field in fields)
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    # All names come from the model.
    return f"insert into {quoted(model._meta.db_table)} ({names}) select * from unnest({arrays})"  # noqa: S608
