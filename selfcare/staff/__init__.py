"""The operators' side: Django's admin behind a second factor, one file per noun in `admins/`."""
