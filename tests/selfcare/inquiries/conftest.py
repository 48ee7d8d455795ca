"""A folder for the files of each test, and a form as the browser sends it."""

from tests.selfcare.documents.conftest import folder

__all__ = ["folder"]
