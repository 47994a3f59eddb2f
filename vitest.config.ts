import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration, type TestUserConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));
const minutes = (count: number) => count * 60_000;

type ProjectOptions = NonNullable<TestProjectInlineConfiguration['test']>;

/**
 * A suite that `npm test` leaves out: `npx vitest run --project NAME`. `.ci/run` runs all of them, except those that
 * need what others have to bring: checkouts of other projects, their Python packages.
 */
const suite = (name: string, include: readonly string[], options: ProjectOptions = {}) => ({
  extends: true as const,
  test: { name, include: [...include], testTimeout: minutes(5), hookTimeout: minutes(10), ...options },
});

/** What runs on every backend of TensorFlow.js. */
const onBackends = [
  'test/losses/**/*.test.ts',
  'test/numerics/tensors.test.ts',
  'test/encoders/**/*.test.ts',
  'test/training/**/*.test.ts',
];
/** Of these, what runs on ONNX Runtime on each of them alike. */
const onNone = ['test/training/native-training.test.ts'];

const mteb = 'examples/oasis-full/test/mteb.check.ts';

const searchPage = ['examples/oasis-full/test/{serve,hostile-run}.check.ts'];

/** The pipeline's command as one program, for suites that start it often. */
const builtCommand = 'examples/oasis-full/test/engines/build-command.ts';

/** What `vitest run` means without --project. */
const withoutFlag: TestUserConfig = { project: 'quick' };

