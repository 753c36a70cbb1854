"""Our own service with another store: one that keeps nothing, or one with a transaction for each request."""

import os
import sys
import threading

import uvicorn
from starlette.concurrency import run_in_threadpool

from forms_api.app import create_app
from forms_api.commands import Outcome, Submit
from forms_api.deadlines import Limits
from forms_api.errors import Busy
from forms_api.serve import server_config, spare_collector
from forms_api.settings import Settings
from forms_api.store import database_path
from forms_api.store._sqlite import Connection, OperationalError, open_writer
from forms_api.store.sqlite import SqliteStore
from forms_api.vault import Vault, find_keyring
from site_builder.content import load_content


class Naive(SqliteStore):
    """A store as one would write it first: a connection per thread, a transaction per request."""

    _threads = threading.local()

    async def submit(self, command: Submit) -> Outcome:
        """Keep one form in a transaction of its own."""
        return await run_in_threadpool(self._one, command)

    def _one(self, command: Submit) -> Outcome:
        connection = self._connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            outcome = self._submissions.keep(connection, command)
            self._note_kept(connection, [outcome])
            connection.execute("COMMIT")
        except OperationalError as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise Busy from error
        return outcome

    def _connection(self) -> Connection:
        if not hasattr(self._threads, "connection"):
            self._threads.connection = open_writer(self.path)
        connection: Connection = self._threads.connection
        return connection


class Nothing(SqliteStore):
    """Keeps nothing and answers at once."""

    async def submit(self, command: Submit) -> Outcome:
        """Answer as if the form had been kept."""
        return Outcome("22222222", "seated", None, replayed=False)


def main(kind: str, port: int) -> None:
    """Serve on a port until told to stop."""
    settings = Settings(
        secret="benchmark" * 4, vault=Vault(find_keyring(os.environ)), rate_limit=False, log_format="plain"
    )
    content = load_content()
    path = database_path(os.environ.get("FORMS_API_STORE") or "sqlite:///var/forms.db")
    store = {"nothing": Nothing, "naive": Naive}[kind](path, content.forms.values(), settings.vault)
    config = server_config(create_app(settings, content, store), settings, Limits(per_address=5_000))
    config.port = port
    spare_collector()
    uvicorn.Server(config).run(sockets=[config.bind_socket()])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
