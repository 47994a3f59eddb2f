import type { Command } from 'commander';
import { readOptions } from './declaration.js';
import {
  dryRunDeclarations,
  localDeclarations,
  modelDeclarations,
  moneyDeclarations,
  requestDeclarations,
} from './model-flags.js';
import type { ModelOptions } from './model-options.js';
import { judgeModelOf, judgePriceOf, modelsInUse, servicesOf } from './models-in-use.js';
import { addressDeclarations, azureDeclarations, servicesAt } from './service-address.js';

/**
 * The models that a command line asks for.
 *
 * @throws Error naming a flag that the others need.
 */
export const readModelOptions = (command: Command): ModelOptions =>
  checkModelOptions({
    ...readOptions(command, modelDeclarations),
    ...servicesAt({
      ...readOptions(command, addressDeclarations),
      ...readOptions(command, azureDeclarations),
    }),
    ...readOptions(command, localDeclarations),
    ...readOptions(command, requestDeclarations),
    ...readOptions(command, moneyDeclarations),
  });

export const isDryRun = (command: Command): boolean => readOptions(command, dryRunDeclarations).dryRun;

/**
 * Checks what depends on several flags: that every model in use is named and, under a spending limit, has a price.
 *
 * @throws Error naming the flag that is missing.
 */
export const checkModelOptions = (options: ModelOptions): ModelOptions => {
  const uses = modelsInUse(options);
  const services = servicesOf(options);
  const { chatModel, embeddingModels, embeddingPrices, maxUsd, judgeVotes } = options;
  const missing = (flag: string, because: string) => new Error(`${flag} is missing: ${because} needs it`);
  if (uses.chat && chatModel === null) throw missing('--chat-model', `--docstrings ${options.docstrings}`);
  if (uses.judge && judgeModelOf(options) === null) {
    throw missing('--judge-model (or --chat-model)', `--judge ${options.judge}`);
  }
  if (judgeVotes % 2 === 0) throw new Error(`--judge-votes must be odd, received ${judgeVotes}`);
  if (embeddingPrices.length > 1 && embeddingPrices.length !== embeddingModels.length) {
    throw new Error(
      `--embedding-price takes one price for all, or one for each of ${embeddingModels.length} embedding models; ` +
        `received ${embeddingPrices.length}`,
    );
  }
  if (maxUsd !== null) {
    if (services.chat && options.chatPrice === null) throw missing('--chat-price', '--max-usd');
    if (services.judge && judgePriceOf(options) === null) throw missing('--judge-price', '--max-usd');
    if (uses.embedding && embeddingPrices.length === 0) throw missing('--embedding-price', '--max-usd');
  }
  return options;
};
