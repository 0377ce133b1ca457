"""The floor: reading the file's bytes and counting its lines, without looking into them.

python tests/benchmark/lines.py FILE
"""

import sys
from pathlib import Path


def main() -> None:
    lines = 0
    with Path(sys.argv[1]).open("rb", buffering=0) as file:
        while portion := file.read(1 << 20):
            lines += portion.count(b"\n")
    print(lines)


if __name__ == "__main__":
    main()
