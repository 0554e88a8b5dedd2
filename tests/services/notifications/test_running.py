"""The service as a process on a real broker, a real database and a real mail provider: events in, inboxes and e-mails out."""

import uuid
from typing import Any

import pytest
from pymongo import MongoClient

from chassis.reference import VERSION
from contracts.notifications import AssignAccountTeam, SetPreferences
from contracts.people import CustomerPersonRecorded
from tests.delivery.waiting import eventually
from tests.services.notifications.given import CARLA, LINK, NINE, a_step, a_win, an_invitation
from tests.services.notifications.running import Notifications
from tests.services.service_process import answers_of, token

pytestmark = pytest.mark.integration


def fresh(name: str) -> str:
    """An id of the test's own."""
    return f"{name}-{uuid.uuid4().hex[:8]}"


@pytest.mark.requirement("R64")
@pytest.mark.requirement("N2")
def test_a_win_reaches_nine_departments_once_however_often_it_is_delivered(service: Notifications) -> None:
    """R64, N2: nine inboxes and nine e-mails, also when the event comes again under the same id."""
    deal = fresh("deal")
    won = a_win(deal_id=deal, account_id=fresh("account"))
    (id_,) = service.publish(won)
    service.publish(won, won, ids=[id_, id_])
    service.await_states({"delivered": 9, "sent": 9}, about=deal)
    rows = service.get(f"/notifications?about={deal}&channel=inbox")["items"]
    assert {row["recipient"] for row in rows} == {f"department:{name}" for name in NINE}
    assert {row["because_of"] for row in rows} == {id_}
    mail = service.await_mail("finance@baton.example")[-1]
    assert "4,821.00 USD" in mail.get_body(("plain",)).get_content()
    assert "4,821.00 USD" not in service.await_mail("hosting@baton.example")[-1].get_body(("plain",)).get_content()


@pytest.mark.requirement("N1")
@pytest.mark.requirement("N2")
def test_a_crash_among_many_wins_changes_no_count(service: Notifications) -> None:
    """N1, N2: the process killed twice among 150 wins: each department has each win once, and few e-mails hold them all."""
    account, sent_before, before = fresh("account"), len(service.mail.taken), service.summary(kind="deal_won")["total"]
    wins = [a_win(deal_id=fresh("deal"), account_id=account) for _ in range(150)]
    service.publish(*wins[:80])
    service.kill()
    service.publish(*wins[80:])
    service.start()
    service.kill()
    service.start()
    service.await_total(before + 150 * 18, kind="deal_won")
    for won in wins:
        rows = service.get(f"/notifications?about={won.deal_id}&limit=50")["items"]
        assert len({(row["recipient"], row["channel"]) for row in rows}) == len(rows) == 18
    assert len(service.mail.taken) - sent_before < 9 * 20
    assert service.get("/delivery")["dead_letters_open"] == 0


@pytest.mark.requirement("R65")
@pytest.mark.requirement("N1")
def test_an_informed_colleague_finds_a_step_in_their_inbox_and_marks_it_read(service: Notifications) -> None:
    """R65, N1: over the bus into the inbox: listed, counted as unread, read, and no longer counted."""
    cory, account, deal = fresh("cory"), fresh("account"), fresh("deal")
    service.record(cory, roles=["csm"])
    service.publish(AssignAccountTeam(account_id=account, members={"csm": (cory,)}))
    eventually(lambda: service.call("GET", f"/accounts/{account}/team").status_code == 200, "the team is known")
    service.publish(a_step(deal_id=deal, account_id=account, informed=("csm",)))
    inbox = eventually(lambda: _filled(service.get("/inbox", cory, "csm")), "an inbox with one item")
    (item,) = inbox["items"]
    assert (item["kind"], item["about"], inbox["unread"]) == ("step_completed", deal, 1)
    assert item["title"] == f"Done: Significant people identified (deal {deal})"
    assert service.call("POST", "/inbox/read", cory, "csm", json={"notification_ids": [item["id"]]}).json()["outcome"] == "changed"
    assert service.get("/inbox?unread=true", cory, "csm") == {"items": [], "next": None, "unread": 0}
    assert len(service.get("/inbox", cory, "csm")["items"]) == 1
    (mail,) = service.await_mail(f"{cory}@baton.example")
    assert mail["Subject"] == "1 thing to know"


