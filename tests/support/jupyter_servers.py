"""Real Jupyter servers for tests: JupyterLab, Notebook 7 and Voila, each in folders of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ports import a_free_port

#: The tree that is tested: kernels import it, whatever is installed.
TREE = Path(__file__).parents[2]
TOKEN = "t0k"
#: How long a server may take to come up on a busy machine, in seconds.
_UP = 90.0

_COMMANDS = {
    "lab": [
        "jupyterlab", "--allow-root", "--ServerApp.root_dir={root}",
        "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    ],
    "notebook": [
        "notebook", "--allow-root", "--ServerApp.root_dir={root}",
        "--JupyterNotebookApp.expose_app_in_browser=True", "--LabApp.news_url=None",
    ],
    "voila": ["voila", "{root}", "--port={port}", "--Voila.ip=127.0.0.1", "--debug"],
}  # fmt: skip
_SERVER = [
    "--ServerApp.ip=127.0.0.1", "--ServerApp.port={port}", "--ServerApp.port_retries=0",
    f"--IdentityProvider.token={TOKEN}", "--log-level=DEBUG",
]  # fmt: skip

#: Widgets' state is saved with each notebook here, which a person has to switch on.
_SAVE_STATE = ("@jupyter-widgets/jupyterlab-manager", "plugin", {"saveState": True})
_QUIET = (
    "@jupyterlab/apputils-extension",
    "notification",
    {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
)

#: Each kernel writes all that is logged in it to a file; its warnings of ours are errors.
_STARTUP = """
import logging, os, warnings
logging.basicConfig(
    filename=os.path.join({folder!r}, f"kernel-{{os.getpid()}}.log"), level=logging.DEBUG
)
logging.captureWarnings(True)
warnings.filterwarnings("error", module=r"imgurdata")
"""


@dataclass(frozen=True)
class JupyterServer:
    """One running server.

    Attributes
    ----------
    kind
        ``"lab"``, ``"notebook"`` or ``"voila"``.
    url
        Without a slash at the end.
    folder
        Holds all that it writes.
    """

    kind: str
    url: str
    folder: Path

    @property
    def root(self) -> Path:
        """Where notebooks are."""
        return self.folder / "root"

    @property
    def log(self) -> Path:
        """What it said, at DEBUG."""
        return self.folder / "server.log"

    @property
    def kernel_logs(self) -> list[Path]:
        """What was logged in its kernels, at DEBUG."""
        return sorted((self.folder / "logs").glob("kernel-*.log"))

    @property
    def ipython(self) -> Path:
        """IPython's folder, with the history of what was typed."""
        return self.folder / "ipython"

    @contextmanager
    def setting(self, package: str, plugin: str, values: dict[str, object]) -> Iterator[None]:
        """Change a setting of Lab for the pages that are opened inside."""
        path = _write_setting(self.folder, package, plugin, values)
        try:
            yield
        finally:
            path.unlink()


@contextmanager
def running(kind: str, folder: Path) -> Iterator[JupyterServer]:
    """A server that runs while inside."""
    port = a_free_port()
    server = JupyterServer(kind, f"http://127.0.0.1:{port}", folder)
    environment = _prepare(folder)
    arguments = _COMMANDS[kind] + (_SERVER if kind != "voila" else [])
    command = [part.format(root=server.root, port=port) for part in arguments]
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "--no-browser"],
            cwd=server.root, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    try:
        _await(server, process)
        yield server
    finally:
        _stop(process)


def _prepare(folder: Path) -> dict[str, str]:
    """Folders and settings; the environment that names them."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith(("IMGUR", "JUPYTER"))
    }
    names = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IMGURDATA_HOME": "home",
    }
    for name, place in names.items():
        (folder / place).mkdir()
        environment[name] = str(folder / place)
    for place in ("root", "logs"):
        (folder / place).mkdir()
    environment["PYTHONPATH"] = str(TREE)
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-log.py").write_text(_STARTUP.format(folder=str(folder / "logs")))
    for setting in (_SAVE_STATE, _QUIET):
        _write_setting(folder, *setting)
    return environment


def _write_setting(folder: Path, package: str, plugin: str, values: dict[str, object]) -> Path:
    path = folder / "settings" / package / f"{plugin}.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))
    return path


def _await(server: JupyterServer, process: subprocess.Popen[bytes]) -> None:
    address = server.url + ("/" if server.kind == "voila" else "/api")
    ends = time.monotonic() + _UP
    while time.monotonic() < ends:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    said = server.log.read_text(errors="replace")[-2000:]
    raise RuntimeError(f"{server.kind} did not come up (exit: {process.poll()}):\n{said}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End it and the kernels it started, which form a process group of their own."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, how)
        try:
            process.wait(15)
            return
        except subprocess.TimeoutExpired:
            continue
