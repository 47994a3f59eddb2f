/**
 * Runs the tests of losses and metrics in another runtime, from the npm registry: node .ci/runtime.mjs deno|bun|node.
 * With --check it runs nothing, and exits with 1 where this machine cannot have the runtime.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { installTools } from './tools/run-tool.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [name, check] = process.argv.slice(2);

/** The platform's own package beside the one of the name: that one would only link to it when it is installed. */
const binaryOf = (scope, file) => {
  const folder = join(installTools(name), 'node_modules', scope);
  return readdirSync(folder)
    .map((platform) => join(folder, platform, file))
    .find((path) => existsSync(path));
};

const commands = {
  deno: () => [binaryOf('@deno', 'deno'), 'run', '--allow-all', '--node-modules-dir=manual', '--no-lock'],
  bun: () => [binaryOf('@oven', 'bin/bun'), 'run'],
  node: () => [process.execPath],
};

let command;
try {
  command = commands[name]();
} catch (error) {
  console.error(`error: ${error.message}`);
}
const works = command?.[0] !== undefined && spawnSync(command[0], ['--version']).status === 0;
if (!works || check === '--check') process.exit(works ? 0 : 1);

const outfile = join(root, 'node_modules/.cache/oasis-runtimes/suites.mjs');
await build({
  entryPoints: [join(root, 'test/runtimes/suites.ts')],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  alias: { vitest: join(root, 'test/support/vitest-anywhere.ts') },
  logLevel: 'error',
});
const [binary, ...options] = command;
process.exitCode = spawnSync(binary, [...options, outfile], { cwd: root, stdio: 'inherit' }).status ?? 1;
