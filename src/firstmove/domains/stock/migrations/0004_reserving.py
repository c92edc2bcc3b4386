from django.db import migrations

from firstmove.kernel.policies import MY_DEALER, Audited, TenantPolicy

OWN = f"dealer_id = {MY_DEALER}"

# Every party begins with a warehouse, so that no goods lie nowhere.
FIRST_WAREHOUSES = """
create function stock_first_warehouse() returns trigger language plpgsql as $$
begin
  insert into stock_warehouse (dealer_id, code, name, is_default, is_open)
  values (case when tg_table_name = 'network_dealer' then new.id end, 'MAIN', '', true, true)
  on conflict do nothing;
  return null;
end $$;
create trigger first_warehouse after insert on network_dealer for each row execute function stock_first_warehouse();
create trigger first_warehouse after insert on network_enterprise for each row execute function stock_first_warehouse();
select set_config('app.actor', 'system', true);
insert into stock_warehouse (dealer_id, code, name, is_default, is_open)
select null::bigint, 'MAIN', '', true, true from network_enterprise
union all select id, 'MAIN', '', true, true from network_dealer;
update stock_movement m set warehouse_id = w.id
from stock_warehouse w where w.is_default and w.dealer_id is not distinct from m.dealer_id;
update stock_balance b set warehouse_id = w.id
from stock_warehouse w where w.is_default and w.dealer_id is not distinct from b.dealer_id;
select set_config('app.actor', '', true);
"""
NO_FIRST_WAREHOUSES = "drop function stock_first_warehouse() cascade"

# Rows of balances are taken in one order, the enterprise's before the dealers' and then by product and warehouse, here
# and below, so that two writers wait for each other and never deadlock. Whoever holds a balance's row also holds its batches.
KEEP = """
create or replace function stock_keep_balance() returns trigger
language plpgsql security definer set search_path = public as $$
begin
  if exists (
    select 1 from new_rows n left join stock_warehouse w on w.id = n.warehouse_id
    where w.id is null or w.dealer_id is distinct from n.dealer_id
  ) then
    raise exception 'a movement names a warehouse of another party' using errcode = 'check_violation';
  end if;
  insert into stock_balance as b (dealer_id, warehouse_id, product_id, on_hand, moved_on)
  select dealer_id, warehouse_id, product_id, sum(quantity), max(occurred_on) from new_rows
  group by dealer_id, warehouse_id, product_id order by dealer_id is not null, product_id, warehouse_id
  on conflict (product_id, warehouse_id) do update
  set on_hand = b.on_hand + excluded.on_hand, moved_on = greatest(b.moved_on, excluded.moved_on);
  insert into stock_batch as b (dealer_id, warehouse_id, product_id, code, expires_on, on_hand)
  select dealer_id, warehouse_id, product_id, batch, max(expires_on), sum(quantity) from new_rows
  where batch <> '' group by dealer_id, warehouse_id, product_id, batch
  order by dealer_id is not null, product_id, warehouse_id, batch
  on conflict (product_id, warehouse_id, code) do update
  set on_hand = b.on_hand + excluded.on_hand, expires_on = coalesce(excluded.expires_on, b.expires_on);
  return null;
end $$;

create function stock_keep_promises() returns trigger language plpgsql as $$
begin
  update stock_balance b set reserved = b.reserved + s.reserved, waiting = b.waiting + s.waiting
  from (
    select warehouse_id, product_id, sum(reserved) as reserved, sum(waiting) as waiting from new_rows
    group by warehouse_id, product_id
  ) s where b.product_id = s.product_id and b.warehouse_id = s.warehouse_id;
  return null;
end $$;
create trigger keep_promises after insert on stock_reservation
referencing new table as new_rows for each statement execute function stock_keep_promises();
"""

