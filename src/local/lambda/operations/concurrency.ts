/** Reserved concurrency, and the account's limits. */
import { integer, invalid } from "../control/input.ts";
import { ACCOUNT_LIMIT, LEAST_UNRESERVED } from "../invoke/concurrency.ts";
import { LIMITS } from "../model.ts";
import { answer, noContent, type Operation, readDocument, requireFunction } from "./context.ts";

/** Bytes of all functions and layers, AWS's default for an account. */
const TOTAL_CODE_SIZE = 80_530_636_800;

export const putFunctionConcurrency: Operation = async (context, request, [name]) => {
  const body = await readDocument(request);
  const record = requireFunction(context, name!);
  const reserved = integer(body, "ReservedConcurrentExecutions", 0, Number.MAX_SAFE_INTEGER);
  if (reserved === undefined) invalid("ReservedConcurrentExecutions is mandatory.");
  const free = context.concurrency.unreserved() + (record.ReservedConcurrentExecutions ?? 0) - reserved;
  if (free < LEAST_UNRESERVED) {
    invalid(
      `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${LEAST_UNRESERVED}].`,
    );
  }
  await context.functions.save({ ...record, ReservedConcurrentExecutions: reserved });
  context.queue.pump(record.FunctionName);
  return answer(200, { ReservedConcurrentExecutions: reserved });
};

/** An empty document when nothing is reserved. */
export const getFunctionConcurrency: Operation = async (context, _request, [name]) => {
  const { ReservedConcurrentExecutions: reserved } = requireFunction(context, name!);
  return answer(200, reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved });
};

export const deleteFunctionConcurrency: Operation = async (context, _request, [name]) => {
  const { ReservedConcurrentExecutions: _gone, ...record } = requireFunction(context, name!);
  await context.functions.save(record);
  context.queue.pump(record.FunctionName);
  return noContent;
};

export const getAccountSettings: Operation = async (context) => {
  const functions = context.functions.all();
  return answer(200, {
    AccountLimit: {
      TotalCodeSize: TOTAL_CODE_SIZE,
      CodeSizeUnzipped: LIMITS.unzipped,
      CodeSizeZipped: LIMITS.zipped,
      ConcurrentExecutions: ACCOUNT_LIMIT,
      UnreservedConcurrentExecutions: context.concurrency.unreserved(),
    },
    AccountUsage: {
      TotalCodeSize: functions.reduce((sum, { CodeSize }) => sum + CodeSize, context.layers.totalCodeSize()),
      FunctionCount: functions.length,
    },
  });
};
