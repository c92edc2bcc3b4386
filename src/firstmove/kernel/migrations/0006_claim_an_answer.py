from django.db import migrations

# The id of the row that is the caller's to fill; null where an answer stands already. Of two equal requests the second
# waits for the first, and no longer than this: the setting is the function's own.
CLAIM = """
create function kernel_claim_answer(
  p_user bigint, p_dealer bigint, p_supplier bigint, p_key text, p_hash text, p_expires timestamptz, p_now timestamptz
) returns bigint language plpgsql set lock_timeout = '10s' as $$
declare claimed bigint;
begin
  insert into kernel_givenanswer as a
    (user_id, dealer_id, supplier_id, key, request_hash, content_type, body, expires_at)
  values (p_user, p_dealer, p_supplier, p_key, p_hash, '', '', p_expires)
  on conflict (user_id, key) do update set request_hash = excluded.request_hash, status = null, content_type = '',
    body = '', expires_at = excluded.expires_at where a.expires_at <= p_now
  returning id into claimed;
  return claimed;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0005_answer_and_webhook_policies")]
    operations = [
        migrations.RunSQL(
            CLAIM, "drop function kernel_claim_answer(bigint, bigint, bigint, text, text, timestamptz, timestamptz)"
        )
    ]
