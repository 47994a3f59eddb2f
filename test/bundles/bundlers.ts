import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build as esbuild } from 'esbuild';
import { rollup } from 'rollup';
import { build as vite } from 'vite';
import { importTool } from '../../.ci/tools/run-tool.mjs';

/** Programs of a project as bundles for browsers: `folder/NAME.js` in `out`. Throws on errors and unresolved imports. */
export type Bundler = (project: string, names: readonly string[], out: string) => Promise<void>;

const inputs = (project: string, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, join(project, 'programs', `${name}.js`)]));

type Webpack = (
  options: object,
  done: (error: Error | null, stats?: { hasErrors(): boolean; toString(options: object): string }) => void,
) => void;

export const bundlers: Readonly<Record<string, Bundler>> = {
  esbuild: async (project, names, out) => {
    await esbuild({
      entryPoints: inputs(project, names),
      outdir: out,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'browser',
      logLevel: 'silent',
    });
  },

  rollup: async (project, names, out) => {
    const plugin = async (name: string, path: string) => {
      const { default: create } = (await importTool('bundlers', `${name}/${path}`)) as {
        default: (options: object) => never;
      };
      return create;
    };
    const resolve = await plugin('@rollup/plugin-node-resolve', 'dist/es/index.js');
    const commonjs = await plugin('@rollup/plugin-commonjs', 'dist/es/index.js');
    const unresolved: string[] = [];
    const bundle = await rollup({
      input: inputs(project, names),
      plugins: [resolve({ browser: true, preferBuiltins: false }), commonjs({})],
      onwarn: ({ code, message, exporter = '' }) => {
        // TensorFlow.js itself names modules of Node behind a test for Node.
        if (
          code === 'UNRESOLVED_IMPORT' &&
          !/^(util|crypto|string_decoder|stream|http|url|https|zlib)$/.test(exporter)
        )
          unresolved.push(message);
      },
    });
    await bundle.write({ dir: out, format: 'esm', entryFileNames: '[name].js' });
    await bundle.close();
    if (unresolved.length > 0) throw new Error(unresolved.join('\n'));
  },

  webpack: async (project, names, out) => {
    const { default: webpack } = (await importTool('bundlers', 'webpack/lib/index.js')) as {
      default: Webpack;
    };
    await new Promise<void>((resolve, reject) => {
      webpack(
        {
          mode: 'production',
          context: project,
          entry: inputs(project, names),
          output: { path: out, filename: '[name].js' },
          optimization: { minimize: false },
          performance: false,
        },
        (error, stats) => {
          const failed =
            error ?? (stats?.hasErrors() ? new Error(stats.toString({ all: false, errors: true })) : null);
          if (failed === null) resolve();
          else reject(failed);
        },
      );
    });
  },

  vite: async (project, names, out) => {
    await vite({
      root: project,
      configFile: false,
      logLevel: 'silent',
      build: {
        outDir: out,
        minify: false,
        target: 'es2022',
        rollupOptions: {
          input: inputs(project, names),
          output: { entryFileNames: '[name].js' },
          preserveEntrySignatures: 'allow-extension',
        },
      },
    });
  },
};

export const makeFolder = (...path: readonly string[]): string => {
  const folder = join(...path);
  mkdirSync(folder, { recursive: true });
  return folder;
};
