/** The resources of an API: the tree of its paths. */
import { badRequest, conflict, limitExceeded } from "../errors.ts";
import { given, readInput, text } from "../input.ts";
import { LIMITS, type Resource, type RestApi } from "../model.ts";
import { newId } from "../store.ts";
import { accepted, answer, type Operation, page, requireApi, requireResource } from "./context.ts";

const PLAIN = /^[a-zA-Z0-9._\-:]+$/;
const VARIABLE = /^\{[a-zA-Z0-9._\-:]+\+?\}$/;

export const createResource: Operation = async (context, request, [apiId, parentId]) => {
  const input = await readInput(request);
  const api = requireApi(context, apiId!);
  const parent = requireResource(api, parentId!);
  const pathPart = checkPathPart(text(input, "pathPart"), api, parent);
  if (api.resources.length >= LIMITS.resources) {
    throw limitExceeded(`Maximum number of resources for this API has been reached. Limit is ${LIMITS.resources}`);
  }
  const resource: Resource = {
    id: newId(6, (id) => api.resources.some((one) => one.id === id)),
    parentId: parent.id,
    pathPart,
    path: `${parent.path === "/" ? "" : parent.path}/${pathPart}`,
    resourceMethods: {},
  };
  context.store.put({ ...api, resources: [...api.resources, resource] });
  return answer(201, shown(resource, false));
};

export const getResource: Operation = (context, request, [apiId, id]) =>
  answer(200, shown(requireResource(requireApi(context, apiId!), id!), embedsMethods(request.query)));

export const getResources: Operation = (context, request, [apiId]) => {
  const { resources } = requireApi(context, apiId!);
  const methods = embedsMethods(request.query);
  const byId = [...resources].sort((a, b) => (a.id < b.id ? -1 : 1));
  return page(request, byId, (resource) => shown(resource, methods));
};

/** Takes what lies below it too. */
export const deleteResource: Operation = (context, _request, [apiId, id]) => {
  const api = requireApi(context, apiId!);
  const gone = requireResource(api, id!);
  if (gone.parentId === undefined) throw badRequest("Root resource cannot be deleted");
  const below = (path: string): boolean => path === gone.path || path.startsWith(`${gone.path}/`);
  context.store.put({ ...api, resources: api.resources.filter(({ path }) => !below(path)) });
  return accepted;
};

function checkPathPart(part: string | undefined, api: RestApi, parent: Resource): string {
  if (part === undefined || part === "") throw badRequest("Resource's path part must be specified");
  if (!PLAIN.test(part) && !VARIABLE.test(part)) {
    throw badRequest(
      "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
    );
  }
  if (parent.pathPart?.endsWith("+}"))
    throw badRequest("Cannot create a child of a resource with a greedy path variable.");
  const siblings = api.resources.filter(({ parentId }) => parentId === parent.id);
  if (siblings.some(({ pathPart }) => pathPart === part)) {
    throw conflict(`Another resource with the same parent already has this name: ${part}`);
  }
  const variable = siblings.find(({ pathPart }) => pathPart?.startsWith("{"));
  if (variable && part.startsWith("{")) {
    throw badRequest(
      `A sibling (${variable.pathPart}) of this resource already has a variable path part -- only one is allowed`,
    );
  }
  return part;
}

const embedsMethods = (query: URLSearchParams): boolean => query.getAll("embed").includes("methods");

function shown({ id, parentId, pathPart, path, resourceMethods }: Resource, methods: boolean): unknown {
  const verbs = Object.keys(resourceMethods);
  const shownMethods = methods ? resourceMethods : Object.fromEntries(verbs.map((verb) => [verb, {}]));
  return {
    id,
    ...given("parentId", parentId),
    ...given("pathPart", pathPart),
    path,
    ...(verbs.length > 0 && { resourceMethods: shownMethods }),
  };
}
