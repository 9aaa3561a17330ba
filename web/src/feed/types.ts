/** Written by `make types` from the server's own classes; change those, not this. */

export interface Words {
  IncidentCard: IncidentCard;
  EventCard: EventCard;
  UnitCard: UnitCard;
  KpiCard: KpiCard;
  SegmentCard: SegmentCard;
  CameraCard: CameraCard;
  SourceCard: SourceCard;
  ModuleCard: ModuleCard;
  Hello: Hello;
  Subscribed: Subscribed;
  Heartbeat: Heartbeat;
  Lag: Lag;
  FeedError: FeedError;
}
/**
 * Topic `incident`: the case people work, whole, without the reference to the people in it.
 *
 *     `lead` is the case it is shown beneath, where both tell of one happening; `joined` says who put it there.
 */
export interface IncidentCard {
  id: string;
  number: number;
  kind: "call" | "event" | "report";
  status: "assigned" | "closed" | "new" | "taken";
  priority: 1 | 2 | 3 | 4;
  severity: 1 | 2 | 3 | 4 | 5;
  title: Text;
  category: string;
  module: string;
  correlation: string;
  source: string;
  source_type: string;
  opened: string;
  updated: string;
  lonlat: [number, number] | null;
  place: string | null;
  ward: WardCard | null;
  due: string | null;
  owner: string | null;
  assignee: string | null;
  outcome: string | null;
  simulated: boolean;
  exercise: boolean;
  version: number;
  facts: {
    [k: string]: unknown;
  };
  dataclass: string;
  lead?: string | null;
  joined?: ("auto" | "hand") | null;
}
/**
 * The same sentence in both languages; Vietnamese is the one shown first.
 */
export interface Text {
  vi: string;
  en: string;
}
/**
 * A ward with the day it began; codes came back with other meanings, so a code alone names nothing.
 */
export interface WardCard {
  code: string;
  name: string;
  valid_from: string;
  approximate: boolean;
}
/**
 * Topic `event`: what a screen shows of an event; nothing of the payload but its title and place.
 */
export interface EventCard {
  id: string;
  type: string;
  module: string;
  severity: 1 | 2 | 3 | 4 | 5;
  title: Text;
  lonlat: [number, number] | null;
  ward: WardCard | null;
  place: string | null;
  time: string;
  simulated: boolean;
  correlation: string;
}
/**
 * Topic `unit`: where a patrol, engine, ambulance or crew is, and what it does.
 */
export interface UnitCard {
  id: string;
  name: string;
  kind: "ambulance" | "crew" | "fire" | "police";
  service: string;
  state: string;
  lonlat: [number, number] | null;
  hdg: number | null;
  spd: number | null;
  fix_ts: string | null;
  task: string | null;
  simulated: boolean;
}
/**
 * Topic `kpi`: an indicator. `value` is null where it is not known, with the `reason`; `trend` is oldest first.
 */
export interface KpiCard {
  module: string;
  name: Text;
  value: number | null;
  unit: string;
  at: string;
  simulated: boolean;
  reason?: Text | null;
  limit_lo?: number | null;
  limit_hi?: number | null;
  trend?: number[];
}
/**
 * Topic `seg`: how a road segment runs. Speeds in km/h; `usual` is that of this hour of the week, null while there
 *     is not enough history; `delay_s` against free flow; `queue_m` metres.
 */
export interface SegmentCard {
  id: string;
  name: string;
  module: string;
  speed: number | null;
  usual: number | null;
  free_flow: number;
  level: ("A" | "B" | "C" | "D" | "E" | "F") | null;
  tti: number | null;
  vc: number | null;
  pcu_h: number | null;
  delay_s: number | null;
  queue_m: number | null;
  trend: number[];
  quality: string;
  unusual: boolean;
  incident: boolean;
  at: string | null;
  simulated: boolean;
}
/**
 * Topic `cam`: whether a camera sees, and the `reason` where it does not; `note` is what is amiss although it sees.
 *     `heading` in degrees from north. `passed` is told of a camera that somebody watches (`watch`), within a second of
 *     each crossing; else it is null.
 */
