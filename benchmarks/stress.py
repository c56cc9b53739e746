"""Many calls from many threads and processes on one cache file, checked for errors and hangs.

``python -m benchmarks.stress`` starts a server and the workers; :func:`stress` does it for others.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_BODY_WORDS = 2_000
#: A few keys, so that two threads use the same row, where the standard backends fail.
_KEYS = 24


def body_of(path: str) -> bytes:
    """Return the answer for a path, from which a client can check the body."""
    words = [hashlib.sha1(f"{path}{n % 50}".encode()).hexdigest() for n in range(_BODY_WORDS)]
    return json.dumps({"data": words, "success": True, "status": 200}).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        body = body_of(self.path)
        etag = f'"{hashlib.sha1(body).hexdigest()}"'
        same = self.headers.get("If-None-Match") == etag
        self.send_response(304 if same else 200)
        self.send_header("ETag", etag)
        self.send_header("Content-Type", "application/json")
        if not same:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not same:
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


def work(url: str, cache: str, threads: int, calls: int) -> dict[str, int]:
    """Make calls from many threads of this process and count the results."""
    import imgurdata as imd

    paths = [f"/3/gallery/hot/viral/day/{number}" for number in range(_KEYS)]
    right = {path: body_of(path) for path in paths}
    results: Counter[str] = Counter()
    lock = threading.Lock()
    # Answers become stale all the time, so that reads, 304s and writes mix.
    with imd.connect(
        "abc", base_url=url, cache=cache, max_age=0.5, workers=8, default=False
    ) as session:

        def run(number: int) -> None:
            mine: Counter[str] = Counter()
            for step in range(calls // threads):
                path = paths[(number * 7 + step) % _KEYS]
                try:
                    mine["right" if session.get(path).content == right[path] else "wrong"] += 1
                except Exception as error:  # noqa: BLE001 - counted, whatever it is
                    mine[f"failed: {type(error).__name__}"] += 1
            with lock:
                results.update(mine)

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, range(threads)))
    return dict(results)


def stress(
    calls: int = 100_000, *, threads: int = 32, processes: int = 2, timeout: float = 900
) -> dict[str, float]:
    """Make calls from several processes; return counts (``right``, ``wrong``, ...) and seconds.

    Raises
    ------
    subprocess.TimeoutExpired
        They hang.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    results: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        workers = [
            subprocess.Popen(
                [sys.executable, __file__, f"http://127.0.0.1:{server.server_port}",
                 str(Path(folder) / "answers.sqlite"), str(threads), str(calls // processes)],
                stdout=subprocess.PIPE, text=True, env={**os.environ, "IMGURDATA_HOME": folder},
            )
            for _ in range(processes)
        ]  # fmt: skip
        try:
            for worker in workers:
                out, _ = worker.communicate(timeout=timeout)
                if worker.returncode:
                    results["failed: a worker"] += 1
                else:
                    results.update(json.loads(out))
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
            server.shutdown()
            server.server_close()
    return {**results, "seconds": round(time.monotonic() - began, 1)}


if __name__ == "__main__":
    if len(sys.argv) == 5:
        url, cache, threads, calls = sys.argv[1:]
        print(json.dumps(work(url, cache, int(threads), int(calls))))
    else:
        print(json.dumps(stress(*map(int, sys.argv[1:2])), indent=1))
