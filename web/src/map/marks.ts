import type { Cam } from "../feed/wire";
import { number } from "../i18n/format";
import type { Palette } from "./palette";
import type { RoadSign } from "./roads";
import { FONT } from "./style";

/** Half the angle a camera's cone is drawn with: a sign of direction, not its true field of view. */
const HALF_ANGLE = (26 * Math.PI) / 180;
const UP = -Math.PI / 2;

interface Look {
  readonly palette: Palette;
  readonly markPx: number;
  readonly labelPx: number;
  readonly doubtful: boolean;
}

/** A camera at the origin: a cone where it looks while it sees, an empty ring with a cross when it does not. */
export function drawCamera(pen: CanvasRenderingContext2D, cam: Cam, look: Look): void {
  const { palette, markPx } = look;
  const seeing = cam.state === "ok" && !look.doubtful;
  const reach = markPx * 0.95;
  if (seeing && cam.heading !== null) {
    const ahead = UP + (cam.heading * Math.PI) / 180;
    pen.beginPath();
    pen.moveTo(0, 0);
    pen.arc(0, 0, reach, ahead - HALF_ANGLE, ahead + HALF_ANGLE);
    pen.closePath();
    pen.globalAlpha = 0.28;
    pen.fillStyle = palette.camera;
    pen.fill();
    pen.globalAlpha = 1;
    pen.lineWidth = Math.max(1, markPx / 26);
    pen.strokeStyle = palette.camera;
    pen.stroke();
  }
  const half = markPx * 0.17;
  pen.beginPath();
  pen.rect(-half, -half, 2 * half, 2 * half);
  pen.fillStyle = seeing ? palette.camera : palette.unitEdge;
  pen.fill();
  pen.lineWidth = Math.max(1.2, markPx / 20);
  pen.strokeStyle = seeing ? palette.unitEdge : palette.camera;
  pen.stroke();
  if (cam.state === "ok" || cam.state === "starting") return;
  pen.beginPath();
  for (const [x, y] of [[1, 1], [1, -1]] as const) {
    pen.moveTo(-half * x, -half * y);
    pen.lineTo(half * x, half * y);
  }
  pen.stroke();
}

/** Words of a road's sign: its level, an arrow down when unusual, an exclamation mark at a suspected incident. */
function wordsOf({ seg, tone }: RoadSign, withSpeed: boolean): string {
  const level = seg.level ?? "–";
  const mark = tone === "incident" ? "! " : tone === "unusual" ? "▼ " : "";
  const speed = withSpeed && seg.speed !== null ? ` ${number(seg.speed, 0)}` : "";
  return `${mark}${level}${speed}`;
}

/** Whether a road has a sign when not every road is asked for. */
export function telling({ seg, tone }: RoadSign): boolean {
  return tone === "incident" || tone === "unusual" || (tone !== "none" && (seg.level === "E" || seg.level === "F"));
}

/** The box a road's sign needs around the origin. */
export function measureRoadSign(pen: CanvasRenderingContext2D, sign: RoadSign, look: Look, withSpeed: boolean) {
  pen.font = fontOf(look);
  const width = pen.measureText(wordsOf(sign, withSpeed)).width + look.labelPx * 0.6;
  return { width, height: look.labelPx * 1.3 };
}

function fontOf({ labelPx }: Look): string {
  return `600 ${labelPx * 0.95}px "${FONT}"`;
}

/** A road's sign, its middle at the origin. Box and outline change with the tone, not the colour alone. */
export function drawRoadSign(pen: CanvasRenderingContext2D, sign: RoadSign, look: Look, withSpeed: boolean): void {
  const { palette } = look;
  const { width, height } = measureRoadSign(pen, sign, look, withSpeed);
  const grave = sign.tone === "incident" || sign.tone === "unusual";
  pen.beginPath();
  pen.roundRect(-width / 2, -height / 2, width, height, grave ? height / 8 : height / 2);
  pen.fillStyle = palette.halo;
  pen.fill();
  pen.lineWidth = grave ? Math.max(2, height / 11) : Math.max(1, height / 22);
  pen.strokeStyle = palette.road[sign.tone];
  pen.stroke();
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = palette.select;
  pen.fillText(wordsOf(sign, withSpeed), 0, height * 0.04);
}
