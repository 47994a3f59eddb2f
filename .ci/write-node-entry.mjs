/**
 * Writes dist/node.js and dist/node.cjs: the root entry as Node loads it. Everything that needs no tensors works without
 * TensorFlow.js, and what needs them says so when it is used; the plain root entry would fail to load. Bundlers take
 * the plain one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const { exports: entries } = JSON.parse(readFileSync('package.json', 'utf8'));
const rooms = Object.keys(entries)
  .filter((path) => path !== '.' && path !== './package.json')
  .map((path) => path.slice(2));
const names = Object.keys(await import(pathToFileURL('dist/index.js').href)).sort();

const shared = `
const isTensorFlowMissing = (error) =>
  /MODULE_NOT_FOUND/.test(error?.code) && /@tensorflow\\/tfjs/.test(error.message);

/** The entries that loaded, filled where the whole did not. */
const withoutTensorFlow = [];

/** Stands for an export that cannot be loaded: any use of it says what is missing. */
const missing = (name) => {
  const fail = () => {
    throw new Error(
      name + ' needs the package @tensorflow/tfjs, which is not installed: npm install @tensorflow/tfjs' +
        ' (these entries work without it: ' + withoutTensorFlow.sort().join(', ') + ')',
    );
  };
  return new Proxy(function () {}, { apply: fail, construct: fail, get: fail });
};
`;

const esm = `// Made by the build: the root entry for Node, with or without TensorFlow.js.
${shared}
const load = async (path, entry) => {
  try {
    const face = await import(path);
    if (entry !== undefined) withoutTensorFlow.push(entry);
    return face;
  } catch (error) {
    if (isTensorFlowMissing(error)) return null;
    throw error;
  }
};
const rooms = ${JSON.stringify(rooms)};
const all =
  (await load('./index.js')) ??
  Object.assign({}, ...(await Promise.all(rooms.map((room) => load('./' + room + '/index.js', 'oasis-embed/' + room)))));

${names.map((name) => `export const ${name} = '${name}' in all ? all.${name} : missing('${name}');`).join('\n')}
`;

const cjs = `// Made by the build: the root entry for Node, with or without TensorFlow.js.
'use strict';
${shared}
const load = (open, entry) => {
  try {
    const face = open();
    if (entry !== undefined) withoutTensorFlow.push(entry);
    return face;
  } catch (error) {
    if (isTensorFlowMissing(error)) return null;
    throw error;
  }
};
const all =
  load(() => require('./index.cjs')) ??
  Object.assign({}, ${rooms.map((room) => `load(() => require('./${room}/index.cjs'), 'oasis-embed/${room}')`).join(', ')});

${names.map((name) => `exports.${name} = '${name}' in all ? all.${name} : missing('${name}');`).join('\n')}
`;

writeFileSync('dist/node.js', esm);
writeFileSync('dist/node.cjs', cjs);
