import { createHash } from 'node:crypto';
import { basename, isAbsolute } from 'node:path';
import type { Embedder } from 'oasis-embed/annotation';
import { agreementJudge, type Judge } from 'oasis-embed/refinement';
import { loadLocalEmbedder } from './local-embedder.js';
import { localModelFolder } from './model-folders.js';

/** Places that are tried. */
const RANKS = [1, 3, 10];

/** Embeds each text once, however many judges ask. */
const remembering = (name: string, model: Embedder): Embedder => {
  const known = new Map<string, Float32Array>();
  return {
    name,
    async embed(texts, options = {}) {
      const key = (text: string) => `${options.role} ${text}`;
      const fresh = [...new Set(texts)].filter((text) => !known.has(key(text)));
      if (fresh.length > 0) {
        const { data, columns } = await model.embed(fresh, options);
        fresh.forEach((text, i) => {
          known.set(key(text), data.slice(i * columns, (i + 1) * columns));
        });
      }
      const rows = texts.map((text) => known.get(key(text))!);
      const columns = rows[0]?.length ?? 0;
      const data = new Float32Array(rows.length * columns);
      rows.forEach((row, i) => {
        data.set(row, i * columns);
      });
      return { data, rows: rows.length, columns };
    },
  };
};

/** The same functions in every run: by the digest of their code. */
const drawn = <T extends { readonly code: string }>(functions: readonly T[], count: number): T[] => {
  const digest = ({ code }: T) => createHash('sha256').update(code).digest('hex');
  return functions
    .map((fn) => ({ fn, order: digest(fn) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .slice(0, count)
    .map(({ fn }) => fn);
};

/** Judges by the agreement of local models, together, at several ranks. */
export interface AgreementJudges {
  readonly judges: readonly Judge[];
  close(): Promise<void>;
}

/** Opens models that judge by agreement, and draws the functions that they rank among. */
export const openAgreementJudges = async (
  models: readonly string[],
  functions: readonly { readonly code: string; readonly docstring: string }[],
  poolSize: number,
): Promise<AgreementJudges> => {
  const pool = drawn(functions, poolSize);
  const opened: { close(): Promise<void> }[] = [];
  const teachers: Embedder[] = [];
  for (const name of models) {
    const model = await loadLocalEmbedder(isAbsolute(name) ? name : await localModelFolder(name));
    opened.push(model);
    teachers.push(remembering(basename(name), model));
  }
  const texts = {
    queries: [...new Set(pool.map(({ docstring }) => docstring))],
    documents: [...new Set(pool.map(({ code }) => code))],
  };
  return {
    judges: RANKS.map((rank) => agreementJudge(teachers, texts, { rank })),
    async close() {
      for (const model of opened) await model.close();
    },
  };
};
