import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pagePath, pageWith, readFigures } from '../bench/scale/extrapolate.js';

describe('docs/scaling.md', () => {
  it('holds the tables that bench/scale/extrapolation.json gives', () => {
    const page = readFileSync(pagePath, 'utf8');
    expect(pageWith(page, readFigures())).toBe(page);
  });
});
