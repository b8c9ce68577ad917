"""One file per verb: arguments in, text out."""
