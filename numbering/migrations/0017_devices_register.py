from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("numbering", "0016_cloud_contracts")]
    operations = []
