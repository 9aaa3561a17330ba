"""Imported last by the fork server: what it has loaded is left alone by the collector, so that children go on sharing
its pages instead of each writing into a copy."""

from __future__ import annotations

import gc

gc.collect()
gc.freeze()
