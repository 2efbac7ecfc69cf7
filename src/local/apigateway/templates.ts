/** The mapping templates that are served: those which `scar init` gives the asynchronous route of its APIs, letter by letter. */

/** For texts. */
export const TEXT_TEMPLATE = String.raw`#set($all = $input.params())
#set($typed = false)
{
"resource": "/async",
"path": "/async",
"httpMethod": "$context.httpMethod",
"headers": {
#foreach($name in $all.header.keySet())
#if($name.toLowerCase() == 'content-type')
#set($typed = true)
#end
"$util.escapeJavaScript($name).replaceAll("\\'", "'")": "$util.escapeJavaScript($all.header.get($name)).replaceAll("\\'", "'")"#if($foreach.hasNext),#end
#end
},
#if($all.querystring.size() == 0)
"queryStringParameters": null,
#else
"queryStringParameters": {
#foreach($name in $all.querystring.keySet())
"$util.escapeJavaScript($name).replaceAll("\\'", "'")": "$util.escapeJavaScript($all.querystring.get($name)).replaceAll("\\'", "'")"#if($foreach.hasNext),#end
#end
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
#if(!$input.body || $input.body == '' || ($input.body == '{}' && !$typed) || $context.httpMethod == 'GET' || $context.httpMethod == 'HEAD' || $context.httpMethod == 'DELETE')
"body": null,
#else
"body": "$util.escapeJavaScript($input.body).replaceAll("\\'", "'")",
#end
"isBase64Encoded": false
}`;

/** For bodies that API Gateway has made base64. */
export const BINARY_TEMPLATE = String.raw`#set($all = $input.params())
{
"resource": "/async",
"path": "/async",
"httpMethod": "$context.httpMethod",
"headers": {
#foreach($name in $all.header.keySet())
"$util.escapeJavaScript($name).replaceAll("\\'", "'")": "$util.escapeJavaScript($all.header.get($name)).replaceAll("\\'", "'")"#if($foreach.hasNext),#end
#end
},
#if($all.querystring.size() == 0)
"queryStringParameters": null,
#else
"queryStringParameters": {
#foreach($name in $all.querystring.keySet())
"$util.escapeJavaScript($name).replaceAll("\\'", "'")": "$util.escapeJavaScript($all.querystring.get($name)).replaceAll("\\'", "'")"#if($foreach.hasNext),#end
#end
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
#if(!$input.body || $input.body == '' || $input.body == '{}' || $context.httpMethod == 'GET' || $context.httpMethod == 'HEAD' || $context.httpMethod == 'DELETE')
"body": null,
"isBase64Encoded": false
#else
"body": "$util.escapeJavaScript($input.body).replaceAll("\\'", "'")",
"isBase64Encoded": true
#end
}`;

/** Which of ours a template is; undefined for any other. */
export function knownTemplate(template: string): "text" | "binary" | undefined {
  const meant = template.trimEnd();
  return meant === TEXT_TEMPLATE ? "text" : meant === BINARY_TEMPLATE ? "binary" : undefined;
}
