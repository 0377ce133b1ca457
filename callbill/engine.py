"""The embedded engine: it loads tables and runs counting queries, nothing else; only importer of duckdb.

Everything it is asked to count is a whole number, so no number of threads and no order of rows changes an answer.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

try:
    # the package's own core: its Python parts, which nothing here uses, take three times as long to import
    import _duckdb as duckdb
except ImportError:  # a release that has moved it
    import duckdb  # type: ignore[no-redef]

from callbill.frozen import frozen
from callbill.problems import Invalid, Place, Problem
from callbill.sql import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Database

LONGEST_LINE = 16 << 20
"""Bytes; the buffer holds two, since the sixteen that the engine would take are slower to fill than to read."""
MEMORY = 920 << 20
"""Bytes that the engine may hold in memory; what is more goes to the temporary folder."""
MORE_MEMORY = 2 << 30
"""The same where records are looked at again and again, unless that is more than half of what the machine has to give:
to fetch them from the folder each time takes longer than to count them."""


@frozen
class BadLine:
    """A line that is not a row of the table: where it begins in the file (bytes from 0) and what is wrong."""

    byte: int
    kind: str
    text: str


def opened() -> "Database":
    """An empty database for an `Engine`: opening one takes a while, and may be done by a thread of its own."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": True,
        "memory_limit": f"{MEMORY}B",
        "threads": 1,
    }
    database = duckdb.connect(":memory:", config=settings)
    database.execute("SELECT 1")  # the first query prepares the others
    return database


