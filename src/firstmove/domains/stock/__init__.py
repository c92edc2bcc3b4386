"""What lies where: a ledger of movements, and balances that cannot drift from it."""
