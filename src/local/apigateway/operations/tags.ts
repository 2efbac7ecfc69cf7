/** Tags of APIs and stages. */
import { badRequest, noSuchTagged } from "../errors.ts";
import { readInput, textMap } from "../input.ts";
import { findTagged } from "../tagged.ts";
import { answer, type Context, noContent, type Operation } from "./context.ts";

export const getTags: Operation = (context, _request, [arn]) =>
  answer(200, { tags: requireTagged(context, arn!).tags });

export const tagResource: Operation = async (context, request, [arn]) => {
  const tags = textMap(await readInput(request), "tags") ?? {};
  if (Object.keys(tags).length === 0) throw badRequest("Tags must be specified");
  const found = requireTagged(context, arn!);
  found.save({ ...found.tags, ...tags });
  return noContent;
};

export const untagResource: Operation = (context, request, [arn]) => {
  const gone = request.query.getAll("tagKeys");
  const found = requireTagged(context, arn!);
  found.save(Object.fromEntries(Object.entries(found.tags).filter(([key]) => !gone.includes(key))));
  return noContent;
};

function requireTagged({ store }: Context, arn: string) {
  const found = findTagged(store, arn);
  if (!found) throw noSuchTagged();
  return found;
}
