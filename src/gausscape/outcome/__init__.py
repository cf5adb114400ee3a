"""Outcome: any black box y, whatever it was made with, behind one batched, cached and counted call."""

__all__ = ["Answers", "DryRun", "Failure", "Outcome"]

from gausscape.outcome.answers import Answers, Failure
from gausscape.outcome.dry_run import DryRun
from gausscape.outcome.outcome import Outcome
