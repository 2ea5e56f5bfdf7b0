"""Triggers in words."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings

from app.values.language import Language, elsewhere
from app.values.trigger import Cron, Interval, Once, Trigger
from app.values.when import When
from tests.values.expressions import EXPRESSIONS


def words_of(expression: str, language: Language = Language.ENGLISH) -> str:
    """Return what a crontab expression is in words."""
    return Cron(expression=expression, timezone="UTC").words(language)


WORDS = {
    "30 7 * * 1-5": "At 07:30, Monday through Friday",
    "30 19 * * *": "At 19:30",
    "* * * * *": "Every minute",
    "*/15 * * * *": "Every 15 minutes",
    "*/7 * * * *": "At 0, 7, 14, 21, 28, 35, 42, 49, and 56 minutes past the hour",
    "*/90 * * * *": "Every hour",
    "@hourly": "Every hour",
    "@daily": "At 00:00",
    "@weekly": "At 00:00, only on Sunday",
    "@monthly": "At 00:00, on day 1 of the month",
    "@yearly": "At 00:00, on day 1 of the month, only in January",
    "0 0 * * 7": "At 00:00, only on Sunday",
    "0 0 * * 5-7": "At 00:00, Friday through Sunday",
    "0 0 * * 6,0": "At 00:00, only on Saturday and Sunday",
    "0 0 * * mon,wed,fri": "At 00:00, only on Monday, Wednesday, and Friday",
    "0 0 * * 1-5/2": "At 00:00, only on Monday, Wednesday, and Friday",
    "0 6,18 * * *": "At 06:00 and 18:00",
    "0 */6 * * *": "Every 6 hours",
    "0 */5 * * *": "At 00:00, 05:00, 10:00, 15:00 and 20:00",
    "0 8-10 * * *": "At 08:00, 09:00 and 10:00",
    "23 0-23/2 * * *": "At 23 minutes past the hour, every 2 hours",
    "0 0 L * *": "At 00:00, on the last day of the month",
    "0 0 LW * *": "At 00:00, on the last weekday of the month",
    "0 0 1,L * *": "At 00:00, on day 1 of the month and on the last day of the month",
    "0 0 * * 5L": "At 00:00, on the last Friday of the month",
    "0 0 * * MON#2": "At 00:00, on the second Monday of the month",
    "0 0 * * 0,3#2": "At 00:00, only on Sunday and on the second Wednesday of the month",
    "30 4 1,15 * 5": "At 04:30, on day 1 and 15 of the month, or on Friday",
    "0 0 1-7 * 1-5": "At 00:00, between day 1 and 7 of the month, or on Monday through Friday",
    "0 0 13 * 5L": "At 00:00, on day 13 of the month, or on the last Friday of the month",
    "0 0 */10 * 5": "At 00:00, on day 1, 11, 21, and 31 of the month, but only on Friday",
    "0 0 13 * */7": "At 00:00, on day 13 of the month, but only on Sunday",
    "0 0 1-31 * 1": "At 00:00",
    "0 0 1 1,7 *": "At 00:00, on day 1 of the month, only in January and July",
    "0 0 * JAN-MAR *": "At 00:00, January through March",
}


@pytest.mark.parametrize(("expression", "words"), WORDS.items())
def test_an_expression_in_words_says_what_it_means(expression: str, words: str) -> None:
    """With "or" and "but only" between the two fields of days as cron has it."""
    assert words_of(expression) == words


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS)
def test_every_expression_has_words(expression: str) -> None:
    """And they begin and end as a phrase does."""
    for language in Language:
        words = words_of(expression, language)
        assert words[0].isupper()
        assert words == words.strip(" ,")
        assert "{" not in words


def test_interval_and_once_have_words() -> None:
    """With the unit in the plural where it is one."""
    assert Interval(every=timedelta(minutes=15)).words() == (
        "Every 15 minutes, counted from 1970-01-01 00:00 UTC"
    )
    anchor = datetime(2026, 11, 24, 10, 30, 5, tzinfo=UTC)
    assert Interval(every=timedelta(days=1), anchor=anchor).words() == (
        "Every day, counted from 2026-11-24 10:30:05 UTC"
    )
    assert (
        Interval(every=timedelta(seconds=93_661))
        .words()
        .startswith("Every 1 day, 2 hours, 1 minute and 1 second, counted")
    )
    assert Once(at=anchor.replace(second=0)).words() == "Once, at 2026-11-24 10:30 UTC"


PORTUGUESE = {
    "30 7 * * 1-5": "Às 07:30, de segunda a sexta-feira",
    "30 19 * * *": "Às 19:30",
    "* * * * *": "A cada minuto",
    "*/15 * * * *": "A cada 15 minutos",
    "*/7 * * * *": "Nos minutos 0, 7, 14, 21, 28, 35, 42, 49 e 56 de cada hora",
    "*/90 * * * *": "A cada hora",
    "@hourly": "A cada hora",
    "@daily": "Às 00:00",
    "@weekly": "Às 00:00, aos domingos",
    "@monthly": "Às 00:00, no dia 1º do mês",
    "@yearly": "Às 00:00, no dia 1º do mês, somente em janeiro",
    "0 0 * * 7": "Às 00:00, aos domingos",
    "0 0 * * 5-7": "Às 00:00, de sexta-feira a domingo",
    "0 0 * * 6,0": "Às 00:00, aos sábados e domingos",
    "0 0 * * mon,wed,fri": "Às 00:00, às segundas, quartas e sextas-feiras",
    "0 0 * * 1-5/2": "Às 00:00, às segundas, quartas e sextas-feiras",
    "0 6,18 * * *": "Às 06:00 e 18:00",
    "0 */6 * * *": "A cada 6 horas",
    "0 */5 * * *": "Às 00:00, 05:00, 10:00, 15:00 e 20:00",
    "0 8-10 * * *": "Às 08:00, 09:00 e 10:00",
    "23 0-23/2 * * *": "A cada 2 horas, no minuto 23",
    "0 0 L * *": "Às 00:00, no último dia do mês",
    "0 0 LW * *": "Às 00:00, no último dia útil do mês",
    "0 0 1,L * *": "Às 00:00, no dia 1º do mês e no último dia do mês",
    "0 0 * * 5L": "Às 00:00, na última sexta-feira do mês",
    "0 0 * * MON#2": "Às 00:00, na 2ª segunda-feira do mês",
    "0 0 * * 0,3#2": "Às 00:00, aos domingos e na 2ª quarta-feira do mês",
    "30 4 1,15 * 5": "Às 04:30, nos dias 1º e 15 do mês, ou às sextas-feiras",
    "0 0 1-7 * 1-5": "Às 00:00, nos dias 1º a 7 do mês, ou de segunda a sexta-feira",
    "0 0 13 * 5L": "Às 00:00, no dia 13 do mês, ou na última sexta-feira do mês",
    "0 0 */10 * 5": "Às 00:00, nos dias 1º, 11, 21 e 31 do mês, mas somente às sextas-feiras",
    "0 0 13 * */7": "Às 00:00, no dia 13 do mês, mas somente aos domingos",
    "0 0 1-31 * 1": "Às 00:00",
    "0 0 1 1,7 *": "Às 00:00, no dia 1º do mês, somente em janeiro e julho",
    "0 0 * JAN-MAR *": "Às 00:00, de janeiro a março",
    "0 6-22 * * *": "A cada hora, das 06:00 às 22:00",
    "30 0,6-22 * * *": "A cada hora, às 00:30 e das 06:30 às 22:30",
    "* */2 * * *": "A cada minuto, nas horas 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20 e 22",
    "*/15 8-18 * * 1-5": "A cada 15 minutos, das 08:00 às 18:59, de segunda a sexta-feira",
    "0-10 11 * * *": "A cada minuto, das 11:00 às 11:10",
    "0-10 8-10 * * *": "Nos minutos 0 a 10 de cada hora, das 08:00 às 10:59",
    "5,35 8,20 * * *": "Às 08:05, 08:35, 20:05 e 20:35",
    "0 0 * * 4-6": "Às 00:00, de quinta-feira a sábado",
    "0 0 * * 1-3,6": "Às 00:00, de segunda a quarta-feira e aos sábados",
    "0 9 * * 6#2,0L": "Às 09:00, no último domingo do mês e no 2º sábado do mês",
    "0 0 1 3,5-9 *": "Às 00:00, no dia 1º do mês, somente em março e de maio a setembro",
    "1 1 2-5,9,31 * *": "Às 01:01, nos dias 2 a 5, 9 e 31 do mês",
}


def test_portuguese_has_words_for_what_english_has_words_for() -> None:
    """So that an expression is not forgotten in one of them."""
    assert set(WORDS) <= set(PORTUGUESE)


@pytest.mark.parametrize(("expression", "words"), PORTUGUESE.items())
def test_an_expression_in_portuguese_says_what_it_means(expression: str, words: str) -> None:
    """With the gender of days, and what is told once of several."""
    assert words_of(expression, Language.PORTUGUESE) == words


def test_interval_and_once_in_portuguese() -> None:
    """With dates as Brazilians write them."""
    anchor = datetime(2026, 11, 24, 10, 30, 5, tzinfo=UTC)
    told: list[Trigger] = [
        Interval(every=timedelta(minutes=15)),
        Interval(every=timedelta(days=1), anchor=anchor),
        Interval(every=timedelta(seconds=93_661)),
        Once(at=anchor.replace(second=0)),
    ]
    assert [one.words(Language.PORTUGUESE) for one in told] == [
        "A cada 15 minutos, a contar de 01/01/1970 00:00 UTC",
        "A cada dia, a contar de 24/11/2026 10:30:05 UTC",
        "A cada 1 dia, 2 horas, 1 minuto e 1 segundo, a contar de 01/01/1970 00:00 UTC",
        "Uma vez, em 24/11/2026 10:30 UTC",
    ]


def test_a_schedule_that_only_people_start_has_words() -> None:
    """In both languages; English goes without saying in the list of the others."""
    assert When().words() == "Only by hand"
    assert elsewhere(When().words) == {"pt-BR": "Somente manual"}
