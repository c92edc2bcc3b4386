from django.db import migrations, models

# One look for all the lines or steps of a statement, where there was one for each.
SAME_PARTIES = """
drop function trade_same_parties() cascade;
create function trade_same_parties() returns trigger language plpgsql as $$
declare wrong bigint;
begin
  select n.order_id into wrong from new_rows n left join trade_order o on o.id = n.order_id
  where o.id is null or o.buyer_dealer_id is distinct from n.buyer_dealer_id
    or o.seller_supplier_id is distinct from n.seller_supplier_id
  limit 1;
  if found then
    raise exception 'a line or step must carry the parties of order %', wrong using errcode = 'check_violation';
  end if;
  return null;
end $$;
"""
TRIGGERS = "".join(
    f"create trigger same_parties_{act} after {act} on {table} referencing new table as new_rows "
    "for each statement execute function trade_same_parties();\n"
    for table in ("trade_orderline", "trade_orderstep")
    for act in ("insert", "update")
)
BEFORE = """
drop function trade_same_parties() cascade;
create function trade_same_parties() returns trigger language plpgsql as $$
begin
  if not exists (
    select 1 from trade_order o where o.id = new.order_id
    and o.buyer_dealer_id is not distinct from new.buyer_dealer_id
    and o.seller_supplier_id is not distinct from new.seller_supplier_id
  ) then
    raise exception 'a line or step must carry the parties of order %', new.order_id using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger same_parties before insert or update of order_id, buyer_dealer_id, seller_supplier_id
on trade_orderline for each row execute function trade_same_parties();
create trigger same_parties before insert or update of order_id, buyer_dealer_id, seller_supplier_id
on trade_orderstep for each row execute function trade_same_parties();
"""


class Migration(migrations.Migration):
    dependencies = [("trade", "0012_returns")]
    operations = [
        migrations.AddIndex(
            model_name="accountentry",
            index=models.Index(fields=["dealer"], condition=models.Q(open_amount__lt=0), name="entry_advance"),
        ),
        migrations.RunSQL(SAME_PARTIES + TRIGGERS, BEFORE),
    ]
