"""The themes: complete, and readable on their own ground."""

import pytest
from prompt_toolkit.styles import Style

from chat.tui.desk.style import CONTRAST, DARK, LIGHT, PLACES, PLAIN, THEMES, preferred, shade

DECORATION = {"column.rule"}
"""What is no text, and may be faint."""


def brightness(colour: str) -> float:
    """The relative luminance of a colour, as WCAG defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(theme: str, classes: str) -> float:
    """How much text of these classes stands out from its ground."""
    attrs = Style.from_dict(THEMES[theme]).get_attrs_for_style_str(classes)
    assert attrs.color is not None
    assert attrs.bgcolor is not None
    light, dark = sorted((brightness(attrs.color), brightness(attrs.bgcolor)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("theme", "least"), [(DARK, 4.5), (LIGHT, 4.5), (CONTRAST, 7)])
def test_everything_can_be_read(theme: str, least: float) -> None:
    """Each class, also in a selected line, stands out from its ground."""
    for name in THEMES[theme]:
        if name not in DECORATION:
            assert contrast(theme, f"class:{name}") >= least, name
            assert contrast(theme, f"class:{name} class:selected") >= least, name


def test_colours_are_those_of_most_terminals() -> None:
    """Each colour is one of the 256, so that none is replaced by one that is like it."""
    steps = {"00", "5f", "87", "af", "d7", "ff"}
    greys = {f"{8 + 10 * step:02x}" * 3 for step in range(24)}
    for theme in THEMES.values():
        for style in theme.values():
            for word in style.split():
                colour = word.removeprefix("bg:").removeprefix("#")
                if "#" in word:
                    assert colour in greys or {colour[0:2], colour[2:4], colour[4:6]} <= steps, word


def test_themes_have_the_same_classes() -> None:
    """No theme lacks what another has, but for the colours of people where there are none."""
    names = {theme: set(THEMES[theme]) for theme in THEMES}
    assert names[DARK] == names[LIGHT] == names[CONTRAST]
    assert names[DARK] - names[PLAIN] == {f"shade{place}" for place in range(PLACES)}


def test_people_are_told_apart() -> None:
    """In each theme with colours no two shades are the same; a name always has the same one."""
    for theme in (DARK, LIGHT, CONTRAST):
        assert len({THEMES[theme][f"shade{place}"] for place in range(PLACES)}) == PLACES
    assert shade("José") == shade("JOSÉ") != shade("bia")


def test_no_colour_means_none() -> None:
    """In the theme for NO_COLOR there is no colour at all."""
    style = Style.from_dict(THEMES[PLAIN])
    for name in THEMES[PLAIN]:
        attrs = style.get_attrs_for_style_str(f"class:{name}")
        assert (attrs.color or "", attrs.bgcolor or "") == ("", "")


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        ({}, DARK),
        ({"NO_COLOR": ""}, DARK),
        ({"NO_COLOR": "1", "COLORFGBG": "0;15"}, PLAIN),
        ({"COLORFGBG": "0;15"}, LIGHT),
        ({"COLORFGBG": "0;default;7"}, LIGHT),
        ({"COLORFGBG": "15;0"}, DARK),
    ],
)
def test_the_theme_where_none_is_chosen(environ: dict[str, str], theme: str) -> None:
    """NO_COLOR counts if it is not empty (no-color.org); then what the terminal tells of its ground."""
    assert preferred(environ) == theme
