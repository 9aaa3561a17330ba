import type { Map as MapLibre } from "maplibre-gl";
import type { Cam, Incident, LonLat, Unit } from "../feed/wire";
import { isFree } from "../feed/order";
import { PRIORITY_DIGIT_Y, PRIORITY_SHAPE, UNIT_GLYPH } from "../ui/glyphs";
import { drawCamera, drawRoadSign, measureRoadSign, telling } from "./marks";
import type { Palette } from "./palette";
import { overlaps, PlaceNames, type Written } from "./placenames";
import type { RoadSign } from "./roads";
import { FONT } from "./style";

const UNIT_OLD_MS = 30_000;
/** A part's mark beside that of its lead. */
const PART = 0.5;
const UNIT_DEAD_MS = 120_000;
const ASSET_NAMES_FROM_ZOOM = 13.2;
const OVER_THE_MAP = ".maplibregl-ctrl-scale, .scenes, .layerchoice, .unplaced, .legend, .ribbon, .focus";

export interface Scene {
  readonly incidents: readonly Incident[];
  /** Cases shown beneath one of them: small, without a number. */
  readonly parts: readonly Incident[];
  readonly units: readonly Unit[];
  readonly cameras: readonly Cam[];
  /** Cameras that have their name beside them: those whose pictures are on the screen. */
  readonly named: ReadonlySet<string>;
  readonly roads: readonly RoadSign[];
  /** Every road has its sign, with its speed; else only those worth a look. */
  readonly everyRoad: boolean;
  /** Whether schools, hospitals and the like are on the map. */
  readonly places: boolean;
  readonly selected: string | null;
  /** A place being chosen by hand. */
  readonly point: LonLat | null;
  readonly palette: Palette;
  /** Width of an incident's mark in CSS pixels. */
  readonly markPx: number;
  readonly labelPx: number;
  readonly now: number;
  /** The link is silent: nothing here may look fresh. */
  readonly doubtful: boolean;
}

interface Spot {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

const paths = new Map<string, Path2D>();

function path(outline: string): Path2D {
  const known = paths.get(outline);
  if (known) return known;
  const fresh = new Path2D(outline);
  paths.set(outline, fresh);
  return fresh;
}

/**
 * Units and incidents on a 2D canvas above the map, so that a thousand moving units never make the map itself
 * draw again.
 */
export class Overlay {
  readonly canvas = document.createElement("canvas");
  private readonly pen: CanvasRenderingContext2D;
  private spots: Spot[] = [];
  /** What is written or must not be written over. */
  private taken: DOMRectReadOnly[] = [];
  /** Marks that only the names of places give way to: cameras and units. */
  private marks: DOMRectReadOnly[] = [];
  readonly wardNames = new PlaceNames();
  readonly assetNames = new PlaceNames();

  constructor(private readonly map: MapLibre) {
    const pen = this.canvas.getContext("2d");
    if (!pen) throw new Error("no 2D canvas");
    this.pen = pen;
    this.canvas.className = "overlay";
    this.canvas.setAttribute("aria-hidden", "true");
    map.getCanvasContainer().append(this.canvas);
  }

  /** The incident drawn at a point of the container, or null. */
  at(x: number, y: number, reach: number): string | null {
    let best: Spot | null = null;
    let least = reach;
    for (const spot of this.spots) {
      const away = Math.hypot(spot.x - x, spot.y - y);
      if (away <= least) [best, least] = [spot, away];
    }
    return best?.id ?? null;
  }

  draw(scene: Scene): void {
    this.clear();
    this.spots = [];
    this.taken = this.covered();
    this.marks = [];
    for (const cam of scene.cameras) this.camera(cam, scene);
    for (const unit of scene.units) this.unit(unit, scene);
    const small = { ...scene, markPx: scene.markPx * PART };
    for (const part of scene.parts) this.incident(part, small);
    for (const incident of [...scene.incidents].reverse()) this.incident(incident, scene);
    for (const incident of scene.incidents) this.label(incident, scene);
    for (const road of scene.roads) this.road(road, scene);
    for (const cam of scene.cameras) this.cameraName(cam, scene);
    this.placeNames(scene);
    if (scene.point) this.cross(scene.point, scene);
  }

  /** What lies over the map: words under it could not be read. */
  private covered(): DOMRectReadOnly[] {
    const box = this.map.getContainer();
    const { left, top } = box.getBoundingClientRect();
    const { clientWidth: width, clientHeight: height } = box;
    const far = 10_000; // beyond the map's edges words would be cut
    const outside = [
      new DOMRectReadOnly(-far, -far, far, 2 * far + height),
      new DOMRectReadOnly(width, -far, far, 2 * far + height),
      new DOMRectReadOnly(-far, -far, 2 * far + width, far),
      new DOMRectReadOnly(-far, height, 2 * far + width, far),
    ];
    const over = (box.closest(".mapbox")?.parentElement?.parentElement ?? box).querySelectorAll(OVER_THE_MAP);
    const words = [...over].map((one) => {
      const { x, y, width, height } = one.getBoundingClientRect();
      return new DOMRectReadOnly(x - left, y - top, width, height);
    });
    return [...outside, ...words];
  }

