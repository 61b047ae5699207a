"""The budgets: what each row of the table must reach. A ratio is to a peer that is measured in the same run."""

from __future__ import annotations

from .table import Limit

#: The numbers of models in the catalogues that are compared, and the name of the smaller one in the table.
FULL, FEW = 500, 4
SMALL_CATALOGUE = f"{FEW} models"

FULL_REGENERATION = (Limit(1.5, of="openapi-python-client"),)
NOTHING_CHANGED = (Limit(0.25),)
FULL_CATALOGUE = (Limit(30),)
CATALOGUE_MEMORY_MB = (Limit(400),)
ONE_SPEC_CHANGED = (Limit(1.2),)
CATALOGUE_FIRST_USE = (Limit(1.25, of=SMALL_CATALOGUE),)
CATALOGUE_TYPE_CHECK = (Limit(60),)
FIRST_USE_OVER_BARE_PYTHON = (Limit(0.030),)
HELP_OVER_BARE_PYTHON = (Limit(0.045),)
VALIDATION = (Limit(0.5, of="fastjsonschema"), Limit(0.5, of="pydantic"))
CLIENT_CALL = (Limit(1.10, of="httpx2"),)
MOCK_SUBMIT = (Limit(3, "at least", of="Prism"), Limit(0.5, "at least", of="Starlette"))
MOCK_POLL = (Limit(4, "at least", of="Prism"), Limit(0.6, "at least", of="Starlette"))
MOCK_FIRST_IMAGE = (Limit(0.020),)
MOCK_REPEATED_IMAGE = (Limit(2, "at least", of="Prism"),)
MOCK_FIRST_VIDEO = (Limit(0.5),)
MOCK_REPEATED_VIDEO = (Limit(500, "at least"),)
CLIENT_LARGE_FILE = (Limit(24),)
MOCK_START = (Limit(0.3),)
FIRST_FIXTURE = (Limit(0.1),)
TRANSCRIBE_TEXT = (Limit(0.005),)
TRANSCRIBE_HTML = (Limit(0.020),)
