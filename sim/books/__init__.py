"""What is on record: ledgers, contracts, events, tables, the audit."""
