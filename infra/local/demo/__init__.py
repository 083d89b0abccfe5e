"""`make demo`: the whole loop without a browser, with its counts checked."""
