"""Every limit of the analysis, with its unit and where it comes from. One setting for all cameras."""

from __future__ import annotations

import msgspec

from streams.messages import Limits


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Shares are of 0-1, lumas of 0-255, lengths of the picture's height or of the thing's own size as said.

    Where no source is named, the number was found on the clips that were not held back, all together.
    """

    # --- what moves ---
    remembered: int = 400  # pictures the background is made of
    variance: float = 24.0  # squared distance, in variances, beyond which a pixel is not background
    tolerance: float = 12.0  # luma a pixel may differ from all background within one pixel of it: masts tremble
    least_share: float = 0.0004  # of the picture; a smaller thing is noise
    changed_share: float = 0.45  # so much of the picture does not move: the light has changed or the camera was turned
    daylight: float = 80.0  # luma of the middle of a picture by day; where all is darker, things differ less
    least_light: float = 0.33  # of that: darker pictures are looked at as if they had so much
    noises: float = 6.0  # standard deviations of its noise that a pixel may differ in any light
    settling: int = 4  # pictures the background is given to find its way after that

    # --- light of lamps ---
    own_edge: float = 20.0  # luma a pixel by which an edge must be steeper than the ground's, to be a thing's
    glow_luma: float = 6.0  # by which light brightens the ground at least
    lit_share: float = 0.45  # of what moves that is only light, from which it is a night with lamps
    unlit_share: float = 0.35  # of it, below which it is none any more
    lamp_luma: float = 200.0  # of a lamp
    lamp_share: float = 0.01  # of what moves that shines so, on such a night

    # --- tracks ---
    reach: float = 0.8  # own sizes a thing may be away from where it was awaited
    new_reach: float = 2.5  # the same while its speed is unknown
    measured: float = 0.15  # own sizes by which a measured foot is wrong (standard deviation)
    swerve: float = 0.05  # own sizes a picture by which speeds change
    growth: float = 0.35  # reaches that one natural logarithm of growth in area counts as
    most_growth: float = 1.4  # natural logarithm of the area
    forgotten_after: int = 6  # pictures without it

    # --- crossings ---
    clear: float = 0.01  # of the picture; so far beyond the line a thing must be before it has passed it
    moved_sizes: float = 0.3  # own sizes a thing must have come on its way since it was first seen
    emerged_seen: int = 4  # pictures after which one first seen close behind the line is judged
    emerged_within: float = 1.0  # own sizes behind the line in which it was first seen
    emerged_come: float = 0.4  # own sizes it has come away from the line since
    emerged_straight: float = 0.8  # of its path that is net way
    usual_after: int = 4  # crossings one way, more than five times the other, that make it the usual way
    against_sizes: float = 2.0  # own sizes to have come, for a crossing against the usual way
    against_seen: int = 8  # pictures to have been seen in, for the same
    apart_own_length: float = 0.7  # of its own length: what follows nearer on the same spot is the same thing

    # --- detector ---
    detector_sure: float = 0.2  # from which a thing is taken for one
    detector_overlap: float = 0.5  # of two boxes (intersection by union), above which they are one thing
    seen_share: float = 0.5  # of what moves that the detector must see too, for it to be believed in this scene
    seen_memory: float = 0.98  # how much of that share is kept from one picture to the next

    # --- events of tracks ---
    wrong_way_seen: int = 8  # pictures in which one that goes the wrong way must have been seen
    wrong_way_sizes: float = 2.0  # own sizes it must have come
    wrong_way_beyond: float = 0.5  # own sizes it must have gone on beyond the line
    wrong_way_straight: float = 0.8  # of its path that is net way: what jumps to and fro is no track
    wrong_way_gap_s: float = (
        0.5  # seconds without a picture, in which one thing is mistaken for another: 2.5 steps at five a second
    )
    slow_sizes_s: float = 1.2  # own sizes a second; what is slower creeps
    vehicle_slim: float = 1.6  # height by width, in pixels; what is slimmer is a person
    congestion_things: float = 10.0  # vehicles seen at once, that creep in the median, both smoothed,
    congestion_s: float = 2.0  # for so many seconds
    flow_memory_s: float = 2.0  # seconds over which the flow is smoothed
    queue_things: float = 4.0  # vehicles that creep in a queue zone, smoothed, for as long as a congestion
    stopped_s: float = 5.0  # seconds a vehicle that came by itself stands
    came_s: float = 60.0  # seconds for which it is remembered that one came
    dwell_s: float = 10.0  # seconds in a zone
    intrusion_s: float = 0.5  # seconds in a zone where nobody may be
    over_s: float = 10.0  # seconds without it after which an event may be told anew

    # --- things left behind ---
    left_luma: float = 18.0  # by which a left thing differs from the ground
    left_least_luma: float = 7.0  # the same on dark ground, on which all differs less
    left_still_luma: float = 8.0  # by which it may flicker
    left_s: float = 16.0  # seconds it lies; the goal is 30 s after it was left
    left_doubt_s: float = 3.0  # seconds after which it is asked whether something came or was taken away
    left_learn_s: float = 3.0  # seconds in which the ground is learned
    left_least_share: float = 0.0004  # of the picture
    left_most_share: float = 0.03  # of the picture; what is larger was not left by a person


DEFAULT = Settings()
RECOGNISED = msgspec.structs.replace(DEFAULT, reach=1.1, new_reach=2.0, clear=0.005)
"""The same for what a detector recognises: its boxes are torn and stuck together less often, and missing more often."""
USUAL_LIMITS = Limits(
    black_luma=15,
    covered_share=0.1,
    covered_likeness=0.35,
    defocused_share=0.4,
    moved_likeness=0.25,
    tamper_s=0.4,
    defocused_s=2,
    moved_s=1.5,
    unsure_s=6,
    frozen_s=7,
    frozen_luma=2,
    relearn_s=600,
)
"""When a picture is bad, where no city says it: the project's defaults, as in the profiles."""
