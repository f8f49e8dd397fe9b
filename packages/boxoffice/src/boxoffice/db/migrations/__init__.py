"""Steps from one schema to the next, run by `boxoffice.db.schema.upgrade`."""
