"""Orders leave in parts: from one warehouse, less than all, and dealers have shares of scarce goods."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from firstmove.kernel.policies import MY_DEALER, Audited, TenantPolicy

SHIP = """
drop function stock_ship(text, text, bigint, date, bigint, bigint[], numeric[]);
-- Without products: all that is reserved; with a warehouse, what is reserved there. Batches go in the order in which they expire.
create function stock_ship(
  p_holder text, p_cause text, p_buyer bigint, p_occurred_on date, p_user bigint,
  p_products bigint[], p_quantities numeric[], p_warehouse bigint
) returns table (of_product bigint, of_warehouse bigint, of_batch text, of_quantity numeric)
language plpgsql security definer set search_path = public as $$
declare caller text := stock_act_for(p_buyer);
begin
  perform stock_lock(array(select distinct product_id from stock_reservation where holder = p_holder));
  if not exists (select 1 from stock_movement where cause = p_cause) then
    with held as (
      select product_id, warehouse_id, sum(reserved) as units from stock_reservation
      where holder = p_holder and buyer_dealer_id is not distinct from p_buyer
        and (p_warehouse is null or warehouse_id = p_warehouse)
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
"""
_RESERVE = import_module("firstmove.domains.stock.migrations.0004_reserving").RESERVE
SHIP_WHOLE = (
    "drop function stock_ship(text, text, bigint, date, bigint, bigint[], numeric[], bigint);\n"
    + _RESERVE[_RESERVE.index("-- Without products") : _RESERVE.index("-- Goods came")]
)
RELEASE_PART = """
-- Units that a holder will not take any more: those that it waits for first, then of what it has reserved.
create function stock_release_part(
  p_holder text, p_cause text, p_buyer bigint, p_product bigint, p_units numeric
) returns numeric
language plpgsql security definer set search_path = public as $$
declare caller text := stock_act_for(p_buyer); released numeric;
begin
  perform stock_lock(array[p_product]);
  insert into stock_reservation (buyer_dealer_id, warehouse_id, product_id, holder, cause, reserved, waiting, recorded_at)
  with places as (
    select warehouse_id, sum(reserved) as held, sum(waiting) as waits from stock_reservation
    where holder = p_holder and product_id = p_product and buyer_dealer_id is not distinct from p_buyer
    group by warehouse_id
  ), parts as (
    select warehouse_id, 0 as held, waits, waits as units, 1 as turn from places where waits > 0
    union all select warehouse_id, held, 0, held, 2 from places where held > 0
  ), queue as (
    select p.*, sum(units) over (order by turn, warehouse_id rows unbounded preceding) as until from parts p
  ), given as (
    select warehouse_id, turn, greatest(least(until, p_units) - (until - units), 0) as units from queue
  )
  select p_buyer, warehouse_id, p_product, p_holder, p_cause, -sum(case when turn = 2 then units else 0 end),
    -sum(case when turn = 1 then units else 0 end), statement_timestamp()
  from given group by warehouse_id having sum(units) > 0
  on conflict do nothing;
  select -sum(reserved + waiting) into released from stock_reservation
    where holder = p_holder and cause = p_cause and product_id = p_product;
  perform set_config('app.actor', caller, true);
  return coalesce(released, 0);
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0007_changed_at"),
        ("network", "0006_api_keys"),
        ("stock", "0010_coming"),
    ]

    operations = [
        migrations.CreateModel(
            name="Share",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("weight", models.DecimalField(decimal_places=3, max_digits=14)),
                ("shared_at", models.DateTimeField()),
                (
                    "dealer",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="network.dealer"),
                ),
                (
                    "product",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="catalog.product"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("product", "dealer"), name="one_share_a_dealer"),
                    models.CheckConstraint(condition=Q(("weight__gt", 0)), name="share_of_something"),
                ],
            },
        ),
        TenantPolicy("stock_share", enterprise="true", dealer=f"dealer_id = {MY_DEALER}", write=("enterprise",)),
        migrations.RunSQL(SHIP, SHIP_WHOLE),
        migrations.RunSQL(RELEASE_PART, "drop function stock_release_part(text, text, bigint, bigint, numeric)"),
        Audited("stock_share", dealer="r.dealer_id"),
    ]
