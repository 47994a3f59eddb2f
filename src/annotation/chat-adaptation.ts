import type { ModelError } from './model-error.js';
import type { ChatBodyOptions } from './open-ai-chat.js';

/** How requests are written for a service, as far as it may refuse it. */
export type ChatForm = Required<Pick<ChatBodyOptions, 'structuredOutput' | 'maxTokensField' | 'parameters'>>;

const REFUSALS = new Set([400, 404, 415, 422, 501]);

/** The next simpler way to ask for an answer of a certain form. */
const SIMPLER = { json_schema: 'json_object', json_object: 'none' } as const;

/**
 * The form of requests that a service takes, learned from what it refuses: a schema it does not know, `max_tokens` where
 * it wants `max_completion_tokens`, a temperature that its reasoning models do not have.
 */
export const createChatAdaptation = (form: ChatForm) => {
  let current = form;
  return {
    form: (): ChatForm => current,
    /**
     * Learns from a refusal of a request in the form `sent`.
     *
     * @returns Whether the request should be sent again.
     */
    learn(sent: ChatForm, { status, message }: ModelError): boolean {
      if (status === null || !REFUSALS.has(status)) return false;
      const next = simplify(sent, message);
      if (next === null) return false;
      // Requests under way at the same time all hear the same: none may undo what another has learned.
      if (current === sent) current = next;
      return true;
    },
  };
};

const simplify = (form: ChatForm, message: string): ChatForm | null => {
  if (form.maxTokensField === 'max_tokens' && /max_completion_tokens/.test(message))
    return { ...form, maxTokensField: 'max_completion_tokens' };
  if (form.parameters.temperature !== null && /\btemperature\b/i.test(message))
    return { ...form, parameters: { ...form.parameters, temperature: null } };
  if (form.parameters.seed !== null && /\bseed\b/i.test(message))
    return { ...form, parameters: { ...form.parameters, seed: null } };
  if (
    form.structuredOutput !== 'none' &&
    /response_format|json_schema|json_object|structured output|guided|grammar/i.test(message)
  )
    return { ...form, structuredOutput: SIMPLER[form.structuredOutput] };
  return null;
};
