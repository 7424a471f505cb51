"""Teaching: predictions before results, a ledger of one's own, copies for a class."""
