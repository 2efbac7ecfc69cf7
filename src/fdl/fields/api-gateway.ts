/** The `api_gateway` section of an AWS function. */
import { as, boolean, ids, json, list, type MapField, map, oneOf, text } from "../field.ts";
import { client } from "./aws.ts";

const METHODS = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

const parameters = ids("a parameter", text());

const method = map({
  authorizationType: as(oneOf("NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"), "Who may call it; NONE is everyone."),
  requestParameters: as(
    ids("a parameter", boolean),
    "Parameters that the method takes, and whether they are required: computed, not used.",
  ),
});

const integration = map({
  type: as(oneOf("HTTP", "AWS", "MOCK", "HTTP_PROXY", "AWS_PROXY"), "Kind of integration."),
  integrationHttpMethod: as(oneOf(...METHODS), "Method with which API Gateway calls the function."),
  uri: as(text("an ARN", /^\S+$/), "What it calls: computed, not used."),
  requestParameters: as(parameters, "Where the integration's parameters come from: computed, not used."),
});

/** API Gateway's own list takes `*` for a whole part. */
const mediaType = text("a media type such as image/png, or */*", /^([\w.+-]+\/([\w.+-]+|\*)|\*\/\*)$/, "image/png");

const fields = map({
  ...client,
  name: as(
    text("1 to 1024 characters", /^[\s\S]{1,1024}$/, "grey"),
    "Name of the API; with it `init` makes an HTTP endpoint.",
  ),
  binary_media_types: as(
    list(mediaType),
    "Media types whose bodies travel as bytes, not as text (base64); none by default.",
  ),
  endpoint: as(text("an address", /^\S+$/), "Address of the endpoint: computed, not used."),
  request_parameters: as(parameters, "Where the integration's parameters come from: computed, not used."),
  http_method: as(oneOf(...METHODS), "Method of the endpoint."),
  method: as(method, "Settings of this method."),
  integration: as(integration, "How the API calls the function."),
  path_part: as(text("one part of a path", /^\S+$/, "{proxy+}"), "Path below the API's root."),
  stage_name: as(text("letters, digits, '-' and '_'", /^[a-zA-Z0-9-_]{1,128}$/, "scar"), "Name of the stage."),
  service_id: as(
    text("a service's name", /^\S+$/),
    "Service that gets the permission to call the function: computed, not used.",
  ),
  source_arn_testing: as(text("an ARN", /^\S+$/), "What may call it from the console: computed, not used."),
  source_arn_invocation: as(text("an ARN", /^\S+$/), "What may call it through the stage: computed, not used."),
  data_binary: as(text("a file name", /./, "photo.jpg"), "File that `invoke` sends (-db)."),
  json_data: as(json, "JSON that `invoke` sends (-jd)."),
  parameters: as(json, "Query that `invoke` adds (-p)."),
});

export const apiGateway: MapField = { ...fields, moved: { authorizationType: "method.authorizationType" } };