  /** Last of all, each where no mark and no other word is. */
  private placeNames(scene: Scene): void {
    const taken = [...this.taken, ...this.marks];
    const written = this.written(this.wardNames, 600, scene.palette.label, scene, taken);
    if (scene.places && this.map.getZoom() >= ASSET_NAMES_FROM_ZOOM) {
      const dots = this.assetNames.points((at) => this.spot(at, 0)).map((at) => around(at, scene.labelPx / 2));
      written.push(...this.written(this.assetNames, 400, scene.palette.assetLabel, scene, [...taken, ...dots]));
    }
    const told = written.map(({ lines, box }) => [lines.join(" "), ...[box.x, box.y, box.width, box.height].map(Math.round)]);
    this.canvas.dataset.names = JSON.stringify(told);
  }

  private written(names: PlaceNames, weight: number, colour: string, scene: Scene, taken: DOMRectReadOnly[]): Written[] {
    const { pen } = this;
    pen.font = `${weight} ${scene.labelPx}px "${FONT}"`;
    const written = names.place(pen, scene.labelPx, this.map.getZoom(), (at) => this.spot(at, 0), taken);
    pen.textAlign = "center";
    for (const { lines, box } of written) {
      lines.forEach((line, i) => {
        this.write(line, box.x + box.width / 2, box.y + ((i + 0.5) * box.height) / lines.length, scene, colour);
      });
    }
    return written;
  }

  private cross(point: LonLat, scene: Scene): void {
    const at = this.spot(point, 0);
    if (!at) return;
    const { pen } = this;
    const arm = scene.markPx * 0.9;
    for (const [width, colour] of [[6, scene.palette.markEdge], [2.5, scene.palette.select]] as const) {
      pen.lineWidth = width;
      pen.strokeStyle = colour;
      pen.beginPath();
      pen.arc(at.x, at.y, arm / 2, 0, 2 * Math.PI);
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
        pen.moveTo(at.x + dx * arm * 0.25, at.y + dy * arm * 0.25);
        pen.lineTo(at.x + dx * arm, at.y + dy * arm);
      }
      pen.stroke();
    }
  }

  private clear(): void {
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    const ratio = window.devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.pen.clearRect(0, 0, width, height);
  }

  private spot(lonlat: LonLat, margin: number): { x: number; y: number } | null {
    const { x, y } = this.map.project([lonlat[0], lonlat[1]]);
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    return x < -margin || y < -margin || x > width + margin || y > height + margin ? null : { x, y };
  }

  private camera(cam: Cam, scene: Scene): void {
    const at = cam.lonlat && this.spot(cam.lonlat, scene.markPx);
    if (!at) return;
    this.pen.save();
    this.pen.translate(at.x, at.y);
    this.marks.push(around(at, scene.markPx * 0.6));
    drawCamera(this.pen, cam, scene);
    this.pen.restore();
  }

  private cameraName(cam: Cam, scene: Scene): void {
    if (!cam.lonlat || !scene.named.has(cam.id)) return;
    const at = this.spot(cam.lonlat, 0);
    if (at) this.words(cam.name, at, scene.markPx * 0.3, scene, 500);
  }

  /** A road's sign, left out where it would cover another: width and colour of the road still tell. */
  private road(road: RoadSign, scene: Scene): void {
    if (!scene.everyRoad && !telling(road)) return;
    const at = this.spot(road.at, 0);
    if (!at) return;
    const { width, height } = measureRoadSign(this.pen, road, scene, scene.everyRoad);
    const box = new DOMRectReadOnly(at.x - width / 2, at.y - height / 2, width, height);
    if (this.taken.some((other) => overlaps(box, other))) return;
    this.taken.push(box);
    this.pen.save();
    if (scene.doubtful) this.pen.globalAlpha = 0.6;
    this.pen.translate(at.x, at.y);
    drawRoadSign(this.pen, road, scene, scene.everyRoad);
    this.pen.restore();
  }