export default defineConfig({
  resolve: {
    alias: [
      { find: /^oasis-embed$/, replacement: source('index.ts') },
      { find: /^oasis-embed\/(.+)$/, replacement: source('$1/index.ts') },
    ],
  },
  test: {
    ...withoutFlag,
    silent: 'passed-only',
    setupFiles: ['test/support/property-seed.ts'],
    // Vitest leaves one core free, which on two cores halves the speed.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: ['test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
          testTimeout: minutes(2),
          hookTimeout: minutes(2),
          // Each file in modules of its own would load TensorFlow.js, the parsers and fast-check some 140 times.
          isolate: false,
        },
      },

      // Whole runs of the pipeline: every encoder and model, kills, bad input. `quick` keeps one small run.
      suite('pipeline', ['examples/oasis-full/test/*.check.ts'], {
        exclude: [...searchPage, mteb],
        globalSetup: [builtCommand],
      }),
      // Builds, packs and installs the packages in empty folders. Needs a registry.
      suite('package', ['test/package/*.check.ts'], {
        globalSetup: ['test/package/pack-both.ts'],
        testTimeout: minutes(10),
        fileParallelism: false,
      }),
      // Installs the native binding into a temporary folder, or uses OASIS_NATIVE_TREE_SITTER. Needs a registry.
      suite('native-tree-sitter', ['test/syntax/native.check.ts'], { pool: 'forks' }),
      // Real files of every language parse to the same tree without their comments: OASIS_SOURCES names folders of them,
      // parted by colons; without it, what is installed here.
      suite('stripped-trees', ['test/syntax/stripped-trees.check.ts']),
      // Thousands of rows and 50 kills of an annotating process.
      suite('interrupted-run', ['test/annotation/*.check.ts'], { testTimeout: minutes(15) }),
      // Chat models from GGUF files: OASIS_NODE_LLAMA_CPP and OASIS_MODELS name what .ci/node-llama-cpp and .ci/real-models
      // print.
      suite('gguf', ['test/annotation/gguf/*.check.ts', 'examples/oasis-full/test/gguf/*.check.ts'], {
        fileParallelism: false,
      }),
      // transformers serve, sentence-transformers and llama.cpp's server, with a network between that resets, cuts and
      // delays: OASIS_SERVING and OASIS_MODELS name what .ci/real-servers and .ci/real-models print.
      suite(
        'real-servers',
        ['test/annotation/servers/*.check.ts', 'examples/oasis-full/test/servers/*.check.ts'],
        { fileParallelism: false, globalSetup: [builtCommand] },
      ),
      // Memory over many training steps, and runs killed at each call to the disk.
      suite('leak', ['test/training/*.check.ts'], { testTimeout: minutes(20) }),
      // Loads saved models in Python, runs the guides' blocks, and compares thousands of losses: OASIS_PYTHON names one with
      // sentence-transformers, peft and pytorch-metric-learning; OASIS_SEED and OASIS_CASES choose the losses.
      suite('sentence-transformers', [
        'test/encoders/*.check.ts',
        'test/docs/python.check.ts',
        'test/losses/peers.check.ts',
        'test/hub/*.check.ts',
      ]),
      // The native engine beside PyTorch: OASIS_PYTHON names a Python with transformers and sentence-transformers. What
      // .ci/sentence-transformers-onnx, .ci/transformers-js and .ci/real-models print as OASIS_ONNX_PYTHON,
      // OASIS_TRANSFORMERS_JS and OASIS_MODELS adds ONNX files in other libraries, and published models.
      suite('native-engine', ['test/onnx/*.check.ts']),
      // MTEB's own classes read the results that we write: MTEB_PYTHON names a Python that has mteb.
      suite('mteb', [mteb]),
      // Builds the site and opens it in the Chromium of OASIS_CHROMIUM.
      suite('site', ['test/docs/site.check.ts']),
      // The report in a Chromium, whose path is in OASIS_CHROMIUM; OASIS_SCREENSHOTS names a folder for pictures.
      suite('browser', ['test/report/*.check.ts'], { fileParallelism: false }),
      // The losses in that Chromium, on each of its backends: OASIS_MIXES and OASIS_SEED set the random mixes.
      suite('browser-losses', ['test/browser/*.check.ts'], { testTimeout: minutes(10) }),
      // Every entry through esbuild, rollup, webpack, Vite and an import map, run in that Chromium. Needs a registry.
      suite('bundles', ['test/bundles/*.check.ts'], {
        globalSetup: ['test/package/pack-embed.ts'],
        fileParallelism: false,
      }),
      // The search page in the same Chromium; OASIS_RUN takes the pictures of a run of one's own.
      suite('search-page', searchPage, { fileParallelism: false }),
      // Workers, coordinator and server killed on Redis and PostgreSQL, which the tests start themselves, and a network
      // between them that resets, cuts, loses, delays and falls silent.
      // OASIS_KILLS and OASIS_SEED set the kills, OASIS_VALKEY names a Valkey server.
      suite('engines', ['examples/oasis-full/test/engines/*.check.ts'], {
        globalSetup: [builtCommand],
        testTimeout: minutes(10),
        fileParallelism: false,
      }),

      // Thousands of random mixes of options: losses on typed arrays beside their definitions and the losses on tensors.
      suite('host-losses', ['test/losses/host-losses.check.ts'], { testTimeout: minutes(15) }),
      // Every family of distributions beside scikit-learn’s likelihoods; of a million scores every tenth, or with
      // OASIS_FULL_SIZE=1 every one. `quick` has the smallest.
      suite('mixture-families', ['test/mixture/*.check.ts']),
      // What `quick` does in part: every encoder in worker threads, a folder of 100,000 files.
      suite('full-size', ['test/training/gradients.test.ts', 'test/corpus/sources/walk.test.ts'], {
        env: { OASIS_FULL_SIZE: '1' },
      }),
      // Twenty times the mutations and the nesting of the same test in `quick`.
      suite('fuzz', ['test/corpus/hostile.test.ts', 'test/ast/path-decomposition.test.ts'], {
        env: { OASIS_FUZZ: '20' },
      }),
      // OASIS_TFJS_NODE names the folder that `.ci/tfjs-node` prints.
      suite('tfjs-node', [...onBackends, 'test/training/tfjs-node/*.check.ts'], {
        exclude: onNone,
        env: { OASIS_TEST_BACKENDS: 'tensorflow' },
      }),
      // VK_DRIVER_FILES names a Vulkan driver, such as the one that `.ci/software-vulkan` prints.
      suite(
        'webgpu',
        [...onBackends, 'examples/oasis-full/test/encoder.check.ts', 'test/onnx/webgpu/*.check.ts'],
        {
          exclude: onNone,
          env: { OASIS_TEST_BACKENDS: 'webgpu' },
        },
      ),

      // Data that other projects published with their own tests, in checkouts that APTED and TREE_SIMILARITY name.
      suite('published-trees', ['test/ast/*.check.ts']),
      // Likewise those of trec_eval, in the checkout that TREC_EVAL_CHECKOUT names.
      suite('trec-eval', ['test/metrics/trec-eval.check.ts']),
      // beir, coir-eval, pytrec_eval, ir_measures and ranx on thousands of random runs: METRICS_PYTHON names a Python that
      // has them, such as the one that `.ci/metric-peers` prints; METRICS_SEED and METRICS_CASES choose the runs.
      suite('metric-peers', ['test/metrics/peers.check.ts']),
    ],
  },
});
