"""What a fork inherits is refused in the child, and nothing of it hangs or is closed there."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import processes
import pytest

from imgurdata.sandbox import Sandbox

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def run(code: str, *arguments: str) -> str:
    """Run a script of its own: a test's process has threads, and Python warns of forking it."""
    quiet = "import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n"
    done = processes.run(quiet + textwrap.dedent(code), *arguments)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_forked_workers_are_refused_while_threads_load(tmp_path: Path) -> None:
    code = """
    import multiprocessing, sys, threading
    import imgurdata as imd
    session = imd.connect(sandbox=True, cache=sys.argv[1])
    stop = threading.Event()
    def load():
        page = 0
        while not stop.is_set():
            imd.load_gallery("user", pages=[page % 40], session=session, progress=False)
            page += 1
    def look():
        while not stop.is_set():
            session.credits.remaining()
    threads = [threading.Thread(target=act) for act in (load, load, look, look)]
    for thread in threads:
        thread.start()
    calls = {
        "load": lambda: imd.load_gallery(pages=[1], progress=False),
        "get": lambda: session.get("/3/credits"),
        "plan": lambda: imd.Pull("gallery").plan(),
        "credits": lambda: session.credits.remaining(),
        "history": lambda: session.credits.history(),
        "cache_info": lambda: session.cache_info(),
        "clear_cache": lambda: session.clear_cache(),
        "sandbox": lambda: session.sandbox.advance("1h"),
    }
    def work(name):
        try:
            calls[name]()
        except imd.errors.ImgurDataError as error:
            text = str(error)
        else:
            text = "done"
        repr(session)
        session.close()
        return text
    context = multiprocessing.get_context("fork")
    try:
        with context.Pool(4) as pool:
            texts = pool.map_async(work, list(calls)).get(60)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for name, text in zip(calls, texts):
        assert "another process" in text and "connect(" in text, (name, text)
    assert len(imd.load_gallery(pages=2)) == 120
    session.close()
    print("right")
    """
    assert run(code, str(tmp_path / "a.sqlite")) == "right\n"


def test_child_that_exits_ends_and_closes_nothing(tmp_path: Path) -> None:
    code = """
    import os, sys
    import imgurdata as imd
    session = imd.connect(sandbox=True, cache=sys.argv[1])
    first = imd.load_gallery()
    child = os.fork()
    if not child:
        sys.exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert imd.load_gallery().equals(first)
    assert len(imd.load_gallery(pages=[1])) == 60
    session.close()
    print("right")
    """
    assert run(code, str(tmp_path / "a.sqlite")) == "right\n"


def test_worker_that_connects_gets_its_own_rows(tmp_path: Path, sandbox: Sandbox) -> None:
    code = """
    import multiprocessing, sys
    import imgurdata as imd
    url, client_id, cache = sys.argv[1:]
    def connect():
        return imd.connect(client_id, base_url=url, cache=cache)
    connect()
    truth = [imd.load_gallery("user", pages=[n])["id"].tolist() for n in range(12)]
    imd.current_session().clear_cache()
    def work(n):
        connect()
        return imd.load_gallery("user", pages=[n], progress=False)["id"].tolist()
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert pool.map(work, range(12)) == truth
    print("right")
    """
    assert run(code, sandbox.url, sandbox.client_id, str(tmp_path / "a.sqlite")) == "right\n"


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running
