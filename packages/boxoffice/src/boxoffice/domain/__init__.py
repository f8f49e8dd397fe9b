"""The words and arithmetic of the business: pure values, no database, no clock."""
