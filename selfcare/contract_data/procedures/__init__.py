"""Importing this package registers the procedures."""

from selfcare.contract_data.procedures import contact as contact
from selfcare.contract_data.procedures import identity as identity
from selfcare.contract_data.procedures import mail as mail
