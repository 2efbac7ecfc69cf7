/** Put, update, get, list and delete the configuration of asynchronous invocation. */
import { invalid } from "../control/input.ts";
import {
  noEventInvokeConfig,
  readEventInvokeConfig,
  shownEventInvokeConfig,
} from "../destinations/event-invoke-config.ts";
import type { EventInvokeConfig } from "../model.ts";
import { answer, type Context, noContent, type Operation, page, readDocument, requireFunction } from "./context.ts";

const PAGE = 50;
const FIELDS = ["MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"];

/** Replaces all of it. */
export const putEventInvokeConfig: Operation = (context, request, [name]) => write(context, request, name!, false);

/** Changes what is given. */
export const updateEventInvokeConfig: Operation = (context, request, [name]) => write(context, request, name!, true);

async function write(context: Context, request: Parameters<Operation>[1], name: string, update: boolean) {
  const body = await readDocument(request);
  const record = requireFunction(context, name);
  if (!FIELDS.some((field) => body[field] !== undefined && body[field] !== null)) {
    invalid("You must specify at least one of error handling or destination setting.");
  }
  const before = update ? required(record.EventInvokeConfig, () => noEventInvokeConfig(record)) : undefined;
  const config = readEventInvokeConfig(body, record.FunctionArn, before);
  await context.functions.save({ ...record, EventInvokeConfig: config });
  return answer(200, shownEventInvokeConfig(record, config));
}

export const getEventInvokeConfig: Operation = async (context, _request, [name]) => {
  const record = requireFunction(context, name!);
  const config = required(record.EventInvokeConfig, () => noEventInvokeConfig(record));
  return answer(200, shownEventInvokeConfig(record, config));
};

export const listEventInvokeConfigs: Operation = async (context, request, [name]) => {
  const record = requireFunction(context, name!);
  const configs = record.EventInvokeConfig ? [shownEventInvokeConfig(record, record.EventInvokeConfig)] : [];
  return page(request, configs, "FunctionEventInvokeConfigs", PAGE);
};

export const deleteEventInvokeConfig: Operation = async (context, _request, [name]) => {
  const record = requireFunction(context, name!);
  required(record.EventInvokeConfig, () => noEventInvokeConfig(record));
  const { EventInvokeConfig: _gone, ...rest } = record;
  await context.functions.save(rest);
  return noContent;
};

function required(config: EventInvokeConfig | undefined, otherwise: () => Error): EventInvokeConfig {
  if (!config) throw otherwise();
  return config;
}
