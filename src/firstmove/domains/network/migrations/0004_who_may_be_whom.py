from django.db import migrations

from firstmove.kernel.policies import ACTOR

# Everybody reads the enterprise's name and day, before sign-in too; only the system writes them.
ENTERPRISE = f"""
alter table network_enterprise enable row level security;
alter table network_enterprise force row level security;
create policy everybody_reads on network_enterprise for select using (true);
create policy system_writes on network_enterprise using ({ACTOR} = 'system') with check ({ACTOR} = 'system');
"""
ENTERPRISE_BACK = """
drop policy everybody_reads on network_enterprise;
drop policy system_writes on network_enterprise;
alter table network_enterprise no force row level security;
alter table network_enterprise disable row level security;
"""

# Rows of colleagues are visible and, to invite and to take leave, writable. That must not make anybody somebody else.
USER = """
create function network_user_stays() returns trigger language plpgsql as $$
declare
  actor text := coalesce(current_setting('app.actor', true), '');
  me bigint := nullif(current_setting('app.user', true), '')::bigint;
begin
  if actor = 'system' then
    return new;
  end if;
  if actor <> 'enterprise' and (new.role, new.dealer_id, new.supplier_id)
    is distinct from (old.role, old.dealer_id, old.supplier_id)
  then
    raise exception 'only the enterprise gives a person another role or party' using errcode = 'check_violation';
  end if;
  if (new.password, new.email) is distinct from (old.password, old.email) and old.id is distinct from me then
    raise exception 'a password and an address are changed by their person' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger stays before update on network_user for each row execute function network_user_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("network", "0003_attempts")]
    operations = [
        migrations.RunSQL(ENTERPRISE, ENTERPRISE_BACK),
        migrations.RunSQL(USER, "drop function network_user_stays() cascade"),
    ]
