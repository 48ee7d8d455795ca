"""Where Django looks for the admin's pages; one file per noun lies in `admins/`."""
