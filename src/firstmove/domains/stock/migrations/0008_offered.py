from django.db import migrations

# A dealer may know whether the enterprise has something, and from which day on, but never how much. So the sums are made
# with the owner's rights, as for reservations, and only the answer comes back.
OFFERED = """
create function stock_offered(p_dealer bigint, p_after date)
returns table (of_product bigint, of_free boolean, of_from date)
language plpgsql security definer set search_path = public as $$
declare caller text := stock_act_for(p_dealer);
begin
  return query
  with own as (
    select b.product_id, sum(b.on_hand - b.reserved - b.waiting) as net
    from stock_balance b join stock_warehouse w on w.id = b.warehouse_id
    where b.dealer_id is null and w.is_open group by b.product_id
  ), due as (
    select a.product_id, a.due_on, sum(sum(a.quantity)) over (partition by a.product_id order by a.due_on) as came
    from stock_arrival a where a.due_on > p_after group by a.product_id, a.due_on
  )
  select o.product_id, o.net > 0, min(d.due_on) filter (where o.net <= 0 and o.net + d.came > 0)
  from own o left join due d on d.product_id = o.product_id group by o.product_id, o.net;
  perform set_config('app.actor', caller, true);
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0007_lock_own_balances")]
    operations = [migrations.RunSQL(OFFERED, "drop function stock_offered(bigint, date)")]
