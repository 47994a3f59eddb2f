import { describeInterruptedRun } from './interrupted-run.js';

describeInterruptedRun({ count: 2000, kills: 50, between: 70 });
