import django.db.models.deletion
from django.db import migrations, models

from firstmove.kernel.policies import MY_DEALER, MY_SUPPLIER, WeighedPolicy

# The beginning of a number is a range of texts by the letters' numbers, in whatever order the database sorts.
NUMBERS = """
create index order_number_begins on trade_order (number varchar_pattern_ops);
"""
# The newest orders with some products, a dealer's or all. Few products stand in most orders and most in few, which no
# plan for any product knows: so it is told to read the index backwards and stop.
WITH_PRODUCTS = """
create function trade_orders_with(p_products bigint[], p_dealer bigint, p_each int) returns setof bigint
language plpgsql stable set enable_bitmapscan = off set enable_sort = off set enable_seqscan = off as $$
begin
  if p_dealer is null then
    return query select f.order_id from unnest(p_products) p (id) cross join lateral (
      select l.order_id from trade_orderline l where l.product_id = p.id order by l.order_id desc limit p_each
    ) f;
  else
    return query select f.order_id from unnest(p_products) p (id) cross join lateral (
      select l.order_id from trade_orderline l where l.product_id = p.id and l.buyer_dealer_id = p_dealer
      order by l.order_id desc limit p_each
    ) f;
  end if;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0009_price_changes"),
        ("network", "0007_api_key_policies"),
        ("trade", "0016_supplier_orders"),
    ]

    operations = [
        migrations.RunSQL(NUMBERS, "drop index order_number_begins"),
        migrations.RunSQL(WITH_PRODUCTS, "drop function trade_orders_with(bigint[], bigint, int)"),
        *(
            WeighedPolicy(
                table,
                enterprise="true",
                dealer=f"buyer_dealer_id = {MY_DEALER}",
                supplier=f"seller_supplier_id = {MY_SUPPLIER}",
            )
            for table in ("trade_order", "trade_orderline")
        ),
        migrations.AlterField(
            model_name="order",
            name="buyer_dealer",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders_bought",
                to="network.dealer",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="order",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="trade.order"
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="product",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.product"),
        ),
        migrations.AlterField(
            model_name="orderstep",
            name="order",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="trade.order"
            ),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(fields=["product", "order"], name="line_of_product"),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(fields=["buyer_dealer_id", "product", "order"], name="line_of_dealer"),
        ),
    ]
