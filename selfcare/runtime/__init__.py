"""What a checkout needs around the portal: its own PostgreSQL and Redis, one command that starts everything.

A deployment (docker-compose.yml) uses nothing of this but `manage.py prepare_database`.
"""
