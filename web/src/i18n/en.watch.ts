import type { viWatch } from "./vi.watch";

/** English words for every key of `vi.watch.ts`. */
export const enWatch: Record<keyof typeof viWatch, string> = {
  "patrols.short": "Patrols",
  "patrols.title": "Patrol proposals",
  "patrols.note": "These are proposals, not orders: nothing is sent to a patrol, whether you accept or leave one.",
  "patrols.none": "No proposal is waiting.",
  "patrols.old": "The list was read {age} ago and may have changed.",
  "patrols.unit": "{unit} · {away} away · about {n} min (estimate)",
  "patrols.fix": "position {age} ago",
  "patrols.accept": "Accept",
  "patrols.leave": "Leave",
  "patrols.map": "Show on the map",
  "patrols.done.accept": "Accepted: {where}.",
  "patrols.done.leave": "Left: {where}.",
  "repeats.title": "Where it may come again",
  "repeats.wait": "Asking…",
  "repeats.failed": "The places where it may come again cannot be had.",
  "repeats.never": "Never looked for yet.",
  "repeats.at": "Looked for at {time}.",
  "repeats.none": "There is no such place now.",
  "repeats.until": "until {day}",
  "repeats.valid": "from {since} until {until}",
  "layer.repeats": "Where it may come again",
  "layer.repeats.found": "where it may come again, with its last day",
  "layer.repeats.none": "nowhere may it come again now",
  "layer.repeats.failed": "where it may come again cannot be had",
};
