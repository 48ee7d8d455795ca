"""Contracts that show their numbers may change the numbers' passwords, too; those made later say so themselves."""

from django.db import migrations

ADD = """
UPDATE accounts_contract SET functions = functions || '["numbering.sip_password"]'::jsonb
WHERE kind = 'ip_phone' AND functions ? 'numbering.list' AND NOT functions ? 'numbering.sip_password'
"""
REMOVE = "UPDATE accounts_contract SET functions = functions - 'numbering.sip_password'"


class Migration(migrations.Migration):
    dependencies = [("numbering", "0006_registrar_names_credential"), ("accounts", "0001_initial")]
    operations = [migrations.RunSQL(ADD, REMOVE)]
