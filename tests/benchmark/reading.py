"""Reading the file alone: DuckDB parses every cell into its type and counts, nothing else.

python tests/benchmark/reading.py FILE
"""

import sys

import duckdb
from by_hand import COLUMNS, EXPORT


def main() -> None:
    counts = ", ".join(f"COUNT({column})" for column in COLUMNS)
    print(*duckdb.connect().execute(f"SELECT {counts} FROM {EXPORT}", {"file": sys.argv[1]}).fetchall()[0])


if __name__ == "__main__":
    main()
