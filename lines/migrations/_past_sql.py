"""The trigger that keeps a line's past (LinePast), for migration 0010."""

# One INSERT for each UPDATE, however many lines it changes; what the lists do not show leaves nothing behind.
KEEP = """
CREATE FUNCTION public.lines_keep_past() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO lines_linepast (
        line_id, changed_at,
        customer_id, contract_id, number, provisional_number, sim_serial, product, plan, carrier, sim_kind,
        sim_size, shipped_on, opened_on, ends_on, status, next_plan, next_plan_on
    )
    SELECT
        o.id, selfcare_now(),
        o.customer_id, o.contract_id, o.number, o.provisional_number, o.sim_serial, o.product, o.plan,
        o.carrier, o.sim_kind, o.sim_size, o.shipped_on, o.opened_on, o.ends_on, o.status, o.next_plan,
        o.next_plan_on
    FROM before AS o JOIN after AS n ON n.id = o.id
    WHERE (
        o.customer_id, o.contract_id, o.number, o.provisional_number, o.sim_serial, o.product, o.plan,
        o.carrier, o.sim_kind, o.sim_size, o.shipped_on, o.opened_on, o.ends_on, o.status, o.next_plan,
        o.next_plan_on
    ) IS DISTINCT FROM (
        n.customer_id, n.contract_id, n.number, n.provisional_number, n.sim_serial, n.product, n.plan,
        n.carrier, n.sim_kind, n.sim_size, n.shipped_on, n.opened_on, n.ends_on, n.status, n.next_plan,
        n.next_plan_on
    );
    RETURN NULL;
END
$$;
CREATE TRIGGER lines_line_keep_past AFTER UPDATE ON lines_line
REFERENCING OLD TABLE AS before NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION public.lines_keep_past();
"""
KEEP_NOT = """
DROP TRIGGER lines_line_keep_past ON lines_line;
DROP FUNCTION public.lines_keep_past();
"""
