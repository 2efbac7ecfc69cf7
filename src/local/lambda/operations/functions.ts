/** Create, read, change and delete functions. */
import { randomUUID } from "node:crypto";
import { AwsError, notServed } from "../../service.ts";
import { configurationOf, listedConfigurationOf } from "../control/configuration.ts";
import { sameLayers } from "../control/function-store.ts";
import { invalid, text } from "../control/input.ts";
import { readArchitecture, readSettings, readTags } from "../control/validate.ts";
import { awsTime, codeOf, type FunctionRecord, settingsOf } from "../model.ts";
import { functionArn, functionName, functionNotFound } from "../names.ts";
import { checkRole } from "../role.ts";
import { checkUnzippedSize, inspectCode, withCode } from "./code.ts";
import { answer, type Context, noContent, type Operation, page, readDocument, requireFunction } from "./context.ts";
import { codeLocation } from "./download.ts";

/** AWS's own page of ListFunctions. */
const PAGE = 50;

export const createFunction: Operation = (context, request) =>
  withCode(context, request, "CreateFunction", "Code", async ({ body, code: received, zip }) => {
    const name = functionName(text(body, "FunctionName") ?? "", context.place);
    if ((text(body, "PackageType") ?? "Zip") !== "Zip") invalid("PackageType Image needs an ImageUri");
    const settings = readSettings(body, (arn) => context.layers.reference(arn));
    checkRole(settings.Role, context.ports);
    const architecture = readArchitecture(body);
    const tags = readTags(body["Tags"]);
    refusePublish(body);
    if (!received) invalid("Please provide a source for function code.");
    const code = await inspectCode(context, zip, received, settings.Layers);
    await context.requireSandbox();
    if (context.functions.get(name))
      throw new AwsError(409, "ResourceConflictException", `Function already exist: ${name}`);
    const deployment = randomUUID();
    const record: FunctionRecord = {
      ...settings,
      ...code,
      FunctionName: name,
      FunctionArn: functionArn(context.place, name),
      Architecture: architecture,
      LastModified: awsTime(),
      RevisionId: randomUUID(),
      State: "Pending",
      LastUpdateStatus: "Successful",
      Tags: tags,
      Policy: [],
      deployment: "",
      generation: "",
    };
    await context.functions.add(record, deployment, zip);
    // Deleted while its zip was put away: begun now it would come back.
    if (!context.functions.get(name)) throw functionNotFound(record.FunctionArn);
    return answer(201, configurationOf(await context.deployer.begin(record, settings, code, deployment)));
  });

export const getFunction: Operation = async (context, _request, [name]) => {
  const record = requireFunction(context, name!);
  const { Tags, ReservedConcurrentExecutions: reserved } = record;
  return answer(200, {
    Configuration: configurationOf(record),
    Code: { RepositoryType: "S3", ...codeLocation(context, record) },
    ...(Object.keys(Tags).length > 0 && { Tags }),
    ...(reserved !== undefined && { Concurrency: { ReservedConcurrentExecutions: reserved } }),
  });
};

export const getFunctionConfiguration: Operation = async (context, _request, [name]) =>
  answer(200, configurationOf(requireFunction(context, name!)));

export const listFunctions: Operation = async (context, request) =>
  page(request, context.functions.all().map(listedConfigurationOf), "Functions", PAGE);

export const updateFunctionCode: Operation = (context, request, [name]) =>
  withCode(context, request, "UpdateFunctionCode", undefined, async ({ body, code: received, zip }) => {
    const revision = text(body, "RevisionId");
    const record = requireChangeable(context, name!, revision);
    refusePublish(body);
    if (body["Architectures"] !== undefined) readArchitecture(body);
    if (!received) invalid("Please provide a source for function code.");
    const code = await inspectCode(context, zip, received, record.Layers);
    if (body["DryRun"] === true) return answer(200, configurationOf({ ...record, ...code }));
    const deployment = randomUUID();
    await context.functions.keepZip(record.FunctionName, deployment, zip);
    // Meanwhile it may have been changed, or deleted.
    const latest = requireChangeable(context, name!, revision);
    return answer(200, configurationOf(await context.deployer.begin(latest, settingsOf(latest), code, deployment)));
  });

export const updateFunctionConfiguration: Operation = async (context, request, [name]) => {
  const body = await readDocument(request);
  const record = requireChangeable(context, name!, text(body, "RevisionId"));
  const settings = readSettings(body, (arn) => context.layers.reference(arn), record);
  checkRole(settings.Role, context.ports);
  checkUnzippedSize(context, record.UnzippedSize ?? 0, settings.Layers);
  const same = sameLayers(record.Layers, settings.Layers);
  const deployment = same ? record.deployment : randomUUID();
  return answer(200, configurationOf(await context.deployer.begin(record, settings, codeOf(record), deployment)));
};

export const deleteFunction: Operation = async (context, _request, [name]) => {
  const { FunctionName } = requireFunction(context, name!);
  const retired = context.functions.forget(FunctionName, () => context.pool.retire(FunctionName));
  await Promise.all([retired, context.queue.drop(FunctionName)]);
  return noContent;
};

/** A version that was asked for and is not there would be missed later. */
function refusePublish(body: Readonly<Record<string, unknown>>): void {
  if (body["Publish"] === true) throw notServed("Publish (a version of a function)");
}

/** The function, when no other change of it is under way and the caller knows its latest revision. */
function requireChangeable(context: Context, nameOrArn: string, revision: string | undefined): FunctionRecord {
  const record = requireFunction(context, nameOrArn);
  if (revision !== undefined && revision !== record.RevisionId) {
    throw new AwsError(
      412,
      "PreconditionFailedException",
      "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    );
  }
  if (record.next) {
    const what =
      record.State === "Pending"
        ? "The function is currently in the following state: Pending"
        : `An update is in progress for resource: ${record.FunctionArn}`;
    throw new AwsError(409, "ResourceConflictException", `The operation cannot be performed at this time. ${what}`);
  }
  return record;
}
