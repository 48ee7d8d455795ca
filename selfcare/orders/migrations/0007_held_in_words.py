from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0006_history"),
    ]

    operations = [
        # Words only: what is held is called otherwise than the stage 確認中 of a construction.
        migrations.AlterField(
            model_name="order",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "入力中"),
                    ("pending", "承認待ち"),
                    ("acknowledged", "受付済"),
                    ("in_progress", "手続き中"),
                    ("completed", "完了"),
                    ("cancelled", "取消済"),
                    ("failed", "不成立"),
                    ("rejected", "却下"),
                    ("expired", "期限切れ"),
                    ("held", "担当者が確認中"),
                ],
                default="draft",
                max_length=20,
                verbose_name="状態",
            ),
        ),
    ]
