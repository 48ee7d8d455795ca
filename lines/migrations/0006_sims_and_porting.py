from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("lines", "0005_carrier_due_of"),
        ("orders", "0004_batches_of_the_good"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="simreissue",
            name="sim_reissue_to_ship",
        ),
        migrations.AddField(
            model_name="line",
            name="provisional_number",
            field=models.CharField(blank=True, max_length=14, verbose_name="仮電話番号"),
        ),
        migrations.AddField(
            model_name="portin",
            name="warned_on",
            field=models.DateField(blank=True, null=True, verbose_name="期限をお知らせした日"),
        ),
        migrations.AlterField(
            model_name="line",
            name="number",
            field=models.CharField(max_length=14, verbose_name="回線電話番号"),
        ),
        migrations.AddIndex(
            model_name="line",
            index=models.Index(fields=["number"], name="line_of_number"),
        ),
        migrations.AddIndex(
            model_name="simreissue",
            index=models.Index(
                condition=models.Q(
                    ("method", "black"), ("shipped_at__isnull", True), models.Q(("state", "cancelled"), _negated=True)
                ),
                fields=["ship_on", "id"],
                name="sim_reissue_to_ship",
            ),
        ),
        migrations.AddConstraint(
            model_name="line",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "terminated"), _negated=True), fields=("number",), name="line_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="simreissue",
            constraint=models.UniqueConstraint(
                condition=models.Q(("method", "ota"), models.Q(("state", "cancelled"), _negated=True)),
                fields=("new_serial",),
                name="sim_reissue_stock_sim_once",
            ),
        ),
    ]
