import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The areas that numbers are chosen of at the start, with how addresses in them begin; operators change them.
_AREAS = (
    (
        "03",
        "東京23区・狛江市など",
        "東京都千代田区 東京都中央区 東京都港区 東京都新宿区 東京都文京区 東京都台東区 東京都墨田区 東京都江東区 東京都品川区 東京都目黒区 東京都大田区 東京都世田谷区 東京都渋谷区 東京都中野区 東京都杉並区 東京都豊島区 東京都北区 東京都荒川区 東京都板橋区 東京都練馬区 東京都足立区 東京都葛飾区 東京都江戸川区 東京都狛江市",
    ),
    (
        "06",
        "大阪市・豊中市・吹田市・尼崎市など",
        "大阪府大阪市 大阪府豊中市 大阪府吹田市 大阪府守口市 大阪府門真市 大阪府東大阪市 兵庫県尼崎市",
    ),
    ("011", "札幌市など", "北海道札幌市 北海道江別市 北海道北広島市"),
    ("022", "仙台市など", "宮城県仙台市 宮城県塩竈市 宮城県名取市 宮城県多賀城市"),
    ("045", "横浜市", "神奈川県横浜市"),
    ("052", "名古屋市など", "愛知県名古屋市 愛知県清須市 愛知県北名古屋市"),
    ("075", "京都市など", "京都府京都市 京都府向日市 京都府長岡京市"),
    ("078", "神戸市", "兵庫県神戸市"),
    ("082", "広島市など", "広島県広島市 広島県廿日市市"),
    ("092", "福岡市など", "福岡県福岡市 福岡県春日市 福岡県大野城市 福岡県糟屋郡"),
    ("050", "全国（住所を問いません）", ""),
)


