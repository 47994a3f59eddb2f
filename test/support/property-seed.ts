/**
 * Property tests draw anew in each run, and so find what no earlier run has found. Where a change is to land (CI is set),
 * they draw the same for everybody: a failure is then one of the change. OASIS_SEED draws otherwise.
 */
import fc from 'fast-check';

const { CI, OASIS_SEED } = process.env;
if (OASIS_SEED !== undefined || (CI !== undefined && CI !== ''))
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(OASIS_SEED ?? 1) });
