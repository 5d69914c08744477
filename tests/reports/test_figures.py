"""Figures are facts: equal data give equal bytes, labels never overlap, nothing depends on the day."""

import re
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from reports.figures import Fan, FanLabels, Step, fans, waterfalls
from reports.style import house_style, keep_tick_labels_inside, spread

LABELS = FanLabels("median", "8 in 10", "baseline", "day")


def some_fan(shift=0.0):
    return fans([Fan.of("one", np.linspace(0, 1, 50) * np.arange(1, 6)[:, None] + shift)], "units", LABELS)


def test_equal_data_give_equal_bytes_and_other_data_do_not():
    assert some_fan() == some_fan()
    assert some_fan() != some_fan(shift=0.5)


def test_no_figure_carries_a_date_a_script_or_an_address():
    told = re.sub(r'xmlns(:xlink)?="[^"]+"', "", some_fan().svg)
    assert "<metadata" not in told
    assert "<script" not in told
    assert "http" not in told
    assert "<text" not in told, "letters are outlines, so that no machine substitutes a font"


def test_chinese_labels_are_drawn():
    chinese = fans([Fan.of("违约", np.ones((3, 9)))], "户", FanLabels("中位数", "八成", "基准", "日"))
    assert "NotoSansCJK" in chinese.svg


@given(st.lists(st.floats(0, 100), min_size=1, max_size=6))
def test_labels_are_moved_apart_but_keep_their_order(places):
    moved = spread(places, gap=10, low=0, high=100)
    order = sorted(range(len(places)), key=lambda index: places[index])
    in_order = [moved[index] for index in order]
    assert all(later - earlier >= 10 - 1e-3 for earlier, later in pairwise(in_order))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=4))
def test_labels_far_enough_apart_stay_where_they_are(places):
    apart = [100.0 * index + place / 2 for index, place in enumerate(places)]
    assert spread(apart, gap=10, low=0, high=1000) == apart


def test_a_waterfall_of_nothing_can_be_drawn():
    empty = [Step("owed", 0.0, 0.0, "0.00", is_total=True), Step("lost", 0.0, 0.0, "0.00", is_borne=True)]
    assert waterfalls([("calm", empty)], "million").svg.startswith("<svg")


def test_the_last_tick_label_keeps_its_end_and_the_paper_is_white():
    """A transparent figure disappears on a dark page; a label centred on the edge of the figure loses its half."""
    assert "fill: #ffffff" in some_fan().svg.split("</g>")[0]
    with house_style():
        figure = Figure(figsize=(3, 2))
        axes = figure.add_axes((0.0, 0.2, 1.0, 0.7))
        axes.set_xlim(0, 20_000)
        axes.set_xticks([0, 10_000, 20_000])
        keep_tick_labels_inside(figure)
        boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert [label.get_horizontalalignment() for label in axes.get_xticklabels()] == ["left", "center", "right"]
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
