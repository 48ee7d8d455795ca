"""What the SIP registrar may see: one view of what is live now, for one role, and nothing else.

A column that a view uses cannot change its type: such a migration drops the view and makes it again with its grants.
"""

from django.db import migrations

# The guard on the digests is there because the registrar copies them into a buffer of fixed size.
VIEW = """
CREATE SCHEMA registrar;
REVOKE ALL ON SCHEMA registrar FROM PUBLIC;
CREATE VIEW registrar.subscriber AS
    SELECT username, realm AS domain, ha1, ha1b, ha1_sha256
    FROM public.numbering_credential
    WHERE live @> public.selfcare_now() AND ha1 ~ '^[0-9a-f]{32}$' AND ha1b ~ '^[0-9a-f]{32}$';
GRANT USAGE ON SCHEMA registrar TO selfcare_registrar;
GRANT SELECT ON registrar.subscriber TO selfcare_registrar;
"""


class Migration(migrations.Migration):
    dependencies = [("numbering", "0001_initial"), ("work", "0001_functions")]
    operations = [migrations.RunSQL(VIEW, "DROP SCHEMA registrar CASCADE")]
