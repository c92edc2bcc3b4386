from django.db import migrations

from firstmove.kernel.policies import MY_DEALER, TenantPolicy

# The trigger runs as the owner, who alone may write balances: a balance can only change with a movement, and a movement
# can never change. Rows are taken in the order of their keys, so two writers wait for each other and never deadlock.
LEDGER = """
create function stock_keep_balance() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into stock_balance as b (dealer_id, product_id, on_hand, moved_on)
  select dealer_id, product_id, sum(quantity), max(occurred_on) from new_rows
  group by dealer_id, product_id order by dealer_id nulls first, product_id
  on conflict (dealer_id, product_id) do update
  set on_hand = b.on_hand + excluded.on_hand, moved_on = greatest(b.moved_on, excluded.moved_on);
  return null;
end $$;
create trigger keep_balance after insert on stock_movement
referencing new table as new_rows for each statement execute function stock_keep_balance();
do $$ begin
  execute format('revoke update, delete, truncate on stock_movement from %I', current_database() || '_app');
  execute format('revoke insert, update, delete, truncate on stock_balance from %I', current_database() || '_app');
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0001_initial"), ("network", "0002_policies"), ("catalog", "0002_policies")]
    operations = [
        TenantPolicy("stock_movement", enterprise="true", dealer=f"dealer_id = {MY_DEALER}"),
        TenantPolicy("stock_balance", enterprise="true", dealer=f"dealer_id = {MY_DEALER}"),
        migrations.RunSQL(LEDGER, "drop function stock_keep_balance() cascade"),
    ]
