import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const words = ['total', 'mean', 'largest', 'smallest', 'median', 'range', 'product', 'spread', 'mode'];

/** Repositories of nine documented functions each; their folders. */
export const writeRepositories = (
  parent: string,
  names: readonly string[] = ['alpha', 'beta', 'gamma'],
): string[] =>
  names.map((name, r) => {
    const folder = join(parent, name);
    mkdirSync(folder, { recursive: true });
    words.forEach((word, w) => {
      const steps = Array.from(
        { length: 2 + (w % 4) },
        (_, n) => `  const step${n} = numbers.map((x) => x ${'+-*/'[(n + w) % 4]} ${n + r + 2});\n`,
      ).join('');
      writeFileSync(
        join(folder, `${word}.js`),
        `/** Computes the ${word} of all the given numbers. */\nfunction ${word}${r}(numbers) {\n${steps}` +
          `  return step0.reduce((a, b) => a + b, ${w});\n}\n`,
      );
    });
    return folder;
  });