# A dealer reserves goods that it may not see. So these run with the owner's rights and as the system, after asking who
# calls, and give back no figure but the caller's own. Each locks the balances it needs, in their order, before it reads
# them: a statement that begins after the lock sees what the one before it left.
RESERVE = """
create function stock_act_for(p_buyer bigint) returns text language plpgsql as $$
declare actor text := coalesce(current_setting('app.actor', true), '');
begin
  if actor in ('system', 'enterprise')
    or (actor = 'dealer' and current_setting('app.dealer', true) = p_buyer::text) then
    perform set_config('app.actor', 'system', true);
    return actor;
  end if;
  raise exception 'this stock is not theirs to reserve' using errcode = 'insufficient_privilege';
end $$;

create function stock_lock(p_products bigint[]) returns void language plpgsql as $$
begin
  perform 1 from stock_balance where dealer_id is null and product_id = any(p_products)
  order by product_id, warehouse_id for update;
end $$;

-- What is free is a queue of units, warehouse after warehouse: those who wait come first, then this holder.
create function stock_reserve(
  p_holder text, p_cause text, p_buyer bigint, p_products bigint[], p_quantities numeric[]
) returns table (of_product bigint, of_reserved numeric, of_waiting numeric)
language plpgsql security definer set search_path = public as $$
declare caller text := stock_act_for(p_buyer);
begin
  perform stock_lock(p_products);
  if not exists (select 1 from stock_reservation where holder = p_holder and cause = p_cause) then
    insert into stock_reservation
      (buyer_dealer_id, warehouse_id, product_id, holder, cause, reserved, waiting, recorded_at)
    with wanted as (
      select product, sum(quantity) as units from unnest(p_products, p_quantities) as u (product, quantity)
      group by product
    ), places as (
      select b.product_id, b.warehouse_id, w.is_default, t.units, greatest(b.on_hand - b.reserved, 0) as free,
        sum(b.waiting) over (partition by b.product_id) as ahead
      from stock_balance b join stock_warehouse w on w.id = b.warehouse_id join wanted t on t.product = b.product_id
      where b.dealer_id is null and w.is_open
    ), queue as (
      select p.*, row_number() over parcels as place, sum(free) over parcels as until
      from places p
      window parcels as (
        partition by product_id order by (free >= units + ahead) desc, is_default desc, warehouse_id
        rows unbounded preceding
      )
    ), given as (
      select q.*, greatest(least(until, ahead + units) - greatest(until - free, ahead), 0) as granted from queue q
    ), told as (
      select g.*, case when place = 1 then units - sum(granted) over (partition by product_id) else 0 end as rest
      from given g
    )
    select p_buyer, warehouse_id, product_id, p_holder, p_cause, granted, rest, statement_timestamp()
    from told where granted > 0 or rest > 0;
  end if;
  return query select product_id, sum(reserved), sum(waiting) from stock_reservation
    where holder = p_holder and cause = p_cause group by product_id order by product_id;
  perform set_config('app.actor', caller, true);
end $$;

create function stock_release(p_holder text, p_cause text, p_buyer bigint) returns bigint
language plpgsql security definer set search_path = public as $$
declare caller text := stock_act_for(p_buyer); released bigint;
begin
  perform stock_lock(array(select distinct product_id from stock_reservation where holder = p_holder));
  insert into stock_reservation (buyer_dealer_id, warehouse_id, product_id, holder, cause, reserved, waiting, recorded_at)
  select p_buyer, warehouse_id, product_id, p_holder, p_cause, -sum(reserved), -sum(waiting), statement_timestamp()
  from stock_reservation where holder = p_holder and buyer_dealer_id is not distinct from p_buyer
  group by product_id, warehouse_id having sum(reserved) <> 0 or sum(waiting) <> 0
  on conflict do nothing;
  get diagnostics released = row_count;
  perform set_config('app.actor', caller, true);
  return released;
end $$;

-- Without products: all that is reserved. Batches go in the order in which they expire.
create function stock_ship(
  p_holder text, p_cause text, p_buyer bigint, p_occurred_on date, p_user bigint,
  p_products bigint[], p_quantities numeric[]
) returns table (of_product bigint, of_warehouse bigint, of_batch text, of_quantity numeric)
language plpgsql security definer set search_path = public as $$
declare caller text := stock_act_for(p_buyer);
begin
  perform stock_lock(array(select distinct product_id from stock_reservation where holder = p_holder));
  if not exists (select 1 from stock_movement where cause = p_cause) then
    with held as (
      select product_id, warehouse_id, sum(reserved) as units from stock_reservation
      where holder = p_holder and buyer_dealer_id is not distinct from p_buyer
      group by product_id, warehouse_id having sum(reserved) > 0
    ), asked as (
      select product, sum(quantity) as units from unnest(p_products, p_quantities) as u (product, quantity)
      group by product
    ), queue as (
      select h.*, sum(h.units) over (partition by product_id order by warehouse_id) as until,
        case when p_products is null then h.units else coalesce(a.units, 0) end as wanted
      from held h left join asked a on a.product = h.product_id
    ), parcels as (
      select product_id, warehouse_id,
        case when p_products is null then units else greatest(least(until, wanted) - (until - units), 0) end as units
      from queue
    ), told as (
      insert into stock_reservation
        (buyer_dealer_id, warehouse_id, product_id, holder, cause, reserved, waiting, recorded_at)
      select p_buyer, warehouse_id, product_id, p_holder, p_cause, -units, 0, statement_timestamp()
      from parcels where units > 0 returning product_id
    ), shelves as (
      select b.product_id, b.warehouse_id, b.code, b.expires_on, b.on_hand,
        sum(b.on_hand) over (partition by b.product_id, b.warehouse_id order by b.expires_on nulls last, b.id) as until
      from stock_batch b join parcels p on p.product_id = b.product_id and p.warehouse_id = b.warehouse_id
      where b.on_hand > 0
    ), picked as (
      select p.product_id, p.warehouse_id, s.code, s.expires_on,
        greatest(least(s.until, p.units) - (s.until - s.on_hand), 0) as units
      from parcels p join shelves s on s.product_id = p.product_id and s.warehouse_id = p.warehouse_id
      union all
      select p.product_id, p.warehouse_id, '', null,
        greatest(p.units - coalesce((
          select sum(s.on_hand) from shelves s where s.product_id = p.product_id and s.warehouse_id = p.warehouse_id
        ), 0), 0)
      from parcels p
    )
    insert into stock_movement (dealer_id, warehouse_id, product_id, batch, expires_on, quantity, kind, reason,
      occurred_on, recorded_at, cause, user_id)
    select null, warehouse_id, product_id, code, expires_on, -units, 'shipment', '', p_occurred_on,
      statement_timestamp(), p_cause, p_user
    from picked where units > 0;
  end if;
  return query select product_id, warehouse_id, batch::text, -quantity from stock_movement
    where cause = p_cause and kind = 'shipment' order by product_id, warehouse_id, batch;
  perform set_config('app.actor', caller, true);
end $$;

-- Goods came: they are for those who wait longest. Both sides are queues of units, and meet where they overlap.
create function stock_cover(p_products bigint[]) returns bigint
language plpgsql security definer set search_path = public as $$
declare caller text := stock_act_for(null); covered bigint; waited bigint[];
begin
  waited := array(
    select distinct product_id from stock_balance
    where dealer_id is null and waiting > 0 and (p_products is null or product_id = any(p_products))
  );
  perform stock_lock(waited);
  insert into stock_reservation (buyer_dealer_id, warehouse_id, product_id, holder, cause, reserved, waiting, recorded_at)
  with queue as (
    select holder, buyer_dealer_id, product_id, warehouse_id, sum(waiting) as units, min(id) as since
    from stock_reservation where product_id = any(waited)
    group by holder, buyer_dealer_id, product_id, warehouse_id having sum(waiting) > 0
  ), asked as (
    select q.*, sum(units) over (partition by product_id order by since, warehouse_id) as until from queue q
  ), free as (
    select b.product_id, b.warehouse_id, b.on_hand - b.reserved as units,
      sum(b.on_hand - b.reserved) over (
        partition by b.product_id order by w.is_default desc, b.warehouse_id rows unbounded preceding
      ) as until
    from stock_balance b join stock_warehouse w on w.id = b.warehouse_id
    where b.dealer_id is null and w.is_open and b.product_id = any(waited) and b.on_hand > b.reserved
  ), met as (
    select a.holder, a.buyer_dealer_id, a.product_id, a.warehouse_id as waits_at, f.warehouse_id as lies_at,
      least(a.until, f.until) - greatest(a.until - a.units, f.until - f.units) as units
    from asked a join free f on f.product_id = a.product_id
      and least(a.until, f.until) > greatest(a.until - a.units, f.until - f.units)
  ), entries as (
    select holder, buyer_dealer_id, product_id, lies_at as warehouse_id, units as reserved, 0 as waiting from met
    union all select holder, buyer_dealer_id, product_id, waits_at, 0, -units from met
  )
  select buyer_dealer_id, warehouse_id, product_id, holder, 'cover:' || nextval('stock_cover_number'),
    sum(reserved), sum(waiting), statement_timestamp()
  from entries group by holder, buyer_dealer_id, product_id, warehouse_id;
  get diagnostics covered = row_count;
  perform set_config('app.actor', caller, true);
  return covered;
end $$;
create sequence stock_cover_number;
"""
NO_RESERVE = """
drop function stock_cover(bigint[]);
drop function stock_ship(text, text, bigint, date, bigint, bigint[], numeric[]);
drop function stock_release(text, text, bigint);
drop function stock_reserve(text, text, bigint, bigint[], numeric[]);
drop function stock_lock(bigint[]);
drop function stock_act_for(bigint);
drop sequence stock_cover_number;
"""

