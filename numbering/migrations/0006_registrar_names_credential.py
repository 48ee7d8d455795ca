"""The registrar also learns which credential let a telephone in, so that a password's end ends its registrations only.

`credential` is text because Kamailio's auth_db passes on no 64-bit numbers.
"""

from django.db import migrations

# A new last column: the view is replaced in place, its grants stay, and registrations go on meanwhile.
FORWARD = """
CREATE OR REPLACE VIEW registrar.subscriber AS
    SELECT username, realm AS domain, ha1, ha1b, ha1_sha256, id::text AS credential
    FROM public.numbering_credential
    WHERE live @> public.selfcare_now() AND ha1 ~ '^[0-9a-f]{32}$' AND ha1b ~ '^[0-9a-f]{32}$';
"""

# A column can only be taken away with the view, and its grants go with it.
BACK = """
DROP VIEW registrar.subscriber;
CREATE VIEW registrar.subscriber AS
    SELECT username, realm AS domain, ha1, ha1b, ha1_sha256
    FROM public.numbering_credential
    WHERE live @> public.selfcare_now() AND ha1 ~ '^[0-9a-f]{32}$' AND ha1b ~ '^[0-9a-f]{32}$';
GRANT SELECT ON registrar.subscriber TO selfcare_registrar;
"""


class Migration(migrations.Migration):
    dependencies = [("numbering", "0005_timetables")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
