import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

# A login name that the switch to the new scheme has taken from an ID rests for six months, as the number does whose
# digits it has: a phone that still logs in with it must not reach another contract's ID. Only new and changed names
# are asked about, so that the function costs nothing anywhere else.
_RESTING = """
CREATE FUNCTION public.numbering_login_name_rests() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM numbering_schemeresult AS r
        WHERE r.old_login_name = NEW.login_name AND r.old_login_name <> '' AND r.cloud_id <> NEW.cloud_id
          AND r.switched_on + interval '6 months' > NEW.started_on
    ) THEN
        RAISE EXCEPTION 'login name % rests for six months', NEW.login_name
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'cloud_id_old_login_rests';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER cloud_id_old_login_rests BEFORE INSERT OR UPDATE OF login_name ON public.numbering_cloudid
    FOR EACH ROW EXECUTE FUNCTION public.numbering_login_name_rests();
"""
_NO_RESTING = """
DROP TRIGGER cloud_id_old_login_rests ON public.numbering_cloudid;
DROP FUNCTION public.numbering_login_name_rests();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_owners"),
        ("orders", "0008_approval"),
        ("numbering", "0013_cloud_applications"),
    ]

    operations = [
        migrations.CreateModel(
            name="AfterHours",
            fields=[
                (
                    "number",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="after_hours_setting",
                        serialize=False,
                        to="numbering.cloudnumber",
                        verbose_name="電話番号",
                    ),
                ),
                ("is_on", models.BooleanField(default=True, verbose_name="アナウンスを流す")),
                ("closed_on_holidays", models.BooleanField(default=True, verbose_name="祝日は時間外とする")),
                ("text", models.CharField(max_length=300, verbose_name="アナウンスの内容")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
            ],
            options={
                "verbose_name": "時間外アナウンスの設定",
                "verbose_name_plural": "時間外アナウンスの設定",
            },
        ),
        migrations.CreateModel(
            name="BusinessHours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("weekday", models.PositiveSmallIntegerField(verbose_name="曜日")),
                ("opens", models.PositiveSmallIntegerField(verbose_name="開始")),
                ("closes", models.PositiveSmallIntegerField(verbose_name="終了")),
                (
                    "setting",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hours",
                        to="numbering.afterhours",
                    ),
                ),
            ],
            options={
                "verbose_name": "営業時間",
                "verbose_name_plural": "営業時間",
            },
        ),
        migrations.CreateModel(
            name="ClosedDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="休業日")),
                ("name", models.CharField(blank=True, max_length=30, verbose_name="名称")),
                (
                    "setting",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="closed_days",
                        to="numbering.afterhours",
                    ),
                ),
            ],
            options={
                "verbose_name": "休業日",
                "verbose_name_plural": "休業日",
            },
        ),
        migrations.CreateModel(
            name="Forwarding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "when",
                    models.CharField(
                        choices=[
                            ("always", "常に転送"),
                            ("no_answer", "応答がないとき"),
                            ("busy", "話し中のとき"),
                            ("logged_out", "ログイン中の端末がないとき"),
                        ],
                        max_length=10,
                        verbose_name="転送する場合",
                    ),
                ),
                ("target", models.CharField(max_length=15, verbose_name="転送先")),
                (
                    "after_seconds",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="転送するまでの秒数"),
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
                    "number",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="forwardings",
                        to="numbering.cloudnumber",
                        verbose_name="電話番号",
                    ),
                ),
            ],
            options={
                "verbose_name": "転送の設定",
                "verbose_name_plural": "転送の設定",
            },
        ),
        migrations.CreateModel(
            name="PhoneBookEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="名前")),
                ("kana", models.CharField(blank=True, max_length=80, verbose_name="フリガナ")),
                (
                    "numbers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=15), size=None, verbose_name="電話番号"
                    ),
                ),
                ("memo", models.CharField(blank=True, max_length=200, verbose_name="メモ")),
                ("sort_key", models.CharField(max_length=80)),
                ("searched", models.CharField(max_length=400)),
                (
                    "cloud",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="phone_book",
                        to="numbering.cloudcontract",
                        verbose_name="契約",
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
            ],
            options={
                "verbose_name": "Web電話帳の連絡先",
                "verbose_name_plural": "Web電話帳の連絡先",
            },
        ),
        migrations.CreateModel(
            name="PhoneBookFile",
            fields=[
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                (
                    "mode",
                    models.CharField(
                        choices=[("add", "今の電話帳に追加する"), ("replace", "今の電話帳をすべて置き換える")],
                        max_length=10,
                    ),
                ),
                ("rows", models.JSONField()),
                ("made_at", models.DateTimeField()),
                ("taken_in_at", models.DateTimeField(null=True)),
                (
                    "cloud",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="numbering.cloudcontract"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.customer"
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "取り込み前の電話帳ファイル",
                "verbose_name_plural": "取り込み前の電話帳ファイル",
            },
        ),
        migrations.CreateModel(
            name="SchemeResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_kept", models.BooleanField(verbose_name="継続")),
                ("old_login_name", models.CharField(blank=True, max_length=20, verbose_name="以前のログインID")),
                ("new_login_name", models.CharField(blank=True, max_length=20, verbose_name="新しいログインID")),
                ("switched_on", models.DateField(verbose_name="切替日")),
                (
                    "cloud",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scheme_results",
                        to="numbering.cloudcontract",
                        verbose_name="契約",
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
                    "number",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="numbering.cloudnumber",
                        verbose_name="電話番号",
                    ),
                ),
                (
                    "on_id",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="numbering.cloudid",
                        verbose_name="ID",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                        verbose_name="お申し込み",
                    ),
                ),
            ],
            options={
                "verbose_name": "新方式への切替結果",
                "verbose_name_plural": "新方式への切替結果",
            },
        ),
        migrations.CreateModel(
            name="Voicemail",
            fields=[
                (
                    "number",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="voicemail_setting",
                        serialize=False,
                        to="numbering.cloudnumber",
                        verbose_name="電話番号",
                    ),
                ),
                ("is_on", models.BooleanField(default=True, verbose_name="留守番電話で応答する")),
                ("after_seconds", models.PositiveSmallIntegerField(default=20, verbose_name="応答するまでの秒数")),
                ("greeting", models.CharField(max_length=300, verbose_name="応答メッセージ")),
                (
                    "addresses",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.EmailField(max_length=254),
                        default=list,
                        size=None,
                        verbose_name="通知先メールアドレス",
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
            ],
            options={
                "verbose_name": "留守番電話の設定",
                "verbose_name_plural": "留守番電話の設定",
            },
        ),
        migrations.AddConstraint(
            model_name="afterhours",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="after_hours_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="businesshours",
            constraint=models.UniqueConstraint(
                fields=("setting", "weekday", "opens"), name="business_hours_begin_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="businesshours",
            constraint=models.CheckConstraint(
                condition=models.Q(("weekday__range", (0, 6))), name="business_hours_weekday"
            ),
        ),
        migrations.AddConstraint(
            model_name="businesshours",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closes__gt", models.F("opens")),
                    (
                        "closes__lte",
                        django.db.models.expressions.CombinedExpression(models.F("opens"), "+", models.Value(1440)),
                    ),
                    ("opens__lt", 1440),
                ),
                name="business_hours_within_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="closedday",
            constraint=models.UniqueConstraint(fields=("setting", "day"), name="closed_day_once"),
        ),
        migrations.AddIndex(
            model_name="forwarding",
            index=models.Index(fields=["target"], name="forwarding_to"),
        ),
        migrations.AddConstraint(
            model_name="forwarding",
            constraint=models.UniqueConstraint(fields=("number", "when"), name="forwarding_once_per_case"),
        ),
        migrations.AddConstraint(
            model_name="forwarding",
            constraint=models.CheckConstraint(
                condition=models.Q(("when__in", ["always", "no_answer", "busy", "logged_out"])),
                name="forwarding_case_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="forwarding",
            constraint=models.CheckConstraint(
                condition=models.Q(("target__regex", "^0[0-9]{9,10}$")), name="forwarding_target_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="forwarding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("after_seconds__range", (5, 60)), ("when", "no_answer")),
                    models.Q(models.Q(("when", "no_answer"), _negated=True), ("after_seconds__isnull", True)),
                    _connector="OR",
                ),
                name="forwarding_seconds_iff_no_answer",
            ),
        ),
        migrations.AddIndex(
            model_name="phonebookentry",
            index=models.Index(fields=["cloud", "sort_key", "id"], name="phone_book_list"),
        ),
        migrations.AddConstraint(
            model_name="phonebookentry",
            constraint=models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="phone_book_named"),
        ),
        migrations.AddConstraint(
            model_name="phonebookentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("numbers__len__range", (1, 3))), name="phone_book_few_numbers"
            ),
        ),
        migrations.AddIndex(
            model_name="schemeresult",
            index=models.Index(fields=["order"], name="scheme_result_of_order"),
        ),
        migrations.AddIndex(
            model_name="schemeresult",
            index=models.Index(
                condition=models.Q(("old_login_name", ""), _negated=True),
                fields=["old_login_name"],
                name="scheme_result_old_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="schemeresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("new_login_name", ""),
                        ("number__isnull", False),
                        ("old_login_name", ""),
                        ("on_id__isnull", True),
                    ),
                    models.Q(("number__isnull", True), ("on_id__isnull", False)),
                    _connector="OR",
                ),
                name="scheme_result_of_number_or_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="schemeresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("on_id__isnull", True),
                    models.Q(("is_kept", True), ("new_login_name__gt", "")),
                    models.Q(("is_kept", False), ("new_login_name", "")),
                    _connector="OR",
                ),
                name="scheme_result_new_name_iff_kept",
            ),
        ),
        migrations.AddConstraint(
            model_name="schemeresult",
            constraint=models.UniqueConstraint(fields=("number",), name="scheme_result_number_once"),
        ),
        migrations.AddConstraint(
            model_name="schemeresult",
            constraint=models.UniqueConstraint(fields=("on_id",), name="scheme_result_id_once"),
        ),
        migrations.AddConstraint(
            model_name="voicemail",
            constraint=models.CheckConstraint(
                condition=models.Q(("after_seconds__range", (5, 60))), name="voicemail_seconds"
            ),
        ),
        migrations.AddConstraint(
            model_name="voicemail",
            constraint=models.CheckConstraint(
                condition=models.Q(("greeting", ""), _negated=True), name="voicemail_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="voicemail",
            constraint=models.CheckConstraint(
                condition=models.Q(("addresses__len__lte", 5)), name="voicemail_few_addresses"
            ),
        ),
        migrations.RunSQL(_RESTING, _NO_RESTING),
    ]
