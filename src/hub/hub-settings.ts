import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** How the hub is reached. What is left out comes from the environment, by the variables of Hugging Face's own tools. */
export interface HubOptions {
  /**
   * The hub's address.
   * @defaultValue `HF_ENDPOINT`, or https://huggingface.co
   */
  readonly endpoint?: string;
  /**
   * For private and gated repositories; sent to `endpoint` alone.
   * @defaultValue `HF_TOKEN`, or the file that `hf auth login` writes
   */
  readonly token?: string;
  /**
   * Whether only the cache is used.
   * @defaultValue whether `HF_HUB_OFFLINE` is 1, ON, YES or TRUE
   */
  readonly offline?: boolean;
  /**
   * Where downloads lie, in the layout of Python's `huggingface_hub`, which shares them.
   * @defaultValue `HF_HUB_CACHE`, or `hub` in `HF_HOME`, or ~/.cache/huggingface/hub
   */
  readonly cacheFolder?: string;
}

export interface HubSettings {
  readonly endpoint: string;
  readonly token: string | null;
  readonly offline: boolean;
  readonly cacheFolder: string;
}

/** Variables such as those of `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that is set to nothing is not set. */
const read = (environment: Environment, name: string): string | undefined => environment[name] || undefined;

const homeOf = (environment: Environment): string =>
  read(environment, 'HF_HOME') ??
  join(read(environment, 'XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'huggingface');

const tokenOf = async (environment: Environment): Promise<string | null> => {
  const token = read(environment, 'HF_TOKEN') ?? read(environment, 'HUGGING_FACE_HUB_TOKEN');
  if (token !== undefined) return token.trim();
  const path = read(environment, 'HF_TOKEN_PATH') ?? join(homeOf(environment), 'token');
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim() || null;
};

/** The folder that holds what was downloaded from the hub, by this library or by Hugging Face's own tools. */
export const hubCacheFolder = (environment: Environment = process.env): string =>
  read(environment, 'HF_HUB_CACHE') ??
  read(environment, 'HUGGINGFACE_HUB_CACHE') ??
  join(homeOf(environment), 'hub');

export const hubSettings = async (
  options: HubOptions = {},
  environment: Environment = process.env,
): Promise<HubSettings> => {
  const endpoint = options.endpoint ?? read(environment, 'HF_ENDPOINT') ?? 'https://huggingface.co';
  if (!/^https?:\/\/[^/]/.test(endpoint)) {
    throw new RangeError(`endpoint must be an http or https address, received ${endpoint}`);
  }
  return {
    endpoint: endpoint.replace(/\/+$/, ''),
    token: options.token ?? (await tokenOf(environment)),
    offline: options.offline ?? /^(1|on|yes|true)$/i.test(read(environment, 'HF_HUB_OFFLINE') ?? ''),
    cacheFolder: options.cacheFolder ?? hubCacheFolder(environment),
  };
};
