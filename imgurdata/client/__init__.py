"""How to ask: session, cache, ledger, pager, pulls."""
