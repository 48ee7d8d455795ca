"""Whether numbers, IDs and what hangs on them agree; each difference is one question to the database."""

from datetime import datetime

from django.db import connection

_DIFFERENCES = {
    "cloud phone numbers in use have no assignment in use": """
        SELECT count(*) FROM numbering_cloudnumber AS n JOIN numbering_assignment AS a ON a.id = n.assignment_id
        WHERE n.ended_on IS NULL AND (a.state <> 'active' OR a.digits <> n.digits OR a.contract_id <> n.cloud_id)
    """,
    "assignments of ended cloud phone numbers are still in use": """
        SELECT count(*) FROM numbering_cloudnumber AS n JOIN numbering_assignment AS a ON a.id = n.assignment_id
        WHERE n.ended_on IS NOT NULL AND a.state = 'active'
    """,
    "numbers ring at an ID, or IDs with a number, that has ended or is another contract's": """
        SELECT count(*) FROM numbering_ringing AS r
        JOIN numbering_cloudnumber AS n ON n.id = r.number_id JOIN numbering_cloudid AS i ON i.id = r.cloud_id
        WHERE n.ended_on IS NOT NULL OR i.ended_on IS NOT NULL OR n.cloud_id <> i.cloud_id
    """,
    "devices are logged in with an ID that has ended": """
        SELECT count(*) FROM numbering_device AS d JOIN numbering_cloudid AS i ON i.id = d.cloud_id
        WHERE d.logged_out_at IS NULL AND i.ended_on IS NOT NULL
    """,
    "devices are of another customer than their ID": """
        SELECT count(*) FROM numbering_device AS d JOIN numbering_cloudid AS i ON i.id = d.cloud_id
        WHERE d.customer_id <> i.customer_id
    """,
    "IDs call out with a number that has ended or is another contract's": """
        SELECT count(*) FROM numbering_cloudid AS i JOIN numbering_cloudnumber AS n ON n.id = i.outgoing_id
        WHERE i.ended_on IS NULL AND (n.ended_on IS NOT NULL OR n.cloud_id <> i.cloud_id)
    """,
    "FAX numbers are used by no ID": """
        SELECT count(*) FROM numbering_cloudnumber AS n
        WHERE n.ended_on IS NULL AND n.use = 'fax'
            AND EXISTS (SELECT FROM numbering_cloudid AS i WHERE i.cloud_id = n.cloud_id AND i.ended_on IS NULL)
            AND NOT EXISTS (SELECT FROM numbering_ringing AS r WHERE r.number_id = n.id)
    """,
}


def differences(now: datetime) -> list[str]:
    """For reconciling: one sentence per kind of difference, with how many there are."""
    found = []
    with connection.cursor() as cursor:
        for what, query in _DIFFERENCES.items():
            cursor.execute(query)
            (count,) = cursor.fetchone()
            if count:
                found.append(f"{count} {what}")
    return found
