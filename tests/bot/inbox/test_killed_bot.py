from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from killed_bot import CHATS, MAX_IN_FLIGHT

_ROOT = Path(__file__).parents[3]
_UPDATES = 150
_KILLS = 5


def start_bot(directory: Path, answers: int = _UPDATES) -> subprocess.Popen[bytes]:
    """Start a bot that gives so many answers, and then no more until it is told to stop."""
    script = Path(__file__).with_name("killed_bot.py")
    return subprocess.Popen(
        [sys.executable, script, directory, str(_UPDATES), str(answers)],
        env={"PYTHONPATH": os.pathsep.join((str(_ROOT), str(script.parents[1])))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def read_answers(directory: Path) -> list[int]:
    path = directory / "answers"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def wait_for_answers(bot: subprocess.Popen[bytes], directory: Path, count: int) -> None:
    """Wait until the bot has given so many more answers, or has ended."""
    wanted = len(read_answers(directory)) + count
    while len(read_answers(directory)) < wanted and bot.poll() is None:
        time.sleep(0.001)


def test_a_bot_killed_again_and_again_answers_everything(tmp_path: Path) -> None:
    """Nothing is lost, at most the answers in flight are repeated, and each chat is answered in order."""
    chance = random.Random(5)
    for _ in range(_KILLS):
        bot = start_bot(tmp_path, _UPDATES // (_KILLS + 1))
        wait_for_answers(bot, tmp_path, chance.randint(0, _UPDATES // (2 * _KILLS)))
        time.sleep(chance.random() * 0.02)  # so that it is hit in the middle of anything
        bot.send_signal(signal.SIGKILL)
        bot.communicate()
    assert len(set(read_answers(tmp_path))) < _UPDATES, "something is left to lose"
    last = start_bot(tmp_path)
    _, errors = last.communicate(timeout=120)
    assert last.returncode == 0, errors.decode()

    answers = read_answers(tmp_path)
    assert set(answers) == set(range(1, _UPDATES + 1))
    repeated = {number: count - 1 for number, count in Counter(answers).items() if count > 1}
    assert sum(repeated.values()) <= _KILLS * MAX_IN_FLIGHT
    for chat in range(CHATS):
        of_chat = [number for number in dict.fromkeys(answers) if number % CHATS == chat]
        assert of_chat == sorted(of_chat)


def test_a_bot_told_to_stop_loses_and_repeats_nothing(tmp_path: Path) -> None:
    """SIGTERM lets it finish what is in flight; the next start does the rest."""
    bot = start_bot(tmp_path, _UPDATES // 2)
    wait_for_answers(bot, tmp_path, _UPDATES // 4)
    bot.send_signal(signal.SIGTERM)
    _, errors = bot.communicate(timeout=60)
    assert bot.returncode == 0, errors.decode()
    assert len(read_answers(tmp_path)) < _UPDATES
    bot = start_bot(tmp_path)
    _, errors = bot.communicate(timeout=60)
    assert bot.returncode == 0, errors.decode()
    assert sorted(read_answers(tmp_path)) == list(range(1, _UPDATES + 1))
