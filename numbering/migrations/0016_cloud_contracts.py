from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("numbering", "0015_cloud_fax")]
    operations = []
