"""What operators see first: stock, held orders, letters to print. Apps register their own."""

from selfcare.shell.panels import Board

_board = Board()
register = _board.register
for_request = _board.for_request
