"""The procedures of a cloud phone contract; importing them registers them."""

from numbering.cloud.procedures import ending as ending
from numbering.cloud.procedures import fax_number as fax_number
from numbering.cloud.procedures import ids as ids
from numbering.cloud.procedures import numbers as numbers
from numbering.cloud.procedures import options as options
from numbering.cloud.procedures import porting as porting
from numbering.cloud.procedures import scheme_switch as scheme_switch
from numbering.cloud.procedures import settlement as settlement
