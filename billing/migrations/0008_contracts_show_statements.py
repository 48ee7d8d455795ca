"""Whoever is billed sees statements; contracts made later say so themselves."""

from django.db import migrations

ADD = """
UPDATE accounts_contract SET functions = functions || '["billing.statements"]'::jsonb
WHERE NOT functions ? 'billing.statements'
"""
REMOVE = "UPDATE accounts_contract SET functions = functions - 'billing.statements'"


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_closing_trouble"), ("accounts", "0001_initial")]
    operations = [migrations.RunSQL(ADD, REMOVE)]
