"""The operators' pages of クラウド電話."""

from numbering.admin.cloud import applications, areas

__all__ = ["applications", "areas"]
