"""Named placeholders become question marks, but only where SQL would look for a value."""

from __future__ import annotations

import pytest

from data_sync.fetchers.odbc.placeholders import bind, check_placeholders, pyformat, without_end

KNOWN = ("minimum_dt", "maximum_dt")
VALUES = {"minimum_dt": "low", "maximum_dt": None}


def test_each_mention_is_bound_in_order() -> None:
    sql = "SELECT 1 WHERE a >= :minimum_dt AND (:maximum_dt IS NULL OR a < :maximum_dt)"
    assert bind(sql, VALUES) == (
        "SELECT 1 WHERE a >= ? AND (? IS NULL OR a < ?)",
        ["low", None, None],
    )


@pytest.mark.parametrize(
    "untouched",
    [
        "SELECT ':minimum_dt', 'it''s :minimum_dt'",
        'SELECT ":minimum_dt"',
        "SELECT 1 -- :minimum_dt ?\n",
        "SELECT 1 /* :minimum_dt\n ? */",
        "SELECT a::minimum_dt",
        "SELECT '10:30'",
    ],
)
def test_text_names_comments_and_casts_are_left_alone(untouched: str) -> None:
    check_placeholders(untouched, KNOWN)
    assert bind(untouched, VALUES) == (untouched, [])


def test_for_other_drivers_they_keep_their_names_and_percent_signs_are_doubled() -> None:
    assert pyformat("SELECT :minimum_dt WHERE a % 2 = 1 AND b LIKE '%:x%(y)s' AND c < :minimum_dt") == (
        "SELECT %(minimum_dt)s WHERE a %% 2 = 1 AND b LIKE '%%:x%%(y)s' AND c < %(minimum_dt)s",
        {"minimum_dt"},
    )


def test_an_unknown_placeholder_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean ':minimum_dt'"):
        check_placeholders("SELECT :minimum_dtt", KNOWN)


def test_a_bare_question_mark_is_refused() -> None:
    with pytest.raises(ValueError, match=r"bare '\?'"):
        check_placeholders("SELECT ?", KNOWN)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", "SELECT 1"),
        ("SELECT 1;\n", "SELECT 1"),
        ("SELECT 1 -- the end", "SELECT 1"),
        ("SELECT 1; /* no; more */ ; -- end\n", "SELECT 1"),
        ("SELECT '--'", "SELECT '--'"),
        ("SELECT 1 /* why */ AS a -- end", "SELECT 1 /* why */ AS a"),
        ("-- only a comment", ""),
    ],
)
def test_what_stands_behind_a_query_is_left_out(sql: str, expected: str) -> None:
    assert without_end(sql) == expected
