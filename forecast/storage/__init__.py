"""Files that a crash leaves whole: one atomic writer, an append-only journal, run folders."""
