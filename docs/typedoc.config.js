/** The site: `npm run docs` writes the guides and the reference of all entries to site/. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { importTool, installTools } from '../.ci/tools/run-tool.mjs';

const { Converter } = await importTool('site', 'typedoc/dist/index.js');
// The package's own `default` is not what an import of it gives.
const { default: katex } = createRequire(join(installTools('site'), 'package.json'))(
  '@vscode/markdown-it-katex',
);

const guides = [
  'getting-started',
  'train-on-your-own-code',
  'models-and-cost',
  'real-models',
  'use-a-model',
  'native-engine',
  'train-a-pretrained-model',
  'evaluate',
  'protocols',
  'losses',
  'measures',
  'scaling',
  'native-tree-sitter',
  'architecture',
];

/** Pages outside of this folder, which have no header that names them. */
const furtherPages = {
  '../examples/oasis-full/README.md': 'oasis-full',
  '../bench/RESULTS.md': 'Results',
};

/** Names a page without a header. */
const nameFurtherPages = (application) => {
  const titles = Object.entries(furtherPages).map(([path, title]) => [
    path.replace(/^\.\.\/|\.md$/g, ''),
    title,
  ]);
  application.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, page) => {
    const [, title] = titles.find(([path]) => page.name.endsWith(path)) ?? [];
    if (title !== undefined) page.name = title;
  });
};

/** @type {Partial<import('../.ci/tools/site/node_modules/typedoc').TypeDocOptions>} */
const options = {
  // The same links from any checkout, whatever its remote.
  disableGit: true,
  sourceLinkTemplate: 'https://github.com/oasis-embed/oasis-embed/blob/main/{path}#L{line}',
  name: 'oasis-embed',
  entryPoints: ['../src/!(numerics)/index.ts', '../src/losses/host/index.ts'],
  tsconfig: '../tsconfig.json',
  readme: '../README.md',
  plugin: [nameFurtherPages],
  projectDocuments: [...guides.map((name) => `${name}.md`), ...Object.keys(furtherPages)],
  out: '../site',
  includeVersion: true,
  skipErrorChecking: true,
  // What passes through without being looked into (the facts of a file in a cache, the binding's reader), and parts
  // of a type that its own page spells out.
  intentionallyNotExported: [
    'FileFacts',
    'TreeReader',
    'WithRank',
    'WithoutRank',
    'NeedsRank',
    'Family',
    'Label',
  ],
  // test/docs/links.test.ts checks paths; some lead to folders, which are for readers of the repository.
  validation: { invalidPath: false },
  searchInDocuments: true,
  // Guides in the order above, which is that of reading.
  sort: ['kind', 'source-order'],
  sortEntryPoints: true,
  navigation: { includeGroups: true },
  categorizeByGroup: false,
  groupOrder: ['Guides', '*'],
  customCss: 'site.css',
  // The page misses types that extend what TypeScript computes, such as `Omit`, and others link to it.
  includeHierarchySummary: false,
  highlightLanguages: ['typescript', 'javascript', 'shellscript', 'python', 'json', 'jsonc', 'sql', 'html'],
  // MathML needs neither fonts nor styles; every current browser draws it.
  markdownItLoader: (parser) => parser.use(katex, { output: 'mathml', throwOnError: true }),
};

// The tool's own way to read a configuration.
// biome-ignore lint/style/noDefaultExport: as above
export default options;
