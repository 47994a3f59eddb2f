import { describeInterruptedRun } from './interrupted-run.js';

// The check beside this file does the same at full size.
describeInterruptedRun({ count: 250, kills: 6, between: 30 });
