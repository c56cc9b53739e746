"""What was spent and is left: limits, the ledger on disk, budgets."""
