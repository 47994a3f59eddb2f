import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { sharedName } from '../engine/shared-name.js';

const folder = mkdtempSync(join(tmpdir(), 'shared-name-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('sharedName', () => {
  it('is one name, however often it is asked for, and leaves nothing else behind', () => {
    const path = join(folder, 'once', 'deep', 'queue.id');
    const name = sharedName(path);
    expect(name).toMatch(/^[0-9a-f]{12}$/);
    expect(sharedName(path)).toBe(name);
    expect(readdirSync(join(folder, 'once', 'deep'))).toEqual(['queue.id']);
  });

  it('waits for a name that another process has begun to write', async () => {
    const path = join(folder, 'begun.id');
    const script = `const fs = require('fs'); fs.writeFileSync(${JSON.stringify(path)}, '');
      console.log('begun'); setTimeout(() => fs.writeFileSync(${JSON.stringify(path)}, '0123456789ab'), 300);`;
    const other = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(other.stdout, 'data');
    expect(sharedName(path)).toBe('0123456789ab');
    await once(other, 'close');
  });

  it('is written in place where a file system has no hard links', async () => {
    const path = join(folder, 'without-links', 'queue.id');
    vi.resetModules();
    vi.doMock('node:fs', async (original) => ({
      ...(await original<typeof import('node:fs')>()),
      linkSync: () => {
        throw Object.assign(new Error('operation not permitted, link'), { code: 'EPERM' });
      },
    }));
    try {
      const { sharedName: withoutLinks } = await import('../engine/shared-name.js');
      const name = withoutLinks(path);
      expect(name).toMatch(/^[0-9a-f]{12}$/);
      expect(withoutLinks(path)).toBe(name);
      expect(sharedName(path)).toBe(name);
      expect(readdirSync(join(folder, 'without-links'))).toEqual(['queue.id']);
    } finally {
      vi.doUnmock('node:fs');
    }
  });

  it('refuses a file that holds no name', () => {
    const path = join(folder, 'other.id');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, 'not a name');
    expect(() => sharedName(path)).toThrow(
      /other\.id must hold a name of 12 hexadecimal digits, received "not a name"/,
    );
  });
});
