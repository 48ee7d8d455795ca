"""Tariffs and what is charged for. Imports neither lines nor numbering; they come with item codes and subjects."""
