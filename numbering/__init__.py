"""The pool of telephone numbers, who has which, and what the telephones log in with."""
