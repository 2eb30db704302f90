# SPDX-License-Identifier: GPL-2.0-or-later
from itertools import combinations

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.style import Style

from explorer.terminal.console import HAZARD_STYLE, STYLE

BLACK, WHITE = ColorTriplet(0, 0, 0), ColorTriplet(255, 255, 255)


def luminance(colour: ColorTriplet) -> float:
    """The relative luminance of WCAG 2."""
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: ColorTriplet, other: ColorTriplet) -> float:
    """The contrast ratio of WCAG 2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def colours(styles: dict[str, str]) -> list[Style]:
    return [Style.parse(style) for style in styles.values() if Style.parse(style).color]


def rgb(colour: Color | None) -> ColorTriplet:
    assert colour is not None
    return colour.get_truecolor()


def test_every_colour_is_readable_on_dark_and_on_light_terminals() -> None:
    styles = [*colours(STYLE), *colours(HAZARD_STYLE)]
    grounds = [[rgb(style.bgcolor)] if style.bgcolor else [BLACK, WHITE] for style in styles]
    poor = [
        (str(style), ground)
        for style, of_style in zip(styles, grounds, strict=True)
        for ground in of_style
        if contrast(rgb(style.color), ground) < 3.5
    ]
    assert len(styles) == 7
    assert poor == []


def test_every_colour_is_the_same_on_every_terminal() -> None:
    used = [style.color.number for style in [*colours(STYLE), *colours(HAZARD_STYLE)] if style.color]
    assert [number for number in used if number is None or number < 16] == []


def test_the_grades_of_unsafe_and_the_other_verdicts_differ_in_colour() -> None:
    styles = [*HAZARD_STYLE.values(), STYLE["unknown"]]
    assert [pair for pair in combinations(styles, 2) if pair[0] == pair[1]] == []
