#!/usr/bin/env node
/** The command as it is installed. It looks at the version of Node before anything that an old one cannot load. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 20 || (major === 20 && minor >= 19)) await import('./cli.js');
else {
  process.stderr.write(`error: oasis-full needs Node 20.19 or newer, this is ${process.versions.node}\n`);
  process.exitCode = 1;
}

export {};
