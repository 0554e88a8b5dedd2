"""Links: what they carry, how long they are good, and that nobody else can make one."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.settings import SettingsError, load_settings
from chassis.tokens import issue
from services.feedback.links import AnswerLinks, Invitation, LinkExpired, LinkInvalid
from services.feedback.settings import FeedbackSettings
from tests.deciding import NOW

KEY = b"a key of the tests, long enough!"
LINKS = AnswerLinks(KEY, "https://feedback.example.com")
ADA = Invitation("deal-1", "survey-1", "ada")
LATER = NOW + timedelta(days=30)
IDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=200)


@given(IDS, IDS, IDS)
def test_a_link_says_what_it_was_made_of_and_is_the_same_each_time(deal: str, survey: str, person: str) -> None:
    invitation = Invitation(deal, survey, person)
    assert LINKS.address(invitation, LATER) == LINKS.address(invitation, LATER)
    assert LINKS.read(LINKS.token(invitation, LATER), NOW) == invitation


@pytest.mark.requirement("X5")
def test_a_link_carries_ids_and_an_expiry_and_nothing_else() -> None:
    claims = jwt.decode(LINKS.token(ADA, LATER), options={"verify_signature": False})
    assert claims == {"aud": "baton:answer-page", "deal": "deal-1", "survey": "survey-1", "sub": "ada", "exp": int(LATER.timestamp())}


def test_a_link_is_good_until_its_expiry() -> None:
    token = LINKS.token(ADA, LATER)
    assert LINKS.read(token, LATER - timedelta(seconds=1)) == ADA
    with pytest.raises(LinkExpired):
        LINKS.read(token, LATER)


def forged() -> dict[str, str]:
    """Tokens that were not made by these links, by what is wrong with them."""
    good = LINKS.token(ADA, LATER)
    head, body, signature = good.split(".")
    claims = {"aud": "baton:answer-page", "deal": "d", "survey": "s", "sub": "p", "exp": LATER}
    return {
        "nothing": "",
        "no token": "not-a-token",
        "cut short": good[:-4],
        "another body": f"{head}.{body[:-6]}AAAAAA.{signature}",
        "another key": AnswerLinks(b"another key, and also long enough", "").token(ADA, LATER),
        "a bearer token": issue(KEY.decode(), "ada", ["operator"], "baton", timedelta(days=1)),
        "no signature": jwt.encode(claims, "", algorithm="none"),
        "no expiry": jwt.encode({name: claims[name] for name in claims if name != "exp"}, KEY, algorithm="HS256"),
        "no survey": jwt.encode({name: claims[name] for name in claims if name != "survey"}, KEY, algorithm="HS256"),
        "an expiry beyond the calendar": jwt.encode(claims | {"exp": 10**15}, KEY, algorithm="HS256"),
    }


@pytest.mark.parametrize("wrong", forged())
def test_a_link_that_was_not_made_here_is_invalid(wrong: str) -> None:
    with pytest.raises(LinkInvalid):
        LINKS.read(forged()[wrong], datetime(2026, 3, 3, tzinfo=UTC))


def test_a_link_is_not_a_bearer_token() -> None:
    """Should both be signed with one key, the audience still keeps them apart."""
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(LINKS.token(ADA, LATER), KEY, algorithms=["HS256"], audience="baton", options={"verify_exp": False})


def test_the_key_and_the_address_have_defaults_for_development() -> None:
    given_ = FeedbackSettings(link_key="k" * 32, public_url="https://feedback.example.com/baton/")
    assert (given_.signing_key(), given_.base()) == (b"k" * 32, "https://feedback.example.com/baton")
    derived = FeedbackSettings(jwt_key="j" * 32, http_port=8123)
    assert derived.base() == "http://127.0.0.1:8123"
    assert derived.signing_key() == FeedbackSettings(jwt_key="j" * 32).signing_key() != b"j" * 32
    with pytest.raises(SettingsError, match="BATON_LINK_KEY"):
        FeedbackSettings(jwks_url="https://keys.example.com").signing_key()


@pytest.mark.parametrize(("name", "value"), [("BATON_LINK_KEY", "short"), ("BATON_PUBLIC_URL", "feedback.example.com")])
def test_a_setting_that_cannot_be_used_is_refused_by_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load_settings(FeedbackSettings)
