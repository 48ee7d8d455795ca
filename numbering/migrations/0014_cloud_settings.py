from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("numbering", "0013_cloud_applications")]
    operations = []
