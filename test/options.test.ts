import { readdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { estimateChat, openAiCompatible } from '../src/annotation/index.js';
import {
  flattenObject,
  normalizedTreeEditDistance,
  treeEditDistance,
  treeEditMapping,
} from '../src/ast/index.js';
import { TransformerEncoder } from '../src/encoders/index.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** `numerics` is internal. */
const ROOMS_WITHOUT = new Set(['numerics']);
const faces = readdirSync(resolve(root, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !ROOMS_WITHOUT.has(entry.name))
  .map((entry) => resolve(root, 'src', entry.name, 'index.ts'))
  .concat(resolve(root, 'src/losses/host/index.ts'));

/** Where a function takes an object of options. */
interface Taker {
  readonly face: string;
  readonly name: string;
  /** A static method of the class `name`. */
  readonly method: string | null;
  readonly position: number;
}

const config = ts.readConfigFile(resolve(root, 'tsconfig.json'), ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
const program = ts.createProgram(faces, options);
const checker = program.getTypeChecker();

/** Options have names that a caller may leave out, or a type called so; objects of data have not. */
const takesOptions = (parameter: ts.Symbol): boolean => {
  const declaration = parameter.valueDeclaration;
  if (declaration === undefined || !ts.isParameter(declaration)) return false;
  const type = checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(parameter, declaration));
  return (
    (declaration.name.getText() === 'options' || /Options\b/.test(declaration.type?.getText() ?? '')) &&
    type.getProperties().length > 0 &&
    type.getCallSignatures().length === 0
  );
};

const takersOf = (face: string): Taker[] => {
  const module = checker.getSymbolAtLocation(program.getSourceFile(face)!)!;
  return checker.getExportsOfModule(module).flatMap((exported): Taker[] => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const declaration = symbol.valueDeclaration;
    if (declaration === undefined) return [];
    const type = checker.getTypeOfSymbolAtLocation(symbol, declaration);
    const find = (signatures: readonly ts.Signature[], method: string | null): Taker[] => {
      const position = signatures[0]?.getParameters().findIndex(takesOptions) ?? -1;
      return position < 0 ? [] : [{ face, name: exported.name, method, position }];
    };
    if (!ts.isClassDeclaration(declaration)) return find(type.getCallSignatures(), null);
    return type.getProperties().flatMap((member) => {
      const method = member.valueDeclaration;
      if (method === undefined || !ts.isMethodDeclaration(method)) return [];
      return find(checker.getTypeOfSymbolAtLocation(member, method).getCallSignatures(), member.name);
    });
  });
};

const takers = faces.flatMap(takersOf);

describe('options', () => {
  it('are found in every room that has some', () => {
    expect(new Set(takers.map(({ face }) => face)).size).toBeGreaterThan(8);
    expect(takers.length).toBeGreaterThan(70);
  });

  it.each(
    takers.map(
      (taker) => [`${taker.name}${taker.method === null ? '' : `.${taker.method}`}`, taker] as const,
    ),
  )(
    'unknown to %s are refused by name, before anything else',
    async (_, { face, name, method, position }) => {
      const module = (await import(pathToFileURL(face).href)) as Record<string, unknown>;
      const owner = module[name] as Record<string, (...args: unknown[]) => unknown>;
      const taker = (method === null ? owner : owner[method]) as (...args: unknown[]) => unknown;
      const call = async () => {
        const result = await taker.call(owner, ...new Array(position).fill(undefined), { unheardOf: 1 });
        // A generator's body begins with its first step.
        if (typeof (result as Iterator<unknown>)?.next === 'function')
          await (result as Iterator<unknown>).next();
      };
      await expect(call()).rejects.toThrow(
        `${name}${method === null ? '' : `.${method}`} has no option unheardOf`,
      );
    },
  );

  const [a, b] = [flattenObject({ label: 'a' }), flattenObject({ label: 'b' })];
  const service = { baseUrl: 'http://127.0.0.1:1/v1', model: 'm' };
  const price = { promptPerMilion: 1 } as never;
  it.each<[string, () => unknown, string]>([
    [
      'costs',
      () => treeEditDistance(a, b, { inser: 2 } as never),
      'costs has no option inser: did you mean insert?',
    ],
    ['costs of a mapping', () => treeEditMapping(a, b, { renam: 2 } as never), 'did you mean rename?'],
    [
      'costs by node',
      () => treeEditDistance(a, b, { byNode: true, pairs: () => 1 } as never),
      'did you mean pair?',
    ],
    [
      'costs of a normalized distance',
      () => normalizedTreeEditDistance(a, b, { costs: { Delete: 2 } as never }),
      'did you mean delete?',
    ],
    ['costs that are no object', () => treeEditDistance(a, b, 2 as never), 'takes an object of options'],
    ['retry', () => openAiCompatible({ ...service, retry: { base: 1 } as never }), 'did you mean baseMs?'],
    [
      'prefixes',
      () => openAiCompatible({ ...service, prefixes: { documents: '' } as never }),
      'did you mean document?',
    ],
    [
      'prices',
      () => openAiCompatible({ ...service, prices: { embeddings: price } as never }),
      'did you mean embedding?',
    ],
    [
      'prices.chat',
      () => openAiCompatible({ ...service, prices: { chat: price } }),
      'did you mean promptPerMillion?',
    ],
    ['prices of an estimate', () => estimateChat([], { prices: price }), 'did you mean promptPerMillion?'],
    [
      'lora',
      () => TransformerEncoder.random({ texts: ['a'], lora: { ranks: 2 } as never }),
      'lora has no option ranks: did you mean rank?',
    ],
  ])('with an unknown name inside are refused as well: %s', async (_, call, message) => {
    await expect(async () => call()).rejects.toThrow(message);
  });
});
