/** Which tagged resources the tagging API knows of: those of now, or, where it is to lag behind, those of a while ago. */
import type { TaggedResources } from "../service.ts";

export type Resource = ReturnType<TaggedResources["listTagged"]>[number];

export interface TaggedView {
  /** By ARN. Those without tags are not among them. */
  list(): readonly Resource[];
  close(): void;
}

/** @param delayMs how much later a change of tags is seen; 0: at once */
export function taggedView(services: readonly TaggedResources[], delayMs: number): TaggedView {
  const current = (): readonly Resource[] =>
    services
      .flatMap((service) => service.listTagged())
      .filter(({ tags }) => Object.keys(tags).length > 0)
      .sort((a, b) => (a.arn < b.arn ? -1 : 1));
  return delayMs === 0 ? { list: current, close: () => {} } : delayedView(current, delayMs);
}

/** Looks at the resources so often that a change is seen no more than a tenth too late. */
function delayedView(current: () => readonly Resource[], delayMs: number): TaggedView {
  // What is there at the start has been there for long.
  let seen = [{ at: Number.NEGATIVE_INFINITY, resources: current() }];
  const look = (): void => {
    const now = Date.now();
    seen.push({ at: now, resources: current() });
    const shown = seen.findLastIndex(({ at }) => at <= now - delayMs);
    seen = seen.slice(Math.max(0, shown));
  };
  const timer = setInterval(look, Math.min(Math.max(delayMs / 10, 20), 1000)).unref();
  return {
    list: () => seen.findLast(({ at }) => at <= Date.now() - delayMs)!.resources,
    close: () => clearInterval(timer),
  };
}
