"""Lines across every page after login, as apps register them: what stops soon, and what has been stopped."""

from selfcare.shell.panels import Board

_board = Board()
register = _board.register
for_request = _board.for_request
