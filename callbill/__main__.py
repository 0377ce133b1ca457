"""`python -m callbill`, and the `callbill` command."""

import gc
import os
import sys
from contextlib import suppress


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
    except SystemExit as leaving:
        if isinstance(leaving.code, int):
            _leave(leaving.code)
        raise


def _leave(status: int) -> None:
    """End the process: files are closed by now, and taking all else apart takes as long as counting a small invoice."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
