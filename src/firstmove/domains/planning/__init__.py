"""Planning runs, the proposals they make, and what became of every advice."""
