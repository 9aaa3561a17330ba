"""Pictures of cameras as evidence of events: the ring of the last minutes, clips cut from it, and the files kept.

`ring` keeps the newest pictures of each camera on disk, bounded; `cut` chooses those of an event; `clip` makes one file
of them; `folder` keeps the files of an event, with their hashes, in the open and sealed; `sweep` deletes what is past
its time and proves it. Which events have evidence, and what became of it, stands in the store (`ioc.store.evidence`).
"""