class Engine:
    """One DuckDB database in memory, which may spill to a temporary folder; close it, or use `with`."""

    def __init__(
        self, threads: int | None = None, *, small: bool = False, database: "Callable[[], Database] | None" = None
    ) -> None:
        """An empty database; a `small` one asks nothing of several threads, nor for plans better than those written.

        `database` gives one that `opened` has opened already.
        """
        self._database = (database or opened)()
        self._views = 0
        self._folder = tempfile.mkdtemp(prefix="callbill-")
        try:
            self._do(f"SET temp_directory = {quoted(self._folder)}")
            if threads is not None:
                self._do(f"SET threads = {threads}")
            elif not small:
                self._do("RESET threads")
            if small:
                # for a few thousand rows, looking for a better plan takes several times as long as following any
                self._do("PRAGMA disable_optimizer")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _do(self, query: str, values: Sequence[Any] | None = None) -> Any:
        """Run a query. Raises `KeyboardInterrupt` when a signal ends it, whatever the engine makes of that."""
        try:
            return self._database.execute(query, values)
        except RuntimeError as error:
            if str(error) == "Query interrupted":
                raise KeyboardInterrupt from None
            raise

    def tell_progress(self) -> None:
        """Keep account of how far a query is, for `progress`; nothing is printed."""
        self._do("SET enable_progress_bar = true; SET enable_progress_bar_print = false")

    def progress(self) -> int:
        """How much of the query that runs is done, in percent; 0 when it cannot be told. May be asked by any thread."""
        try:
            return max(0, int(self._database.query_progress()))
        except duckdb.Error:
            return 0

    def close(self) -> None:
        """Free the memory and the temporary folder."""
        self._database.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def hold_more(self) -> None:
        """Hold more in memory, for records that are looked at again and again."""
        self._do("RESET memory_limit")
        has = _bytes(self.rows("SELECT current_setting('memory_limit')")[0][0])
        self._do(f"SET memory_limit = '{max(MEMORY, min(MORE_MEMORY, has // 2))}B'")

    def keep_order(self, *, kept: bool) -> None:
        """Whether rows are stored in the order in which they are read; without it large files load much faster."""
        self._do(f"SET preserve_insertion_order = {str(kept).lower()}")

    def run(self, query: str) -> None:
        self._do(query)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._do(query).fetchall()
        return found

    def table(self, name: str, columns: Mapping[str, Sequence[int]]) -> None:
        """A new table of whole numbers from its columns."""
        chosen = ", ".join(f"CAST(unnest(${n}) AS BIGINT) AS {key}" for n, key in enumerate(columns, start=1))
        self._do(f"CREATE OR REPLACE TABLE {name} AS SELECT {chosen}", list(columns.values()))

    def view(self, query: str) -> str:
        """A new view of what a query gives, under a name that nothing else has."""
        self._views += 1
        self._do(f"CREATE VIEW view_{self._views} AS {query}")
        return f"view_{self._views}"

    def keep(self, name: str, query: str) -> None:
        """A new table of what a query gives; the query may read the table that it replaces."""
        self._do(f"CREATE TABLE {name}_next AS {query}")
        self._do(f"DROP TABLE IF EXISTS {name}")
        self._do(f"ALTER TABLE {name}_next RENAME TO {name}")

    def repeated(self, query: str, name: str, rows: int, *, many: int = 5_000_000) -> int:
        """How many whole numbers a query of one column gives more than once; they are in a new table, as `mark`.

        Of more than `many` `rows` numbers are sorted in slices, two at a time: half the time of grouping what hardly
        repeats.
        """
        if rows <= many:
            self._do(f"CREATE OR REPLACE TABLE {name} AS {query} GROUP BY 1 HAVING COUNT(*) > 1")
            return int(self.rows(f"SELECT COUNT(*) FROM {name}")[0][0])
        from concurrent.futures import Future, ThreadPoolExecutor

        slices = -(-rows // (2 * many)) * 2
        found: list[int] = []
        sorting: list[Future[list[int]]] = []
        with ThreadPoolExecutor(2) as pool:
            for one in range(slices):
                if len(sorting) == 2:
                    found += sorting.pop(0).result()
                part = self._do(f"SELECT * FROM ({query}) q WHERE mark % {slices} = {one}").fetchnumpy()["mark"]
                sorting.append(pool.submit(_twice, part))
            found += [number for part in sorting for number in part.result()]
        self.table(name, {"mark": found})
        return len(found)

    def columns(self, relation: str, file: str) -> dict[str, str]:
        """The columns of a relation and their types; `Invalid` (CB321) when its file is not what it looks like."""
        try:
            return {name: kind for name, kind, *_ in self.rows(f"DESCRIBE SELECT * FROM {relation}")}
        except duckdb.Error as error:
            raise _unreadable(file, str(error).splitlines()[0]) from error

    def frame(self, name: str, frame: object) -> str:
        """A pandas DataFrame as a relation."""
        self._database.register(name, frame)
        return name

    def insert(self, query: str, file: str) -> None:
        """Run a query that reads a typed file; `Invalid` (CB321) when the file breaks off."""
        try:
            self._do(query)
        except duckdb.Error as error:
            raise _unreadable(file, str(error).splitlines()[0]) from error

    def insert_csv(self, query: str, file: str) -> list[BadLine]:
        """Run a query that reads a CSV file through `csv_relation`; the lines that are not rows come back."""
        try:
            self._do(query)
        except duckdb.InvalidInputException as error:
            if "invalid state" in str(error) or "new line" in str(error).lower():
                raise MixedLineEnds from error
            message = str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
            raise _unreadable(file, message) from error
        except (duckdb.IOException, duckdb.SerializationException) as error:
            raise _unreadable(file, str(error).splitlines()[0]) from error
        found = self.rows(
            "SELECT line_byte_position - 1, CAST(MIN(error_type) AS VARCHAR), MIN(csv_line) FROM reject_errors"
            " WHERE scan_id = (SELECT MAX(scan_id) FROM reject_scans) GROUP BY line_byte_position ORDER BY 1"
        )
        self.run("DELETE FROM reject_errors")
        return [BadLine(byte, kind, text or "") for byte, kind, text in found]


def _twice(numbers: Any) -> list[int]:
    """The numbers of an array that stand in it more than once; the array is left in order."""
    numbers.sort()
    again: list[int] = sorted(set(numbers[1:][numbers[1:] == numbers[:-1]].tolist()))
    return again


class MixedLineEnds(Exception):  # noqa: N818 - a state of the file; the caller rewrites it
    """The file mixes line ends, which the engine does not read."""


def _unreadable(file: str, why: str) -> Invalid:
    message = f"the file cannot be read as what it looks like: {why}"
    return Invalid([Problem("CB321", message, "export it again", place=Place(file))])


def csv_relation(
    path: str, columns: int, *, delimiter: str, quote: str, escape: str, skip: int, gzip: bool, short_rows: bool
) -> str:
    """A CSV file as a relation of texts named c1, c2… without guessing anything about it."""

    names = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(1, columns + 1))
    return (
        f"read_csv({quoted(path)}, auto_detect = false, header = false, skip = {skip}, columns = {{{names}}},"
        f" delim = {quoted(delimiter)}, quote = {quoted(quote)}, escape = {quoted(escape)}, comment = '',"
        f" compression = '{'gzip' if gzip else 'none'}', store_rejects = true, rejects_limit = 0,"
        f" null_padding = {str(short_rows).lower()}, max_line_size = {LONGEST_LINE}, buffer_size = {2 * LONGEST_LINE})"
    )


def _bytes(written: str) -> int:
    """A size as DuckDB writes it: `18.8 GiB`."""
    number, unit = written.split()
    return int(Decimal(number) * 1024 ** ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB").index(unit))
