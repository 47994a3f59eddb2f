import type { RepositorySource } from '../sources/repository-source.js';
import { identifyLicense } from './identify-license.js';
import { licenseExpression } from './license-expression.js';

/** A file by whose name a license may be told. */
export const LICENSE_FILE =
  /^(?:un)?(?:licen[cs]e|copying)(?:[-_.](?:[\w-]+))?(?:\.(?:md|txt|rst|markdown))?$/i;

const MANIFEST =
  /^(?:package\.json|composer\.json|Cargo\.toml|pyproject\.toml|setup\.cfg|setup\.py|pom\.xml|[\w.-]+\.(?:gemspec|csproj|nuspec|podspec))$/;

/** True for a file that may tell the license of its folder. */
export const tellsLicense = (name: string): boolean => MANIFEST.test(name) || LICENSE_FILE.test(name);

const ofJson = (text: string): string | null => {
  const { license, licenses }: { license?: unknown; licenses?: unknown } = JSON.parse(text);
  const given = license ?? licenses;
  // Older manifests hold an object or a list of them; composer's list is a choice.
  const names = (Array.isArray(given) ? given : [given]).map((one: unknown) =>
    typeof one === 'object' && one !== null ? (one as { type?: unknown }).type : one,
  );
  if (names.length === 0 || !names.every((name) => typeof name === 'string')) return null;
  const ids = names.map((name) => licenseExpression(name as string));
  return ids.includes(null) ? null : ids.join(' OR ');
};

/** Where each kind of manifest says it. */
const PATTERNS: readonly (readonly [RegExp, RegExp])[] = [
  [/\.toml$/, /^\s*license\s*=\s*(?:\{\s*text\s*=\s*)?["']([^"'\n]+)["']/m],
  [/\.cfg$/, /^license\s*[=:]\s*(\S[^\n]*)$/m],
  [/\.py$/, /\blicense\s*=\s*["']([^"'\n]+)["']/],
  [/\.(csproj|nuspec)$/, /<(?:PackageLicenseExpression|license type="expression")>\s*([^<]+?)\s*</],
  [/\.(gemspec|podspec)$/, /\.licenses?\s*=\s*[^"'\n]*?["']([^"'\n]+)["']/],
];

/** Several licenses in a list are a choice; one that is unknown leaves the whole unknown. */
const choiceOf = (names: readonly string[]): string | null => {
  const ids = names.map(licenseExpression);
  return ids.length === 0 || ids.includes(null) ? null : [...new Set(ids)].join(' OR ');
};

const ofPom = (text: string): string | null => {
  const list =
    /<licenses>([\s\S]{0,20000}?)<\/licenses>/.exec(text.replace(/<!--[\s\S]*?-->/g, ''))?.[1] ?? '';
  return choiceOf([...list.matchAll(/<name>\s*([^<]+?)\s*<\/name>/g)].map(([, name]) => name!));
};

const ofManifest = (name: string, text: string): string | null => {
  if (name.endsWith('.json')) return ofJson(text);
  if (name.endsWith('.xml')) return ofPom(text);
  const pattern = PATTERNS.find(([kind]) => kind.test(name))?.[1];
  const named = pattern?.exec(text)?.[1];
  const found = named === undefined ? null : licenseExpression(named);
  if (found !== null) return found;
  const classifiers = [...text.matchAll(/License :: OSI Approved :: ([^"'\n]+)/g)];
  return choiceOf(classifiers.map(([, classifier]) => classifier!.trim().replace(/\s+License$/, '')));
};

const BYTES = 1 << 18;

const licenseIn = async (
  source: RepositorySource,
  folder: string,
  names: readonly string[],
): Promise<string | null> => {
  const textOf = async (name: string): Promise<string | null> => {
    const bytes = await source.read(folder === '' ? name : `${folder}/${name}`, BYTES);
    return typeof bytes === 'string' ? null : new TextDecoder().decode(bytes);
  };
  // What a manifest says is meant for tools; a text says it where no manifest does.
  for (const name of names.filter((one) => MANIFEST.test(one)).sort()) {
    try {
      const text = await textOf(name);
      const found = text === null ? null : ofManifest(name, text);
      if (found !== null) return found;
    } catch {
      // A manifest that does not parse names no license.
    }
  }
  const found = new Set<string>();
  for (const name of names.filter((one) => !MANIFEST.test(one) && LICENSE_FILE.test(one)).sort()) {
    const id = identifyLicense((await textOf(name)) ?? '');
    if (id !== null) found.add(id);
  }
  // LICENSE-MIT beside LICENSE-APACHE is a choice.
  return found.size === 0 ? null : [...found].sort().join(' OR ');
};

/** The licenses of a repository's folders. */
export interface FolderLicenses {
  /** That of a file: of the nearest folder around it that names one, or null. */
  of(path: string): string | null;
}

/**
 * Reads what manifests and license files say, folder by folder: in a repository of many packages each has its own.
 *
 * @param files Names of files that may tell a license, by folder.
 */
export const readLicenses = async (
  source: RepositorySource,
  files: ReadonlyMap<string, readonly string[]>,
): Promise<FolderLicenses> => {
  const licenses = new Map<string, string>();
  for (const [folder, names] of files) {
    const found = await licenseIn(source, folder, names);
    if (found !== null) licenses.set(folder, found);
  }
  return {
    of(path) {
      for (let at = path.lastIndexOf('/'); at >= 0; at = path.lastIndexOf('/', at - 1)) {
        const found = licenses.get(path.slice(0, at));
        if (found !== undefined) return found;
        if (at === 0) break;
      }
      return licenses.get('') ?? null;
    },
  };
};

/** What a file's own header says: `SPDX-License-Identifier: MIT`, or null. */
export const headerLicense = (text: string): string | null => {
  const [, id] =
    /SPDX-License-Identifier:[ \t]*([\w.+\-() ]{1,200}?)[ \t]*(?:\*\/|-->|["']|\r?\n|$)/.exec(
      text.slice(0, 4000),
    ) ?? [];
  return id === undefined ? null : licenseExpression(id);
};
