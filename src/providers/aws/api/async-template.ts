/**
 * Mapping templates of the route /async, in Velocity (AWS: "Mapping template transformations for REST APIs"): from a request they make the
 * event that a proxy integration would (payload format 1.0), as Lambda is to be invoked with Event, which a proxy integration cannot answer.
 * The local AWS knows them by their sums (src/local/apigateway/templates.ts).
 */

/** `escapeJavaScript` makes `\'` of an apostrophe, which JSON does not have. */
const json = (text: string): string => String.raw`"$util.escapeJavaScript(${text}).replaceAll("\\'", "'")"`;

/** A mapping of the request, entry by entry. */
const entries = (mapping: string, first = ""): string => `#foreach($name in ${mapping}.keySet())
${first}${json("$name")}: ${json(`${mapping}.get($name)`)}#if($foreach.hasNext),#end
#end`;

/** @param nothing condition under which a body counts as none, beside those of every body */
function template(before: string, eachHeader: string, nothing: string, body: string): string {
  return `#set($all = $input.params())
${before}{
"resource": "/async",
"path": "/async",
"httpMethod": "$context.httpMethod",
"headers": {
${entries("$all.header", eachHeader)}
},
#if($all.querystring.size() == 0)
"queryStringParameters": null,
#else
"queryStringParameters": {
${entries("$all.querystring")}
},
#end
"pathParameters": null,
"stageVariables": null,
"requestContext": {
"stage": "$context.stage",
"apiId": "$context.apiId",
"requestId": "$context.requestId",
"httpMethod": "$context.httpMethod",
"path": "$context.path",
"identity": {"sourceIp": "$context.identity.sourceIp"}
},
#if(!$input.body || $input.body == '' || ${nothing} || $context.httpMethod == 'GET' || $context.httpMethod == 'HEAD' || $context.httpMethod == 'DELETE')
${body}
}`;
}

/** For bodies that are text. API Gateway gives an empty body as `{}`: without a Content-Type that is none. */
export const TEXT_TEMPLATE = template(
  "#set($typed = false)\n",
  "#if($name.toLowerCase() == 'content-type')\n#set($typed = true)\n#end\n",
  "($input.body == '{}' && !$typed)",
  `"body": null,
#else
"body": ${json("$input.body")},
#end
"isBase64Encoded": false`,
);

/** For bodies of `binaryMediaTypes`, which arrive in base64 (contentHandling CONVERT_TO_TEXT). */
export const BINARY_TEMPLATE = template(
  "",
  "",
  "$input.body == '{}'",
  `"body": null,
"isBase64Encoded": false
#else
"body": ${json("$input.body")},
"isBase64Encoded": true
#end`,
);
