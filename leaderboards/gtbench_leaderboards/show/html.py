"""Reports as parts of HTML pages: the macro `tables` of the template `report.html`.

Pages import it, so that their own rules hold in it: what is escaped, and what is left out of every text.
"""

from __future__ import annotations

from jinja2 import PackageLoader

LOADER = PackageLoader("gtbench_leaderboards.show")
"""Where pages find the template."""
