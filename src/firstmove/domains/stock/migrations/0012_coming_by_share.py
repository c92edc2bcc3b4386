"""Who gets what of goods that come: one rule for those that are there and for those that are expected."""

from importlib import import_module

from django.db import migrations

# Units for each place of a queue, who waits longest first. Without a weight a place has no share.
ALLOT = """
-- First every dealer that waits its share in whole units, by weight; what is left goes in the order of the queue.
create function stock_allot(p_free numeric, p_dealers bigint[], p_units numeric[], p_weights numeric[])
returns numeric[] language sql immutable as $$
  with queue as (
    select u.* from unnest(p_dealers, p_units, p_weights) with ordinality as u (dealer, units, weight, place)
  ), shares as (
    select dealer, floor(p_free * weight / sum(weight) over ()) as share
    from (select distinct dealer, weight from queue where units > 0 and weight is not null) waiting
  ), own as (
    select q.*, s.share, sum(q.units) over (partition by q.dealer order by q.place) as until
    from queue q left join shares s on s.dealer = q.dealer
  ), parted as (
    select place, units, greatest(least(until, coalesce(share, 0)) - (until - units), 0) as first_units from own
  ), turns as (
    select place, first_units, units - first_units as more, p_free - sum(first_units) over () as rest,
      sum(units - first_units) over (order by place) as until
    from parted
  )
  select array_agg(first_units + greatest(least(until, rest) - (until - more), 0) order by place) from turns
$$;
"""
COVER = """
-- Goods came: `stock_allot` says how many are whose. Both sides are queues of units, and meet where they overlap.
create or replace function stock_cover(p_products bigint[]) returns bigint
language plpgsql security definer set search_path = public as $$
declare caller text := stock_act_for(null); covered bigint; waited bigint[];
begin
  waited := array(
    select distinct product_id from stock_balance
    where dealer_id is null and waiting > 0 and (p_products is null or product_id = any(p_products))
  );
  perform stock_lock(waited);
  insert into stock_reservation (buyer_dealer_id, warehouse_id, product_id, holder, cause, reserved, waiting, recorded_at)
  with free as (
    select b.product_id, b.warehouse_id, b.on_hand - b.reserved as units,
      sum(b.on_hand - b.reserved) over (
        partition by b.product_id order by w.is_default desc, b.warehouse_id rows unbounded preceding
      ) as until
    from stock_balance b join stock_warehouse w on w.id = b.warehouse_id
    where b.dealer_id is null and w.is_open and b.product_id = any(waited) and b.on_hand > b.reserved
  ), waits as (
    select holder, buyer_dealer_id, product_id, warehouse_id, sum(waiting) as units, min(id) as since
    from stock_reservation where product_id = any(waited)
    group by holder, buyer_dealer_id, product_id, warehouse_id having sum(waiting) > 0
  ), queue as (
    select w.*, s.weight, row_number() over (partition by w.product_id order by w.since, w.warehouse_id) as place
    from waits w left join stock_share s on s.product_id = w.product_id and s.dealer_id = w.buyer_dealer_id
  ), allotted as (
    select q.product_id, stock_allot(
      (select sum(f.units) from free f where f.product_id = q.product_id),
      array_agg(q.buyer_dealer_id order by q.place), array_agg(q.units order by q.place),
      array_agg(q.weight order by q.place)
    ) as parts
    from queue q where q.product_id in (select f.product_id from free f) group by q.product_id
  ), asked as (
    select q.holder, q.buyer_dealer_id, q.product_id, q.warehouse_id, p.units,
      sum(p.units) over (partition by q.product_id order by q.place) as until
    from allotted a cross join unnest(a.parts) with ordinality as p (units, place)
    join queue q on q.product_id = a.product_id and q.place = p.place
    where p.units > 0
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
"""
_RESERVE = import_module("firstmove.domains.stock.migrations.0004_reserving").RESERVE
COVER_BY_TURN = _RESERVE[_RESERVE.index("-- Goods came") : _RESERVE.index("create sequence")].replace(
    "create function", "create or replace function"
)
# It runs with the rights of whoever asks, so that row-level security keeps the queue from dealers.
COME = """
-- Arrival after arrival, what lies free today first; the last row of a holder, without a day, is what nothing brings.
create function stock_come(p_products bigint[], p_today date)
returns table (
  of_holder text, of_buyer bigint, of_product bigint, of_due date, of_source text, of_has_left boolean, of_units numeric
) language plpgsql stable as $$
declare queue record; came record; rest numeric[]; parts numeric[];
begin
  for queue in
    select w.product_id, array_agg(w.holder order by w.since) as holders,
      array_agg(w.buyer_dealer_id order by w.since) as dealers, array_agg(w.units order by w.since) as units,
      array_agg(s.weight order by w.since) as weights
    from (
      select r.holder, r.buyer_dealer_id, r.product_id, sum(r.waiting) as units, min(r.id) as since
      from stock_reservation r where r.product_id = any(p_products)
      group by r.holder, r.buyer_dealer_id, r.product_id having sum(r.waiting) > 0
    ) w left join stock_share s on s.product_id = w.product_id and s.dealer_id = w.buyer_dealer_id
    group by w.product_id
  loop
    rest := queue.units;
    for came in
      select p_today as due_on, 0 as id, '' as source, false as has_left, sum(b.on_hand - b.reserved) as units
      from stock_balance b join stock_warehouse w on w.id = b.warehouse_id
      where b.dealer_id is null and w.is_open and b.product_id = queue.product_id and b.on_hand > b.reserved
      having sum(b.on_hand - b.reserved) > 0
      union all
      select a.due_on, a.id, a.source, a.has_left, a.quantity from stock_arrival a
      where a.product_id = queue.product_id and a.due_on > p_today
      order by due_on, id
    loop
      parts := stock_allot(came.units, queue.dealers, rest, queue.weights);
      return query
        select h.holder::text, h.dealer, queue.product_id, came.due_on, came.source::text, came.has_left, h.units
        from unnest(queue.holders, queue.dealers, parts) as h (holder, dealer, units) where h.units > 0;
      rest := array(
        select r.units - r.part from unnest(rest, parts) with ordinality as r (units, part, place) order by r.place
      );
      exit when 0 = all (rest);
    end loop;
    return query
      select h.holder::text, h.dealer, queue.product_id, null::date, '', false, h.units
      from unnest(queue.holders, queue.dealers, rest) as h (holder, dealer, units) where h.units > 0;
  end loop;
end $$;
"""
# Of that a dealer is told its own part alone. Which day's goods have begun to be made follows from how long the
# enterprise takes for the product.
COMING = """
create or replace function stock_coming(p_dealer bigint, p_on date)
returns table (of_holder text, of_product bigint, of_due date, of_stage text, of_units numeric)
language plpgsql security definer set search_path = public as $$
declare caller text := stock_act_for(p_dealer);
begin
  return query
  select c.of_holder, c.of_product, c.of_due,
    case when c.of_due = p_on then 'at_warehouse' when c.of_has_left then 'on_the_way'
      when c.of_due - coalesce(t.supply_days::integer, 0) <= p_on then 'in_production' else 'planned' end,
    sum(c.of_units)
  from stock_come(array(
    select r.product_id from stock_reservation r where r.buyer_dealer_id = p_dealer
    group by r.product_id, r.holder having sum(r.waiting) > 0
  ), p_on) c
  left join catalog_supplyterms t on t.product_id = c.of_product
  where c.of_buyer = p_dealer and c.of_due is not null
  group by 1, 2, 3, 4 order by 1, 2, 3;
  perform set_config('app.actor', caller, true);
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0011_shares_and_parts"), ("catalog", "0005_supply_terms")]
    operations = [
        migrations.RunSQL(ALLOT, "drop function stock_allot(numeric, bigint[], numeric[], numeric[])"),
        migrations.RunSQL(COVER, COVER_BY_TURN),
        migrations.RunSQL(COME, "drop function stock_come(bigint[], date)"),
        migrations.RunSQL(COMING, "drop function stock_coming(bigint, date)"),
    ]
