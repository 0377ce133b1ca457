"""`python -m callbill`, and the `callbill` command."""

import gc
import os
import sys


def main() -> None:
    """Run the command line; a version is told before anything heavy is imported."""
    if sys.argv[1:] == ["--version"]:
        from callbill import __version__

        try:
            os.write(1, f"callbill {__version__}\n".encode())
        except OSError:
            pass  # told below, as for every other command
        else:
            return
    # plug-ins that other packages bring for pydantic have no say in an invoice, and take time to look for
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # most of a short run is imports, which leave nothing to collect
    gc.set_threshold(100_000, 50, 50)
    # threads hand over often: the engine is opened, and the writer imported, while the contract is read
    sys.setswitchinterval(sys.getswitchinterval() / 16)
    try:
        from callbill.cli import run

        run()
    finally:
        # files are closed by now, and the rest goes with the process: no search for cycles in all of it
        gc.freeze()


if __name__ == "__main__":
    main()
