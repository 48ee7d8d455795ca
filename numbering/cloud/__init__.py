"""クラウド電話: landline numbers on smartphones. Numbers, IDs, devices, applications, FAX."""
