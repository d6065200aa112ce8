"""Tests of a client library: against a site in this process, without a port, and once over HTTP."""

import pytest
import requests
from library_client import LibraryClient

URL = "https://library.example.com"


@pytest.fixture
def waited():
    return []


@pytest.fixture
def client(frappe_site, waited):
    frappe_site.client().insert({"doctype": "Book", "title": "Emma", "copies": 2})
    with frappe_site.intercept(URL):
        yield LibraryClient(URL, *frappe_site.keys(), wait=waited.append)


def loans(site):
    return site.client().get_list("Loan", fields=["book", "member"])


def test_a_book_is_lent(frappe_site, client):
    client.lend("Emma", "Ann")
    assert loans(frappe_site) == [{"book": "Emma", "member": "Ann"}]


def test_a_busy_server_is_asked_again_when_it_says(frappe_site, client, waited):
    frappe_site.fail_next(503, times=2, retry_after=7)
    client.lend("Emma", "Ann")
    assert waited == [7, 7]
    assert len(loans(frappe_site)) == 1


def test_a_lost_answer_does_not_lend_twice(frappe_site, client):
    frappe_site.drop_next(after_work=True)
    client.lend("Emma", "Ann")
    assert [each.status for each in frappe_site.requests[-2:]] == [0, 201]
    assert len(loans(frappe_site)) == 1


def test_a_slow_server_is_given_up_after_three_tries(frappe_site, client, waited):
    frappe_site.delay_next(60, times=3)
    with pytest.raises(requests.Timeout):
        client.lend("Emma", "Ann")
    assert waited == [1, 1]


def test_a_refusal_is_not_tried_again(frappe_site, client):
    with pytest.raises(requests.HTTPError, match="417"):
        client.lend("No such book", "Ann")
    assert [each.path for each in frappe_site.requests].count("/api/resource/Loan") == 1


def test_it_works_over_http_too(frappe_site, frappe_server):
    frappe_site.client().insert({"doctype": "Book", "title": "Emma"})
    client = LibraryClient(frappe_server.url, *frappe_site.keys())
    client.lend("Emma", "Ann")
    client.session.close()
    assert loans(frappe_site) == [{"book": "Emma", "member": "Ann"}]
