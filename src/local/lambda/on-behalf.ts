/** Invocations by another service, which the function's policy must allow. */
import type { FunctionCall, FunctionCallResult } from "../service.ts";
import { AwsError } from "../service.ts";
import { payloadLimit, payloadTooLarge, requireActive } from "./invoke/refusals.ts";
import { type Context, requireFunction } from "./operations/context.ts";
import { allowsService } from "./policy.ts";

/** Throws AwsError: 403 when the policy does not let the service, 404, 409 while the function is made, 413, 429. */
export async function callOnBehalf(context: Context, call: FunctionCall): Promise<FunctionCallResult> {
  const { type, payload, requestId } = call;
  const record = requireFunction(context, call.functionArn);
  const { FunctionName, FunctionArn, Policy } = record;
  if (!allowsService(Policy, call.service, call.sourceArn, call.sourceAccount)) {
    throw new AwsError(
      403,
      "AccessDeniedException",
      `${call.service} may not invoke ${FunctionArn} for ${call.sourceArn}`,
    );
  }
  const limit = payloadLimit(type);
  if (payload.length > limit) throw payloadTooLarge(limit);
  const nothing = { payload: Buffer.alloc(0), failed: false };
  if (type === "DryRun") return nothing;
  requireActive(record);
  if (type === "Event") {
    await context.queue.add(FunctionName, payload, requestId);
    return nothing;
  }
  const { traceId, onStart } = call;
  return await context.run(FunctionName, { requestId, payload, traceId, onStart });
}
