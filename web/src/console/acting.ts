import { signal } from "@preact/signals";
import { incidents } from "../feed/model";
import type { Incident, LonLat } from "../feed/wire";
import { call, Refusal } from "../http/call";
import { me } from "../http/city";
import { isOpen } from "../http/once";
import { t, type Word } from "../i18n/language";
import { fail, succeed } from "./notices";

export type Verb = "take" | "assign" | "note" | "close" | "reopen" | "locate" | "join" | "part";

export interface Asked {
  readonly action: Verb;
  readonly unit?: string;
  readonly agency?: string;
  readonly text?: string;
  readonly outcome?: string;
  readonly lonlat?: LonLat;
  readonly lead?: string;
  readonly parts?: boolean;
}

const CONFLICT = 409;

/** What was sent and not answered yet, by incident: the screen already shows its effect and says "đang gửi". */
export const sending = signal<ReadonlyMap<string, Asked>>(new Map());

function mark(id: string, asked: Asked | null): void {
  const next = new Map(sending.peek());
  if (asked) next.set(id, asked);
  else next.delete(id);
  sending.value = next;
}

/** The incident with the effect of what is being sent. */
export function predicted(incident: Incident): Incident {
  const asked = sending.value.get(incident.id);
  if (!asked) return incident;
  switch (asked.action) {
    case "take":
      return { ...incident, status: incident.status === "new" ? "taken" : incident.status, owner: mine() };
    case "assign":
      return { ...incident, status: "assigned", assignee: asked.unit ?? asked.agency ?? null };
    case "close":
      return { ...incident, status: "closed", outcome: asked.outcome ?? null };
    case "reopen":
      return { ...incident, status: "taken", outcome: null };
    case "locate":
      return { ...incident, lonlat: asked.lonlat ?? incident.lonlat };
    case "join":
      return { ...incident, lead: asked.lead ?? null, joined: "hand" };
    case "part":
      return { ...incident, lead: null, joined: null };
    case "note":
      return incident;
  }
}

function mine(): string | null {
  return me.peek()?.sign ?? null;
}

const running = new Map<string, Promise<void>>();

/** One sending of an action: with the same key and version it is the same to the server, however often it comes. */
interface Try {
  readonly version: number;
  readonly key: string;
}

function tryAt(version: number): Try {
  return { version, key: crypto.randomUUID() };
}

/**
 * Sends an action once those sent before for the same incident are answered, so that a quick hand loses nothing. `again` is an
 * earlier try of it that had no answer.
 */
export function act(id: string, asked: Asked, again: Try | null = null): Promise<void> {
  const turn = (running.get(id) ?? Promise.resolve()).then(() => perform(id, asked, again));
  running.set(id, turn);
  return turn;
}

/** A refusal puts the earlier state back and says so loudly, with a way to try again. */
async function perform(id: string, asked: Asked, again: Try | null): Promise<void> {
  const incident = incidents.get(id);
  if (!incident) return;
  mark(id, asked);
  const number = `#${incident.number}`;
  const sent = { last: again ?? tryAt(incident.version) };
  try {
    const after = await send(incident, asked, sent);
    incidents.put(id, after.updated, after);
    incidents.publish();
    succeed(`act.done.${asked.action}`, number);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    fail(t("act.failed", { action: t(verbWord(asked.action)), number }), error, () => void act(id, asked, isOpen(error) ? sent.last : null));
  } finally {
    mark(id, null);
  }
}

/** `sent.last` is what goes out, and what went out last when it comes back. */
async function send(seen: Incident, asked: Asked, sent: { last: Try }): Promise<Incident> {
  const path = `/api/v1/incidents/${encodeURIComponent(seen.id)}`;
  const post = ({ version, key }: Try) => call<Incident>("POST", `${path}/actions`, { ...asked, version }, key);
  try {
    return await post(sent.last);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== CONFLICT) throw error;
    const fresh = await call<Incident>("GET", path);
    if (fresh.version === sent.last.version || !sameCase(fresh, seen)) throw error;
    sent.last = tryAt(fresh.version);
    return post(sent.last);
  }
}

/** Whether nothing a person decides on has changed: a module that only added facts is no reason to refuse. */
function sameCase(fresh: Incident, seen: Incident): boolean {
  return fresh.status === seen.status && fresh.owner === seen.owner && fresh.assignee === seen.assignee;
}

export function verbWord(verb: Verb): Word {
  return `act.${verb}`;
}
