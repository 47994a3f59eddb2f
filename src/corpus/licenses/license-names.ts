/** Names that several licenses share: the text beside the manifest says which. */
const FAMILY =
  /^(?:the |gnu )?(?:bsd|(?:l|a)?gpl|(?:lesser |library |affero )?general public|creative commons|cc|artistic|eclipse public|mozilla public|common public)(?:[- ](?:like|style))?(?: licen[cs]e)?(?: \([\w ]+\))?$/i;

const GNU = /\b(?:gnu|[la]?gpl(?:v?\d|\b))/i;

/** `GNU Lesser General Public License v2 or later (LGPLv2+)`, `GPL v3`. */
const gnuLicense = (name: string): string | null => {
  const version = /(?:^|[^\d.])v?(?:ersion )?([123])(?:\.([01]))?(?![\d.])/i.exec(name.replace(/GPL/gi, ' '));
  if (version === null || /with|exception|\bcddl\b|[/&]| \+ |\bor (?!later|newer|any)|\band\b/i.test(name))
    return null;
  const family = /affero|agpl/i.test(name) ? 'AGPL' : /lesser|library|lgpl/i.test(name) ? 'LGPL' : 'GPL';
  const isOpen = /or (?:later|newer|any later|\(at your option\))|\+\)?\s*$/i.test(name);
  return `${family}-${version[1]}.${version[2] ?? '0'}-${isOpen ? 'or-later' : 'only'}`;
};

/** Names that manifests and PyPI's classifiers use, and that mean one license. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^isc licen[cs]e \(iscl\)$/i, 'ISC'],
  [/^python software foundation(?: licen[cs]e)?$/i, 'PSF-2.0'],
  [/^eclipse public licen[cs]e[ -]*(?:v(?:ersion)?\.? ?)?1\.0(?: \(epl-1\.0\))?$/i, 'EPL-1.0'],
  [/^eclipse public licen[cs]e[ -]*(?:v(?:ersion)?\.? ?)?2\.0(?: \(epl-2\.0\))?$/i, 'EPL-2.0'],
  [/^(?:edl 1\.0|eclipse distribution licen[cs]e[ -]*(?:v(?:ersion)?\.? ?)?1\.0)$/i, 'BSD-3-Clause'],
  [/^mozilla public licen[cs]e 1\.1 \(mpl 1\.1\)$/i, 'MPL-1.1'],
];

/**
 * The SPDX id of a license that is named in words which `spdx-correct` mistakes; null for a name of many licenses, undefined
 * for any other.
 */
export const namedLicense = (name: string): string | null | undefined => {
  if (FAMILY.test(name)) return null;
  return (
    NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? (GNU.test(name) ? gnuLicense(name) : undefined)
  );
};
