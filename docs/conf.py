"""How Sphinx builds these pages: Markdown through MyST, furo's look, nothing fetched."""

from __future__ import annotations

from importlib.metadata import version as installed_version

project = "hubmend"
author = "the hubmend authors"
version = release = installed_version("hubmend")

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"hubmend {release}"
html_show_sphinx = False
nitpicky = True
