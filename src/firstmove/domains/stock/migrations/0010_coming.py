from django.db import migrations, models

# What comes meets those who wait in their order, as `stock_cover` will give it out; of that only the caller's own part
# is told. Which day's goods have begun to be made follows from how long the enterprise takes for the product.
COMING = """
create function stock_coming(p_dealer bigint, p_on date)
returns table (of_holder text, of_product bigint, of_due date, of_stage text, of_units numeric)
language plpgsql security definer set search_path = public as $$
declare caller text := stock_act_for(p_dealer);
begin
  return query
  with wanted as (
    select r.product_id from stock_reservation r where r.buyer_dealer_id = p_dealer
    group by r.product_id, r.holder having sum(r.waiting) > 0
  ), queue as (
    select r.holder, r.buyer_dealer_id, r.product_id, sum(r.waiting) as units, min(r.id) as since
    from stock_reservation r where r.product_id in (select w.product_id from wanted w)
    group by r.holder, r.buyer_dealer_id, r.product_id having sum(r.waiting) > 0
  ), asked as (
    select q.*, sum(q.units) over (partition by q.product_id order by q.since) as until from queue q
  ), due as (
    select a.id, a.product_id, a.due_on, a.has_left, a.quantity as units,
      sum(a.quantity) over (partition by a.product_id order by a.due_on, a.id) as until
    from stock_arrival a where a.due_on > p_on and a.product_id in (select w.product_id from wanted w)
  ), met as (
    select q.holder, q.product_id, d.due_on,
      case when d.has_left then 'on_the_way'
        when d.due_on - coalesce(t.supply_days::integer, 0) <= p_on then 'in_production' else 'planned' end as stage,
      least(q.until, d.until) - greatest(q.until - q.units, d.until - d.units) as units
    from asked q join due d on d.product_id = q.product_id
      and least(q.until, d.until) > greatest(q.until - q.units, d.until - d.units)
    left join catalog_supplyterms t on t.product_id = q.product_id
    where q.buyer_dealer_id = p_dealer
  )
  select m.holder::text, m.product_id, m.due_on, m.stage, sum(m.units) from met m
  group by m.holder, m.product_id, m.due_on, m.stage order by m.holder, m.product_id, m.due_on;
  perform set_config('app.actor', caller, true);
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0009_goods_sent_back"), ("catalog", "0005_supply_terms")]
    operations = [
        migrations.AddField(
            model_name="arrival",
            name="has_left",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(COMING, "drop function stock_coming(bigint, date)"),
    ]
