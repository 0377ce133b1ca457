"""`python -m callbill`, and the `callbill` command."""

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any

LOADER = "pydantic.plugin._loader"


class _NoPlugins(ModuleType):
    """Stands where pydantic imports what looks for plug-ins, switched off or not: 10 ms that find none.

    Whatever else is asked of it comes from the module that it stands for.
    """

    get_plugins = tuple

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        sys.modules.pop(self.__name__, None)
        return getattr(import_module(self.__name__), name)


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
    sys.modules.setdefault(LOADER, _NoPlugins(LOADER))
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
