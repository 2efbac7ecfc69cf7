/** API Gateway's errors, in its words. */
import { AwsError } from "../service.ts";

export const badRequest = (message: string): AwsError => new AwsError(400, "BadRequestException", message);
export const conflict = (message: string): AwsError => new AwsError(409, "ConflictException", message);
export const limitExceeded = (message: string): AwsError => new AwsError(429, "LimitExceededException", message);
export const tooManyRequests = (): AwsError => new AwsError(429, "TooManyRequestsException", "Too Many Requests");

const notFound = (message: string): AwsError => new AwsError(404, "NotFoundException", message);

export const noSuchApi = (accountId: string, id: string): AwsError =>
  notFound(`Invalid API identifier specified ${accountId}:${id}`);
export const noSuchResource = (): AwsError => notFound("Invalid Resource identifier specified");
export const noSuchMethod = (): AwsError => notFound("Invalid Method identifier specified");
export const noSuchIntegration = (): AwsError => notFound("Invalid Integration identifier specified");
export const noSuchStatus = (): AwsError => notFound("Invalid Response status code specified");
export const noSuchDeployment = (): AwsError => notFound("Invalid Deployment identifier specified");
export const noSuchStage = (): AwsError => notFound("Invalid stage identifier specified");
export const noSuchTagged = (): AwsError => notFound("Invalid Resource ARN specified");
/** @param problem what is wrong with which expression */
export const badMapping = (problem: string): AwsError =>
  badRequest(`Invalid mapping expression specified: Validation Result: warnings : [], errors : [${problem}]`);
