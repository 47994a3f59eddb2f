import { InvalidArgumentError } from 'commander';
import type { ModelPrices } from 'oasis-embed/annotation';

/** `0.15/0.6` or `0.13`: US dollars for a million tokens, in and out. */
export const priceOption = (text: string): ModelPrices => {
  const [prompt, completion, ...rest] = text
    .split('/')
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const valid = (value: number) => Number.isFinite(value) && value >= 0;
  if (rest.length > 0 || !valid(prompt!) || !valid(completion ?? 0)) {
    throw new InvalidArgumentError(
      `Expected dollars per million tokens, IN or IN/OUT such as 0.15/0.6, received ${text}.`,
    );
  }
  return { promptPerMillion: prompt!, completionPerMillion: completion ?? 0 };
};

/** The address is recorded with the run, so nothing secret may stand in it. */
export const addressOption = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('Expected an http or https address up to and including the version.');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new InvalidArgumentError(
      'Expected an address without user name, password, query and fragment: a key is read from the environment variable that --api-key-env names.',
    );
  }
  return url.href.replace(/\/$/, '');
};

/** The name of a variable, so that no key gets into a run's record. */
export const variableOption = (text: string): string => {
  // Somebody who passes the key itself must not find it in run.json.
  if (!/^[A-Z_][A-Z0-9_]*$/.test(text)) {
    throw new InvalidArgumentError(
      'Expected the name of an environment variable in capital letters, not a key.',
    );
  }
  return text;
};

/** One price after the other. */
export const priceList = (
  text: string,
  previous: readonly ModelPrices[] | undefined,
): readonly ModelPrices[] => [...(previous ?? []), priceOption(text)];

/** Fields of a request's body as a JSON object. */
export const parametersOption = (text: string): Readonly<Record<string, unknown>> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError(`expected a JSON object such as {"top_p":0.9}, received ${text}.`);
  }
  return value as Record<string, unknown>;
};
