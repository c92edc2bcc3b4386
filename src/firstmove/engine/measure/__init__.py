"""What advice was worth: outcomes of single advice, and effects measured against a comparison group and the past."""
