"""Credit accounting: the ledger of a machine, limits, budgets and reserves."""
