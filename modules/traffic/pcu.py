"""Passenger car units: how much of the road each kind of vehicle takes, a car being 1."""

from __future__ import annotations

from collections.abc import Mapping


def pcu_per_hour(counts: Mapping[str, float], factors: Mapping[str, float], seconds: float) -> float:
    """PCU per hour of vehicles counted in `seconds`; `factors` are the PCU of one vehicle of each kind.

    Raises:
        KeyError: a vehicle without a factor.
        ValueError: no time passed.
    """
    return per_hour(sum(number * factors[vehicle] for vehicle, number in counts.items()), seconds)


def per_hour(number: float, seconds: float) -> float:
    """A number counted in `seconds` as an hourly rate.

    Raises:
        ValueError: no time passed.
    """
    if seconds <= 0:
        raise ValueError(f"a rate needs a length of time, not {seconds} s")
    return number * 3600 / seconds


def volume_capacity(pcu_h: float, capacity_pcu_h: float) -> float:
    """The ratio v/c of a flow to what the road can carry, both in PCU per hour and direction."""
    return pcu_h / capacity_pcu_h
