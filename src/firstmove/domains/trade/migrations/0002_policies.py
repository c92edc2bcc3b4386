from django.db import migrations

from firstmove.kernel.policies import MY_DEALER, MY_SUPPLIER, Audited, TenantPolicy

PARTIES = {
    "enterprise": "true",
    "dealer": f"buyer_dealer_id = {MY_DEALER}",
    "supplier": f"seller_supplier_id = {MY_SUPPLIER}",
}

# A party can be empty, so a composite foreign key would not bind; this does.
SAME_PARTIES = """
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
create sequence trade_order_number;
"""


class Migration(migrations.Migration):
    dependencies = [("trade", "0001_initial"), ("network", "0002_policies"), ("catalog", "0002_policies")]
    operations = [
        TenantPolicy("trade_order", **PARTIES),
        TenantPolicy("trade_orderline", **PARTIES),
        TenantPolicy("trade_orderstep", **PARTIES),
        migrations.RunSQL(SAME_PARTIES, "drop function trade_same_parties() cascade; drop sequence trade_order_number"),
        Audited("trade_order", dealer="r.buyer_dealer_id", supplier="r.seller_supplier_id"),
        Audited("trade_orderline", dealer="r.buyer_dealer_id", supplier="r.seller_supplier_id"),
    ]
