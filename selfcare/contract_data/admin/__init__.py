"""Importing this package registers the operators' pages."""

from selfcare.contract_data.admin import cases as cases
from selfcare.contract_data.admin import suspensions as suspensions
