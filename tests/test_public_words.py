"""The words people meet first: the self-check leads somewhere, and each step and benefit keeps its promises."""

from urllib.parse import parse_qs, urlsplit

import pytest

from site_builder.content import Content
from site_builder.records import Page


@pytest.fixture(scope="module")
def who(content: Content) -> Page:
    return next(page for page in content.pages if page.url == "/who/")


def test_every_answer_of_the_self_check_leads_on_and_every_result_can_be_reached(who):
    questions = {question["id"]: question for question in who.extra["questions"]}
    results = {result["id"] for result in who.extra["results"]}
    waiting, asked, reached = [who.extra["start"]], set(), set()
    while waiting:
        question = questions[waiting.pop()]
        asked.add(question["id"])
        for option in question["options"]:
            assert ("next" in option) != ("result" in option), option["label"]
            reached |= {option["result"]} if "result" in option else set()
            waiting += [option["next"]] if "next" in option else []

    assert asked == set(questions)
    assert reached == results


def test_the_self_check_never_asks_more_than_the_front_page_says(who):
    questions = {question["id"]: question for question in who.extra["questions"]}

    def longest(question_id: str) -> int:
        onward = [option["next"] for option in questions[question_id]["options"] if "next" in option]
        return 1 + max((longest(next_id) for next_id in onward), default=0)

    assert longest(who.extra["start"]) == 3


def test_every_example_of_the_circular_is_on_the_page(content, who):
    shown = {example["fact"] for example in who.extra["examples"]}

    assert shown == {fact_id for fact_id in content.facts if fact_id.startswith("definition.example.")}


def test_the_front_page_opens_with_its_three_doors(content):
    front = next(page for page in content.pages if page.url == "/")

    assert [door["href"] for door in front.extra["doors"]] == ["/who/", "/register/", "/benefits/"]
    assert content.facts.show("doc.moi.date") in front.body


def test_whoever_is_stuck_asks_for_help_with_their_own_step_filled_in(content):
    for step in content.steps:
        links = [urlsplit(part.split(")")[0]) for part in step.body.split("](")[1:]]
        helps = [parse_qs(link.query)["step"] for link in links if link.path == "/forms/help_request"]

        assert helps == [[str(step.number)]], step.path


def test_each_step_says_which_advice_is_not_from_the_document(content):
    assert all(content.phrases["general_advice"] in step.body for step in content.steps)


def test_each_benefit_says_what_is_there_what_waits_and_what_is_unknown(content):
    for benefit in content.benefits:
        anchors = [f"{{#b{benefit.number}-{part}}}" for part in ("now", "waits", "unknown")]

        assert all(anchor in benefit.body for anchor in anchors), benefit.path


def test_the_two_lists_of_benefits_point_at_each_other(content):
    bodies = {page.url: page.body for page in content.pages}

    assert "](/benefits/)" in bodies["/measures/k2-benefits/"]
    assert "](/measures/k2-benefits/)" in bodies["/benefits/"]


def test_every_measure_carries_a_picture_of_life_a_gap_a_next_step_and_a_warning(content):
    for measure in content.measures:
        kinds = ("imagine", "unknown", "now", "beware", "source")

        assert all(f'!!! {kind} "' in measure.page.body for kind in kinds), measure.page.path


def test_readings_the_document_does_not_settle_are_held_back(content):
    held = {fact.id for fact in content.facts.values() if not fact.publish}

    assert held >= {fact.id for fact in content.facts.values() if fact.status == "disputed"}
