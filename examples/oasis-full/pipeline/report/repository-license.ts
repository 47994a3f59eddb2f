import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const LONGEST = 60;

/**
 * The license that a repository names, in its package.json or in the title of its license file; null where it names
 * none. What a title says is shown, not interpreted.
 */
export const repositoryLicense = (root: string): string | null => {
  try {
    const manifest = join(root, 'package.json');
    if (existsSync(manifest)) {
      const { license }: { license?: unknown } = JSON.parse(readFileSync(manifest, 'utf8'));
      if (typeof license === 'string' && license.trim() !== '') return license.trim().slice(0, LONGEST);
    }
    const file = readdirSync(root).find((name) => /^(licen[cs]e|copying)(\.\w+)?$/i.test(name));
    if (file === undefined || !statSync(join(root, file)).isFile()) return null;
    const title = readFileSync(join(root, file), 'utf8')
      .split('\n')
      .map((line) => line.replace(/^[#\s]+/, '').trim())
      .find((line) => line !== '');
    return title === undefined ? null : title.slice(0, LONGEST);
  } catch {
    // An unreadable license is none that could be shown.
    return null;
  }
};
