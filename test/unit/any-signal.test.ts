import fc from "fast-check";
import { expect, it } from "vitest";
import { firstOf } from "../../src/any-signal.ts";

it("is aborted as Node's own is, whichever is first, before or afterwards", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 }), fc.array(fc.nat(3)), fc.array(fc.nat(3)), (count, before, after) => {
      const controllers = Array.from({ length: count }, () => new AbortController());
      const abort = (order: readonly number[]) => {
        for (const at of order) controllers[at]?.abort(`reason ${at}`);
      };
      abort(before);
      const signals = controllers.map(({ signal }) => signal);
      const [own, nodes] = [firstOf(signals), AbortSignal.any(signals)];
      const same = () => expect([own.aborted, own.reason]).toEqual([nodes.aborted, nodes.reason]);
      same();
      let told = 0;
      own.addEventListener("abort", () => told++);
      const wasAborted = own.aborted;
      abort(after);
      same();
      expect(told).toBe(own.aborted && !wasAborted ? 1 : 0);
    }),
  );
});
