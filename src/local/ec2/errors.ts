/** EC2's errors. */
import { AwsError } from "../service.ts";

const refusal = (code: string, message: string): AwsError => new AwsError(400, code, message);

export const missingParameter = (name: string): AwsError =>
  refusal("MissingParameter", `The request must contain the parameter ${name}`);
export const invalidValue = (value: string, name: string): AwsError =>
  refusal("InvalidParameterValue", `Value (${value}) for parameter ${name} is invalid.`);
export const noSuchTemplateId = (id: string): AwsError =>
  refusal("InvalidLaunchTemplateId.NotFound", `The specified launch template, with template ID ${id}, does not exist.`);
export const noSuchTemplateName = (name: string): AwsError =>
  refusal(
    "InvalidLaunchTemplateName.NotFoundException",
    `The specified launch template, with template name ${name}, does not exist.`,
  );
export const noSuchVersion = (version: string): AwsError =>
  refusal("InvalidLaunchTemplateId.VersionNotFound", `Could not find launch template version ${version}`);
export const nameTaken = (): AwsError =>
  refusal("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.");
export const malformedName = (name: string): AwsError =>
  refusal(
    "InvalidLaunchTemplateName.MalformedException",
    `A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: ().-/_ ('${name}' is none).`,
  );
export const malformedId = (id: string): AwsError =>
  refusal("InvalidLaunchTemplateId.Malformed", `Invalid id: "${id}"`);
export const wouldSucceed = (): AwsError =>
  new AwsError(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
