from django.db import migrations

from firstmove.kernel.policies import ACTOR, MY_DEALER, MY_SUPPLIER, MY_USER, Audited, TenantPolicy

# Whoever may read a key could make one, and be somebody else by it: only for oneself, or for a program of one's party.
OWN_ACCOUNT = f"""
create policy own_account on network_apikey as restrictive for insert with check (
  {ACTOR} = 'system' or (
    dealer_id is not distinct from {MY_DEALER} and supplier_id is not distinct from {MY_SUPPLIER}
    and exists (
      select 1 from network_user u
      where u.id = user_id and (u.is_service or u.id = {MY_USER})
        and u.dealer_id is not distinct from network_apikey.dealer_id
        and u.supplier_id is not distinct from network_apikey.supplier_id
    )
  )
)
"""  # noqa: S608
# A key is ended and never changed: neither what it may do nor whose it is, and not back to life.
STAYS = """
create function network_apikey_stays() returns trigger language plpgsql as $$
begin
  if to_jsonb(new) - 'revoked_at' is distinct from to_jsonb(old) - 'revoked_at' or old.revoked_at < new.revoked_at
    or (old.revoked_at is not null and new.revoked_at is null)
  then
    raise exception 'a key is revoked once and never changed' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger stays before update on network_apikey for each row execute function network_apikey_stays();
"""
MINE, OURS = f"dealer_id = {MY_DEALER}", f"supplier_id = {MY_SUPPLIER}"


class Migration(migrations.Migration):
    dependencies = [("network", "0006_api_keys")]
    operations = [
        TenantPolicy("network_apikey", enterprise="true", dealer=MINE, supplier=OURS),
        Audited("network_apikey", dealer="r.dealer_id", supplier="r.supplier_id"),
        migrations.RunSQL(OWN_ACCOUNT, "drop policy own_account on network_apikey"),
        migrations.RunSQL(STAYS, "drop function network_apikey_stays() cascade"),
        # Counted by the system, read by whoever may see the key.
        TenantPolicy("network_apikeyuse", enterprise="true", dealer=MINE, supplier=OURS, write=()),
    ]
