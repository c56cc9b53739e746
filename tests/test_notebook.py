"""Tracebacks as IPython prints them: in a kernel, and in a terminal."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import processes
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

import imgurdata as imd
from imgurdata._notebook import render_traceback
from imgurdata.errors import InvalidArgument

_HINT = "(Frames of imgurdata are left out here: %tb Verbose shows them.)"
_MESSAGE = "InvalidArgument: section must be one of 'hot', 'top', 'user'; got 'hott'."
_COLORS = re.compile(r"\x1b\[[0-9;]*m")
Run = Callable[..., str]


def environment(folder: Path) -> dict[str, str]:
    own = {
        "IPYTHONDIR": str(folder),
        "IMGURDATA_HOME": str(folder),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return {**os.environ, **own}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs code in one kernel; what it printed, tracebacks included."""
    folder = tmp_path_factory.mktemp("kernel")
    sockets = tempfile.mkdtemp()  # the path of a socket must be short
    manager = KernelManager(transport="ipc", ip=f"{sockets}/ipc")
    manager.start_kernel(env=environment(folder))
    client: BlockingKernelClient = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)

    def run_code(code: str, *, interrupt_at: str = "") -> str:
        printed: list[str] = []
        interrupts: list[object] = []

        def show(message: dict[str, Any]) -> None:
            content = message["content"]
            printed.append("\n".join(content.get("traceback", [])) or content.get("text", ""))
            if interrupt_at and interrupt_at in printed[-1] and not interrupts:
                interrupts.append(manager.interrupt_kernel())

        client.execute_interactive(code, output_hook=show, timeout=60)
        return _COLORS.sub("", "".join(printed))

    run_code("import time; import imgurdata as imd; session = imd.connect(sandbox=True)")
    yield run_code
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()
    shutil.rmtree(sockets)


@pytest.mark.decision("short-tracebacks")
def test_traceback_is_the_users_line_and_the_error(run: Run) -> None:
    printed = run("posts = 1\nposts = imd.load_gallery('hott')")
    assert "----> 2 posts = imd.load_gallery('hott')" in printed
    assert _MESSAGE in printed
    assert printed.endswith(_HINT)
    assert len(printed.splitlines()) < 10
    assert "pulls" not in printed
    # The exception itself is whole, and the setting is one away.
    assert "pulls" in run("import sys, traceback; traceback.print_tb(sys.last_value.__traceback__)")
    whole = run("%tb Verbose")
    assert "pulls" in whole
    assert _HINT not in whole
    full = run("%env IMGURDATA_TRACEBACK=full\nimd.load_gallery('hott')")
    run("import os; del os.environ['IMGURDATA_TRACEBACK']")
    assert "pulls" in full


def test_traceback_keeps_what_the_user_caught_before(run: Run) -> None:
    printed = run("try:\n    1 / 0\nexcept ZeroDivisionError:\n    imd.load_gallery('hott')")
    assert "ZeroDivisionError: division by zero" in printed
    assert "During handling of the above exception" in printed
    assert _MESSAGE in printed
    # So is what was caught shortened, and a cause that the user names.
    printed = run("try:\n    imd.load_posts('!')\nexcept ValueError:\n    imd.load_gallery('hott')")
    assert printed.count("InvalidArgument: ") == 2
    assert "loaders" not in printed
    caught = "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise "
    printed = run(f"{caught}imd.errors.ImgurDataError('Odd.') from error")
    assert "ZeroDivisionError: division by zero" in printed
    assert "direct cause" in printed
    # What the session's own class is made of is left out, too; and the error below ours.
    refused = "other = imd.connect('x', base_url='http://127.0.0.1:9', max_wait=0, default=False)"
    printed = run(f"{refused}\nother.get('/3/credits')")
    assert "----> 2 other.get('/3/credits')" in printed
    assert "ConnectionFailed: " in printed
    assert "requests_cache" not in printed
    assert "urllib3" not in printed
    run("other.close()")


def test_traceback_leaves_out_what_was_caught_here(run: Run) -> None:
    run("""from requests_cache.backends import BaseCache
backend = BaseCache()
def broken(*_):
    raise OSError("a fault below")
backend.responses.keys = broken
kept = imd.connect("x", cache=backend, default=False)""")
    printed = run("kept.cache_info()")
    assert "CacheUnusable: The cache" in printed
    assert "direct cause" not in printed
    assert "OSError" not in printed.partition("CacheUnusable")[0]
    assert "direct cause" in run("%tb Verbose")
    run("kept.close()")


def run_with_hook(run: Run, body: str, call: str) -> str:
    """Run a call with a hook of the session, and return what was printed."""
    hook = f"def hook(*_, **__):\n    {body}\nsession.hooks['response'].append(hook)\n"
    printed = run(f"{hook}{call}")
    run("session.hooks['response'].clear()")
    return printed


def test_traceback_of_other_errors_is_whole(run: Run) -> None:
    printed = run_with_hook(run, "1 / 0", "imd.load_gallery('top')")
    assert "1 / 0" in printed
    assert "dispatch_hook" in printed
    assert "pulls" in printed
    assert _HINT not in printed


def test_traceback_keeps_the_users_hook(run: Run) -> None:
    printed = run_with_hook(run, "imd.load_posts('!')", "imd.load_gallery('top', pages=2)")
    assert "----> 2     imd.load_posts('!')" in printed
    assert "imd.load_gallery('top', pages=2)" in printed
    for hidden in ("dispatch_hook", "concurrent", "contextlib", "threading"):
        assert hidden not in printed


def test_interrupt_says_what_was_kept(run: Run) -> None:
    slow = """def slow(*_, **__):
    print("answered", flush=True)
    time.sleep(0.3)
session.hooks["response"].append(slow)
"""
    printed = run(f"{slow}imd.load_gallery('user', pages=60, max_age=0)", interrupt_at="answered")
    run("session.hooks['response'].clear()")
    assert "KeyboardInterrupt: Interrupted: " in printed
    assert "the same call goes on from there" in printed
    trace = printed.partition("-----")[2]
    assert "----> 5 imd.load_gallery" in trace
    assert len(trace.splitlines()) < 12
    assert "DataFrame" in run("import sys; print(type(sys.last_value.partial))")


def test_traceback_in_a_terminal_is_short(tmp_path: Path) -> None:
    code = "import imgurdata as imd; imd.Pull('gallery', section='hott')"
    ended = processes.run(
        "import IPython; IPython.start_ipython()", "--colors=NoColor", "--no-banner", "-c", code,
        env=environment(tmp_path),
    )  # fmt: skip
    assert _MESSAGE in ended.stdout + ended.stderr
    assert _HINT in ended.stdout + ended.stderr
    assert "pulls" not in ended.stdout + ended.stderr


def test_traceback_outside_of_ipython_is_pythons() -> None:
    with pytest.raises(InvalidArgument) as caught:
        imd.Pull("gallery", section="hott")
    assert "pulls" in "".join(render_traceback(caught.value))


def test_tab_key_offers_public_names_only(run: Run) -> None:
    offered = """from IPython.core.completer import provisionalcompleter
completer = get_ipython().Completer
for completer.use_jedi in (False, True):
    for text in ("imd.", "imd.plot.", "imd.errors.", "session.", "session.credits."):
        with provisionalcompleter():
            found = {it.text.lstrip(".") for it in completer.completions(text, len(text))}
        assert found == {name for name in dir(eval(text[:-1])) if name[0] != "_"}, (text, found)
print("compared")"""
    assert run(offered) == "compared\n"
    assert "fetch_resolved" not in run("print(dir(session))")
