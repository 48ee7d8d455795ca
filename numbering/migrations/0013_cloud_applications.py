from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("numbering", "0012_cloud_phone")]
    operations = []
