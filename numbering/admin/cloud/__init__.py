"""The operators' pages of クラウド電話."""

from numbering.admin.cloud import applications, areas, contracts, devices, equipment, faxes, ids, port_ins, settings

contracts.register()

__all__ = ["applications", "areas", "contracts", "devices", "equipment", "faxes", "ids", "port_ins", "settings"]
