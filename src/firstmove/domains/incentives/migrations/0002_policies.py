"""Whose rows they are, and what the database itself keeps true."""

from django.db import migrations

from firstmove.kernel.policies import MY_DEALER, Audited, TenantPolicy, Tracked

OWN = {"enterprise": "true", "dealer": f"dealer_id = {MY_DEALER}"}


def taken_part(table: str, column: str) -> str:
    """A dealer reads what it takes part in."""
    return (
        f"exists (select 1 from incentives_participation p where p.{column} = {table}.id and p.dealer_id = {MY_DEALER})"  # noqa: S608
    )


VERSIONS_OF_MINE = f"""
exists (select 1 from incentives_participation p join incentives_period q on q.id = p.period_id
where q.version_id = incentives_version.id and p.dealer_id = {MY_DEALER})
"""  # noqa: S608

# What was earned is the sum of the entries whoever writes them, and points are that of theirs.
BALANCES = """
create function incentives_balance() returns trigger language plpgsql as $$
begin
  update incentives_participation p
  set basis = p.basis + n.basis, earned = p.earned + n.earned, balance = p.balance + n.total
  from (
    select participation_id, sum(basis) as basis, coalesce(sum(amount) filter (where kind <> 'settled'), 0) as earned,
      sum(amount) as total
    from new_entries group by participation_id
  ) n where p.id = n.participation_id;
  return null;
end $$;
create trigger balance after insert on incentives_rebateentry referencing new table as new_entries
for each statement execute function incentives_balance();
create function incentives_points() returns trigger language plpgsql as $$
begin
  update incentives_pointsaccount a set balance = a.balance + n.total
  from (select dealer_id, sum(amount) as total from new_entries group by dealer_id) n where a.dealer_id = n.dealer_id;
  return null;
end $$;
create trigger balance after insert on incentives_pointsentry referencing new table as new_entries
for each statement execute function incentives_points();
"""
UNBALANCED = "drop function incentives_points() cascade; drop function incentives_balance() cascade;"
# Rows that are added and never changed, but for the columns named: a person who is forgotten, an entry in the account.
STAYS = """
create function incentives_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (to_jsonb(new) - tg_argv) is distinct from (to_jsonb(old) - tg_argv) then
    raise exception 'a row of % stays as it is; add another', tg_table_name using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger stays before update or delete on incentives_version
  for each row execute function incentives_stays('made_by_id');
create trigger stays before update or delete on incentives_period
  for each row execute function incentives_stays('closed_at', 'closed_by_id');
create trigger stays before update or delete on incentives_rebateentry
  for each row execute function incentives_stays('');
create trigger stays before update or delete on incentives_rebatestatement
  for each row execute function incentives_stays('made_by_id', 'credited_at', 'changed_at');
create trigger stays before update or delete on incentives_statementrow
  for each row execute function incentives_stays('');
create trigger stays before update or delete on incentives_disputemessage
  for each row execute function incentives_stays('user_id');
create trigger stays before update or delete on incentives_pointsentry
  for each row execute function incentives_stays('user_id');
create trigger stays before update or delete on incentives_tierchange
  for each row execute function incentives_stays('user_id');
"""
# An entry, a row of a statement and a message belong to the dealer of what they hang on.
SAME_DEALER = """
alter table incentives_participation add constraint part_of_one_dealer unique (id, dealer_id);
alter table incentives_rebatestatement add constraint statement_of_one_dealer unique (id, dealer_id);
alter table incentives_rebatedispute add constraint dispute_of_one_dealer unique (id, dealer_id);
alter table incentives_rebateentry add constraint entry_of_its_dealer
  foreign key (participation_id, dealer_id) references incentives_participation (id, dealer_id)
  deferrable initially deferred;
alter table incentives_statementrow add constraint row_of_its_dealer
  foreign key (statement_id, dealer_id) references incentives_rebatestatement (id, dealer_id)
  deferrable initially deferred;
alter table incentives_disputemessage add constraint message_of_its_dealer
  foreign key (dispute_id, dealer_id) references incentives_rebatedispute (id, dealer_id)
  deferrable initially deferred;
"""
ANY_DEALER = """
alter table incentives_disputemessage drop constraint message_of_its_dealer;
alter table incentives_statementrow drop constraint row_of_its_dealer;
alter table incentives_rebateentry drop constraint entry_of_its_dealer;
alter table incentives_rebatedispute drop constraint dispute_of_one_dealer;
alter table incentives_rebatestatement drop constraint statement_of_one_dealer;
alter table incentives_participation drop constraint part_of_one_dealer;
"""
ENTERPRISE = ("enterprise",)


class Migration(migrations.Migration):
    dependencies = [("incentives", "0001_initial")]

    operations = [
        TenantPolicy(
            "incentives_programme",
            enterprise="true",
            dealer=taken_part("incentives_programme", "programme_id"),
            write=ENTERPRISE,
        ),
        TenantPolicy("incentives_version", enterprise="true", dealer=VERSIONS_OF_MINE, write=ENTERPRISE),
        TenantPolicy(
            "incentives_period",
            enterprise="true",
            dealer=taken_part("incentives_period", "period_id"),
            write=ENTERPRISE,
        ),
        *(
            TenantPolicy(f"incentives_{table}", **OWN, write=ENTERPRISE)
            for table in (
                "nameddealer",
                "participation",
                "rebateentry",
                "adjustment",
                "rebatestatement",
                "statementrow",
                "pointsaccount",
                "pointsentry",
                "tierchange",
            )
        ),
        *(
            TenantPolicy(f"incentives_{table}", **OWN)
            for table in ("proposaluse", "rebateclaim", "rebatedispute", "disputemessage")
        ),
        TenantPolicy("incentives_tier", enterprise="true", dealer="true", write=ENTERPRISE),
        migrations.RunSQL(BALANCES, UNBALANCED),
        migrations.RunSQL(STAYS, "drop function incentives_stays() cascade"),
        migrations.RunSQL(SAME_DEALER, ANY_DEALER),
        Tracked("incentives_rebateentry"),
        Tracked("incentives_rebatestatement"),
        *(Audited(f"incentives_{table}") for table in ("programme", "version", "period", "tier")),
        *(
            Audited(f"incentives_{table}", dealer="r.dealer_id")
            for table in (
                "nameddealer",
                "rebateclaim",
                "adjustment",
                "rebatestatement",
                "rebatedispute",
                "disputemessage",
                "pointsentry",
                "tierchange",
            )
        ),
    ]
