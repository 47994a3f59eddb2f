import { describeInterruptedRun } from './interrupted-run.js';

// The check beside this file does the same at full size.
describeInterruptedRun({ count: 120, kills: 3, between: 30 });
