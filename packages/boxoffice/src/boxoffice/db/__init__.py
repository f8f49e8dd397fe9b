"""PostgreSQL: tables, migrations, rights, views, and the one way to open a transaction."""
