from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing", "0009_closed_for_good")]
    operations = []