def _put_in_areas(apps, schema_editor):
    areas = apps.get_model("numbering", "NumberArea").objects.using(schema_editor.connection.alias)
    areas.bulk_create(
        [
            areas.model(code=code, name=name, address_starts="\n".join(starts.split()), position=position * 10)
            for position, (code, name, starts) in enumerate(_AREAS)
        ]
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_owners"),
        ("documents", "0002_holders"),
        ("numbering", "0012_cloud_phone"),
    ]

    operations = [
        migrations.CreateModel(
            name="NumberArea",
            fields=[
                ("code", models.CharField(max_length=6, primary_key=True, serialize=False, verbose_name="市外局番")),
                ("name", models.CharField(max_length=60, verbose_name="地域")),
                ("address_starts", models.TextField(blank=True, verbose_name="住所の始まり")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="表示順")),
                ("is_offered", models.BooleanField(default=True, verbose_name="受付中")),
            ],
            options={
                "verbose_name": "番号の地域",
                "verbose_name_plural": "番号の地域",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^0[0-9]{1,4}$")), name="number_area_code"
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="CloudApplication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("form_key", models.UUIDField(editable=False, unique=True)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("draft", "入力中"),
                            ("applied", "申込"),
                            ("reviewing", "審査"),
                            ("wanted", "書類待ち"),
                            ("opened", "開通済み"),
                            ("refused", "お断り"),
                            ("withdrawn", "取り下げ"),
                            ("expired", "期限切れ"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="段階",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[("corporate", "法人"), ("personal", "個人")],
                        max_length=10,
                        verbose_name="区分",
                    ),
                ),
                ("language", models.CharField(default="ja", max_length=10)),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="お名前・会社名")),
                ("kana", models.CharField(blank=True, max_length=120, verbose_name="フリガナ")),
                ("contact_name", models.CharField(blank=True, max_length=80, verbose_name="ご担当者名")),
                ("contact_kana", models.CharField(blank=True, max_length=80, verbose_name="ご担当者フリガナ")),
                ("postal_code", models.CharField(blank=True, max_length=8, verbose_name="郵便番号")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="住所")),
                ("building", models.CharField(blank=True, max_length=120, verbose_name="建物名など")),
                ("phone", models.CharField(blank=True, max_length=15, verbose_name="連絡先電話番号")),
                ("mail", models.EmailField(blank=True, max_length=254, verbose_name="メールアドレス")),
                ("basket", models.JSONField(default=dict, verbose_name="お申し込みの内容")),
                ("area", models.CharField(blank=True, max_length=6, verbose_name="市外局番")),
                (
                    "site_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("own", "自社・自宅の建物"),
                            ("lease", "賃貸の事務所・店舗・住居"),
                            ("serviced", "サービスオフィス・レンタルオフィス（専用の区画あり）"),
                        ],
                        max_length=10,
                        verbose_name="ご利用場所",
                    ),
                ),
                ("site_postal_code", models.CharField(blank=True, max_length=8, verbose_name="ご利用場所の郵便番号")),
                ("site_address", models.CharField(blank=True, max_length=200, verbose_name="ご利用場所の住所")),
                ("site_building", models.CharField(blank=True, max_length=120, verbose_name="ご利用場所の建物名など")),
                ("port_number", models.CharField(blank=True, max_length=15, verbose_name="現在の電話番号")),
                ("port_holder", models.CharField(blank=True, max_length=120, verbose_name="現在の契約者名")),
                ("port_carrier", models.CharField(blank=True, max_length=60, verbose_name="現在の電話会社")),
                ("port_origin", models.CharField(blank=True, max_length=30, verbose_name="番号の種類")),
                ("landline", models.CharField(blank=True, max_length=15, verbose_name="転送元の固定電話")),
                ("agency_code", models.CharField(blank=True, max_length=20, verbose_name="特約店コード")),
                ("shown", models.JSONField(default=dict)),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                ("created_at", models.DateTimeField(verbose_name="入力開始日時")),
                ("saved_at", models.DateTimeField(verbose_name="最終保存日時")),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="申込日時")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="終了日時")),
                ("erase_on", models.DateField(null=True, verbose_name="情報の削除予定日")),
                ("erased_at", models.DateTimeField(null=True, verbose_name="情報の削除日時")),
                ("reminders", models.PositiveSmallIntegerField(default=0)),
                (
                    "contract",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cloud_application",
                        to="accounts.contract",
                        verbose_name="契約",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cloud_applications",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
                (
                    "from_contract",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cloud_corporate_applications",
                        to="accounts.contract",
                        verbose_name="切替元の契約",
                    ),
                ),
            ],
            options={
                "verbose_name": "クラウド電話の申込",
                "verbose_name_plural": "クラウド電話の申込",
                "indexes": [
                    models.Index(
                        condition=models.Q(("stage__in", ["applied", "reviewing"])),
                        fields=["submitted_at"],
                        name="cloud_application_review",
                    ),
                    models.Index(
                        condition=models.Q(("stage__in", ["draft", "wanted"])),
                        fields=["saved_at"],
                        name="cloud_application_idle",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("erased_at__isnull", True), ("stage__in", ("refused", "withdrawn", "expired"))
                        ),
                        fields=["erase_on"],
                        name="cloud_application_to_erase",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "stage__in",
                                [
                                    "draft",
                                    "applied",
                                    "reviewing",
                                    "wanted",
                                    "opened",
                                    "refused",
                                    "withdrawn",
                                    "expired",
                                ],
                            )
                        ),
                        name="cloud_application_stage_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("contract__isnull", False), ("customer__isnull", False), ("stage", "opened")),
                            models.Q(
                                models.Q(("stage", "opened"), _negated=True),
                                ("contract__isnull", True),
                                ("customer__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="cloud_application_opened_iff_contract",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stage__in", ["applied", "reviewing", "wanted", "opened"]), _negated=True),
                            models.Q(
                                ("erased_at__isnull", True),
                                ("submitted_at__isnull", False),
                                ("kind__in", ["corporate", "personal"]),
                                models.Q(("mail", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="cloud_application_sent_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stage", "refused"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="cloud_application_refused_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stage__in", ("refused", "withdrawn", "expired")), _negated=True),
                            models.Q(("closed_at__isnull", False), ("erase_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="cloud_application_closed_is_erased",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("erased_at__isnull", True),
                            models.Q(
                                ("address", ""),
                                ("building", ""),
                                ("contact_kana", ""),
                                ("contact_name", ""),
                                ("kana", ""),
                                ("landline", ""),
                                ("mail", ""),
                                ("name", ""),
                                ("phone", ""),
                                ("port_carrier", ""),
                                ("port_holder", ""),
                                ("port_number", ""),
                                ("postal_code", ""),
                                ("site_address", ""),
                                ("site_building", ""),
                                ("site_postal_code", ""),
                            ),
                            _connector="OR",
                        ),
                        name="cloud_application_erased_is_empty",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("stage__in", ["draft", "applied", "reviewing", "wanted", "opened"])),
                        fields=("from_contract",),
                        name="cloud_application_once_from_contract",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApplicationDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="documents",
                        to="numbering.cloudapplication",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("registry", "登記簿謄本（履歴事項全部証明書）"),
                            ("company_address", "会社名義の住所確認書類"),
                            ("identity", "本人確認書類"),
                            ("place", "ご利用場所の証明書類（賃貸借契約書など）"),
                            ("present_bill", "現在の電話会社の請求書・領収書"),
                            ("other", "その他の書類"),
                        ],
                        max_length=20,
                        verbose_name="書類",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("wanted", "未提出"),
                            ("sent", "確認待ち"),
                            ("accepted", "確認済み"),
                            ("again", "再提出のお願い"),
                        ],
                        default="wanted",
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                ("words", models.TextField(blank=True, verbose_name="お願いの内容")),
                (
                    "document",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cloud_application",
                        to="documents.document",
                        verbose_name="ファイル",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="担当者",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="確認日時")),
            ],
            options={
                "verbose_name": "申込の書類",
                "verbose_name_plural": "申込の書類",
                "constraints": [
                    models.UniqueConstraint(fields=("application", "kind"), name="application_document_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["sent", "accepted"]), _negated=True),
                            ("document__isnull", False),
                            _connector="OR",
                        ),
                        name="application_document_there",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "again"), _negated=True),
                            models.Q(("words", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="application_document_again_in_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["accepted", "again"]), _negated=True),
                            ("decided_at__isnull", False),
                            _connector="OR",
                        ),
                        name="application_document_decided",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="ApplicationEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="numbering.cloudapplication",
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("begun", "入力を始めました"),
                            ("sent", "お申し込みを受け付けました"),
                            ("review", "審査を始めました"),
                            ("document", "書類を受け取りました"),
                            ("accepted", "書類を確認しました"),
                            ("again", "書類の再提出をお願いしました"),
                            ("agency", "特約店コードを登録しました"),
                            ("payment", "お支払い方法を登録しました"),
                            ("opened", "お申し込みが完了しました"),
                            ("refused", "お申し込みをお断りしました"),
                            ("withdrawn", "お申し込みを取り下げました"),
                            ("expired", "期限が過ぎたため終了しました"),
                            ("erased", "入力された情報と書類を削除しました"),
                        ],
                        max_length=12,
                        verbose_name="内容",
                    ),
                ),
                ("words", models.TextField(blank=True, verbose_name="説明")),
                ("at", models.DateTimeField(verbose_name="日時")),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="担当者",
                    ),
                ),
            ],
            options={
                "verbose_name": "申込の経過",
                "verbose_name_plural": "申込の経過",
                "indexes": [models.Index(fields=["application", "at", "id"], name="application_timeline")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="ApplicationLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="numbering.cloudapplication",
                    ),
                ),
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("is_mailed", models.BooleanField(default=False, verbose_name="メールで送信")),
                ("made_at", models.DateTimeField(verbose_name="発行日時")),
            ],
            options={
                "verbose_name": "申込のリンク",
                "verbose_name_plural": "申込のリンク",
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.RunPython(_put_in_areas, migrations.RunPython.noop),
    ]
