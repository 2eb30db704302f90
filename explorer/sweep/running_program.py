# SPDX-License-Identifier: GPL-2.0-or-later
"""The identity of the program that computes results: its version, its sources and its Kconfig fragments.

Results of two programs must not be mixed in one file, and a checkout changes without a new version.
"""

import hashlib
from functools import cache

from explorer.resources import data_folder, package_sources, program_version

__all__ = ["program_identity"]

_ROOMS = ("boot", "checking", "configuration", "machine", "proof", "study", "sweep", "version.py")
"""What the rows of a sweep depend on."""


@cache
def program_identity() -> str:
    """The version, and a hash of the sources and fragments; takes some milliseconds."""
    fragments = sorted(path for path in data_folder("kconfig").rglob("*") if path.is_file())
    contents = (path.read_bytes() for path in (*package_sources(*_ROOMS), *fragments))
    digests = b"".join(hashlib.sha256(content).digest() for content in contents)
    return f"{program_version()} {hashlib.sha256(digests).hexdigest()[:16]}"
