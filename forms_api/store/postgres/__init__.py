"""The store in PostgreSQL: for offices that want failover, several nodes or online backups.

The only place that imports psycopg, which comes with `pip install '.[postgres]'`.
"""

from forms_api.store.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
