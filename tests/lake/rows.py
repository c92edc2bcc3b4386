"""Anna's dealership, the rival's, a supplier, and rows of each table."""

import datetime as dt

import polars as pl

ANNA, RIVAL, SUPPLIER = "D-anna", "D-rival", "S-1"


def sale(line, *, on="2024-03-05", quantity=1.0, dealer=ANNA, sku="001", customer="C1", amount=None):
    """One sell-out line."""
    return {
        "date": dt.date.fromisoformat(on),
        "line": str(line),
        "dealer": dealer,
        "customer": customer,
        "sku": sku,
        "quantity": float(quantity),
        "amount": amount,
    }


def order(number, line="1", *, on="2024-03-05", quantity=12.0, dealer=ANNA, sku="001"):
    """One order line."""
    return {
        "order": number,
        "line": line,
        "dealer": dealer,
        "sku": sku,
        "ordered_on": dt.date.fromisoformat(on),
        "quantity": float(quantity),
    }


def shipment(number, line="1", *, on="2024-03-06", received=None, quantity=12.0, dealer=ANNA, sku="001"):
    """One shipment of an order line."""
    return {
        "order": number,
        "line": line,
        "dealer": dealer,
        "sku": sku,
        "shipped_on": dt.date.fromisoformat(on),
        "quantity": float(quantity),
        "received_on": dt.date.fromisoformat(received) if received else None,
    }


def count(on, quantity, *, dealer=ANNA, sku="001"):
    """One stock count."""
    return {"date": dt.date.fromisoformat(on), "dealer": dealer, "sku": sku, "quantity": float(quantity)}


def made(on, quantity=100.0, *, supplier=SUPPLIER, sku="001"):
    """One day's production."""
    return {
        "date": dt.date.fromisoformat(on), "sku": sku, "quantity": quantity, "kind": "actual", "supplier": supplier
    }  # fmt: skip


def written(lake, table, *rows, source="erp", batch=None):
    """Write rows as one batch of its own."""
    batch = batch or f"{table}-{lake.version(table)}"
    return lake.write(
        table=table, rows=pl.DataFrame(list(rows), infer_schema_length=None), source=source, batch_id=batch
    )
