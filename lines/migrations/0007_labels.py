import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("lines", "0006_sims_and_porting"),
        ("orders", "0004_batches_of_the_good"),
    ]

    operations = [
        migrations.AlterField(
            model_name="carrierorder",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.customer",
                verbose_name="契約者",
            ),
        ),
        migrations.AlterField(
            model_name="carrierorder",
            name="order",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="carrier_order",
                to="orders.order",
                verbose_name="お申し込み",
            ),
        ),
    ]
