import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { analyzeRepository } from '../../../src/corpus/index.js';
import { FIXTURES, measureCalls } from './call-accuracy.js';

const fixture = (language: string) => fileURLToPath(new URL(`../fixtures/${language}`, import.meta.url));

/** The tiers that each fixture repository has calls in. */
const TIERS_OF: Readonly<Record<(typeof FIXTURES)[number], readonly string[]>> = {
  python: ['receiver', 'scope', 'import', 'unique-name'],
  java: ['receiver', 'scope', 'import', 'package', 'unique-name'],
  javascript: ['receiver', 'scope', 'import', 'unique-name'],
  typescript: ['receiver', 'scope', 'import'],
  csharp: ['receiver', 'scope', 'package', 'unique-name'],
  c: ['scope', 'import', 'package'],
  ruby: ['receiver', 'scope', 'package', 'unique-name'],
  php: ['receiver', 'scope', 'import', 'package', 'unique-name'],
  go: ['receiver', 'scope', 'import', 'package', 'unique-name'],
  rust: ['receiver', 'scope', 'import', 'unique-name'],
  cpp: ['receiver', 'scope'],
  kotlin: ['receiver', 'scope', 'import'],
  swift: ['receiver', 'scope'],
  scala: ['receiver', 'scope', 'import', 'unique-name'],
};

/**
 * Calls that the names in the source do not tell, because a function or an object travels as a value: callbacks, tables of functions,
 * results, fields, and objects of a subclass.
 */
const UNTOLD: Partial<Record<(typeof FIXTURES)[number], readonly string[]>> = {
  python: [
    'app/tools.py:Base.run → app/main.py:Job.step',
    'app/handlers.py:traced.wrapper → app/handlers.py:first',
    'app/handlers.py:dispatch → app/handlers.py:second',
    'app/handlers.py:apply → app/handlers.py:second',
    'app/handlers.py:run → app/handlers.py:weigh',
    'app/handlers.py:run → app/handlers.py:traced.wrapper',
    'app/handlers.py:Holder.fire → app/handlers.py:weigh',
  ],
  java: ['src/com/acme/Desk.java:Desk.serve → src/com/acme/Desk.java:LoudBell.ringOnce'],
  javascript: [
    'lib/values.js:dispatch → lib/values.js:double',
    'lib/values.js:dispatch → lib/values.js:triple',
    'lib/values.js:applyTo → lib/values.js:weigh',
    'lib/values.js:run → lib/values.js:triple',
    'lib/values.js:run → lib/values.js:weigh',
    'lib/values.js:run → lib/values.js:double',
    'lib/values.js:Bell.ring → lib/values.js:weigh',
    'lib/values.js:ringAll → lib/values.js:Bell.ring',
  ],
  typescript: [
    'src/logger.ts:Writer.write → src/logger.ts:Logger.emit',
    'src/pipeline.ts:through → src/pipeline.ts:Upper.handle',
  ],
};

/** Calls that names tell and that never happen: to what a decorator replaces, and to what each subclass overrides. */
const MISTOLD: Partial<Record<(typeof FIXTURES)[number], readonly string[]>> = {
  python: [
    'app/handlers.py:run → app/handlers.py:first (scope)',
    'app/tools.py:Base.run → app/tools.py:Base.step (receiver)',
  ],
};

describe('call graphs of the fixture repositories', () => {
  it.each(FIXTURES)(
    'finds every call of %s that names tell and no other, in every tier',
    async (language) => {
      const { wrong, missed, byTier } = await measureCalls(fixture(language));
      expect({ wrong, missed }).toEqual({ wrong: MISTOLD[language] ?? [], missed: UNTOLD[language] ?? [] });
      const tiers = Object.entries(byTier).filter(([, { right }]) => right > 0);
      expect(tiers.map(([tier]) => tier).sort()).toEqual([...TIERS_OF[language]].sort());
    },
  );

  it('lists callers and callees of a function, the most trusted first, without itself', async () => {
    const { functions, calls } = await analyzeRepository(fixture('javascript'));
    const order = ['receiver', 'scope', 'import', 'package', 'unique-name'];
    for (const { id, callers, callees } of functions) {
      for (const list of [callers, callees]) {
        const tiers = list.map(({ tier }) => order.indexOf(tier));
        expect(tiers).toEqual([...tiers].sort((a, b) => a - b));
        expect(list.map((other) => other.id)).not.toContain(id);
      }
    }
    const edges = calls.filter(({ caller, callee }) => caller !== callee).length;
    expect(functions.flatMap(({ callers }) => callers)).toHaveLength(edges);
    expect(functions.flatMap(({ callees }) => callees)).toHaveLength(edges);
  });
});
