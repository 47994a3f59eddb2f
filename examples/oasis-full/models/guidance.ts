import { ModelError } from 'oasis-embed/annotation';

/** What to change where an answer came too late; empty for any other failure. */
export const lateAnswerHint = (message: string): string =>
  /no complete answer within/.test(message) ? 'a longer --timeout or less --concurrency' : '';

/** An error of a model with what to do about it; any other error as it is. */
export const withGuidance = (error: unknown): unknown => {
  if (!(error instanceof ModelError)) return error;
  const kept = 'Everything you paid for is kept';
  if (error.kind === 'budget') {
    return new Error(
      `--max-usd is reached: ${error.message}. ${kept}: run the same command with a larger --max-usd to resume`,
      { cause: error },
    );
  }
  if (error.kind === 'outage') {
    return new Error(
      `the service seems to be down: ${error.message}. ${kept}: run the same command again to resume` +
        (lateAnswerHint(error.message) === ''
          ? ''
          : `; where it is only slow, with ${lateAnswerHint(error.message)}`),
      { cause: error },
    );
  }
  if (error.kind === 'status' && (error.status === 401 || error.status === 403)) {
    return new Error(
      `${error.message}. Is the key in the environment variable named by --api-key-env correct?`,
      { cause: error },
    );
  }
  if (error.kind === 'timeout') {
    return new Error(
      `${error.message}. ${kept}: run the same command again with a longer --timeout or less --concurrency to resume`,
      { cause: error },
    );
  }
  return new Error(`${error.message}. ${kept}: run the same command again to resume`, { cause: error });
};