export interface CameraCard {
  id: string;
  name: string;
  module: string;
  /**
   * @minItems 2
   * @maxItems 2
   */
  lonlat: [number, number];
  heading: number;
  state: "black" | "covered" | "defocused" | "frozen" | "lost" | "moved" | "ok" | "starting";
  since: string | null;
  fps: number | null;
  last_frame: string | null;
  segment: string | null;
  simulated: boolean;
  reason?: Text | null;
  note?: Text | null;
  passed?: PassedCard | null;
}
/**
 * What has passed a camera's lines since `since`: by line how many `in`, how many `out`. The tally runs on while
 *     lines are drawn anew, and begins again, with another `since`, where another process takes the camera.
 */
export interface PassedCard {
  since: string;
  lines: {
    /**
     * @minItems 2
     * @maxItems 2
     */
    [k: string]: [number, number];
  };
}
/**
 * Topic `source`: something a module listens to. `good_share` 0-1 of its last readings, `doubtful` where that is
 *     too little, with the `reason`; `clock_off_s` where its clock runs off, null where it does not.
 */
export interface SourceCard {
  id: string;
  module: string;
  key: string;
  name: string;
  kind: string;
  life: "commissioning" | "live" | "maintenance";
  state: "doubtful" | "late" | "live" | "silent" | "unavailable" | "unknown" | "waiting";
  since: string | null;
  last_at: string | null;
  period_s: number | null;
  rate_per_min: number | null;
  good_share: number | null;
  clock_off_s: number | null;
  reason: Text | null;
  lonlat: [number, number] | null;
  simulated: boolean;
}
/**
 * Topic `module`: how a module or a part of the platform is. It says so once a second where it `announces` itself;
 *     a broker is only seen to run. `failing` is one that ends again and again. `restarts` since the supervisor was
 *     started, `ended_at` and `ended` when and why it ended last. `flow` is the web service's; `standby` are other
 *     machines that stand by for it.
 */
export interface ModuleCard {
  state: "failed" | "failing" | "live" | "starting" | "stopped";
  since: string | null;
  title: Text;
  detail: Text;
  platform?: boolean;
  announces?: boolean;
  events?: number;
  events_today?: number;
  position?: number;
  restarts?: number;
  ended_at?: string | null;
  ended?: Text | null;
  flow?: FlowCard | null;
  standby?: StandbyCard[];
}
/**
 * How events flow. `relay_s` and `feed_s`: seconds the last one of the past minute took from its commit to the bus
 *     and to the screens, null while there was none. `behind` positions the most delayed `consumer` is behind, `behind_s`
 *     how long its oldest has waited; `dead` how many are set aside because they could not be handled.
 */
export interface FlowCard {
  relay_s: number | null;
  feed_s: number | null;
  consumer: string | null;
  behind: number;
  behind_s: number;
  dead: number;
}
/**
 * Another machine, `host`, that would do a part's work if `holder` fell silent.
 */
export interface StandbyCard {
  host: string;
  holder: string;
  since: string;
}
/**
 * `sys.hello`, first of all; `simulated` and `demo` mark a demonstration.
 */
export interface Hello {
  now: string;
  build: string;
  epoch: string;
  city: string;
  demo: boolean;
  simulated: boolean;
}
/**
 * `sys.subscribed`: whether the changes since the client's last `upto` follow, or snapshots.
 */
export interface Subscribed {
  recovered: boolean;
  epoch: string;
  upto: number;
}
/**
 * `sys.hb`, once a second: the client has everything it may see up to the position `upto`. `store_away_s`: whole
 *     seconds since the database last answered, while it does not; what is shown is as old.
 */
export interface Heartbeat {
  now: string;
  build: string;
  epoch: string;
  upto: number;
  store_away_s?: number | null;
}
/**
 * `sys.lag`: last-known values were left out because the client is slow.
 */
export interface Lag {
  dropped: number;
}
/**
 * `sys.error`: why the connection is about to close.
 */
export interface FeedError {
  code: string;
  vi: string;
  en: string;
}
