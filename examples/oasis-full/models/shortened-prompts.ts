import type { ShortenedPrompt } from 'oasis-embed/annotation';

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** Counts what prompts had to go without, for one line in the log. */
export const countShortened = () => {
  let prompts = 0;
  let neighbors = 0;
  let cut = 0;
  return {
    add: (shortened: ShortenedPrompt): void => {
      prompts++;
      neighbors += shortened.neighbors;
      if (shortened.isCut) cut++;
    },
    say: (line: (text: string) => void, total: number, maxPromptTokens: number): void => {
      if (prompts === 0) return;
      const without =
        neighbors === 0 ? [] : [`${plural(neighbors, 'caller or callee', 'callers and callees')} left out`];
      if (cut > 0) without.push(`code cut in ${cut}`);
      line(
        `${prompts} of ${plural(total, 'prompt', 'prompts')} shortened to the ${maxPromptTokens} tokens that the model has ` +
          `room for: ${without.join(', ')}`,
      );
    },
  };
};
