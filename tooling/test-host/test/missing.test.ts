import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { cannot, lacks, lacksFile } from '../src/index.js';

describe('a missing program', () => {
  const written: unknown[] = [];

  beforeEach(() => {
    written.length = 0;
    vi.stubEnv('CI', '');
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(text) > 0);
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it('is named in a line, with the package to install', () => {
    vi.stubEnv('PATH', '/nonexistent');
    expect(lacks('ip', 'curl')).toBe(true);
    expect(written).toEqual([
      'SKIP tests left out: missing ip, curl (apt-get install iproute2 curl)\n',
    ]);
  });

  it('is an error with CI=true', () => {
    vi.stubEnv('CI', 'true');
    vi.stubEnv('PATH', '/nonexistent');
    expect(() => lacks('curl')).toThrow('missing curl');
    expect(() => lacksFile('/nonexistent/tool', 'make tool')).toThrow('run: make tool');
    expect(() => cannot('false')).toThrow('fails to false');
  });

  it('is not reported once it is installed', () => {
    expect(lacks('sh', 'cat')).toBe(false);
    expect(lacksFile('/', 'nothing')).toBe(false);
    expect(cannot('true')).toBe(false);
    expect(written).toEqual([]);
  });
});
