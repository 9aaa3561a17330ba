import { signal } from "@preact/signals";
import type { Incident } from "../feed/wire";
import { call, Refusal } from "../http/call";
import { postOnce } from "../http/once";
import { t } from "../i18n/language";
import type { Blur, Seen } from "../release/seeing";
import { fail, succeed } from "./notices";

/** A citizen's report as an operator checks it before it is made public. */
export interface Report {
  readonly published_at: string | null;
  readonly photo_published: boolean;
  readonly media_url: string | null;
  readonly revealed: Readonly<Record<string, string>>;
}

/** The report being looked at; `null` while it has not come. */
export const report = signal<Report | null>(null);

/** A report's id is the correlation of its incident. */
function pathOf(incident: Incident): string {
  return `/api/v1/reports/${encodeURIComponent(incident.correlation)}`;
}

/** Reads the sealed words of the report, and forgets them when what is returned is called: they are one case's only. */
export function readReport(incident: Incident): () => void {
  let wanted = true;
  void read(incident).then((found) => wanted && (report.value = found));
  return () => {
    wanted = false;
    report.value = null;
  };
}

/** Looking is recorded with its reason. */
async function read(incident: Incident): Promise<Report | null> {
  const reason = encodeURIComponent(t("personal.reason.moderate"));
  try {
    return await call<Report>("GET", `${pathOf(incident)}?reveal=true&reason=${reason}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    fail(t("act.failed", { action: t("act.publish"), number: `#${incident.number}` }), error);
    return null;
  }
}

async function send(incident: Incident, step: "publish" | "unpublish" | "reject", body: object): Promise<boolean> {
  const number = `#${incident.number}`;
  try {
    await postOnce(`${pathOf(incident)}/${step}`, body);
    succeed(`act.done.${step}`, number);
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    fail(t("act.failed", { action: t(`act.${step}`), number }), error);
    return false;
  }
}

/** Makes it public; the photo only as a person has seen it blurred. */
export function publish(incident: Incident, text: string, blur: Seen | null): Promise<boolean> {
  return send(incident, "publish", { text, photo: blur !== null, ...(blur ? { blur } : {}) });
}

/** What the machine proposes to blur in a report's photo; all of it where it cannot say. */
export async function proposedFor(incident: Incident): Promise<Blur> {
  try {
    return await call<Blur>("POST", `${pathOf(incident)}/photo/boxes`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { boxes: [], whole: true };
  }
}

/** Where the server blurs a report's photo. */
export function blurredPathOf(incident: Incident): string {
  return `${pathOf(incident)}/photo/blurred`;
}

export function unpublish(incident: Incident): Promise<boolean> {
  return send(incident, "unpublish", {});
}

/** Turns a report away; the citizen reads the reason. */
export function reject(incident: Incident, reason: string): Promise<boolean> {
  return send(incident, "reject", { reason });
}
