"""`python -m callbill`, and the `callbill` command."""

import sys


def main() -> None:
    """Run the command line; a version is told before anything heavy is imported."""
    if sys.argv[1:] == ["--version"]:
        from callbill import __version__

        sys.stdout.write(f"callbill {__version__}\n")
        return
    from callbill.cli import run

    run()


if __name__ == "__main__":
    main()
