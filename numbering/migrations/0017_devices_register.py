"""The registrar also lets in the devices that are logged in with an ID of a cloud phone contract.

`credential` tells what a telephone has registered with: the id of a credential, or that of a device with a minus sign,
so that both are one kind of number to the registrar and to the port. While a contract is suspended none of its devices
is let in; a suspension begins and ends by the clock and by operators, whatever the workers do. After the last day of a
contract's use (解約日) nobody is let in either, at 0:00 in Japan, though no worker has carried its end out yet.
"""

from django.db import migrations

_NUMBERS = """
    SELECT username, realm AS domain, ha1, ha1b, ha1_sha256, id::text AS credential
    FROM public.numbering_credential
    WHERE live @> public.selfcare_now() AND ha1 ~ '^[0-9a-f]{32}$' AND ha1b ~ '^[0-9a-f]{32}$'
"""

# Both halves are asked by an index of their own on (username, realm); a device's account never looks like a number.
_DEVICES = """
    SELECT device.username, device.realm AS domain, device.ha1, device.ha1b, device.ha1_sha256,
           (-device.id)::text AS credential
    FROM public.numbering_device AS device
    JOIN public.numbering_cloudid AS cloud_id ON cloud_id.id = device.cloud_id
    JOIN public.numbering_cloudcontract AS cloud ON cloud.contract_id = cloud_id.cloud_id
    WHERE device.logged_in_at <= public.selfcare_now()
      AND (device.logged_out_at IS NULL OR device.logged_out_at > public.selfcare_now())
      AND (cloud.ends_on IS NULL
           OR public.selfcare_now() < (cloud.ends_on + 1)::timestamp AT TIME ZONE 'Asia/Tokyo')
      AND NOT public.contract_data_is_suspended(cloud_id.cloud_id)
      AND device.ha1 ~ '^[0-9a-f]{32}$' AND device.ha1b ~ '^[0-9a-f]{32}$'
"""

# The same columns of the same types: the view is replaced in place, its grants stay, and registrations go on meanwhile.
FORWARD = f"""
GRANT EXECUTE ON FUNCTION public.contract_data_is_suspended(bigint) TO selfcare_registrar;
CREATE OR REPLACE VIEW registrar.subscriber AS {_NUMBERS} UNION ALL {_DEVICES}
"""
BACK = f"""
CREATE OR REPLACE VIEW registrar.subscriber AS {_NUMBERS};
REVOKE EXECUTE ON FUNCTION public.contract_data_is_suspended(bigint) FROM selfcare_registrar;
"""


class Migration(migrations.Migration):
    dependencies = [("numbering", "0016_cloud_contracts"), ("contract_data", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
