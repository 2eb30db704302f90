# SPDX-License-Identifier: GPL-2.0-or-later
"""A vendor's kernel is judged as what it is: patched, so that its release's fragment does not describe it."""

import pytest

import explorer
from explorer.checking import Checked, Severity
from explorer.commands.options import option_of
from explorer.document.check import checked_json
from explorer.narrative.finding_narrative import finding_message
from tests.checking.judging import text_config

HEADER_4_19 = "# Linux/arm64 4.19.40 Kernel Configuration\nCONFIG_ARM64=y\n"
NO_ZONE = "# CONFIG_ZONE_DMA32 is not set\n"


def judged(text: str, header: str = HEADER_4_19) -> Checked:
    return explorer.check(text_config(header + text), machines=["flat"])


def errors_of(checked: Checked) -> list[str]:
    return [finding.symbol for finding in checked.findings if finding.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("sign", "words"),
    [
        ("CONFIG_ARCH_ENABLE_MEMORY_HOTPLUG=y", "only later releases can set ARCH_ENABLE_MEMORY_HOTPLUG"),
        ("CONFIG_ANDROID_KABI_RESERVE=y", "no release has ANDROID_KABI_RESERVE"),
        ("# CONFIG_MALI_BIFROST is not set", "no release has MALI_BIFROST"),
        ('CONFIG_LOCALVERSION="-perf+"', "-perf+ is the local version of a vendor"),
    ],
)
def test_what_a_fragment_rejects_of_a_patched_kernel_is_unknown(sign: str, words: str) -> None:
    checked = judged(f"{sign}\n{NO_ZONE}")
    assert (checked.verdict, checked.reachable, errors_of(checked)) == ("unknown", None, [])
    (finding,) = (finding for finding in checked.findings if finding.id == "unknown")
    assert finding_message(checked.tree, finding).startswith(
        f"this kernel is patched: {words}; kconfig/4.19 "
    )
    assert finding.severity is Severity.WARNING
    document = checked_json(checked, option_of)
    assert document["reachable"] is None
    assert {found["fix"]["words"] for found in document["findings"]} == {
        "this kernel is patched: give its --tree"
    }


def test_the_values_of_a_patched_kernels_file_are_booted() -> None:
    text = "# CONFIG_NUMA is not set\nCONFIG_ARCH_ENABLE_MEMORY_HOTPLUG=y\nCONFIG_MEMORY_HOTPLUG=y\n"
    assert judged(text).kernel_config is not None
    assert judged(text).kernel_config.has("MEMORY_HOTPLUG")  # type: ignore[union-attr] # asserted above
    checked = judged(f"{text}# CONFIG_HOLES_IN_ZONE is not set\n")
    assert checked.becomes.values == checked.combination.values
    assert checked.becomes.values["HOLES_IN_ZONE"] == "n"


def test_a_version_that_is_no_release_shows_a_patched_tree() -> None:
    header = "# Linux/arm64 6.1.0-sm6125 Kernel Configuration\nCONFIG_ARM64=y\n"
    checked = judged("CONFIG_ARCH_FORCE_MAX_ORDER=12\n", header)
    assert (checked.verdict, errors_of(checked)) == ("unknown", [])
    words = "this kernel is patched: its header names 6.1.0-sm6125, which is no release; "
    assert any(finding_message(checked.tree, finding).startswith(words) for finding in checked.findings)


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER_4_19}{NO_ZONE}",
        f'{HEADER_4_19.replace(".40", ".40-rc1")}CONFIG_LOCALVERSION="-x"\n{NO_ZONE}',
        f'{HEADER_4_19}CONFIG_LOCALVERSION="-performance"\n{NO_ZONE}',
        f"{HEADER_4_19}CONFIG_ANDROID_BINDER_IPC=y\n{NO_ZONE}",
        f"{HEADER_4_19.replace('ARM64', 'ANDROID_KABI_RESERVE')}{NO_ZONE}",
    ],
    ids=["clean", "local-version", "other-local-version", "mainline-android", "part"],
)
def test_an_impossible_value_without_a_clear_sign_stays_an_error(text: str) -> None:
    checked = explorer.check(text_config(text), machines=["flat"])
    assert (checked.verdict, errors_of(checked)) == ("unreachable", ["ZONE_DMA32"])


def test_a_file_without_a_header_shows_no_patched_tree() -> None:
    text = f"CONFIG_ARM64=y\nCONFIG_ANDROID_KABI_RESERVE=y\n{NO_ZONE}"
    checked = explorer.check(text_config(text), machines=["flat"], kernel="4.19")
    assert checked.verdict == "unreachable"


def test_a_second_member_of_a_choice_stays_an_error() -> None:
    pages = "CONFIG_ARM64_4K_PAGES=y\nCONFIG_ARM64_64K_PAGES=y\n"
    checked = judged(f"CONFIG_ANDROID_KABI_RESERVE=y\n{pages}")
    assert (checked.verdict, errors_of(checked)) == ("unreachable", ["ARM64_4K_PAGES"])


def test_a_patched_kernel_that_its_fragment_keeps_is_judged_as_before() -> None:
    checked = judged("CONFIG_ANDROID_KABI_RESERVE=y\n# CONFIG_NUMA is not set\n")
    assert (checked.verdict, checked.reachable) == ("safe", True)
