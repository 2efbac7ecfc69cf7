import fc from "fast-check";
import { expect, it } from "vitest";
import { firstOf } from "../../src/any-signal.ts";

it("is aborted with the first that is, once; with the first in order of those that were before", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 }), fc.array(fc.nat(3)), fc.array(fc.nat(3)), (count, before, after) => {
      const controllers = Array.from({ length: count }, () => new AbortController());
      const abort = (order: readonly number[]) => {
        for (const at of order) controllers[at]?.abort(`reason ${at}`);
      };
      const there = (order: readonly number[]) => order.filter((at) => at < count);
      abort(before);
      const first = firstOf(controllers.map(({ signal }) => signal));
      const earlier = there(before).sort()[0];
      expect([first.aborted, first.reason]).toEqual(
        earlier === undefined ? [false, undefined] : [true, `reason ${earlier}`],
      );
      let told = 0;
      first.addEventListener("abort", () => told++);
      abort(after);
      const later = earlier ?? there(after)[0];
      expect([first.aborted, first.reason]).toEqual(
        later === undefined ? [false, undefined] : [true, `reason ${later}`],
      );
      expect(told).toBe(earlier === undefined && later !== undefined ? 1 : 0);
    }),
  );
});