ONLY_FUNCTIONS_WRITE = """
do $$ begin
  execute format('revoke insert, update, delete, truncate on stock_reservation from %I', current_database() || '_app');
  execute format('revoke insert, update, delete, truncate on stock_batch from %I', current_database() || '_app');
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0003_warehouses")]
    operations = [
        TenantPolicy("stock_warehouse", enterprise="true", dealer=OWN),
        TenantPolicy("stock_reservation", enterprise="true", dealer=f"buyer_dealer_id = {MY_DEALER}", write=()),
        TenantPolicy("stock_batch", enterprise="true", dealer=OWN),
        TenantPolicy("stock_arrival", enterprise="true"),
        TenantPolicy("stock_policy", enterprise="true", dealer="true", write=("enterprise",)),
        TenantPolicy("stock_count", enterprise="true", dealer=OWN),
        TenantPolicy("stock_countline", enterprise="true", dealer=OWN),
        migrations.RunSQL(FIRST_WAREHOUSES, NO_FIRST_WAREHOUSES),
        migrations.RunSQL(KEEP, "drop function stock_keep_promises() cascade"),
        migrations.RunSQL(RESERVE, NO_RESERVE),
        migrations.RunSQL(ONLY_FUNCTIONS_WRITE, migrations.RunSQL.noop),
        Audited("stock_warehouse", dealer="r.dealer_id"),
        Audited("stock_policy"),
        Audited("stock_count", dealer="r.dealer_id"),
        Audited("stock_countline", dealer="r.dealer_id"),
    ]
