import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import {
  analyzeRepository,
  dropReason,
  identifyLicense,
  repositoryLicense,
} from '../../../src/corpus/index.js';
import { functionWith } from '../code-function.js';
import { folderOf } from '../repository-folder.js';

/** The texts of all licenses that SPDX lists. */
const texts: Readonly<Record<string, { readonly licenseText?: string }>> = createRequire(import.meta.url)(
  'spdx-license-list/full',
);

/** Ids whose text is that of another, or differs by what the text does not decide. */
const sameText = (id: string): string =>
  id
    .replace(/^((?:A|L)?GPL-\d\.\d).*$/, '$1-only')
    .replace('MPL-2.0-no-copyleft-exception', 'MPL-2.0')
    .replace('BSD-2-Clause-NetBSD', 'BSD-2-Clause')
    .replace('Python-2.0.1', 'Python-2.0');

const text = (id: string): string => texts[id]!.licenseText!;

describe('identifyLicense', () => {
  it("tells SPDX's own text of each license that it knows, and takes no other for one", () => {
    const told = Object.entries(texts).flatMap(([id, { licenseText = '' }]) => {
      const found = identifyLicense(licenseText);
      return found === null ? [] : [[sameText(id), found]];
    });
    expect(told.filter(([id, found]) => id !== found)).toEqual([]);
    const known = new Set(told.map(([, found]) => found));
    const common =
      'MIT MIT-0 ISC 0BSD BSD-2-Clause BSD-3-Clause BSD-4-Clause Apache-2.0 MPL-1.1 MPL-2.0 GPL-2.0-only GPL-3.0-only LGPL-2.0-only LGPL-2.1-only LGPL-3.0-only AGPL-3.0-only Unlicense BSL-1.0 CC0-1.0 CC-BY-4.0 CC-BY-SA-4.0 Zlib WTFPL EPL-1.0 EPL-2.0 Artistic-2.0 PSF-2.0 Python-2.0 CDDL-1.0 PostgreSQL curl';
    expect([...known].sort()).toEqual(common.split(' ').sort());
  });

  it('does not mind titles, names, line breaks and marks', () => {
    const mit = text('MIT').replace(/\s+/g, '\n').replace('<year>', '2010-2020').replace(/"/g, '“');
    expect(identifyLicense(`# The license\n\n${mit}`)).toBe('MIT');
    expect(identifyLicense(`${text('MIT')}\n"Commons Clause" License Condition v1.0`)).toBeNull();
  });
});

describe('licenses of a repository', () => {
  it('are what manifests say, else what license texts say', async () => {
    const of = async (files: Readonly<Record<string, string>>) => repositoryLicense(await folderOf(files));
    expect(await of({ 'package.json': '{"license":"Apache 2.0"}', LICENSE: text('MIT') })).toBe('Apache-2.0');
    expect(
      await of({
        'package.json': '{"license":"SEE LICENSE IN x"}',
        LICENSE: `Copyright 2010 X\n${text('BSD-3-Clause')}`,
      }),
    ).toBe('BSD-3-Clause');
    expect(await of({ 'package.json': '{"licenses":[{"type":"MIT"},{"type":"GPL-2.0"}]}' })).toBe(
      'MIT OR GPL-2.0',
    );
    expect(await of({ 'Cargo.toml': '[package]\nlicense = "MIT/Apache-2.0"' })).toBe('MIT OR Apache-2.0');
    expect(await of({ 'pyproject.toml': '[project]\nlicense = {text = "MIT"}' })).toBe('MIT');
    expect(await of({ 'setup.py': "setup(classifiers=['License :: OSI Approved :: MIT License'])" })).toBe(
      'MIT',
    );
    expect(
      await of({
        'pom.xml': '<licenses>\n<license><name>Apache License, Version 2.0</name></license></licenses>',
      }),
    ).toBe('Apache-2.0');
    expect(await of({ 'LICENSE-MIT': text('MIT'), 'LICENSE-APACHE.txt': text('Apache-2.0') })).toBe(
      'Apache-2.0 OR MIT',
    );
    expect(
      await of({ LICENSE: 'Copyright 2010 Someone. All rights reserved.', 'package.json': '{' }),
    ).toBeNull();
  });

  it('are named by no name that several licenses share, and by each of a list', async () => {
    const of = async (files: Readonly<Record<string, string>>) => repositoryLicense(await folderOf(files));
    const setup = (...classifiers: string[]) =>
      `setup(classifiers=[${classifiers.map((one) => `"License :: OSI Approved :: ${one}"`).join(', ')}])`;
    expect(await of({ 'setup.py': setup('BSD License') })).toBeNull();
    expect(await of({ 'setup.py': setup('BSD License'), LICENSE: text('BSD-3-Clause') })).toBe(
      'BSD-3-Clause',
    );
    expect(await of({ 'setup.py': setup('MIT License', 'Apache Software License') })).toBe(
      'MIT OR Apache-2.0',
    );
    expect(await of({ 'setup.py': setup('GNU General Public License v2 or later (GPLv2+)') })).toBe(
      'GPL-2.0-or-later',
    );
    expect(await of({ 'setup.py': setup('GNU Lesser General Public License v3 (LGPLv3)') })).toBe(
      'LGPL-3.0-only',
    );
    expect(await of({ 'package.json': '{"license":"GPL"}' })).toBeNull();
    expect(
      await of({ 'package.json': '{"license":"MIT AND (GPL-2.0-only WITH Classpath-exception-2.0)"}' }),
    ).toBe('MIT AND (GPL-2.0-only WITH Classpath-exception-2.0)');
    const pom = (...names: string[]) =>
      `<project><licenses><!-- <license><name>MIT</name></license> -->${names
        .map((name) => `<license>\n<name>${name}</name><url>x</url></license>`)
        .join('')}</licenses></project>`;
    expect(await of({ 'pom.xml': pom('Eclipse Public License - v 2.0') })).toBe('EPL-2.0');
    expect(await of({ 'pom.xml': pom('EPL-2.0', 'The Apache Software License, Version 2.0') })).toBe(
      'EPL-2.0 OR Apache-2.0',
    );
    expect(await of({ 'pom.xml': pom('CDDL + GPLv2 with classpath exception') })).toBeNull();
  });

  it('are those of the nearest folder, unless a file says its own', async () => {
    const root = await folderOf({
      'package.json': '{"license":"MIT"}',
      'a.js': 'function a() {}',
      'b/package.json': '{"license":"ISC"}',
      'b/src/b.js': 'function b() {}',
      'b/src/c.js': '/* SPDX-License-Identifier: GPL-2.0-only */\nfunction c() {}',
    });
    const { license, functions } = await analyzeRepository(root);
    expect(license).toBe('MIT');
    expect(functions.map((found) => [found.name, found.license])).toEqual([
      ['a', 'MIT'],
      ['b', 'ISC'],
      ['c', 'GPL-2.0-only'],
    ]);
  });

  it('pass a filter that accepts one side of an OR, both of an AND', () => {
    const licenses = ['MIT', 'Apache-2.0', 'GPL-2.0 WITH Classpath-exception-2.0'];
    const rules = { licenses, minDocstringTokens: 0, minCodeLines: 0 };
    const reason = (license?: string | null) =>
      dropReason(functionWith(license === undefined ? {} : { license }), rules);
    for (const license of [
      'MIT',
      'GPL-3.0-only OR MIT',
      'MIT AND Apache-2.0',
      'GPL-2.0 WITH Classpath-exception-2.0',
    ])
      expect(reason(license), license).toBeNull();
    for (const license of ['GPL-3.0-only', 'MIT AND GPL-3.0-only', 'GPL-2.0', 'no license', null, undefined])
      expect(reason(license), String(license)).toBe('other-license');
  });
});
