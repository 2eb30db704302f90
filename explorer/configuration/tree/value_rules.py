# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules for values that changed over time, read from a tree's own copy of Kconfig.

A tree that holds Kconfig's C sources is configured by them, whatever release it is: vendors backport, and
U-Boot, barebox, Xen, coreboot and busybox carry copies of different ages. A change is recognised by what the
C says. Where the sources are missing (a shipped fragment, a package with Kconfig files only), or do not hold
what both sides of a change have in common, the release decides.

1. *imply_obeys_depends*: ``sym_calc_value()`` limits a value to ``sym->dir_dep.tri``. Commit 3a9dd3ecb207
   ("kconfig: make 'imply' obey the direct dependency") (in v5.7).
2. *compares_levels*: ``expr.c`` reads ``"n"`` as 0. Commit 9059a3493efe ("kconfig: fix relational operators
   for bool and tristate symbols") (in v4.16; in 4.15.18).
3. *literals_have_type*: ``symbol_yes`` is a tristate. Commit aabdc960a283 ("kconfig: fix comparison to
   constant symbols, 'm', 'n'") (in v6.10), and in stable releases of May and June 2024.
4. *drops_out_of_range*: ``conf_read()`` clears ``SYMBOL_DEF_USER``. Until commit 6a1215888e23 ("kconfig: do
   not clear SYMBOL_DEF_USER when the value is out of range") (in v6.8).
5. *number_is_zero*: ``sym_calc_value()`` begins with ``"0"``. Commit 6262afa10ef7 ("kconfig: default to zero
   if int/hex symbol lacks default property") (in v6.8).
6. *choice_accepts_n*: ``sym_calc_choice()`` takes a menu. Commit f79dc03fe68c ("kconfig: refactor choice
   value calculation") (in v6.11).
7. *prints_range_ends*: ``sym_validate_range()`` prints the end of a range that replaces a value. Until commit
   ae1eff0349f2 ("kconfig: fix memory leak from range properties") (in v6.7; in 6.6.9).
8. *sums_characters*: ``sym_lookup()`` adds the characters of a name. Copies of Linux 2.6, as in busybox.
"""

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from explorer.configuration.files.sources import Sources
from explorer.errors import InputError
from explorer.version import KernelVersion

__all__ = ["ValueRules"]

_FOLDERS = ("scripts/kconfig", "util/kconfig", "tools/kconfig")
"""Linux, U-Boot, barebox and busybox; coreboot; Xen, whose files are relative to its folder ``xen``."""
_LITERALS_HAVE_TYPE = {
    (4, 19): 316,
    (5, 4): 278,
    (5, 10): 219,
    (5, 15): 161,
    (6, 1): 93,
    (6, 6): 33,
    (6, 8): 12,
    (6, 9): 3,
}
"""The stable release of a series that has rule 3 (dates of the releases; 5.15.135 and 6.1.10 lack it)."""
_COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_SIGNS = MappingProxyType(
    {
        "imply_obeys_depends": (
            "symbol.c",
            r"sym->implied",
            r"EXPR_AND\(newval\.tri,\s*sym->dir_dep\.tri\)",
        ),
        "compares_levels": ("expr.c", r"\bexpr_calc_value\(", r"strcmp\(str,\s*\"n\"\)"),
        "literals_have_type": (
            "symbol.c",
            r"\bsymbol_yes\s*=\s*\{",
            r"\bsymbol_yes\s*=\s*\{[^}]{0,200}\.type\s*=\s*S_TRISTATE",
        ),
        "drops_out_of_range": (
            "confdata.c",
            r"\bconf_read\(",
            r"sym_string_within_range\([^}]{0,300}(?:SYMBOL_VALID\s*\|\s*SYMBOL_DEF_USER|SYMBOL_NEW)",
        ),
        "number_is_zero": ("symbol.c", r"\bsym_calc_value\(", r"newval\.val\s*=\s*\"0\""),
        "choice_accepts_n": ("symbol.c", r"\bsym_calc_choice\(", r"\bsym_calc_choice\(struct menu\b"),
        "first_answer_counts": ("confdata.c", r"\bconf_read_simple\(", r"trying to reassign symbol"),
        "prints_range_ends": ("symbol.c", r"\bsym_validate_range\(", r"printf\(\w+, \"0x%llx\""),
        "sums_characters": ("symbol.c", r"\bsym_lookup\(", r"hash\s*\+=\s*\*"),
    }
)
"""Field to a file, a pattern that both sides of the change match, and one that the new side matches."""


@dataclass(frozen=True, slots=True)
class ValueRules:
    """The rules of a tree; the list above names the changes.

    Attributes:
        imply_obeys_depends: ``imply`` is limited by the direct dependency, and does not promote m to y.
        compares_levels: a bool or tristate is compared as 0, 1 or 2; otherwise as text.
        literals_have_type: the literals n, m and y are compared as tristates; otherwise as text.
        drops_out_of_range: ``conf_read()`` drops a number outside its range.
        number_is_zero: a number without a default is 0; otherwise it is empty.
        choice_accepts_n: choices as of v6.11.
        first_answer_counts: of several lines for one symbol, and of several members of a choice that are y,
            the first counts: the Kconfig of Linux 2.6 that busybox carries; otherwise the last.
        prints_range_ends: a value outside a range becomes its end as C prints numbers; otherwise as the end
            is written.
        sums_characters: the hash table of symbols has 257 lists; otherwise 9,973, by FNV-1a.
    """

    imply_obeys_depends: bool
    compares_levels: bool
    literals_have_type: bool
    drops_out_of_range: bool
    number_is_zero: bool
    choice_accepts_n: bool
    first_answer_counts: bool
    prints_range_ends: bool
    sums_characters: bool

    @classmethod
    def of(cls, version: KernelVersion | None) -> Self:
        """The rules of a release, a candidate's those of its release; of the newest if it is unknown."""
        version = (version or KernelVersion(999, 0)).judged_as
        return cls(
            imply_obeys_depends=version >= KernelVersion(5, 7),
            compares_levels=version >= KernelVersion(4, 15),
            literals_have_type=version >= KernelVersion(6, 10)
            or version.stable >= _LITERALS_HAVE_TYPE.get(version.series, 1 << 30),
            drops_out_of_range=version < KernelVersion(6, 8),
            number_is_zero=version >= KernelVersion(6, 8),
            choice_accepts_n=version >= KernelVersion(6, 11),
            first_answer_counts=False,
            prints_range_ends=version < KernelVersion(6, 7),
            sums_characters=False,
        )

    @classmethod
    def of_tree(cls, sources: Sources, version: KernelVersion | None) -> Self:
        """The rules of the Kconfig sources in a tree; where they say nothing, those of its release."""
        texts = {name: _text(sources, name) for name in ("symbol.c", "expr.c", "confdata.c")}
        rules = {name: getattr(cls.of(version), name) for name in _SIGNS}
        for name, (file, common, sign) in _SIGNS.items():
            if re.search(common, texts[file]):
                rules[name] = re.search(sign, texts[file]) is not None
        return cls(**rules)


def _text(sources: Sources, name: str) -> str:
    """A C file of Kconfig without comments; empty if the tree has none, or one that must not be read."""
    for folder in _FOLDERS:
        try:
            return _COMMENTS.sub(" ", sources.text(f"{folder}/{name}"))
        except (OSError, InputError):
            continue
    return ""
