"""The tables of call records and data usage, which Django cannot make, and the functions that look after them."""

# As the models have them. No foreign keys: they would be looked up row by row, a million times a file. Numbers compare
# as bytes, which is their order in every statement.
TABLES = """
CREATE TABLE public.billing_callrecord (
    billed_month date NOT NULL CONSTRAINT call_record_first_of_month CHECK (extract(day FROM billed_month) = 1),
    customer_id bigint NOT NULL,
    contract_id bigint NOT NULL,
    number varchar(20) COLLATE "C" NOT NULL,
    started_at timestamptz NOT NULL,
    other_number varchar(30) COLLATE "C" NOT NULL,
    other_name varchar(60) NOT NULL,
    seconds integer NOT NULL CONSTRAINT call_record_lasts CHECK (seconds >= 0),
    kind varchar(20) COLLATE "C" NOT NULL,
    direction varchar(3) COLLATE "C" NOT NULL CONSTRAINT call_record_direction CHECK (direction IN ('out', 'in')),
    price numeric(12, 2) NOT NULL CONSTRAINT call_record_not_negative CHECK (price >= 0),
    tax_class varchar(10) NOT NULL,
    tax_percent numeric(4, 2) NOT NULL,
    file_id bigint NOT NULL,
    -- The order of a customer's statement, which then needs no sort; and no call is billed twice in a month.
    CONSTRAINT call_record_once
        PRIMARY KEY (billed_month, customer_id, number, started_at, other_number, kind, direction)
) PARTITION BY RANGE (billed_month);
CREATE TABLE public.billing_datausage (
    used_on date NOT NULL,
    number varchar(20) COLLATE "C" NOT NULL,
    customer_id bigint NOT NULL,
    contract_id bigint NOT NULL,
    bytes bigint NOT NULL CONSTRAINT data_usage_not_negative CHECK (bytes >= 0),
    file_id bigint NOT NULL,
    -- A number's usage of a day is known once.
    CONSTRAINT data_usage_once PRIMARY KEY (used_on, number)
) PARTITION BY RANGE (used_on);
-- A customer's usage of some days.
CREATE INDEX data_usage_of_customer ON public.billing_datausage (customer_id, used_on, number);
"""
NO_TABLES = "DROP TABLE public.billing_callrecord, public.billing_datausage"

# The oldest month that is kept: customers reach back six months from the current one.
OLDEST = """
CREATE FUNCTION public.billing_oldest_month() RETURNS date LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT (date_trunc('month', public.selfcare_now() AT TIME ZONE 'Asia/Tokyo') - interval '6 months')::date
$$
"""

# What the application may not do by itself, done with the owner's rights and nothing beyond. A table is attached, not
# made as a partition: that waits for no statement that is being read. The lock is for two who come at once.
PARTITIONS = """
CREATE FUNCTION public.billing_partition_name(kind text, month date) RETURNS text LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kind IS NULL OR kind NOT IN ('calls', 'usage') THEN
        RAISE EXCEPTION 'No records are called %.', kind USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF month IS NULL OR extract(day FROM month) <> 1 OR month NOT BETWEEN '2000-01-01' AND '2199-12-01' THEN
        RAISE EXCEPTION '% is no first of a month.', month USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN CASE kind WHEN 'calls' THEN 'billing_callrecord' ELSE 'billing_datausage' END
        || to_char(month, '_YYYYMM');
END
$$;
CREATE FUNCTION public.billing_make_partition(kind text, month date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parent text := CASE kind WHEN 'calls' THEN 'billing_callrecord' ELSE 'billing_datausage' END;
    name text := public.billing_partition_name(kind, month);
BEGIN
    IF to_regclass('public.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('billing partition ' || name, 0));
    IF to_regclass('public.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name, parent);
    -- Access goes through the parent, whose triggers and grants hold for all.
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, selfcare_app', name);
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
        parent, name, month, (month + interval '1 month')::date);
    RETURN true;
END
$$;
CREATE FUNCTION public.billing_drop_partition(kind text, month date) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
DECLARE
    name text := public.billing_partition_name(kind, month);
    counted bigint;
BEGIN
    IF month >= public.billing_oldest_month() THEN
        RAISE EXCEPTION '% is not over yet: records from % on are kept.', month, public.billing_oldest_month()
        USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_regclass('public.' || name) IS NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('SELECT count(*) FROM public.%I', name) INTO counted;
    EXECUTE format('DROP TABLE public.%I', name);
    RETURN counted;
END
$$;
REVOKE ALL ON FUNCTION public.billing_make_partition(text, date), public.billing_drop_partition(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.billing_make_partition(text, date), public.billing_drop_partition(text, date)
    TO selfcare_app;
"""
NO_PARTITIONS = """
DROP FUNCTION public.billing_drop_partition(text, date);
DROP FUNCTION public.billing_make_partition(text, date);
DROP FUNCTION public.billing_partition_name(text, date);
"""

# Where a file's lines wait between check and load: a table for each file, unlogged, because the file can be read
# again. Times are those of the file, in Japan. A line that could not be read is there without a number.
STAGING = """
CREATE SCHEMA staging;
REVOKE ALL ON SCHEMA staging FROM PUBLIC;
GRANT USAGE ON SCHEMA staging TO selfcare_app;
CREATE FUNCTION public.billing_stage(kind text, file bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '30s' AS $$
DECLARE
    name text := 'records_' || file;
BEGIN
    IF file IS NULL OR file <= 0 OR kind IS NULL OR kind NOT IN ('calls', 'usage') THEN
        RAISE EXCEPTION 'No such file: % %.', kind, file USING ERRCODE = 'invalid_parameter_value';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS staging.%I', name);
    EXECUTE format('CREATE UNLOGGED TABLE staging.%I (line integer GENERATED ALWAYS AS IDENTITY (START 2), %s)', name,
        CASE kind WHEN 'calls' THEN
            'number varchar(20) COLLATE "C", started timestamp, other_number varchar(30) COLLATE "C", '
            'other_name varchar(60), seconds integer, kind varchar(20) COLLATE "C", direction varchar(3) COLLATE "C"'
        ELSE 'used_on date, number varchar(20) COLLATE "C", bytes bigint' END);
    EXECUTE format('GRANT SELECT, INSERT, MAINTAIN ON staging.%I TO selfcare_app', name);
END
$$;
CREATE FUNCTION public.billing_unstage(file bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '30s' AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS staging.%I', 'records_' || file);
END
$$;
REVOKE ALL ON FUNCTION public.billing_stage(text, bigint), public.billing_unstage(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.billing_stage(text, bigint), public.billing_unstage(bigint) TO selfcare_app;
"""
NO_STAGING = """
DROP FUNCTION public.billing_unstage(bigint);
DROP FUNCTION public.billing_stage(text, bigint);
DROP SCHEMA staging CASCADE;
"""

# One look for each statement, however many rows it brings.
GUARD = """
CREATE FUNCTION public.billing_refuse_late_records() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT billed_month FROM added) AS a
        JOIN billing_closingrun AS r ON r.kind = 'voice' AND r.month = a.billed_month AND r.closed_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'The voice statements of this month are closed: it takes no more records.'
        USING ERRCODE = 'restrict_violation', HINT = 'Late records go onto the first month that is still open.';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER closed_takes_no_records AFTER INSERT ON public.billing_callrecord REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION public.billing_refuse_late_records();
"""
NO_GUARD = """
DROP TRIGGER closed_takes_no_records ON public.billing_callrecord;
DROP FUNCTION public.billing_refuse_late_records();
"""
