import { parsed, toggle, type ValuesOf, words } from './declaration.js';
import { addressOption, variableOption } from './model-parsers.js';

/** An address that speaks the OpenAI protocol, and the environment variable that holds its key. */
export interface ServiceAddress {
  readonly baseUrl: string;
  /** Null for none, or OPENAI_API_KEY at api.openai.com; the key itself is in no option. */
  readonly apiKeyVariable: string | null;
  /** Azure's: the version in each address, and the key in a header of its own. */
  readonly apiVersion: string | null;
  readonly apiKeyHeader: boolean;
}

/** Addresses and keys, of which each role of a model has one {@link ServiceAddress}. */
export const addressDeclarations = {
  baseUrl: parsed<string, string>(
    '--base-url <url>',
    'address of the service, up to and including the version',
    addressOption,
    'https://api.openai.com/v1',
  ),
  judgeBaseUrl: parsed('--judge-base-url <url>', 'address for the judge, if different', addressOption, null),
  embeddingBaseUrl: parsed(
    '--embedding-base-url <url>',
    'address for the embedding models, if different',
    addressOption,
    null,
  ),
  apiKeyEnv: parsed(
    '--api-key-env <NAME>',
    'environment variable with the key (default: OPENAI_API_KEY at api.openai.com, none elsewhere)',
    variableOption,
    null,
  ),
  judgeApiKeyEnv: parsed('--judge-api-key-env <NAME>', 'the same for --judge-base-url', variableOption, null),
  embeddingApiKeyEnv: parsed(
    '--embedding-api-key-env <NAME>',
    'the same for --embedding-base-url',
    variableOption,
    null,
  ),
};

/** What Azure wants besides. */
export const azureDeclarations = {
  apiVersion: words('--api-version <version>', 'sent as api-version in the address, as Azure wants it', null),
  apiKeyHeader: toggle('--api-key-header', 'send the key in the header api-key, as Azure wants it'),
};

/** Where the chat model, the judge and the embedding models are. */
export const servicesAt = ({
  baseUrl,
  apiKeyEnv,
  judgeBaseUrl,
  judgeApiKeyEnv,
  embeddingBaseUrl,
  embeddingApiKeyEnv,
  apiVersion,
  apiKeyHeader,
}: ValuesOf<typeof addressDeclarations & typeof azureDeclarations>) => {
  // A key is sent only to the host it was named for.
  const elsewhere = (url: string | null, variable: string | null): ServiceAddress => ({
    baseUrl: url ?? baseUrl,
    apiKeyVariable: variable ?? (url === null ? apiKeyEnv : null),
    apiVersion: url === null ? apiVersion : null,
    apiKeyHeader: url === null && apiKeyHeader,
  });
  return {
    chat: { baseUrl, apiKeyVariable: apiKeyEnv, apiVersion, apiKeyHeader },
    judging: elsewhere(judgeBaseUrl, judgeApiKeyEnv),
    embedding: elsewhere(embeddingBaseUrl, embeddingApiKeyEnv),
  };
};