def _filled(inbox: Any) -> Any:
    return inbox if inbox["items"] else None


@pytest.mark.requirement("N1")
def test_an_inbox_is_read_in_parts_the_latest_first(service: Notifications) -> None:
    cory, account = fresh("cory"), fresh("account")
    service.record(cory)
    service.call("PUT", f"/accounts/{account}/team", json={"members": {"csm": [cory]}})
    service.publish(*[a_step(deal_id=f"{account}-{number}", account_id=account, informed=("csm",)) for number in range(7)])
    eventually(lambda: service.get("/inbox", cory)["unread"] == 7, "seven items")
    first = service.get("/inbox?limit=4", cory)
    rest = service.get(f"/inbox?limit=4&after={first['next']}", cory)
    times = [item["happened_at"] for item in (*first["items"], *rest["items"])]
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (4, 3, None)
    assert times == sorted(times, reverse=True)


def test_a_departments_inbox_is_for_its_colleagues(service: Notifications) -> None:
    """Nobody reads another's inbox."""
    fay, rep = fresh("fay"), fresh("rep")
    service.record(fay, department="legal")
    assert service.call("GET", "/inbox?of=department:legal", fay).status_code == 200
    assert service.call("GET", "/inbox?of=department:legal").status_code == 200
    refused = service.call("GET", "/inbox?of=department:legal", rep, "sales_rep")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_inbox")
    assert service.call("POST", "/inbox/read", rep, json={"of": "department:legal"}).status_code == 403
    assert service.call("GET", f"/inbox?of={fay}", rep).status_code == 403
    assert service.call("GET", f"/people/{fay}/preferences", rep).status_code == 403


@pytest.mark.requirement("R68")
def test_a_survey_reaches_the_customers_person_with_the_link(service: Notifications) -> None:
    """The link travels sealed and is in the clear in the e-mail only; the invitation waits for the person's record."""
    deal = fresh("deal")
    service.publish(an_invitation(deal_id=deal))
    eventually(lambda: _put_off(service.get("/emails?recipient=carla")), "it waits for the record")
    service.publish(CustomerPersonRecorded(**CARLA.model_dump()))
    (mail,) = service.await_mail("carla@acme.example")
    assert LINK in mail.get_body(("plain",)).get_content()
    service.publish(an_invitation(deal_id=deal, reminder=True))
    reminder = service.await_mail("carla@acme.example", 2)[1]
    assert reminder["Subject"].startswith("A reminder")
    assert service.get(f"/notifications?about={deal}&channel=inbox")["items"] == []


def _put_off(page: Any) -> bool:
    return any(email["reason"] == "no record of the recipient" for email in page["items"])


@pytest.mark.requirement("N1")
def test_a_person_sets_their_own_preferences(service: Notifications) -> None:
    dana = fresh("dana")
    before = service.get(f"/people/{dana}/preferences", dana)
    assert (before["channels"], before["chosen"]) == (["inbox", "email"], False)
    chosen = {"channels": ["inbox"], "digest_every_minutes": 30}
    assert service.call("PUT", f"/people/{dana}/preferences", dana, json=chosen).json()["outcome"] == "changed"
    after = service.get(f"/people/{dana}/preferences", dana)
    assert (after["channels"], after["digest_every_minutes"], after["chosen"]) == (["inbox"], 30, True)
    wrong = service.call("PUT", f"/people/{dana}/preferences", dana, json={"channels": ["pigeon"]})
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (422, "channel_unknown", "channels")


def test_preferences_on_the_bus_need_that_persons_token(service: Notifications) -> None:
    dana, mallory = fresh("dana"), fresh("mallory")
    command = SetPreferences(person_id=dana, channels=("inbox",))
    service.publish(command)
    service.publish(command, bearer=f"Bearer {token(mallory)}")
    service.publish(command.model_copy(update={"channels": ("email",)}), bearer=f"Bearer {token(dana)}")
    eventually(lambda: service.get(f"/people/{dana}/preferences", dana)["channels"] == ["email"], "the last one holds")


