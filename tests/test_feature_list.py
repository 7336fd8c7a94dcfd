"""What docs/features.md says that the bot does, and the tests that show it: neither without the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

PROOFS = {
    "send a photo, an image file or a sticker": {
        "test_a_photo_is_answered_with_text_and_numbered_picture",
        "test_an_image_sent_as_a_file_is_answered",
        "test_a_static_sticker_is_answered",
        "test_a_crowd_is_summarised",
    },
    "send an album": {
        "test_an_album_gets_one_answer",
        "test_an_album_whose_parts_come_in_disorder_is_answered_in_order",
    },
    "send a video, GIF, round video or moving sticker": {
        "test_a_clip_is_watched",
        "test_what_was_seen_over_time_is_summed_up",
        "test_clips_are_classified_by_their_cover",
        "test_a_long_clip_is_not_watched",
    },
    "send many photos, or one while very many people do": {
        "test_photos_of_one_chat_are_answered_in_order",
        "test_who_comes_behind_many_others_is_told_once",
        "test_one_busy_sender_is_no_long_queue",
    },
    "press **Why?** or **Details**": {
        "test_why_shows_where_the_model_looked",
        "test_details_lists_probabilities",
        "test_whoever_sees_an_answer_may_ask_about_it",
    },
    "reply `/emotion` to a photo in a group": {
        "test_the_command_in_reply_to_a_photo_is_answered",
        "test_nothing_else_is_answered_by_default",
    },
    "mention the bot in reply to a photo, in a chat that it is no member of (off in BotFather)": {
        "test_a_mention_in_reply_to_a_photo_is_answered_where_the_bot_is_no_member",
        "test_two_faces_are_told_in_order_with_the_reason_of_doubt",
        "test_a_mention_without_a_photo_says_what_to_do",
        "test_settings_of_a_group_that_the_bot_has_left_neither_count_nor_change",
    },
    "`/live` in a private chat (off by default, `LIVE_PAGE`)": {
        "test_live_opens_the_camera_in_private_chats_alone",
        "test_as_a_mini_app_the_page_shows_what_telegram_signed",
        "test_words_do_not_flicker",
        "test_nothing_is_sent_before_the_camera_is_asked_for_or_after_it_is_stopped",
    },
    "`/settings` in a group (admins)": {
        "test_settings_are_changed_by_admins_only",
        "test_mention_mode_answers_mentions",
        "test_every_photo_mode_is_silent_about_photos_without_faces",
        "test_a_switched_off_group_says_so_when_asked",
        "test_text_only_sends_no_picture",
        "test_reactions_can_stand_for_answers",
        "test_a_group_has_one_language_that_its_admins_choose",
        "test_quiet_hours_leave_only_the_command",
        "test_answers_beyond_the_limit_are_gathered_into_one",
    },
    "`/mood` in a group (off by default)": {"test_mood_counts_only_where_admins_want_it"},
    "`/language`, `/privacy`, `/mydata`, `/forget`, `/developer_info`, `/about`, `/help`": {
        "test_a_person_can_choose_another_language",
        "test_each_text_gets_its_answer",
        "test_my_data_comes_as_a_file_and_can_be_forgotten",
        "test_about_names_the_model_and_its_measured_accuracy",
    },
    "`/stats`, if you host it (`OWNER_IDS`)": {"test_statistics_are_for_owners"},
    "press **Right** or **Wrong** in a private chat (off by default, `KEEP_CORRECTIONS`)": {
        "test_a_wrong_answer_becomes_a_sealed_face",
        "test_no_keeps_nothing",
        "test_groups_are_never_asked",
        "test_by_default_nothing_is_asked_or_counted",
        "test_forget_deletes_and_says_what_cannot_be_undone",
    },
    "write from a chat that the host does not admit (`ALLOWED_CHATS`, `BLOCKED_CHATS`)": {
        "test_chats_that_are_not_admitted_get_one_sentence",
        "test_a_group_that_is_not_admitted_gets_one_sentence",
    },
}
"""By the first column of its table, the tests in tests/bot that do what that row says."""


def read_features() -> list[str]:
    """List the first cells of the table in docs/features.md."""
    page = (ROOT / "docs/features.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    return [row.split(" | ")[0].removeprefix("| ").strip() for row in rows[1:]]


def test_every_feature_that_is_documented_has_its_tests():
    """A row without a test, or a test's subject without a row, is a promise nobody checks."""
    assert sorted(read_features()) == sorted(PROOFS)


@pytest.mark.parametrize("feature", PROOFS)
def test_the_tests_of_a_feature_exist(feature: str):
    """A test that was renamed or removed takes its promise along."""
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "bot").rglob("test_*.py")
    )

    defined = set(re.findall(r"^(?:async )?def (test_\w+)\(", source, re.MULTILINE))

    assert PROOFS[feature] <= defined
