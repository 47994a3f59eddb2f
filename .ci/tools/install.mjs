/** Installs the groups that the arguments name, unless they are there already. */
import { installTools } from './run-tool.mjs';

for (const group of process.argv.slice(2)) installTools(group);
