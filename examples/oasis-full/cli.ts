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
