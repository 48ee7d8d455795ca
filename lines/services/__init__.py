"""What can be done to lines, a module per noun; the procedures decide when."""
