import { signal } from "@preact/signals";
import type { Box, LonLat, ModuleHealth, Text } from "../feed/wire";
import { call } from "./call";

export interface Agency {
  readonly id: string;
  readonly name: Text;
}

export interface City {
  readonly id: string;
  readonly name: Text;
  readonly bbox: Box;
  readonly center: LonLat;
  readonly agencies: readonly Agency[];
  readonly demo: boolean;
}

export interface ModuleRow extends ModuleHealth {
  readonly age_s: number | null;
  readonly name: string;
}

export interface Me {
  readonly id: string;
  readonly name: string;
  readonly sign: string;
  readonly role: string;
  readonly demo?: boolean;
}

export const city = signal<City | null>(null);
export const me = signal<Me | null>(null);
export const moduleTitles = signal<ReadonlyMap<string, Text>>(new Map());

const AGAIN_AFTER_MS = 3_000;

/** Asks until answered: a page opened before the server must come alive by itself. */
async function untilAnswered<T>(path: string): Promise<T> {
  for (;;) {
    try {
      return await call<T>("GET", path);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS)); // the link's state tells the person
    }
  }
}

export async function loadCity(): Promise<City> {
  city.value = await untilAnswered<City>("/api/v1/city");
  return city.value;
}

export async function loadModules(): Promise<readonly ModuleRow[]> {
  const { modules } = await untilAnswered<{ modules: readonly ModuleRow[] }>("/api/v1/modules");
  moduleTitles.value = new Map(modules.map((row) => [row.name, row.title]));
  return modules;
}

export async function loadMe(): Promise<Me> {
  me.value = await untilAnswered<Me>("/api/v1/me");
  return me.value;
}
