/** What is stored of REST APIs: one JSON file each. Field names are AWS's; times are seconds since the epoch. */

export type Tags = Readonly<Record<string, string>>;
type Texts = Readonly<Record<string, string>>;

export interface MethodResponse {
  readonly statusCode: string;
  /** `method.response.header.NAME` → whether it is required. */
  readonly responseParameters?: Readonly<Record<string, boolean>>;
  readonly responseModels?: Texts;
}

export interface IntegrationResponse {
  readonly statusCode: string;
  /** Missing: the default one. */
  readonly selectionPattern?: string;
  /** `method.response.header.NAME` → where its value comes from. */
  readonly responseParameters?: Texts;
  /** Content type → template. */
  readonly responseTemplates?: Texts;
  readonly contentHandling?: string;
}

export interface Integration {
  readonly type: "AWS" | "AWS_PROXY";
  /** Of the request to Lambda: always POST. */
  readonly httpMethod: string;
  readonly uri: string;
  /** `integration.request.header.NAME` → where its value comes from. */
  readonly requestParameters?: Texts;
  /** Content type → template. */
  readonly requestTemplates?: Texts;
  readonly passthroughBehavior: string;
  readonly contentHandling?: string;
  readonly timeoutInMillis: number;
  readonly cacheNamespace: string;
  readonly cacheKeyParameters: readonly string[];
  /** By status code. */
  readonly integrationResponses?: Readonly<Record<string, IntegrationResponse>>;
}

export interface Method {
  readonly httpMethod: string;
  readonly authorizationType: string;
  readonly apiKeyRequired: boolean;
  readonly operationName?: string;
  /** `method.request.header.NAME` → whether it is required. */
  readonly requestParameters?: Readonly<Record<string, boolean>>;
  readonly requestModels?: Texts;
  readonly methodIntegration?: Integration;
  /** By status code. */
  readonly methodResponses?: Readonly<Record<string, MethodResponse>>;
}

export interface Resource {
  readonly id: string;
  /** Missing: the root. */
  readonly parentId?: string;
  readonly pathPart?: string;
  readonly path: string;
  /** By verb. */
  readonly resourceMethods: Readonly<Record<string, Method>>;
}

/** What a deployment serves: the API as it was then. */
export interface Snapshot {
  readonly binaryMediaTypes: readonly string[];
  readonly resources: readonly Resource[];
}

export interface Deployment {
  readonly id: string;
  readonly description?: string;
  readonly createdDate: number;
  readonly snapshot: Snapshot;
}

export interface Stage {
  readonly stageName: string;
  readonly deploymentId: string;
  readonly description?: string;
  readonly variables?: Texts;
  readonly tracingEnabled: boolean;
  readonly tags: Tags;
  readonly createdDate: number;
  readonly lastUpdatedDate: number;
}

export interface RestApi {
  /** Ten letters and digits. */
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly version?: string;
  readonly createdDate: number;
  readonly binaryMediaTypes: readonly string[];
  readonly apiKeySource: string;
  readonly endpointConfiguration: { readonly types: readonly string[]; readonly ipAddressType: string };
  readonly disableExecuteApiEndpoint: boolean;
  readonly tags: Tags;
  readonly rootResourceId: string;
  readonly resources: readonly Resource[];
  /** Oldest first. */
  readonly deployments: readonly Deployment[];
  readonly stages: readonly Stage[];
}

/** AWS's quotas and bounds of REST APIs. */
export const LIMITS = {
  apis: 600,
  resources: 300,
  stages: 10,
  text: 1024,
  stageName: 128,
  /** Items on a page, when none are asked for and at most. */
  page: 25,
  mostPerPage: 500,
  timeoutLeast: 50,
  timeoutMost: 29_000,
} as const;
