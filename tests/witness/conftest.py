"""Which of these tests there are here."""

from __future__ import annotations

from tests.witness import peers

#: What others wrote is no dependency of ours: `make bench-setup` installs it, and with it come its tests. `make witness`
#: asks those that are there, and names the others.
collect_ignore = [] if all(path.exists() for path in peers.NEEDED.values()) else ["test_peers.py"]
