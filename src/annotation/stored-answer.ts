import type { ChatRequest, ChatResponse } from './models.js';
import { cacheKey, type ResponseCache } from './response-cache.js';

/** How often, over all runs, a request is asked whose answers are rejected. */
export const MAX_REJECTED = 3;

/**
 * Why an answer is of no use, or null. Without a judgement of the request's own, an answer must have ended by itself.
 */
export const rejectionOf = (response: ChatResponse, accept: ChatRequest['accept']): string | null => {
  if (accept !== undefined) return accept(response);
  return response.finishReason === 'stop' ? null : `the answer ended early: ${response.finishReason}`;
};

/** The place of a request's nth answer: the first is at the request's own key. */
const keyAt = (key: string, attempt: number): string =>
  attempt === 0 ? key : cacheKey({ kind: 'chat-again', key, attempt });

export interface StoredAnswer {
  /** The accepted answer, or the last rejected one where the request was asked often enough; null to ask. */
  readonly response: ChatResponse | null;
  /** Where the next answer belongs. */
  readonly key: string;
}

/** Looks for an accepted answer among those kept. */
export const findStoredAnswer = async (
  cache: ResponseCache,
  key: string,
  accept: ChatRequest['accept'],
  maxRejected: number = MAX_REJECTED,
): Promise<StoredAnswer> => {
  let last: StoredAnswer = { response: null, key };
  for (let attempt = 0; attempt < maxRejected; attempt++) {
    const place = keyAt(key, attempt);
    const bytes = await cache.get(place);
    if (bytes === null) return { response: null, key: place };
    const { rejected: _, ...response } = JSON.parse(new TextDecoder().decode(bytes)) as ChatResponse & {
      readonly rejected?: string;
    };
    last = { response, key: place };
    if (rejectionOf(response, accept) === null) return last;
  }
  return last;
};

/** Keeps an answer; one that was rejected with the reason, for those who look into the cache. */
export const storeAnswer = async (
  cache: ResponseCache,
  key: string,
  response: ChatResponse,
  accept: ChatRequest['accept'],
): Promise<void> => {
  const rejected = rejectionOf(response, accept);
  const entry = rejected === null ? response : { ...response, rejected };
  await cache.set(key, new TextEncoder().encode(JSON.stringify(entry)));
};
