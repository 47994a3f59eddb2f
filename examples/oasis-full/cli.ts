import { Command } from 'commander';
import { addEvaluateCommand } from './commands/evaluate.js';
import { addExplainCommand } from './commands/explain.js';
import { addRunCommand } from './commands/run.js';
import { addSearchCommand } from './commands/search.js';
import { addServeCommand } from './commands/serve.js';
import { addTuneCommand } from './commands/tune.js';

const program = new Command('oasis-full')
  .description('From a folder of repositories to a trained, evaluated, searchable code-embedding model.')
  .showSuggestionAfterError()
  .showHelpAfterError('(--help lists every option)');

const commands = [
  addRunCommand,
  addEvaluateCommand,
  addSearchCommand,
  addServeCommand,
  addExplainCommand,
  addTuneCommand,
];
for (const addCommand of commands) addCommand(program);

const interrupt = () => {
  process.stderr.write('\nInterrupted. What is finished is kept: the same command goes on from here.\n');
  process.exit(130);
};
process.once('SIGINT', interrupt);
process.once('SIGTERM', interrupt);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`\nerror: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env.OASIS_DEBUG !== undefined) console.error(error);
  process.exitCode = 1;
}
