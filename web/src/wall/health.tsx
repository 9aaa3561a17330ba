import { second } from "../feed/clock";
import { doubtful, heardModule, modules, silenceMs } from "../feed/model";
import type { ModuleHealth } from "../feed/wire";
import { number, span } from "../i18n/format";
import { say, t } from "../i18n/language";
import { moduleName } from "../i18n/names";

const SILENT_AFTER_S = 3; // every part speaks once a second

/** Seconds the module had been silent when the server last spoke: a silent link says nothing about a module. */
function ageOf(name: string): number {
  second.value;
  const linkHeard = performance.now() - silenceMs.peek();
  return Math.max(0, linkHeard - (heardModule.get(name) ?? linkHeard)) / 1000;
}

function judged(name: string, health: ModuleHealth): { word: string; good: boolean } {
  const speaks = health.announces !== false; // a server of others' making is only seen to run
  if (speaks && health.state === "live" && ageOf(name) > SILENT_AFTER_S) return { word: t("module.silent"), good: false };
  return { word: t(`module.${health.state}`), good: health.state === "live" };
}

/** Sign, word and age of one module. */
export function ModuleState({ name }: { name: string }) {
  const health = modules.get(name);
  if (!health) return null;
  if (doubtful.value) return <span class="health unknown">{t("module.unknown")}</span>;
  const { word, good } = judged(name, health);
  return (
    <span class={`health ${good ? "good" : "bad"}`}>
      <span class="dot" aria-hidden="true" />
      {!good && (
        <>
          <span>{word}</span> <span class="age num">{span(ageOf(name) * 1000)}</span>
        </>
      )}
      {good && <span class="only-read">{word}</span>}
    </span>
  );
}

/** Every module's state in the footer; a bad one says what is wrong. */
export function HealthLine() {
  const names = modules.keys().sort();
  if (doubtful.value) return <p class="healthline">{t("module.unknown.all")}</p>;
  if (names.length === 0) return <p class="healthline">{t("module.none")}</p>;
  const states = names.flatMap((name) => {
    const health = modules.get(name);
    return health ? [{ name, health, ...judged(name, health) }] : [];
  });
  const good = states.filter((state) => state.good).length;
  return (
    <p class="healthline">
      <span class={good === names.length ? "" : "warn"}>{t("module.summary", { good, all: names.length })}</span>
      {states
        .filter((state) => !state.good)
        .map(({ name, health, word }) => (
          <span key={name} class="warn">
            {moduleName(name)}: {word}
            {health.restarts ? `, ${t("module.restarts", { n: health.restarts })}` : ""}
            {health.detail && say(health.detail) ? `, ${say(health.detail)}` : ""}
          </span>
        ))}
      <FlowWords />
    </p>
  );
}

const BEHIND_TOLD_S = 10; // a module that works on an event for a moment is not behind

/** How long news took to the screens, and what waits or was set aside. */
function FlowWords() {
  const flow = modules.get("api")?.flow;
  if (!flow) return null;
  return (
    <>
      {flow.feed_s !== null && <span class="flow num">{t("flow.delay", { s: number(flow.feed_s, 1) })}</span>}
      {flow.behind_s >= BEHIND_TOLD_S && (
        <span class="warn">{t("flow.behind", { n: flow.behind, age: span(flow.behind_s * 1000) })}</span>
      )}
      {flow.dead > 0 && <span class="warn">{t("flow.dead", { n: flow.dead })}</span>}
    </>
  );
}
