/** Resource policies and tags of functions. */
import { AwsError } from "../../service.ts";
import { readTags } from "../control/validate.ts";
import { readStatement, statementExists } from "../policy.ts";
import { answer, noContent, type Operation, readDocument, requireFunction } from "./context.ts";

export const addPermission: Operation = async (context, request, [name]) => {
  const body = await readDocument(request);
  const record = requireFunction(context, name!);
  const statement = readStatement(body, record.FunctionArn);
  if (record.Policy.some(({ Sid }) => Sid === statement.Sid)) throw statementExists(statement.Sid);
  await context.functions.save({ ...record, Policy: [...record.Policy, statement] });
  return answer(201, { Statement: JSON.stringify(statement) });
};

export const removePermission: Operation = async (context, _request, [name, sid]) => {
  const record = requireFunction(context, name!);
  const left = record.Policy.filter((statement) => statement.Sid !== sid);
  if (left.length === record.Policy.length) {
    throw new AwsError(404, "ResourceNotFoundException", `Statement ${sid} is not found in resource policy.`);
  }
  await context.functions.save({ ...record, Policy: left });
  return noContent;
};

export const getPolicy: Operation = async (context, _request, [name]) => {
  const { Policy, RevisionId } = requireFunction(context, name!);
  if (Policy.length === 0) {
    throw new AwsError(404, "ResourceNotFoundException", "The resource you requested does not exist.");
  }
  const document = { Version: "2012-10-17", Id: "default", Statement: Policy };
  return answer(200, { Policy: JSON.stringify(document), RevisionId });
};

export const listTags: Operation = async (context, _request, [arn]) =>
  answer(200, { Tags: requireFunction(context, arn!).Tags });

export const tagResource: Operation = async (context, request, [arn]) => {
  const body = await readDocument(request);
  const record = requireFunction(context, arn!);
  const tags = readTags({ ...record.Tags, ...readTags(body["Tags"]) });
  await context.functions.save({ ...record, Tags: tags });
  return noContent;
};

export const untagResource: Operation = async (context, request, [arn]) => {
  const record = requireFunction(context, arn!);
  const gone = new Set(request.query.getAll("tagKeys"));
  const left = Object.entries(record.Tags).filter(([key]) => !gone.has(key));
  await context.functions.save({ ...record, Tags: Object.fromEntries(left) });
  return noContent;
};
