"""Who takes part: the enterprise, its dealers and suppliers, their people, and what each agreed to share."""
