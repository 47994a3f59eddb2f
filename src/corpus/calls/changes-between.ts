import { isDeepStrictEqual } from 'node:util';
import type { Changes } from './reads.js';
import type { CalledFunction, CallFacts } from './target.js';

/** All that other files' calls may depend on in a function, whatever its place in the file. */
const faceOf = ({ name, qualifiedName, className, signature, head }: CalledFunction): string => {
  const { kind, owner, ownerIsClass, isLexical, isFileLocal, arity } = head;
  const parts = [name, qualifiedName, className, signature, kind, owner, ownerIsClass];
  return JSON.stringify([...parts, isLexical, isFileLocal, arity]);
};

/** What a file shows to others, by the names under which {@link Reads} log it. */
const facesOf = (facts: CallFacts | undefined): Map<string, string[]> => {
  const faces = new Map<string, string[]>();
  if (facts === undefined) return faces;
  const add = (name: string, face: string): void => {
    const known = faces.get(name);
    if (known === undefined) faces.set(name, [face]);
    else known.push(face);
  };
  const functions = facts.functions.map(faceOf);
  facts.functions.forEach(({ name, className }, local) => {
    add(name, functions[local]!);
    if (className !== null) add(`${className}.${name}`, functions[local]!);
  });
  for (const [name, local] of facts.scopes[0]?.names ?? [])
    add(name, `declared ${functions[local] ?? 'otherwise'}`);
  for (const [name, { superTypes, fields }] of facts.classes)
    add(name, `class ${JSON.stringify([superTypes, [...fields]])}`);
  return faces;
};

/** A file before and after a change; undefined where it was not there. */
export interface ChangedFile {
  readonly path: string;
  readonly before: CallFacts | undefined;
  readonly after: CallFacts | undefined;
  /** True where its rules changed with its language. */
  readonly isOtherLanguage: boolean;
}

/** What other files may notice of changes to some. */
export const changesBetween = (files: Iterable<ChangedFile>): Changes => {
  const names = new Set<string>();
  const links = new Set<string>();
  const places = new Set<string>();
  for (const { path, before, after, isOtherLanguage } of files) {
    const [old, now] = [facesOf(before), facesOf(after)];
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      if (isOtherLanguage || !isDeepStrictEqual(old.get(name), now.get(name))) names.add(name);
    }
    if (isOtherLanguage || !isDeepStrictEqual(before?.links, after?.links)) links.add(path);
    if (before !== undefined && after !== undefined) continue;
    const slash = path.lastIndexOf('/');
    places
      .add(path)
      .add(path.slice(0, Math.max(0, slash)))
      .add(path.slice(slash + 1));
  }
  return { names, links, places };
};

/**
 * Where the functions of a file stand after a change, by name and order among those of the name; -1 for those that are
 * gone.
 */
export const movedFunctions = (before: CallFacts, after: CallFacts | undefined): Int32Array => {
  const places = new Map<string, number[]>();
  after?.functions.forEach(({ name }, local) => {
    const known = places.get(name);
    if (known === undefined) places.set(name, [local]);
    else known.push(local);
  });
  const taken = new Map<string, number>();
  return Int32Array.from(before.functions, ({ name }) => {
    const at = taken.get(name) ?? 0;
    taken.set(name, at + 1);
    return places.get(name)?.[at] ?? -1;
  });
};
