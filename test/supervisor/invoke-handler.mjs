// One execution environment: loads a function's package as Lambda's Node runtime does and answers invocations over IPC.
const [entry] = process.argv.slice(2);
const { lambda_handler: handler } = await import(entry);

process.on("message", async ({ id, payload, requestId, remainingMs }) => {
  const deadline = Date.now() + remainingMs;
  const context = {
    awsRequestId: requestId,
    functionName: "fn",
    logGroupName: "/aws/lambda/fn",
    logStreamName: "2026/11/21/[$LATEST]0",
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  const env = JSON.stringify(process.env);
  let outcome;
  try {
    outcome = { response: await handler(payload, context) };
  } catch (error) {
    outcome = { error: { name: error.name, message: error.message, stack: error.stack } };
  }
  process.send({
    id,
    ...outcome,
    envChanged: env !== JSON.stringify(process.env),
    peakRssKb: process.resourceUsage().maxRSS,
  });
});
process.send("ready");