def test_the_directory_is_recorded_in_bulk_and_a_bad_line_harms_no_other(service: Notifications) -> None:
    fay, account = fresh("fay"), fresh("account")
    body = "\n".join(
        (
            f'{{"type": "RecordColleague", "person_id": "{fay}", "name": "Fay Finance", "department": "finance"}}',
            '{"type": "RecordColleague", "person_id": "x", "name": "X", "time_zone": "Mars/Olympus"}',
            f'{{"type": "AssignAccountTeam", "account_id": "{account}", "members": {{"csm": ["{fay}"]}}}}',
            "not json",
            '{"type": "OpenDeal"}',
        )
    )
    lines = answers_of(service.call("POST", "/directory/bulk", content=body))
    assert [(line["line"], line["outcome"], line["id"]) for line in lines] == [
        (1, "changed", fay),
        (2, "invalid", None),
        (3, "changed", account),
        (4, "invalid", None),
        (5, "invalid", None),
    ]
    assert lines[1]["field"] == "time_zone"
    again = answers_of(service.call("POST", "/directory/bulk", content=body))
    assert [line["outcome"] for line in again] == ["nothing", "invalid", "nothing", "invalid", "invalid"]
    strangers = answers_of(service.call("POST", "/directory/bulk", "rep", "sales_rep", content=body))
    assert [line["outcome"] for line in strangers] == ["refused", "invalid", "refused", "invalid", "invalid"]
    assert service.get(f"/people/{fay}")["department"] == "finance"


def test_a_bulk_request_changes_the_directory_once(service: Notifications) -> None:
    """Guarantee: its lines share a transaction, so that the directory is loaded again once, and not once for each of them."""
    before, people = directory_version(service), [fresh("fay") for _ in range(30)]
    lines = [{"type": "RecordColleague", "person_id": person, "name": "Fay Finance"} for person in people]
    lines += [{"type": "AssignAccountTeam", "account_id": fresh("account"), "members": {"csm": [person]}} for person in people]
    assert {answer["outcome"] for answer in service.bulk("/directory/bulk", lines, "ops")} == {"changed"}
    assert directory_version(service) == before + 1


def directory_version(service: Notifications) -> int:
    """How often the directory has changed."""
    with MongoClient[dict[str, Any]](service.settings.mongo) as client:
        row = client[service.service.database(service.settings.prefix)].versions.find_one({"_id": VERSION})
    return int(row["version"]) if row else 0


@pytest.mark.requirement("X5")
def test_an_erased_colleague_is_gone(service: Notifications) -> None:
    fay = fresh("fay")
    service.record(fay)
    assert service.call("DELETE", f"/people/{fay}", "rep", "sales_rep").status_code == 403
    assert service.call("DELETE", f"/people/{fay}", "pia", "privacy_officer").json()["outcome"] == "changed"
    gone = service.call("GET", f"/people/{fay}")
    assert (gone.status_code, gone.json()["code"]) == (404, "person_unknown")


def test_what_cannot_be_sent_again_says_why(service: Notifications) -> None:
    deal = fresh("deal")
    service.publish(a_step(deal_id=deal, informed=("onboarding_manager",)))
    service.await_states({"delivered": 1, "sent": 1}, about=deal)
    rows = {row["channel"]: row for row in service.get(f"/notifications?about={deal}")["items"]}
    shown = service.get(f"/notifications/{rows['email']['id']}")
    assert (shown["email"]["status"], shown["email"]["kind"]) == ("sent", "digest")
    for channel in rows:
        refused = service.call("POST", f"/notifications/{rows[channel]['id']}/resend")
        assert (refused.status_code, refused.json()["code"]) == (409, "not_resendable")
    assert service.call("POST", "/notifications/nothing/resend").status_code == 404
    assert service.call("GET", "/notifications/nothing").status_code == 404


def test_no_endpoint_works_without_a_token(service: Notifications) -> None:
    paths = ("/inbox", "/inbox/stream", "/notifications", "/notifications/summary", "/emails", "/people", "/people/x", "/accounts/x/team")
    assert {service.client.get(f"{service.url}{path}").status_code for path in paths} == {401}