  private unit(unit: Unit, scene: Scene): void {
    if (!unit.lonlat) return;
    const at = this.spot(unit.lonlat, scene.markPx);
    if (!at) return;
    const { pen } = this;
    const size = scene.markPx * 0.62;
    const age = unit.fix_ts ? scene.now - Date.parse(unit.fix_ts) : Infinity;
    const free = isFree(unit);
    this.marks.push(around(at, size));
    pen.save();
    pen.globalAlpha = age > UNIT_DEAD_MS ? 0.3 : age > UNIT_OLD_MS || scene.doubtful ? 0.55 : 1;
    pen.translate(at.x, at.y);
    if (unit.hdg !== null && (unit.spd ?? 0) > 2) this.nose(unit.hdg, size, scene.palette);
    pen.beginPath();
    pen.arc(0, 0, size / 2, 0, 2 * Math.PI);
    pen.fillStyle = free ? scene.palette.unitEdge : scene.palette.unit;
    pen.fill();
    pen.lineWidth = size / 11;
    pen.strokeStyle = scene.palette.unit;
    if (age > UNIT_DEAD_MS) pen.setLineDash([size / 6, size / 8]);
    pen.stroke();
    pen.scale(size / 38, size / 38);
    pen.translate(-12, -12);
    pen.fillStyle = free ? scene.palette.unit : scene.palette.unitEdge;
    pen.fill(path(UNIT_GLYPH[unit.kind]));
    pen.restore();
  }

  private nose(heading: number, size: number, palette: Palette): void {
    const { pen } = this;
    pen.save();
    pen.rotate((heading * Math.PI) / 180);
    pen.beginPath();
    pen.moveTo(0, -size * 0.82);
    pen.lineTo(size * 0.24, -size * 0.46);
    pen.lineTo(-size * 0.24, -size * 0.46);
    pen.closePath();
    pen.fillStyle = palette.unit;
    pen.fill();
    pen.restore();
  }

  private incident(incident: Incident, scene: Scene): void {
    if (!incident.lonlat) return;
    const at = this.spot(incident.lonlat, scene.markPx);
    if (!at) return;
    const { pen } = this;
    const { markPx: size, palette } = scene;
    const { fill, ink } = palette.priority[incident.priority];
    this.spots.push({ id: incident.id, ...at });
    const looked = incident.id === scene.selected;
    this.taken.push(around(at, looked ? 1.2 * size : size));
    if (looked) {
      this.marks.push(around(at, 1.8 * size));
      this.ring(at, size, palette);
    }
    pen.save();
    if (scene.doubtful) pen.globalAlpha = 0.6;
    pen.translate(at.x - size / 2, at.y - size / 2);
    pen.scale(size / 24, size / 24);
    const shape = path(PRIORITY_SHAPE[incident.priority]);
    pen.lineWidth = 3.4;
    pen.lineJoin = "round";
    pen.strokeStyle = palette.markEdge;
    pen.stroke(shape);
    pen.fillStyle = incident.status === "new" ? fill : palette.ward;
    pen.fill(shape);
    pen.lineWidth = 2;
    pen.strokeStyle = fill;
    pen.stroke(shape);
    pen.fillStyle = incident.status === "new" ? ink : palette.select;
    pen.font = `700 13px "${FONT}"`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(String(incident.priority), 12, 24 * PRIORITY_DIGIT_Y[incident.priority] + 0.6);
    pen.restore();
  }

  private ring(at: { x: number; y: number }, size: number, palette: Palette): void {
    const { pen } = this;
    pen.beginPath();
    pen.arc(at.x, at.y, size * 0.86, 0, 2 * Math.PI);
    pen.lineWidth = size / 10;
    pen.strokeStyle = palette.markEdge;
    pen.stroke();
    pen.lineWidth = size / 16;
    pen.strokeStyle = palette.select;
    pen.stroke();
  }

  /** The incident's number beside its mark, left out where it would cover another. */
  private label(incident: Incident, scene: Scene): void {
    if (!incident.lonlat || (incident.priority > 2 && incident.id !== scene.selected)) return;
    const at = this.spot(incident.lonlat, 0);
    if (!at) return;
    this.words(`#${incident.number}`, at, scene.markPx * 0.62, scene, 600);
  }

  /** Words to the right of a point, left out where they would cover others. */
  private words(text: string, at: { x: number; y: number }, off: number, scene: Scene, weight: number): void {
    const { pen } = this;
    pen.font = `${weight} ${scene.labelPx}px "${FONT}"`;
    const width = pen.measureText(text).width;
    const box = new DOMRectReadOnly(at.x + off, at.y - scene.labelPx * 0.6, width, scene.labelPx * 1.2);
    if (this.taken.some((other) => overlaps(box, other))) return;
    this.taken.push(box);
    pen.textAlign = "left";
    this.write(text, box.x, at.y, scene, scene.palette.select);
  }

  private write(text: string, x: number, y: number, scene: Scene, colour: string): void {
    const { pen } = this;
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    pen.lineWidth = scene.labelPx / 5;
    pen.strokeStyle = scene.palette.halo;
    pen.strokeText(text, x, y);
    pen.fillStyle = colour;
    pen.fillText(text, x, y);
  }
}

function around({ x, y }: { x: number; y: number }, size: number): DOMRectReadOnly {
  return new DOMRectReadOnly(x - size / 2, y - size / 2, size, size);
}
