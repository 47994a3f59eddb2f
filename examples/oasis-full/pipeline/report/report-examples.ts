import type { DocstringRow } from 'oasis-embed/annotation';
import type { StoredFunction } from '../../corpus/stored-function.js';
import type { RefinementRow } from '../../refinement/refinement-rows.js';
import { jsonLinesById, readJsonLines } from '../../store/json-lines.js';
import type { RunFolder } from '../../store/run-folder.js';
import type { RefinementSummary } from '../stages/refinement.js';

const EXAMPLES = 8;

const codeReference = (fn: StoredFunction) => ({
  name: fn.qualifiedName,
  repository: fn.repository,
  path: fn.path,
  line: fn.startLine,
  language: fn.language,
  code: fn.code,
});

/** `count` places of `size`, evenly spread. */
const evenPlaces = (size: number, count: number): Set<number> => {
  const shown = Math.min(count, size);
  return new Set(Array.from({ length: shown }, (_, i) => Math.floor((i * size) / shown)));
};

/** Raised labels first, then suspects that the judge kept: a reader should see both. */
const exampleRows = async (folder: RunFolder, { rules }: RefinementSummary): Promise<RefinementRow[]> => {
  const total = (name: 'raised' | 'kept') => rules.reduce((sum, rule) => sum + rule[name], 0);
  const kinds = [
    { verdict: 'raise', places: evenPlaces(total('raised'), EXAMPLES - 2), seen: 0, rows: [] },
    { verdict: 'keep', places: evenPlaces(total('kept'), 2), seen: 0, rows: [] },
  ] as { verdict: string; places: Set<number>; seen: number; rows: RefinementRow[] }[];
  for await (const row of readJsonLines<RefinementRow>(folder.path('refinement'))) {
    const kind = kinds.find(({ verdict }) => verdict === row.verdict);
    if (kind?.places.has(kind.seen++)) kind.rows.push(row);
  }
  return kinds.flatMap((kind) => kind.rows);
};

/** What the refinement changed, and what it left: a few suspects with both codes and what was said of them. */
export const examplesOf = async (folder: RunFolder, refinement: RefinementSummary) => {
  const chosen = await exampleRows(folder, refinement);
  const positiveOf = (row: RefinementRow) => row.positive_id ?? row.query_id;
  const byId = await jsonLinesById<StoredFunction>(
    folder.path('functions'),
    new Set(chosen.flatMap((row) => [row.query_id, positiveOf(row), row.document_id])),
  );
  const docstrings = await jsonLinesById<DocstringRow>(
    folder.path('docstrings'),
    new Set(chosen.map((row) => row.query_id)),
  );
  return chosen.flatMap((row) => {
    const asking = byId.get(row.query_id);
    const positive = byId.get(positiveOf(row));
    const candidate = byId.get(row.document_id);
    if (asking === undefined || positive === undefined || candidate === undefined) return [];
    const verdict =
      row.verdict === 'raise'
        ? ('accepted' as const)
        : row.verdict === 'keep'
          ? ('rejected' as const)
          : ('invalid' as const);
    return [
      {
        query: docstrings.get(asking.id)!.docstring!,
        positive: codeReference(positive),
        candidate: codeReference(candidate),
        before: row.before,
        after: row.after,
        rule: row.rules.join(' + '),
        verdict,
        ...(row.note === null ? {} : { reason: row.note }),
        ...(row.treeRatio === null ? {} : { treeRatio: row.treeRatio }),
      },
    ];
  });
};
