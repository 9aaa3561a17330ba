import { signal } from "@preact/signals";
import type { Incident } from "../feed/wire";
import type { Word } from "../i18n/language";
import { act } from "./acting";
import { cursor, locked, opened, openIncident, picking, point } from "./choice";

export type Box = "assign" | "note" | "close" | "reopen" | "publish" | "reject" | "join" | "sources" | "patrols" | "release" | "released" | "help";

/** The box that is open over the console, if any. */
export const box = signal<Box | null>(null);
/** Whether the call form has the middle of the screen. */
export const takingCall = signal(false);

/** Opens an incident from wherever it was pressed. A call being written gives way to it; its words are kept. */
export function look(id: string | null): void {
  takingCall.value = false;
  if (id) cursor.value = id;
  opened.value = id;
}

export interface Command {
  readonly name: "take" | "assign" | "note" | "close" | "reopen" | "locate" | "publish" | "reject" | "join" | "part";
  readonly key: string;
  readonly word: Word;
  /** Whether the button is there at all. */
  readonly offered: (incident: Incident) => boolean;
  /** Whether it may be pressed now. */
  readonly allowed: (incident: Incident) => boolean;
  readonly run: (incident: Incident) => void;
}

const isOpen = (incident: Incident) => incident.status !== "closed";
const always = () => true;

function startLocating(): void {
  point.value = null;
  picking.value = "locate";
}

/** Everything an operator does to an incident: one table for buttons, keys and help. */
export const COMMANDS: Record<Command["name"], Command> = {
  take: {
    name: "take",
    key: "a",
    word: "act.take",
    offered: isOpen,
    allowed: (incident) => incident.status === "new",
    run: (incident) => void act(incident.id, { action: "take" }),
  },
  assign: { name: "assign", key: "d", word: "act.assign", offered: isOpen, allowed: always, run: () => (box.value = "assign") },
  note: { name: "note", key: "n", word: "act.note", offered: always, allowed: always, run: () => (box.value = "note") },
  locate: { name: "locate", key: "l", word: "act.locate", offered: isOpen, allowed: always, run: startLocating },
  close: {
    name: "close",
    key: "e",
    word: "act.close",
    offered: isOpen,
    allowed: (incident) => incident.status !== "new", // someone must have taken it
    run: () => (box.value = "close"),
  },
  reopen: {
    name: "reopen",
    key: "r",
    word: "act.reopen",
    offered: (incident) => !isOpen(incident),
    allowed: always,
    run: () => (box.value = "reopen"),
  },
  join: { name: "join", key: "g", word: "act.join", offered: isOpen, allowed: always, run: () => (box.value = "join") },
  part: {
    name: "part",
    key: "u",
    word: "act.part",
    offered: (incident) => Boolean(incident.lead),
    allowed: always,
    run: (incident) => void act(incident.id, { action: "part" }),
  },
  publish: {
    name: "publish",
    key: "p",
    word: "act.publish",
    offered: (incident) => incident.kind === "report",
    allowed: always,
    run: () => (box.value = "publish"),
  },
  reject: {
    name: "reject",
    key: "x",
    word: "act.reject",
    offered: (incident) => incident.kind === "report" && isOpen(incident),
    allowed: (incident) => incident.facts.rejected !== true,
    run: () => (box.value = "reject"),
  },
};

/** Runs a command on the opened incident when it is there, fresh and allowed. */
export function runByKey(key: string): boolean {
  const incident = openIncident.peek();
  const command = Object.values(COMMANDS).find((one) => one.key === key);
  if (!incident || !command || locked.peek() !== null) return false;
  if (!command.offered(incident) || !command.allowed(incident)) return false;
  command.run(incident);
  return true;
}
