from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("numbering", "0014_cloud_settings")]
    operations = []
