"""Reflection times as data, what protects them, and the published ones."""

import django.db.models.deletion
from django.db import migrations, models

# What has begun was promised to customers. The owner of the tables is let through: restoring, and the insert below.
IN_FORCE = """
CREATE FUNCTION public.numbering_timetable_kept() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today date := (public.selfcare_now() AT TIME ZONE 'Asia/Tokyo')::date;
    begun boolean;
BEGIN
    IF current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_TABLE_NAME = 'numbering_timetable' THEN
        begun := OLD.valid_from <= today OR NEW.valid_from <= today;
    ELSE
        SELECT bool_or(valid_from <= today) INTO begun FROM public.numbering_timetable
        WHERE id IN (OLD.timetable_id, NEW.timetable_id);
    END IF;
    IF begun THEN
        RAISE EXCEPTION 'a timetable of today or earlier is not changed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
CREATE TRIGGER timetable_in_force BEFORE INSERT OR UPDATE OR DELETE ON public.numbering_timetable
    FOR EACH ROW EXECUTE FUNCTION public.numbering_timetable_kept();
CREATE TRIGGER timetable_entry_in_force BEFORE INSERT OR UPDATE OR DELETE ON public.numbering_timetableentry
    FOR EACH ROW EXECUTE FUNCTION public.numbering_timetable_kept();
"""

# An entry ends where the next one begins, so that only all of them together are right or wrong: asked at the commit.
WHOLE = """
CREATE FUNCTION public.numbering_timetable_whole() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM (
        SELECT starts, reflected, lead(starts, 1, 1440) OVER entries AS ends, row_number() OVER entries AS place
        FROM public.numbering_timetableentry
        WHERE timetable_id IN (OLD.timetable_id, NEW.timetable_id)
        WINDOW entries AS (PARTITION BY timetable_id ORDER BY starts)
    ) AS slot WHERE reflected < ends OR (place = 1 AND starts <> 0);
    IF FOUND THEN
        RAISE EXCEPTION 'the entries of a timetable leave out a part of the day, or are reflected too early'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER timetable_whole AFTER INSERT OR UPDATE OR DELETE ON public.numbering_timetableentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.numbering_timetable_whole();
"""

WITHOUT = """
DROP TRIGGER timetable_whole ON public.numbering_timetableentry;
DROP TRIGGER timetable_entry_in_force ON public.numbering_timetableentry;
DROP TRIGGER timetable_in_force ON public.numbering_timetable;
DROP FUNCTION public.numbering_timetable_whole();
DROP FUNCTION public.numbering_timetable_kept();
"""

# Start and reflection in minutes of the day: 00:00 → 01:30, 01:00 → 02:30, ... 23:00 → 00:30 of the next day. Nothing
# is inserted where there are timetables. The check is not left for the commit: the table is altered before it.
PUBLISHED = """
WITH made AS (
    INSERT INTO public.numbering_timetable (service, valid_from, created_at)
    SELECT service, DATE '2000-01-01', public.selfcare_now()
    FROM unnest(ARRAY['standard', 'b2bua', 'b2bua_opengate']) AS service
    WHERE NOT EXISTS (SELECT FROM public.numbering_timetable)
    RETURNING id, service
)
INSERT INTO public.numbering_timetableentry (timetable_id, starts, reflected)
SELECT made.id, slot.starts, slot.reflected
FROM made CROSS JOIN (VALUES
    (0, 90), (60, 150), (120, 1050), (1020, 1110), (1080, 1170), (1140, 1230), (1200, 1290), (1260, 1350), (1320, 1410),
    (1380, 1470)
) AS slot (starts, reflected)
WHERE made.service <> 'standard';
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("numbering", "0004_password_changes"), ("work", "0001_functions")]
    operations = [
        migrations.CreateModel(
            name="Timetable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "service",
                    models.CharField(
                        choices=[
                            ("standard", "IP電話"),
                            ("b2bua", "IP電話（B2BUA）"),
                            ("b2bua_opengate", "IP電話（B2BUA OpenGate）"),
                        ],
                        max_length=20,
                        verbose_name="サービス",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="適用開始日")),
                ("created_at", models.DateTimeField(verbose_name="登録日時")),
            ],
            options={
                "verbose_name": "反映時刻表",
                "verbose_name_plural": "反映時刻表",
                "constraints": [
                    models.UniqueConstraint(fields=("service", "valid_from"), name="timetable_one_per_day"),
                    models.CheckConstraint(
                        condition=models.Q(("service__in", ["standard", "b2bua", "b2bua_opengate"])),
                        name="timetable_service_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TimetableEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts", models.SmallIntegerField()),
                ("reflected", models.SmallIntegerField()),
                (
                    "timetable",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="numbering.timetable",
                    ),
                ),
            ],
            options={
                "ordering": ("starts",),
                "constraints": [
                    models.UniqueConstraint(fields=("timetable", "starts"), name="timetable_entry_once"),
                    models.CheckConstraint(
                        condition=models.Q(("starts__gte", 0), ("starts__lt", 1440)),
                        name="timetable_entry_starts_in_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reflected__gt", models.F("starts")), ("reflected__lt", 2880)),
                        name="timetable_entry_reflected_later",
                    ),
                ],
            },
        ),
        migrations.RunSQL(IN_FORCE + WHOLE, WITHOUT),
        migrations.RunSQL(PUBLISHED, migrations.RunSQL.noop),
    ]
