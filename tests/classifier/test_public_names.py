"""What `from classifier import ...` offers."""

from __future__ import annotations

import pytest

import classifier


@pytest.mark.parametrize("name", classifier.__all__)
def test_every_public_name_can_be_imported(name: str):
    """Names are loaded when they are first used: a file that moved would be noticed by nobody else."""
    assert getattr(classifier, name) is not None
