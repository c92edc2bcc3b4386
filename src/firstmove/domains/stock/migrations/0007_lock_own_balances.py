from django.db import migrations

# Nobody but the triggers may write balances, and so nobody may lock them either: a party locks its own by this.
LOCK = """
create function stock_lock_own(p_products bigint[], p_warehouses bigint[]) returns void
language plpgsql security definer set search_path = public as $$
begin
  perform 1 from stock_balance where product_id = any(p_products) and warehouse_id = any(p_warehouses)
  order by dealer_id is not null, product_id, warehouse_id for update;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0006_changed_at")]
    operations = [migrations.RunSQL(LOCK, "drop function stock_lock_own(bigint[], bigint[])")]
