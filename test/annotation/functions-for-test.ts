import type { DocumentableFunction } from '../../src/annotation/index.js';

/** Functions that call each other in a ring, all different. */
export const functionsForTest = (count: number): DocumentableFunction[] =>
  Array.from({ length: count }, (_, i) => {
    const code = `function compute${i}(value) { return compute${(i + 1) % count}(value * ${i}) + ${i % 7}; }`;
    const edge = (n: number) => ({
      id: `f${(n + count) % count}`,
      name: `compute${(n + count) % count}`,
      tier: 'scope' as const,
      confidence: 1,
    });
    return {
      id: `f${i}`,
      language: 'javascript',
      qualifiedName: `compute${i}`,
      signature: `function compute${i}(value)`,
      source: code,
      code,
      callers: [edge(i - 1)],
      callees: [edge(i + 1)],
    };
  });

/** What a good model would say to a docstring request: an answer that depends on the request alone. */
export const docstringFor = (prompt: string): string => {
  const name = /The function: (\w+)/.exec(prompt)?.[1] ?? 'unknown';
  return JSON.stringify({
    logic: 'It multiplies, calls the next one and adds.',
    usage: `${name}(2) gives a number.`,
    relations: 'Its callee does the rest.',
    docstring: `Scales the given value for step ${name} and passes it on to the next step of the chain.`,
  });
};
