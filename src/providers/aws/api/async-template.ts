/**
 * Mapping templates of the route /async, in Velocity (AWS: "Mapping template transformations for REST APIs"): from a request they make the
 * event that a proxy integration would (payload format 1.0), as Lambda is to be invoked with Event, which a proxy integration cannot answer.
 */

/**
 * For bodies that are text. API Gateway gives an empty body as `{}`: without a Content-Type that is none. `escapeJavaScript` makes `\\'` of
 * an apostrophe, which JSON does not have.
 */
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

/** For bodies of `binaryMediaTypes`, which arrive in base64 (contentHandling CONVERT_TO_TEXT). */
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
