"""Operators look at the portal as a customer's user: rows that are written once and ended once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

#: For every role, the owner's too: who looked at whose pages, why and until when, stays as it was.
_KEPT = """
CREATE FUNCTION staff_impersonation_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
       AND to_jsonb(NEW) - 'ended_at' - 'ending' = to_jsonb(OLD) - 'ended_at' - 'ending' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'An impersonation is written once and ended once.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'impersonation_kept', TABLE = 'staff_impersonation';
END
$$;
CREATE TRIGGER impersonation_kept BEFORE UPDATE OR DELETE ON staff_impersonation
    FOR EACH ROW EXECUTE FUNCTION staff_impersonation_kept();
"""
_FREE = """
DROP TRIGGER impersonation_kept ON staff_impersonation;
DROP FUNCTION staff_impersonation_kept();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_owners"),
        ("staff", "0002_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Impersonation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=100, verbose_name="理由")),
                ("started_at", models.DateTimeField(verbose_name="開始日時")),
                ("expires_at", models.DateTimeField(verbose_name="期限")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="終了日時")),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("button", "終了ボタン"),
                            ("expired", "時間切れ"),
                            ("logout", "オペレーターのログアウト"),
                            ("rights", "オペレーターの権限の終了"),
                            ("user", "ユーザーの利用停止"),
                            ("replaced", "別の表示の開始"),
                        ],
                        max_length=8,
                        verbose_name="終了の理由",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="オペレーター",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ユーザー",
                    ),
                ),
            ],
            options={
                "verbose_name": "お客様としての表示",
                "verbose_name_plural": "お客様としての表示",
                "permissions": [("view_as_customer", "お客様として表示")],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["expires_at"],
                        name="impersonation_expiring",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("operator",),
                        name="impersonation_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason__regex", "[^[:space:]].{3,}[^[:space:]]")),
                        name="impersonation_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ending", "")),
                            models.Q(("ended_at__isnull", False), models.Q(("ending", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="impersonation_ended_has_why",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_KEPT, _FREE),
    ]
