import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { verifySpendLedger } from 'oasis-embed/annotation';
import type { Damage } from '../store/file-digests.js';
import { readSealedJsonIfSound, writeSealedJson } from '../store/sealed-json.js';
import { ledgerFile } from './shared-limits.js';
import { inspectSpendLogs } from './spend-log.js';

/** What a folder of answers held when a run ended. All of it only grows, so that less means a lost tail. */
interface PaidSeal {
  /** Bytes of the ledger that the runs of one machine share, or null without one. */
  readonly ledger: number | null;
  /** Billionths of a dollar paid, by the names of the workers' logs. */
  readonly logs: Readonly<Record<string, number>>;
  /** Bytes of the segments of answers, by their names. */
  readonly answers: Readonly<Record<string, number>>;
}

const sealFile = (folder: string): string => join(folder, 'paid.json');

const bytesOf = (file: string): number | null => (existsSync(file) ? statSync(file).size : null);

const namesIn = (folder: string, path: string): string => relative(folder, path).split(sep).join('/');

const answersIn = (folder: string): Readonly<Record<string, number>> => {
  const answers = join(folder, 'answers');
  const names = existsSync(answers) ? readdirSync(answers).filter((name) => name.endsWith('.segment')) : [];
  return Object.fromEntries(names.map((name) => [`answers/${name}`, statSync(join(answers, name)).size]));
};

/** Notes how far the answers and the ledgers of a folder go; does nothing where there are none. */
export const sealPaid = async (folder: string): Promise<void> => {
  const logs = inspectSpendLogs(folder);
  const seal: PaidSeal = {
    ledger: bytesOf(ledgerFile(folder)),
    logs: Object.fromEntries(logs.map(({ path, paid }) => [namesIn(folder, path), paid])),
    answers: answersIn(folder),
  };
  if (seal.ledger === null && logs.length === 0 && Object.keys(seal.answers).length === 0) return;
  await writeSealedJson(sealFile(folder), seal, 2);
};

const linesOf = (count: number): string =>
  `has ${count} damaged ${count === 1 ? 'line' : 'lines'}, whose ${count === 1 ? 'amount is' : 'amounts are'} not counted`;

/**
 * Holds a folder of answers against what it held when the last run ended, its ledgers against their checksums, and the
 * records of batches against their seals. The answers themselves are checked where they are read. Paths are within the
 * folder.
 */
export const findPaidDamage = (folder: string): Damage[] => {
  const damage: Damage[] = [];
  const note = (path: string, reason: string) => damage.push({ path: namesIn(folder, path), reason });
  const seal = readSealedJsonIfSound<PaidSeal>(sealFile(folder), (reason) =>
    note(sealFile(folder), reason.slice(sealFile(folder).length + 1)),
  );

  const ledger = ledgerFile(folder);
  const bytes = bytesOf(ledger);
  const damaged = bytes === null ? 0 : verifySpendLedger(ledger);
  if (damaged > 0) note(ledger, linesOf(damaged));
  else if ((bytes ?? 0) < (seal?.ledger ?? 0))
    note(ledger, bytes === null ? 'is missing' : `has ${bytes} bytes, expected at least ${seal!.ledger}`);

  const paidIn = new Map<string, number>();
  for (const log of inspectSpendLogs(folder)) {
    paidIn.set(namesIn(folder, log.path), log.paid);
    if (log.damaged > 0) note(log.path, linesOf(log.damaged));
  }
  for (const [name, sealed] of Object.entries(seal?.logs ?? {})) {
    if (damage.some(({ path }) => path === name)) continue;
    const paid = paidIn.get(name);
    if (paid === undefined) damage.push({ path: name, reason: 'is missing' });
    else if (paid < sealed) damage.push({ path: name, reason: 'has lost its last lines' });
  }

  const answers = answersIn(folder);
  for (const [path, sealed] of Object.entries(seal?.answers ?? {})) {
    const bytes = answers[path];
    if (bytes === undefined) damage.push({ path, reason: 'is missing: its answers will be asked for again' });
    else if (bytes < sealed)
      damage.push({
        path,
        reason: `has ${bytes} bytes, expected ${sealed}: what is lost will be asked for again`,
      });
  }

  const states = existsSync(folder)
    ? readdirSync(folder).filter((name) => /^batches-.*\.json$/.test(name))
    : [];
  for (const name of states) {
    const path = join(folder, name);
    readSealedJsonIfSound(path, (reason) => note(path, reason.slice(path.length + 1)));
  }
  return damage;
};
