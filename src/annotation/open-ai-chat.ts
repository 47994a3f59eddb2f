import type { OptionNames } from '../numerics/index.js';
import { ModelError } from './model-error.js';
import type { ChatRequest, ChatResponse, TokenUsage } from './models.js';

/** How a chat request is written for a service. */
export interface ChatBodyOptions {
  readonly model: string;
  /** How an answer's schema is asked for. @defaultValue 'json_schema' */
  readonly structuredOutput?: 'json_schema' | 'json_object' | 'none';
  /** The field that limits the answer. @defaultValue 'max_completion_tokens' at api.openai.com, else 'max_tokens' */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  /** Further fields of the body; null removes a field, as `temperature` for models that refuse it. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export const CHAT_BODY_OPTIONS: OptionNames<ChatBodyOptions> = {
  model: true,
  structuredOutput: true,
  maxTokensField: true,
  parameters: true,
};

/** OpenAI's own models refuse the field that every other service knows. */
export const maxTokensFieldOf = (baseUrl: string): 'max_tokens' | 'max_completion_tokens' =>
  new URL(baseUrl).host === 'api.openai.com' ? 'max_completion_tokens' : 'max_tokens';

/** The body of a `chat/completions` request. */
export const chatBody = (
  request: ChatRequest,
  {
    model,
    structuredOutput = 'json_schema',
    maxTokensField = 'max_tokens',
    parameters = {},
  }: ChatBodyOptions,
): Record<string, unknown> => {
  const body: Record<string, unknown> = { model, messages: request.messages };
  if (request.temperature !== undefined) body.temperature = request.temperature;
  if (request.maxTokens !== undefined) body[maxTokensField] = request.maxTokens;
  if (request.seed !== undefined) body.seed = request.seed;
  if (request.responseSchema !== undefined && structuredOutput !== 'none') {
    const { name, schema } = request.responseSchema;
    body.response_format =
      structuredOutput === 'json_schema'
        ? { type: 'json_schema', json_schema: { name, strict: true, schema } }
        : { type: 'json_object' };
  }
  for (const [field, value] of Object.entries(parameters)) {
    if (value === null) delete body[field];
    else body[field] = value;
  }
  return body;
};

/** Finish reasons by what they mean; services spell them differently. */
const FINISH_REASONS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['length', 'max_tokens', 'max_output_tokens', 'max_length', 'model_length', 'token_limit'].map((word) => [
      word,
      'length',
    ]),
  ),
  ...Object.fromEntries(
    ['content_filter', 'safety', 'recitation', 'blocklist', 'prohibited_content', 'spii'].map((word) => [
      word,
      'content_filter',
    ]),
  ),
  refusal: 'refusal',
  ...Object.fromEntries(
    [
      'error',
      'abort',
      'aborted',
      'cancelled',
      'canceled',
      'network_error',
      'insufficient_system_resource',
    ].map((word) => [word, 'error']),
  ),
};

/** Other words for an end that the model chose. */
const STOPS = new Set([
  'stop',
  'eos',
  'eos_token',
  'end_turn',
  'end',
  'stop_sequence',
  'complete',
  'completed',
]);

/** The finish reason in this package's words, and the service's word where neither side knows it. */
const readFinishReason = (finish: unknown): Pick<ChatResponse, 'finishReason' | 'unknownFinishReason'> => {
  if (typeof finish !== 'string') return { finishReason: 'stop' };
  const word = finish.toLowerCase();
  const known = FINISH_REASONS[word];
  if (known !== undefined) return { finishReason: known };
  return { finishReason: 'stop', ...(STOPS.has(word) ? {} : { unknownFinishReason: finish }) };
};

/** The text of a message: a string, or parts of which some are text. */
const readContent = (content: unknown): string | null => {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const texts = content
    .filter((part) => property(part, 'type') === 'text' || property(part, 'type') === 'output_text')
    .map((part) => property(part, 'text'));
  return texts.every((text) => typeof text === 'string') && texts.length > 0 ? texts.join('') : null;
};

/** Thinking in front of an answer. */
const THINKING = /^\s*<(think|thinking|thought)>[\s\S]*?<\/\1>\s*/;
/** Templates that open the thinking in the prompt leave its end alone in the answer, which is no JSON up to there. */
const THINKING_UNDER_WAY =
  /^\s*(?![\s[{])(?:(?!<(think|thinking|thought)>)[\s\S])*?<\/(think|thinking|thought)>\s*/;

/** Some services leave the model's thinking in front of its answer. */
const withoutThinking = (text: string): string =>
  text.replace(THINKING.test(text) ? THINKING : THINKING_UNDER_WAY, '');

/**
 * Reads the answer of `chat/completions`. A refusal gives an empty text and the finish reason `refusal`; a reason that
 * names neither a cut, nor a filter, nor a failure counts as `stop`.
 *
 * @throws ModelError of kind `malformed`.
 */
export const readChatAnswer = (json: unknown): ChatResponse => {
  const choice = property(property(json, 'choices'), 0);
  const message = property(choice, 'message');
  if (message === undefined) throw new ModelError('malformed', 'the answer has no choices[0].message');
  const ended = readFinishReason(property(choice, 'finish_reason'));
  const usage = readUsage(property(json, 'usage'));
  const refusal = property(message, 'refusal');
  if (typeof refusal === 'string' && refusal !== '') return { text: '', finishReason: 'refusal', usage };
  const content = readContent(property(message, 'content'));
  if (content !== null) return { text: withoutThinking(content), ...ended, usage };
  if (ended.finishReason !== 'stop') return { text: '', ...ended, usage };
  throw new ModelError('malformed', 'choices[0].message.content of the answer is not a string');
};

/** Reads `usage`; null when it is missing or holds anything but counts. */
export const readUsage = (usage: unknown): TokenUsage | null => {
  const promptTokens = property(usage, 'prompt_tokens');
  const completionTokens = property(usage, 'completion_tokens') ?? 0;
  return isCount(promptTokens) && isCount(completionTokens) ? { promptTokens, completionTokens } : null;
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** A property of an unknown value, or undefined. */
export const property = (value: unknown, key: string | number): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[key] : undefined;
