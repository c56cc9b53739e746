"""Settings of Sphinx: ``sphinx-build -W --keep-going -b html docs docs/_build/html``.

What is generated from the code, and what is copied from other folders, is written into this folder
when a build begins: see ``generated.py``.
"""

from __future__ import annotations

import atexit
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

# What the gallery loads is not kept, and nobody's own credentials are used.
_home = tempfile.TemporaryDirectory(prefix="imgurdata-docs-")
atexit.register(_home.cleanup)
os.environ["IMGURDATA_HOME"] = _home.name
for _name in list(os.environ):
    if _name.startswith("IMGUR_"):
        del os.environ[_name]

import generated  # noqa: E402

import imgurdata as imd  # noqa: E402
from imgurdata.model.records import RECORDS  # noqa: E402

project = "imgurdata"
author = "The imgurdata developers"
project_copyright = author
release = version = imd.__version__
language = "en"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "numpydoc",
    "myst_nb",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "gallery/*", f"{generated.CHARTS}/*.ipynb", "**/README.md"]
templates_path = ["_templates"]

# Pages ---------------------------------------------------------------------------------------

myst_enable_extensions = ["attrs_block", "colon_fence", "deflist"]
myst_heading_anchors = 3
# Notebooks are saved with the outputs that their tests check, so these are shown.
nb_execution_mode = "off"
nb_merge_streams = True
suppress_warnings = ["mystnb.unknown_mime_type"]  # widgets: their text is shown
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# Reference -----------------------------------------------------------------------------------

autosummary_generate = True
autodoc_typehints = "none"  # docstrings have the types
autodoc_member_order = "bysource"
toc_object_entries_show_parents = "hide"
highlight_language = "none"  # of blocks that name none
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# Names of the code that a docstring or a page refers to must have a page, but for other packages'.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(anywidget|datetime|matplotlib|pandas|requests|requests_cache)\..*")
]

# Other sites are not asked for their lists of names, unless that is wished: a build needs no
# network.
intersphinx_mapping = (
    {
        "python": ("https://docs.python.org/3", None),
        "pandas": ("https://pandas.pydata.org/docs", None),
        "matplotlib": ("https://matplotlib.org/stable", None),
        "requests_cache": ("https://requests-cache.readthedocs.io/en/stable", None),
    }
    if "DOCS_INTERSPHINX" in os.environ
    else {}
)

# Gallery of charts ---------------------------------------------------------------------------

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": generated.CHARTS,
    "filename_pattern": r"plot_",
    "image_scrapers": ("generated.save_charts",),
    "reset_modules": ("matplotlib", "generated.close_session"),
    "reset_modules_order": "both",
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "show_memory": False,
    "write_computation_times": False,
    "min_reported_time": 1_000_000,
    "show_signature": False,
    "remove_config_comments": True,
    "abort_on_example_error": True,
    "doc_module": ("imgurdata",),
    "backreferences_dir": "reference/backreferences",
    "inspect_global_variables": False,
}

# Looks ---------------------------------------------------------------------------------------

html_theme = "pydata_sphinx_theme"
html_title = "imgurdata"
html_static_path = ["_static"]
html_context = {"default_mode": "auto"}
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "imgurdata"},
    "header_links_before_dropdown": 7,
    "navbar_align": "left",
    "navbar_persistent": ["search-button"],
    "show_prev_next": True,
    "show_toc_level": 2,
    "secondary_sidebar_items": {
        "**": ["page-toc"],
        # Tables need the width, and a list of one heading helps nobody.
        **{
            page: []
            for page in ("index", "decisions", "endpoints", "speed", f"{generated.CHARTS}/index")
        },
        **{f"reference/columns/{name}": [] for name in RECORDS},
    },
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": [], "quickstart": [], f"{generated.CHARTS}/index": []}


def setup(app):
    """Connect what is generated."""
    app.connect("autodoc-process-signature", generated.signature_of)
    app.connect("config-inited", lambda app, _: generated.write_pages(Path(app.srcdir)))
    app.connect("source-read", lambda _app, name, text: generated.fit_links(name, text))
