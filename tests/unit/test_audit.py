"""What the audit log tells of a change (contract events.md §13)."""

from chalicelib.core.audit import MOST_TOGETHER, Change, changes_of, text_of
from tests.fakes.pages import project


def test_each_column_and_each_key_of_info_is_told_by_itself() -> None:
    old = project(webhook=None, info={"sched": "default", "thumbnail": "a"})
    new = project(webhook="https://x.example", updated="later", info={"sched": "depth_first", "colours": ["red"]})
    assert changes_of(old, new) == [
        Change("update", "webhook", "", "https://x.example"),
        Change("update", "sched", "default", "depth_first"),
        Change("update", "thumbnail", "a", ""),
        Change("update", "colours", "", '["red"]'),
    ]


def test_a_change_of_nothing_is_no_change() -> None:
    assert changes_of(project(), project(updated="later")) == []


def test_secrets_are_not_told() -> None:
    changed = project(secret_key="another", info={**project().info, "passwd_hash": "$argon2id$x"})
    told = changes_of(project(), changed)
    assert {change.attribute for change in told} == {"secret_key", "passwd_hash"}
    assert {(change.old, change.new) for change in told} == {("(secret)", "(secret)")}


def test_long_texts_are_cut_and_say_how_long_they_were() -> None:
    assert text_of("x" * 501) == "x" * 500 + "… (501 characters)"
    assert text_of("x" * 500) == "x" * 500


def test_an_entry_stays_one_item_however_much_has_changed() -> None:
    many = {f"key {number}": "☁" * 500 for number in range(1000)}
    told = changes_of(project(), project(info=many))
    assert sum(len(change.new.encode()) for change in told) < 4 * MOST_TOGETHER < 400_000
    assert told[-1].new == f"{1001 - len(told) + 1} more"


def test_a_daily_import_is_created_and_deleted_and_its_secrets_are_not_told() -> None:
    daily = {"type": "csv", "csv_url": "https://x.example/a.csv", "sealed": "e30"}
    without, with_it = project(info={}), project(info={"autoimporter": daily})
    text = '{"type":"csv","csv_url":"https://x.example/a.csv","sealed":"(secret)"}'
    assert changes_of(without, with_it) == [Change("create", "autoimporter", "Nothing", text)]
    assert changes_of(with_it, without) == [Change("delete", "autoimporter", text, "Nothing")]
