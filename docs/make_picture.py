"""Make the picture of the README: a chart, and the browser of pictures beside it.

Run as ``python docs/make_picture.py``. It needs Chromium on the path, and no network: the posts and
the pictures are the sandbox's.
"""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

import imgurdata as imd
from imgurdata.widgets.pages import page_files

PICTURE = Path(__file__).parent / "_static" / "picture.png"
#: Size in CSS pixels; the file has twice as many, for sharp screens.
WIDTH, HEIGHT = 1200, 500

# The page gives the widget's own script what a notebook would give it: a model with its traits.
PAGE = """<!DOCTYPE html><meta charset="utf-8"><style>
body { margin: 0 8px; display: flex; gap: 14px; align-items: stretch; background: white;
  font: 14px/1.4 "DejaVu Sans", sans-serif; color: #222; height: %(height)spx; overflow: hidden; }
#chart { width: 570px; align-self: center; } #widget { flex: 1; overflow: hidden; zoom: 0.76; }
%(style)s</style>
<img id="chart" src="data:image/svg+xml;base64,%(chart)s"><div id="widget"></div>
<script type="module">
%(script)s
const traits = %(traits)s;
const model = { get: (name) => traits[name], set() {}, save_changes() {}, on() {}, off() {} };
render({ model, el: document.getElementById("widget") });
</script>"""


def main() -> None:
    """Load from the sandbox, draw, and take the picture."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("This needs Chromium: apt-get install chromium")
    with imd.connect(sandbox=True):
        posts = imd.load_gallery("user", "time", pages=20, progress=False)
        PICTURE.parent.mkdir(exist_ok=True)
        take(chromium, page(posts))


def page(posts: pd.DataFrame) -> str:
    """Return the page of a chart and a browser of the same posts."""
    figure = Figure(figsize=(7.6, 6.4), layout="constrained")
    imd.plot.score_distribution(posts, hue="in_most_viral", ax=figure.subplots())
    chart = io.BytesIO()
    figure.savefig(chart, format="svg")
    browser = imd.widgets.GalleryBrowser(posts.nlargest(300, "points"), page_size=12)
    browser.selected_ids = posts.nlargest(3, "points")["id"].tolist()[1:]
    script, style = page_files("gallery_browser")
    traits = {name: getattr(browser, name) for name in ("columns", "page_size", "selected_ids")}
    return PAGE % {
        "height": HEIGHT,
        "style": style,
        "chart": base64.b64encode(chart.getvalue()).decode(),
        "script": script.replace("export default", "//"),
        # "</" would end the script.
        "traits": json.dumps(traits).replace("</", "<\\/"),
    }


def take(chromium: str, text: str) -> None:
    """Write the picture of a page."""
    with tempfile.TemporaryDirectory() as folder:
        source, shot = Path(folder) / "page.html", Path(folder) / "shot.png"
        source.write_text(text, encoding="utf-8")
        options = [
            "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--force-device-scale-factor=2", f"--window-size={WIDTH},{HEIGHT}",
            "--virtual-time-budget=8000", f"--user-data-dir={folder}/profile",
            f"--screenshot={shot}",
        ]  # fmt: skip
        command = [chromium, *options, str(source)]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - of our own
        with Image.open(shot) as image:
            # 256 colors are enough for it, and make a third of the file.
            image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
                PICTURE, optimize=True
            )
    print(f"wrote {PICTURE}: {PICTURE.stat().st_size / 1000:.0f} kB")  # noqa: T201


if __name__ == "__main__":
    main()
