"""What the new columns say of lines, orders and contracts that are there already."""

from django.db import migrations

FUNCTIONS = """
UPDATE accounts_contract AS c SET functions = c.functions || (
    SELECT coalesce(jsonb_agg(f), '[]'::jsonb) FROM unnest(ARRAY['lines.voice_options', 'lines.plan',
        'lines.sim_reissue', 'lines.mnp_in', 'lines.mnp_out', 'lines.terminate']) AS f WHERE NOT c.functions ? f
)
WHERE kind = 'mobile' AND functions ? 'lines.status'
"""
FEWER = """
UPDATE accounts_contract SET functions = functions - ARRAY['lines.voice_options', 'lines.plan', 'lines.sim_reissue',
    'lines.mnp_in', 'lines.mnp_out', 'lines.terminate']
"""
OPEN = """
UPDATE lines_line AS l SET open_changes = ARRAY['status']
FROM orders_order AS o
WHERE o.subject_id = l.id AND o.procedure IN ('lines.suspend', 'lines.resume')
    AND o.state IN ('pending', 'acknowledged', 'in_progress', 'held')
"""
ASKED = """
UPDATE lines_carrierorder AS c
SET line_id = l.id, action = substring(o.procedure FROM 7), msisdn = l.number, sim_serial = l.sim_serial,
    created_at = c.requested_at
FROM orders_order AS o JOIN lines_line AS l ON l.id = o.subject_id
WHERE c.order_id = o.id
"""


class Migration(migrations.Migration):
    dependencies = [("lines", "0002_lines_in_full"), ("orders", "0002_batches_and_secrets")]
    operations = [
        migrations.RunSQL(FUNCTIONS, FEWER),
        migrations.RunSQL(OPEN, migrations.RunSQL.noop),
        migrations.RunSQL(ASKED, migrations.RunSQL.noop),
    ]
