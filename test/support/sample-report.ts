import { createRandom } from '../../src/numerics/index.js';
import { embeddingMaps, type ReportData } from '../../src/report/index.js';

// Invented data for tests: no run produced these numbers.

/** Strings that would run, break out or mislead if anything were left unescaped. */
export const hostile = {
  script: `</script><script>window.pwned = 1</script>`,
  style: `</style><img src=x onerror="window.pwned = 2">`,
  attribute: `" onmouseover="window.pwned = 3" x="`,
  apostrophe: `' onfocus='window.pwned = 4' autofocus='`,
  svg: `</title></svg><svg onload="window.pwned = 5">`,
  comment: `--><iframe src="javascript:parent.pwned = 6"></iframe><!--`,
  cdata: `]]><script>window.pwned = 7</script>`,
  entity: `&lt;b&gt; &amp;amp; &#60;script&#62;`,
  control: `a\u0000b\u0008c\ud800d`,
  bidi: `access\u202e } \u2066if (isAdmin)\u2069 begin`,
} as const;

const random = createRandom(7, 'sample-report');

const histogram = (draws: number, draw: () => number) => {
  const counts = new Uint32Array(512);
  for (let i = 0; i < draws; i++) {
    const bin = Math.min(511, Math.max(0, Math.floor(draw() * 512)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { minimum: 0, maximum: 1, counts };
};

const queries = [
  'Deep clone an object, keeping its prototype chain',
  'Parse an ISO 8601 date string into a Date',
  'Sort an array by the key that a function returns',
  'Compute the eigenvalues of a symmetric matrix',
  'Debounce a function so that it runs after a pause',
  'Escape a string for use in a regular expression',
  'Intersect a ray with an axis-aligned box',
  'Merge two sorted lists into one',
  'Format a number with thousands separators',
  'Read the next token of an expression',
  'Add a number of business days to a date',
  'Draw a sample from a gamma distribution',
];
const names = [
  'cloneDeep',
  'parseISO',
  'sortBy',
  'eigs',
  'debounce',
  'escapeRegExp',
  'intersectBox',
  'mergeSorted',
  'formatNumber',
  'nextToken',
  'addBusinessDays',
  'rgamma',
];

const pairCount = 60;
const pairs = Array.from({ length: pairCount }, (_, i) => ({
  query: queries[i % queries.length] ?? '',
  code: names[i % names.length] ?? '',
  group: ['lodash', 'date-fns', 'mathjs', 'three'][i % 4] ?? '',
}));

const snapshot = (title: string, noise: number) => {
  const dimensions = 24;
  const topics = createRandom(11, 'topics');
  const jitter = createRandom(12, title);
  const centers = Array.from({ length: pairCount * dimensions }, () => topics.normal());
  const side = () => ({
    rows: pairCount,
    columns: dimensions,
    data: Float32Array.from(centers, (value) => value + noise * jitter.normal()),
  });
  return { title, queries: side(), codes: side() };
};

const snapshots = [snapshot('Before training', 0.9), snapshot('After training', 0.3)];
const panelsBy = (method: string, refine: boolean) =>
  embeddingMaps(snapshots, { refine }).map((panel) => ({ ...panel, method }));

const steps = Array.from({ length: 900 }, (_, i) => i + 1);
const decay = (from: number, to: number, noise: number) =>
  Float32Array.from(steps, (step) => to + (from - to) * Math.exp(-step / 180) + noise * random.normal());

const cloneCode = `function baseClone(value, bitmask, customizer, key, object, stack) {
  // A clone of what was met before is the clone itself.
  if (!isObject(value)) {
    return value;
  }
  const isArr = Array.isArray(value);
  let result = isArr ? initCloneArray(value) : initCloneObject(value, \`\${key}\`);
  stack || (stack = new Stack());
  const stacked = stack.get(value);
  if (stacked) return stacked;
  stack.set(value, result);
  for (const name of Object.keys(value)) {
    result[name] = baseClone(value[name], bitmask, customizer, name, value, stack);
  }
  return result;
}`;

const cloneTwin = `cloneTree(node, seen = new Map()) {
    if (node === null || typeof node !== 'object') return node;
    if (seen.has(node)) return seen.get(node);
    const copy = Array.isArray(node) ? [] : {};
    seen.set(node, copy);
    for (const key of Object.keys(node)) copy[key] = this.cloneTree(node[key], seen);
    return copy;
  }`;

const daysCode = `export function addBusinessDays(date, amount) {
${Array.from({ length: 34 }, (_, i) => `  const step${i} = direction * ${i}.5; // the ${i}th of a rather long function, on a rather long line that scrolls`).join('\n')}
  return _date;
}`;

const clone = {
  name: 'baseClone',
  repository: 'lodash',
  path: 'lodash.js',
  line: 2693,
  language: 'javascript',
};

/** A complete, realistic report. */
export const sampleReport: ReportData = {
  title: 'Code search over eight npm packages',
  createdAt: '2025-03-14T15:09:26Z',
  command: 'npm run oasis-full -- --seed 7 --ablation --out runs/sample',
  options: {
    seed: 7,
    'batch-size': 128,
    'learning-rate': 0.002,
    repos: ['lodash', 'three'],
    ablation: true,
    threshold: null,
  },
  notes: ['Invented data: this page exists to test how a report looks.'],
  corpus: {
    files: 4211,
    functionsFound: 31840,
    queries: 8930,
    negativesPerQuery: 8,
    docstrings: 'the authors’ own doc comments',
    repositories: [
      { name: 'three', version: '0.177.0', license: 'MIT', split: 'train', functions: { javascript: 2210 } },
      { name: 'lodash', version: '4.17.21', license: 'MIT', split: 'train', functions: { javascript: 614 } },
      {
        name: 'mathjs',
        version: '14.5.2',
        license: 'Apache-2.0',
        split: 'train',
        functions: { javascript: 1330, typescript: 92 },
      },
      { name: 'eslint', version: '9.29.0', license: 'MIT', split: 'train', functions: { javascript: 1611 } },
      {
        name: '@stdlib/stats-base-dists',
        version: '0.2.2',
        license: 'Apache-2.0',
        split: 'train',
        functions: { javascript: 820 },
      },
      {
        name: 'typeorm',
        version: '0.3.24',
        license: 'MIT',
        split: 'validation',
        functions: { typescript: 640 },
      },
      {
        name: 'date-fns',
        version: '4.1.0',
        license: 'MIT',
        split: 'test',
        functions: { typescript: 512, javascript: 12 },
      },
      { name: 'd3', version: '7.9.0', license: 'ISC', split: 'test', functions: { javascript: 689 } },
    ],
    filters: [
      { reason: 'no doc comment', count: 17204 },
      { reason: 'body under 3 lines', count: 3120 },
      { reason: 'near-duplicate of another function', count: 1788 },
      { reason: 'generated or minified file', count: 1102 },
      { reason: 'doc under 3 tokens', count: 96 },
    ],
  },
  similarity: {
    negatives: histogram(41712, () =>
      random.uniform() < 0.83 ? 0.3 + 0.09 * random.normal() : 0.58 + 0.075 * random.normal(),
    ),
    positives: histogram(5214, () => 0.68 + 0.1 * random.normal()),
    mixture: { weights: [0.83, 0.17], means: [0.3, 0.58], variances: [0.0081, 0.005625] },
    threshold: { kind: 'intersection', value: 0.4787 },
    labeler: 'LSA on subtokens, 256 dimensions',
    ashmanD: 3.39,
    deltaBic: 10412,
    fits: [
      { components: 1, bic: -71204, converged: true },
      { components: 2, bic: -81616, converged: true },
      { components: 3, bic: -81702, converged: true },
      { components: 4, bic: -81688, converged: false },
    ],
  },
  refinement: {
    pairs: 41712,
    deltaS: 0.2,
    judge: 'same tree up to renaming',
    rules: [
      { rule: 'threshold', suspects: 6120, accepted: 41, rejected: 6079 },
      { rule: 'tree', suspects: 318, accepted: 97, rejected: 219, invalid: 2 },
      { rule: 'threshold + tree', suspects: 122, accepted: 88, rejected: 34 },
    ],
    examples: [
      {
        query: 'Creates a deep clone of a value, following references that lead back to it.',
        positive: { ...clone, code: cloneCode },
        candidate: {
          ...clone,
          name: 'Walker.cloneTree',
          path: 'src/internal/tree/walker.js',
          line: 88,
          code: cloneTwin,
        },
        before: 0.612,
        after: 0.812,
        rule: 'threshold + tree',
        verdict: 'accepted',
        reason: 'Both copy every own key and keep a table of objects already copied.',
        treeRatio: 0.09,
      },
      {
        query: 'Adds the given number of business days to the date.',
        positive: {
          name: 'addBusinessDays',
          repository: 'date-fns',
          path: 'addBusinessDays.ts',
          line: 41,
          language: 'typescript',
          code: daysCode,
        },
        candidate: {
          name: 'subBusinessDays',
          repository: 'date-fns',
          path: 'subBusinessDays.ts',
          line: 33,
          language: 'typescript',
          code: 'export function subBusinessDays(date, amount) {\n  return addBusinessDays(date, -amount);\n}',
        },
        before: 0.701,
        after: 0.701,
        rule: 'threshold',
        verdict: 'rejected',
      },
    ],
  },
  training: {
    encoder: 'subtoken-bag',
    dimensions: 256,
    parameters: 5_242_880,
    backend: 'WebAssembly, 2 threads',
    seconds: 214,
    stopped: 'no better validation MRR in 5 evaluations',
    settings: {
      batch: 128,
      'learning rate': 0.002,
      'InfoNCE weight': 0.98,
      'CoSENT weight': 0.02,
      temperature: 0.05,
    },
    losses: {
      steps,
      total: decay(2.4, 0.81, 0.08),
      infoNce: decay(2.35, 0.76, 0.08),
      cosent: decay(5.1, 3.2, 0.15),
    },
    validation: {
      measure: 'MRR@1000',
      steps: [0, 100, 200, 300, 400, 500, 600, 700, 800, 900],
      values: [0.482, 0.531, 0.562, 0.578, 0.589, 0.586, 0.588, 0.584, 0.581, 0.58],
      bestStep: 400,
    },
  },
  evaluation: {
    queries: 1213,
    candidates: 1213,
    measures: ['MRR@1000', 'MAP', 'Recall@1', 'Recall@5', 'Recall@10', 'nDCG@10'],
    intervals: '95% bootstrap intervals over queries',
    systems: [
      { name: 'BM25', role: 'baseline', measures: measures([0.5312, 0.5312, 0.437, 0.641, 0.712, 0.5703]) },
      {
        name: 'untrained',
        role: 'untrained',
        measures: measures([0.4921, 0.4921, 0.391, 0.602, 0.688, 0.5344]),
      },
      { name: 'trained', role: 'trained', measures: measures([0.5874, 0.5874, 0.488, 0.7, 0.781, 0.629]) },
    ],
    comparisons: [
      {
        system: 'trained',
        against: 'BM25',
        measure: 'MRR@1000',
        difference: 0.0562,
        pValue: 0.0002,
        test: 'paired randomization, Holm',
      },
      {
        system: 'trained',
        against: 'untrained',
        measure: 'MRR@1000',
        difference: 0.0953,
        pValue: 0.0001,
        test: 'paired randomization, Holm',
      },
    ],
  },
  ablation: {
    measure: 'MRR@1000',
    rows: [
      { name: 'OASIS (full)', full: true, values: [0.5874, 0.5841, 0.5902] },
      { name: 'no refinement', values: [0.5831, 0.5852, 0.5811] },
      { name: 'CoSENT only', values: [0.5402, 0.5467, 0.5381] },
      { name: 'InfoNCE only', values: [0.5793, 0.5822, 0.5761] },
      { name: 'AST candidates only', values: [0.5861, 0.5834, 0.5879] },
      { name: 'threshold candidates only', values: [0.5842, 0.5829, 0.5866] },
    ],
  },
  breakdowns: [
    {
      title: 'By repository',
      group: 'Repository',
      measure: 'MRR@1000',
      systems: ['BM25', 'untrained', 'trained'],
      rows: [
        { name: 'date-fns', queries: 524, values: [0.5912, 0.5411, 0.6423] },
        { name: 'd3', queries: 689, values: [0.4855, 0.4548, 0.5456] },
      ],
    },
    {
      title: 'On hard queries',
      note: 'Queries whose code every baseline ranks below 10.',
      group: 'Repository',
      measure: 'MRR@1000',
      systems: ['BM25', 'untrained', 'trained'],
      rows: [{ name: 'all', queries: 187, values: [0.031, 0.028, 0.112] }],
    },
  ],
  map: {
    method: 'multidimensional scaling of cosine distances',
    pairs,
    panels: [
      ...panelsBy('Classical scaling', false),
      ...panelsBy('Refined by stress majorisation (SMACOF)', true),
    ],
  },
  searches: [
    {
      query: 'deep clone an object',
      milliseconds: 3.2,
      results: [
        { ...clone, score: 0.781, code: cloneCode },
        { ...clone, name: 'cloneDeepWith', line: 11203, score: 0.742, code: 'function cloneDeepWith() {}' },
        {
          ...clone,
          name: 'Object3D.clone',
          repository: 'three',
          path: 'src/core/Object3D.js',
          line: 908,
          score: 0.633,
          code: 'clone() {}',
        },
      ],
    },
    { query: 'something nobody wrote', results: [] },
  ],
  timings: [
    { stage: 'corpus', seconds: 41.2, peakBytes: 812e6 },
    { stage: 'annotation', seconds: 63.9, peakBytes: 1.42e9 },
    { stage: 'refinement', seconds: 22.4, peakBytes: 1.1e9 },
    { stage: 'training', seconds: 214.1, peakBytes: 1.9e9 },
    { stage: 'metrics', seconds: 6.3, peakBytes: 9.1e8 },
    { stage: 'report', seconds: 0.42, peakBytes: 9.1e8 },
  ],
  versions: { 'oasis-embed': '0.1.0', Node: '20.19.4', 'TensorFlow.js': '4.22.0', backend: 'wasm' },
};

function measures(values: readonly number[]) {
  const labels = ['MRR@1000', 'MAP', 'Recall@1', 'Recall@5', 'Recall@10', 'nDCG@10'];
  return Object.fromEntries(
    labels.map((label, i) => {
      const value = values[i] ?? 0;
      return [label, { value, low: value - 0.024, high: value + 0.023 }];
    }),
  );
}

const all = Object.values(hostile).join(' ');
const hostileCode = { name: all, repository: all, path: all, line: 1, language: all, code: all };

/** The sample with every text made hostile. */
export const hostileReport: ReportData = {
  ...sampleReport,
  title: all,
  createdAt: all,
  command: all,
  options: { [all]: all, list: [all] },
  notes: [all],
  versions: { [all]: all },
  corpus: {
    docstrings: all,
    repositories: [
      { name: all, version: all, license: all, split: 'test', functions: { [all]: 3, [hostile.svg]: 4 } },
    ],
    filters: [{ reason: all, count: 1 }],
    filesNotRead: [{ reason: all, count: 1 }],
  },
  similarity: {
    negatives: { minimum: 0, maximum: 1, counts: [1, 2, 3] },
    threshold: { kind: 'chosen', value: 0.5, reason: all },
    labeler: all,
  },
  refinement: {
    pairs: 3,
    deltaS: 0.2,
    judge: all,
    rules: [
      { rule: all, suspects: 1, accepted: 1, rejected: 0 },
      { rule: 'constructor', suspects: 0, accepted: 0, rejected: 0 },
    ],
    examples: [
      {
        query: all,
        positive: hostileCode,
        candidate: hostileCode,
        before: 0.1,
        after: 0.3,
        rule: all,
        verdict: 'accepted',
        reason: all,
      },
    ],
  },
  training: {
    encoder: all,
    backend: all,
    stopped: all,
    settings: { [all]: all },
    losses: { steps: [1, 2], total: [1, Number.NaN] },
    validation: { measure: all, steps: [1, 2], values: [0.1, 0.2], bestStep: 2 },
  },
  evaluation: {
    queries: 1,
    candidates: 1,
    measures: [all],
    intervals: all,
    systems: [{ name: all, role: 'trained', measures: { [all]: { value: 0.5, low: 0.4, high: 0.6 } } }],
    comparisons: [{ system: all, against: all, measure: all, difference: 0.1, pValue: 0.5, test: all }],
  },
  ablation: {
    measure: all,
    note: all,
    intervals: all,
    test: all,
    rows: [
      { name: all, full: true, values: [0.5], low: 0.4, high: 0.6 },
      { name: all, values: [0.4], low: 0.3, high: 0.5, pValue: 0.2 },
      { name: all, values: [] },
    ],
  },
  breakdowns: [
    {
      title: all,
      note: all,
      group: all,
      measure: all,
      systems: [all],
      rows: [{ name: all, queries: 1, values: [0.5] }],
    },
  ],
  map: {
    method: all,
    pairs: [{ query: all, code: all, group: all }],
    panels: [{ title: all, method: all, x: [0, 1], y: [0, 1], similarities: [0.5] }],
  },
  searches: [
    {
      query: all,
      results: [
        { ...hostileCode, score: 0.5 },
        { ...hostileCode, score: 0.4 },
      ],
    },
  ],
  timings: [{ stage: all, seconds: 1 }],
};
