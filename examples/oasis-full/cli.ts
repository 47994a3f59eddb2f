import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { addCompareCommand } from './commands/compare.js';
import { addEvaluateCommand } from './commands/evaluate.js';
import { addExplainCommand } from './commands/explain.js';
import { addExportCommand } from './commands/export.js';
import { addIndexCommand } from './commands/index-folders.js';
import { addMcpCommand } from './commands/mcp.js';
import { addMeasureRefinementCommand } from './commands/measure-refinement.js';
import { addRetryFailedCommand } from './commands/retry-failed.js';
import { addRunCommand } from './commands/run.js';
import { addSearchCommand } from './commands/search.js';
import { addServeCommand } from './commands/serve.js';
import { addStatusCommand } from './commands/status.js';
import { addTuneCommand } from './commands/tune.js';
import { addVerifyCommand } from './commands/verify.js';
import { addWorkerCommand } from './commands/worker.js';
import { packageVersion } from './store/package-folder.js';
import { endWithTheReader } from './terminal/closed-pipe.js';
import { handleInterrupts, INTERRUPTED, RESUME_LINE } from './terminal/interrupt.js';

const program = new Command('oasis-full')
  .description('From a folder of repositories to a trained, evaluated, searchable code-embedding model.')
  .version(packageVersion())
  .showSuggestionAfterError()
  .showHelpAfterError('(--help lists every option)');

const commands = [
  addRunCommand,
  addEvaluateCommand,
  addCompareCommand,
  addIndexCommand,
  addSearchCommand,
  addServeCommand,
  addMcpCommand,
  addExplainCommand,
  addStatusCommand,
  addVerifyCommand,
  addWorkerCommand,
  addRetryFailedCommand,
  addTuneCommand,
  addMeasureRefinementCommand,
  addExportCommand,
];
for (const addCommand of commands) addCommand(program);

/** Since a run is what happens without a command, its parser would take any word for an operand of it. */
const isCommand = (word: string): boolean =>
  word.startsWith('-') || word === 'help' || program.commands.some((command) => command.name() === word);

/** Ends with what is wrong about a command's name, and the one that was meant. */
const refuseCommand = (word: string): never => {
  if (existsSync(word))
    program.error(`error: unknown command '${word}'; to search it: oasis-full search "…" --in ${word}`);
  const known = new Command('oasis-full').showSuggestionAfterError();
  for (const command of program.commands) known.command(command.name()).action(() => {});
  known.parse([word], { from: 'user' });
  throw new Error(`unknown command '${word}'`);
};

/** Milliseconds that whatever is open has to close after an error. */
const LAST_WORDS = 3000;

const json = process.argv.includes('--json');
/** To people as a line, to machines as an event like those of the run. */
const say = (event: string, text: string) =>
  process.stderr.write(
    json ? `${JSON.stringify({ time: new Date().toISOString(), event, text })}\n` : `\n${text}\n`,
  );
endWithTheReader();
handleInterrupts((text) => say('interrupted', text));

const unknown = process.argv[2];
if (unknown !== undefined && !isCommand(unknown)) refuseCommand(unknown);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof Error && error.name === 'Interrupted') {
    say('interrupted', RESUME_LINE);
    process.exitCode = INTERRUPTED;
  } else {
    const message = error instanceof Error ? error.message : String(error);
    say('error', json ? message : `error: ${message}`);
    if (process.env.OASIS_DEBUG !== undefined) console.error(error);
    process.exitCode = 1;
  }
  // What is still open, such as a connection to a server that does not answer, must not keep a process that has failed.
  setTimeout(() => process.exit(), LAST_WORDS).unref();
}
