/** The site: `npm run docs` writes the guides and the reference of all entries to site/. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
// The package's own `default` is not what an import of it gives.
const { default: katex } = require('@vscode/markdown-it-katex');

const guides = [
  'getting-started',
  'train-on-your-own-code',
  'models-and-cost',
  'use-a-model',
  'evaluate',
  'losses',
  'measures',
  'scaling',
  'architecture',
];

/** @type {Partial<import('typedoc').TypeDocOptions>} */
const options = {
  name: 'oasis-embed',
  entryPoints: ['../src/*/index.ts'],
  exclude: ['../src/numerics/**'],
  tsconfig: '../tsconfig.json',
  readme: '../README.md',
  projectDocuments: guides.map((name) => `${name}.md`),
  out: '../site',
  includeVersion: true,
  skipErrorChecking: true,
  searchInDocuments: true,
  // Guides in the order above, which is that of reading.
  sort: ['kind', 'source-order'],
  sortEntryPoints: true,
  navigation: { includeGroups: true },
  categorizeByGroup: false,
  customCss: 'site.css',
  highlightLanguages: ['typescript', 'javascript', 'shellscript', 'python', 'json', 'jsonc', 'sql'],
  // MathML needs neither fonts nor styles; every current browser draws it.
  markdownItLoader: (parser) => parser.use(katex, { output: 'mathml', throwOnError: true }),
};

// The tool's own way to read a configuration.
// biome-ignore lint/style/noDefaultExport: as above
export default options;
