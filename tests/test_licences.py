# SPDX-License-Identifier: GPL-2.0-or-later
"""The licences of all that is installed with the program fit GPL-2.0-or-later (docs/adr/0010-licence.md).

The licences are those that the installed packages declare; what a wheel bundles beyond that, such as MPFR in
pyganak (LGPL-3.0-or-later), is in the decision record. With Apache-2.0 or LGPL-3.0-or-later among them, the
whole is passed on under version 3 of the GPL.
"""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROGRAM = "kconfig-explorer"
FITTING = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "GPL-2.0-or-later",
    "GPL-3.0-or-later",
    "ISC",
    "LGPL-2.1-or-later",
    "LGPL-3.0-or-later",
    "MIT",
    "MPL-2.0",
    "PSF-2.0",
    "Python-2.0",
    "Unlicense",
    "ZPL-2.1",
}
"""SPDX identifiers. The FSF's list of licences says for each that it fits GPL-3.0."""
SPELLED = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Zope Public License": "ZPL-2.1",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache License 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "BSD": "BSD-3-Clause",
}
"""As packages without an SPDX expression write it: a classifier, or the old field ``License``."""


def needed(extras: tuple[str, ...] = ()) -> dict[str, Distribution]:
    """The installed packages that the program needs with some extras, itself included, by name."""
    found: dict[str, Distribution] = {}
    ahead: list[tuple[str, tuple[str, ...]]] = [(PROGRAM, extras)]
    while ahead:
        name, wanted = ahead.pop()
        own = found.setdefault(name, distribution(name))
        new = ((canonicalize_name(other.name), tuple(other.extras)) for other in requirements(own, wanted))
        ahead.extend(other for other in new if other[0] not in found)
    return found


def requirements(package: Distribution, extras: tuple[str, ...]) -> Iterator[Requirement]:
    """What a package needs here with some extras."""
    for text in package.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if not marker or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def licences(package: Distribution) -> set[str]:
    """The SPDX identifiers of a package's licence; what it writes where that is none."""
    metadata = package.metadata.json
    if expression := str(metadata.get("license_expression", "")):
        return set(re.split(r" AND | OR |[()]", expression)) - {""}
    classifiers = [
        text.rpartition(" :: ")[2]
        for text in metadata.get("classifier", ())
        if text.startswith("License :: ") and not text.endswith(":: OSI Approved")
    ]
    return {SPELLED.get(text, text) for text in classifiers or [str(metadata.get("license", "none"))]}


@pytest.mark.parametrize("extra", ["", "count", "sweep", "dask"])
def test_every_dependency_has_a_licence_that_fits(extra: str) -> None:
    try:
        packages = needed((extra,))
    except PackageNotFoundError as error:
        if not extra:
            raise
        pytest.skip(f"the extra {extra} is not installed: {error}")
    assert len(packages) > (10 if not extra else 0)
    misfits = {name: licences(package) - FITTING for name, package in packages.items()}
    assert {name: words for name, words in misfits.items() if words} == {}


def test_the_program_declares_its_own_licence() -> None:
    assert licences(distribution(PROGRAM)) == {"GPL-2.0-or-later"}
