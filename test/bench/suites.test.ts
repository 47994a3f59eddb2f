import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { filterWorks } from '../../bench/runner/filter-works.js';
import { OWN, PLAIN } from '../../bench/runner/peer-packages.js';
import type { Suite, Work } from '../../bench/runner/suite.js';
import { loadSuite, ROOMS } from '../../bench/suites/index.js';

const peers = (path: string) => fileURLToPath(new URL(`../../bench/peers/${path}`, import.meta.url));
const suites = await Promise.all(ROOMS.map(loadSuite));
const works = suites.flatMap(({ room, works: own }) =>
  own.map((work) => ({ id: `${room}/${work.name}`, work })),
);
const namesOf = (words: readonly string[], among: readonly Suite[] = suites) =>
  filterWorks(among, words).map(({ room, work }) => `${room}/${work.name}`);

const suite = (room: string, ...names: string[]): Suite => ({
  room,
  works: names.map((name) => ({ name }) as Work),
});
const small = [suite('losses', 'cosent', 'mix'), suite('ast', 'distance'), suite('metrics', 'distance')];

describe('filterWorks', () => {
  it('takes everything where nothing is named', () => {
    expect(namesOf([], small)).toEqual(['losses/cosent', 'losses/mix', 'ast/distance', 'metrics/distance']);
  });

  it('takes a room whole', () => {
    expect(namesOf(['losses'], small)).toEqual(['losses/cosent', 'losses/mix']);
  });

  it('narrows a room to the works named beside it', () => {
    expect(namesOf(['losses', 'cosent'], small)).toEqual(['losses/cosent']);
    expect(namesOf(['losses', 'ast', 'cosent'], small)).toEqual(['losses/cosent', 'ast/distance']);
  });

  it('takes a work of that name from every room, or from the one that stands before it', () => {
    expect(namesOf(['distance'], small)).toEqual(['ast/distance', 'metrics/distance']);
    expect(namesOf(['ast/distance'], small)).toEqual(['ast/distance']);
  });

  it('refuses a word that names nothing, and says what there is', () => {
    expect(() => namesOf(['cosnet'], small)).toThrow(
      'expected rooms (losses, ast, metrics) or works (cosent, mix, distance, distance), received cosnet',
    );
    expect(() => namesOf(['ast', 'cosent'], small)).toThrow('received cosent');
  });
});

describe('the suites', () => {
  it('cover the rooms in which people run something', () => {
    expect(new Set(ROOMS)).toEqual(
      new Set(
        'annotation ast benchmarks corpus encoders losses metrics mixture onnx refinement report sampling syntax training'.split(
          ' ',
        ),
      ),
    );
  });

  it('name every work once', () => {
    expect(new Set(works.map(({ id }) => id)).size).toBe(works.length);
  });

  it.each(works)('$id begins with ours, and names a rival’s package', ({ work }) => {
    const [ours, ...rivals] = work.contenders;
    expect(ours).toHaveProperty('prepare');
    expect(ours?.package).toBeUndefined();
    for (const rival of rivals) expect(rival.package, rival.name).toBeTruthy();
  });

  it.each(works)('$id has a size for --quick, and leaves out only sizes that it has', ({ work }) => {
    expect(work.sizes.some(({ slow }) => slow !== true)).toBe(true);
    const labels = work.sizes.map(({ label }) => label);
    expect(new Set(labels).size).toBe(labels.length);
    for (const { leftOut = [] } of work.contenders)
      for (const label of leftOut) expect(labels).toContain(label);
  });

  it.each(works)('$id has its rivals’ programs, and their packages are pinned', ({ work }) => {
    const npm = JSON.parse(readFileSync(peers('package.json'), 'utf8')) as { dependencies: object };
    const main = JSON.parse(readFileSync(peers('../../package.json'), 'utf8')) as Record<string, object>;
    const python = readFileSync(peers('requirements.txt'), 'utf8');
    for (const rival of work.contenders.slice(1)) {
      if ('module' in rival) {
        expect(existsSync(peers(`python/${rival.module}.py`)), rival.module).toBe(true);
        expect(python).toMatch(new RegExp(`^${rival.package}==`, 'm'));
      } else if ('main' in rival) expect(existsSync(peers(`java/${rival.main}`)), rival.main).toBe(true);
      else if (rival.package !== PLAIN && rival.package !== OWN)
        expect({ ...npm.dependencies, ...main.dependencies, ...main.devDependencies }).toHaveProperty([
          rival.package!,
        ]);
      if (!('prepare' in rival)) expect(work.share, 'the input for other languages').toBeDefined();
    }
  });
});
