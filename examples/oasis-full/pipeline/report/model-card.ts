import type { ReportData } from 'oasis-embed/report';
import type { StudentKind } from '../../options/training-options.js';

/** What a model card says beyond the report. */
export interface ModelCardOptions {
  readonly student: StudentKind;
  /** The name of the model that the student starts from; null for a new one. */
  readonly base: string | null;
  /** Whether model/onnx/ was written. */
  readonly onnx: boolean;
}

/** Names come from other people's files: nothing in them may turn into markup, a table's border or a line of its own. */
const escaped = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]!)
    .replace(/[\\`*_[\]|#~]/g, (sign) => `\\${sign}`);

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const code = (language: string, ...lines: readonly string[]): string =>
  [`\`\`\`${language}`, ...lines, '```'].join('\n');

/** How the model is opened, tool by tool. */
const usage = ({ student, onnx }: ModelCardOptions): string[] => {
  const loaders: Readonly<Record<StudentKind, string>> = {
    bag: 'SubtokenBagEncoder',
    head: 'AdapterEncoder',
    encoder: 'TransformerEncoder',
    static: 'StaticEncoder',
  };
  const loader = loaders[student];
  const ours =
    student === 'head'
      ? [
          `import { ${loader} } from 'oasis-embed/encoders';`,
          `const head = await ${loader}.load('model');`,
          '// `vectors` are those of the model that base.json names.',
          "const adapted = await head.adapt(vectors, 'query');",
        ]
      : [
          `import { encodeTexts, ${loader} } from 'oasis-embed/encoders';`,
          "import { selectBackend } from 'oasis-embed/training';",
          "await selectBackend('auto');",
          `const encoder = await ${loader}.load('model');`,
          "const vectors = await encodeTexts(encoder, ['deep clone an object'], 'query');",
        ];
  const sentenceTransformers = [
    'sentence-transformers:',
    code(
      'python',
      'from sentence_transformers import SentenceTransformer',
      'model = SentenceTransformer("model")',
      'vectors = model.encode(["deep clone an object"])',
    ),
  ];
  return [
    'Search with oasis-full:',
    code('sh', 'npx oasis-full search "deep clone an object" --run .'),
    'oasis-embed:',
    code('ts', ...ours),
    ...(student === 'encoder' || student === 'static' ? sentenceTransformers : []),
    ...(student === 'static'
      ? [
          'model2vec:',
          code(
            'python',
            'from model2vec import StaticModel',
            'vectors = StaticModel.from_pretrained("model").encode(["deep clone an object"])',
          ),
        ]
      : []),
    ...(student === 'encoder' && onnx
      ? [
          'ONNX Runtime, through sentence-transformers:',
          code('python', 'model = SentenceTransformer("model", backend="onnx")'),
          'transformers.js:',
          code(
            'js',
            "import { env, pipeline } from '@huggingface/transformers';",
            "env.localModelPath = '.';",
            "const embed = await pipeline('feature-extraction', 'model', { dtype: 'fp32' });",
          ),
        ]
      : []),
  ];
};

const scores = ({ evaluation }: ReportData): string[] => {
  if (evaluation === undefined) return [];
  const { measures, systems, queries, candidates, comparisons = [] } = evaluation;
  const percent = (value: number | undefined) => (value === undefined ? '–' : (100 * value).toFixed(2));
  return [
    '## Scores',
    `${queries} docstrings of held-out repositories, each ranked against ${candidates} functions. Percent; higher is better.`,
    table(
      ['', ...measures],
      systems.map(({ name, measures: values }) => [
        escaped(name),
        ...measures.map((measure) => percent(values[measure]?.value)),
      ]),
    ),
    ...comparisons
      .filter(({ measure }) => measure === measures[0])
      .map(
        ({ system, against, measure, difference, pValue }) =>
          `${escaped(system)} against ${escaped(against)}: ${(100 * difference).toFixed(2)} points of ${measure}, ` +
          `p ${pValue < 0.001 ? '< 0.001' : `= ${pValue.toFixed(3)}`}.`,
      ),
  ];
};

/** The repositories that were trained on, with the licenses that they name. */
const data = ({ corpus, notes = [] }: ReportData): string[] => {
  if (corpus === undefined) return [];
  return [
    '## Training data',
    notes.map(escaped).join(' '),
    table(
      ['Repository', 'License it names', 'Use', 'Functions'],
      corpus.repositories.map(({ name, version, license, split, functions }) => [
        escaped(version === undefined ? name : `${name} ${version}`),
        license === undefined ? 'none found' : escaped(license),
        split,
        String(Object.values(functions).reduce((sum, count) => sum + count, 0)),
      ]),
    ),
    'A license of this model is for you to choose, in view of these and of the model that it starts from.',
  ];
};

/** Front matter in the form of the Hugging Face hub; JSON is YAML. */
const frontMatter = ({ evaluation, title }: ReportData, { student, base }: ModelCardOptions): string => {
  const opens = student === 'encoder' || student === 'static';
  const measure = evaluation?.measures[0];
  const trained = evaluation?.systems.find(({ role }) => role === 'trained');
  const value = measure === undefined ? undefined : trained?.measures[measure]?.value;
  const lines = [
    'pipeline_tag: sentence-similarity',
    `library_name: ${opens ? 'sentence-transformers' : 'oasis-embed'}`,
    `tags: ${JSON.stringify(['code-search', 'oasis-embed', ...(opens ? ['sentence-transformers'] : [])])}`,
    ...(base === null ? [] : [`base_model: ${JSON.stringify(base)}`]),
    ...(measure === undefined || value === undefined
      ? []
      : [
          'model-index:',
          `- name: ${JSON.stringify(title)}`,
          '  results:',
          '  - task: { type: text-retrieval }',
          '    dataset: { name: "held-out repositories of the run", type: "oasis-full" }',
          `    metrics: [{ type: ${JSON.stringify(measure)}, value: ${value} }]`,
        ]),
  ];
  return ['---', ...lines, '---'].join('\n');
};

/**
 * README.md of a finished run: what the model is, what it was trained on, how good it is and how it is opened, in the form that
 * the Hugging Face hub reads.
 */
export const modelCard = (report: ReportData, options: ModelCardOptions): string => {
  const { training } = report;
  const { student, base } = options;
  const kinds: Readonly<Record<StudentKind, string>> = {
    bag: 'A bag of subtokens with learned weights and vectors',
    head: `A learned head over the vectors of ${base === null ? 'a model' : escaped(base)}`,
    encoder: `${base === null ? 'A transformer' : escaped(base)}, trained further`,
    static: `A static encoder, one vector for each token, started from ${base === null ? 'a model' : escaped(base)}`,
  };
  const sections = [
    `# ${escaped(report.title)}`,
    `${kinds[student]}, trained by the recipe of OASIS (ACL 2025) to find code by what it does.` +
      (training?.dimensions === undefined
        ? ''
        : ` Vectors have ${training.dimensions} dimensions; compare them by cosine.`),
    '## Use',
    'Paths are relative to the folder of this file.',
    ...usage(options),
    ...scores(report),
    ...data(report),
    '## Training',
    ...(training?.settings === undefined
      ? []
      : [
          table(
            ['Setting', 'Value'],
            Object.entries(training.settings).map(([name, value]) => [escaped(name), escaped(String(value))]),
          ),
        ]),
    ...(report.command === undefined ? [] : ['The command of the run:', code('sh', report.command)]),
    '[report.html](report.html) has the figures, the labels and the time that each stage took.',
  ];
  return `${frontMatter(report, options)}\n\n${sections.join('\n\n')}\n`;
};
