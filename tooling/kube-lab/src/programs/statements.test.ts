import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { statementsOf } from './statements.js';

const source = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8');

describe('statementsOf', () => {
  it('leaves comments and empty lines out', () => {
    const script = '#!/bin/sh\n# What it does.\nset -eu\n\n  # Why.\n  echo "$#" # here\n#\n';
    expect(statementsOf(script)).toBe('set -eu\necho "$#" # here');
    const code = '// What it does.\n#include <a.h>\n  // Why.\n  a();\n';
    expect(statementsOf(code)).toBe('#include <a.h>\na();');
  });

  it('leaves a script that the shell accepts', () => {
    const statements = statementsOf(source('build-kubernetes.sh'));
    expect(statements).not.toMatch(/^#/m);
    execFileSync('sh', ['-n'], { input: statements });
  });

  it('leaves a program that the preprocessor turns into the same code', () => {
    // It keeps indentation and empty lines.
    const preprocess = (code: string): string =>
      execFileSync('gcc', ['-E', '-P', '-x', 'c', '-'], { input: code, encoding: 'utf8' }).replace(
        /\s+/g,
        ' ',
      );
    const code = source('pause.c');
    expect(preprocess(statementsOf(code))).toBe(preprocess(code));
  });
});
