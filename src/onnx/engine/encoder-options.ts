import type { PoolingKind } from '../../encoders/description/index.js';
import type { TextRole } from '../../encoders/index.js';
import { checkPooling, POOLING_KIND_NAMES } from '../../encoders/transformer/index.js';
import { checkOptions, checkPositiveInteger, type OptionNames } from '../../numerics/index.js';
import type { DeviceRequest } from './devices.js';
import type { OnnxRuntime } from './load-runtime.js';

/** How an encoder on ONNX Runtime pools, and how long texts may be. */
export interface OnnxEncoderOptions {
  /** @defaultValue what the folder says; else the last token of a causal model, the mean of another */
  readonly pooling?: PoolingKind;
  /** Tokens of the longest text, special ones included. @defaultValue what the folder says, at most the positions */
  readonly maximumLength?: number;
  /** Put before every query. @defaultValue the folder's `query` prompt, or nothing */
  readonly queryPrompt?: string;
  /** Put before every document. @defaultValue the folder's `document` prompt, or nothing */
  readonly documentPrompt?: string;
  /** Threads of one run. @defaultValue one for each core */
  readonly threads?: number;
  /** Tokens that go through the model at a time, padding included. @defaultValue 4096 */
  readonly tokensPerPass?: number;
  /** What computes: see `selectDevice`. @defaultValue 'cpu' */
  readonly device?: DeviceRequest;
  /**
   * Where given, the processor takes over from a device that fails in a run, for good, and this is told why, once. What was
   * lost is computed again, so that a training goes on from where it was.
   *
   * @defaultValue a device that fails is an error
   */
  readonly onFallback?: (reason: Error) => void;
  /** ONNX Runtime as loaded, for pages. @defaultValue what `loadOnnxRuntime` loads */
  readonly runtime?: OnnxRuntime;
}

export const ENCODER_OPTIONS: OptionNames<OnnxEncoderOptions> = {
  pooling: true,
  maximumLength: true,
  queryPrompt: true,
  documentPrompt: true,
  threads: true,
  tokensPerPass: true,
  device: true,
  onFallback: true,
  runtime: true,
};

/** What an encoder on ONNX Runtime is told about the texts of one call. */
export interface OnnxEmbedOptions {
  /** Which side of a search the texts stand on. @defaultValue 'document' */
  readonly role?: TextRole;
  readonly signal?: AbortSignal;
}

export const EMBED_OPTIONS: OptionNames<OnnxEmbedOptions> = { role: true, signal: true };

/** @throws {RangeError|TypeError} When an option or a pooling is unknown, or a number is not a whole one above 0. */
export const checkEncoderOptions = <Options extends OnnxEncoderOptions>(
  who: string,
  options: Options,
  names: OptionNames<Options>,
): void => {
  checkOptions(who, options, names);
  const { maximumLength, tokensPerPass, threads, pooling } = options;
  if (pooling !== undefined) checkPooling(pooling, POOLING_KIND_NAMES);
  for (const [name, value] of Object.entries({ maximumLength, tokensPerPass, threads })) {
    if (value !== undefined) checkPositiveInteger(name, value);
  }
};
