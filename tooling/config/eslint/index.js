import js from '@eslint/js';
import vitest from '@vitest/eslint-plugin';
import importX from 'eslint-plugin-import-x';
import perfectionist from 'eslint-plugin-perfectionist';
import redosDetector from 'eslint-plugin-redos-detector';
import regexp from 'eslint-plugin-regexp';
import tsdoc from 'eslint-plugin-tsdoc';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

import { bannedTurns } from './banned-turns.js';
import { linkedThrows } from './linked-throws.js';

/**
 * Sources that run anywhere. They have no clock, randomness or Node; callers pass these as
 * arguments.
 */
const pureSources = [
  'packages/tftp-protocol/src/**/*.ts',
  'packages/syslinux-menu/src/**/*.ts',
  'packages/debian-preseed/src/**/*.ts',
  'packages/dhcp-protocol/src/**/*.ts',
];
const pureExceptions = [
  'packages/tftp-protocol/src/node/**',
  'packages/tftp-protocol/src/cli/**',
  'packages/dhcp-protocol/src/node/**',
  'packages/syslinux-menu/src/cli/**',
  'packages/debian-preseed/src/cli/**',
  '**/*.test.ts',
];

/** Sources whose regular expressions may be applied to a peer's input. */
const productSources = ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'];

const noDeepImports = {
  group: ['@pxe/*/src/*', '**/packages/*/src/*', '**/apps/**'],
  message: 'import a package by its public entry; nothing imports from apps/',
};

/** Waits and bounds of tests that a busy machine exceeds although the product works. */
const hastyWaits = [
  {
    selector:
      'CallExpression[callee.object.name="vi"][callee.property.name=/^wait(For|Until)$/]:not(:has(Literal[value>=60000]))',
    message:
      'use expect.poll, which waits for a minute by default; in a hook, set a limit of a minute',
  },
  {
    selector:
      'CallExpression[callee.property.name="poll"] > ObjectExpression > Property[key.name="timeout"]',
    message: 'the default time limit of expect.poll is long enough (tooling/config/vitest)',
  },
  {
    selector:
      ':matches(CallExpression[callee.name=/^(it|(before|after)(All|Each))$/] > Literal[value<120000], CallExpression[callee.name=/^(it|describe)$/] > ObjectExpression > Property[key.name="timeout"] > Literal[value<120000])',
    message:
      'the default time limit is long enough (tooling/config/vitest): omit yours, or make it longer',
  },
  {
    selector:
      'CallExpression[callee.property.name=/^toBeLessThan/]:has(CallExpression[callee.object.name=/^(performance|Date)$/][callee.property.name="now"])',
    message: 'a test does not assert speed: check an order of events, count work, or take CPU time',
  },
];

/** Returns the repository's ESLint settings. `root` is the directory of the flat config. */
export function workspaceConfig(root) {
  return defineConfig(
    globalIgnores([
      '**/dist/',
      '**/coverage/',
      '**/.turbo/',
      '**/fixtures/',
      '.pxeboot/',
      'docs/api/',
      // Declarations for JavaScript, which no tsconfig includes.
      'tooling/config/**/*.d.ts',
      // Generated from docs/openapi.json.
      'apps/dashboard/src/api/openapi.ts',
    ]),
    js.configs.recommended,
    regexp.configs.recommended,
    {
      plugins: { 'import-x': importX, perfectionist },
      rules: {
        curly: ['error', 'all'],
        'import-x/consistent-type-specifier-style': ['error', 'prefer-inline'],
        'import-x/no-duplicates': ['error', { 'prefer-inline': true }],
        'perfectionist/sort-imports': [
          'error',
          {
            groups: ['builtin', 'external', 'workspace', ['parent', 'sibling', 'index']],
            customGroups: [{ groupName: 'workspace', elementNamePattern: '^@pxe/' }],
            newlinesBetween: 1,
            order: 'asc',
            type: 'natural',
          },
        ],
        'perfectionist/sort-named-imports': ['error', { type: 'natural', ignoreAlias: true }],
        // The standards, too, define sets of characters as ranges of ASCII.
        'regexp/no-obscure-range': 'off',
        'regexp/use-ignore-case': 'off',
        'regexp/no-escape-backspace': 'off',
        'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
        'regexp/no-super-linear-move': ['error', { report: 'potential' }],
      },
    },
    {
      // The texts of the questions are Debian's.
      ignores: ['packages/debian-preseed/src/questions/table.ts'],
      plugins: {
        prose: { rules: { 'banned-turns': bannedTurns, 'linked-throws': linkedThrows } },
      },
      rules: { 'prose/banned-turns': 'error', 'prose/linked-throws': 'error' },
    },
    {
      // Stricter and slower: it follows assertions too, where the rules above give up.
      files: productSources,
      ignores: ['**/*.test.ts'],
      plugins: { 'redos-detector': redosDetector },
      rules: { 'redos-detector/no-unsafe-regex': 'error' },
    },
    {
      files: ['**/*.{js,mjs}'],
      languageOptions: {
        globals: { process: 'readonly', console: 'readonly', URL: 'readonly', fetch: 'readonly' },
      },
    },
    {
      files: ['**/*.ts', '**/*.tsx'],
      extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
      plugins: { tsdoc },
      languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
      rules: {
        'tsdoc/syntax': 'error',
        '@typescript-eslint/switch-exhaustiveness-check': [
          'error',
          { considerDefaultExhaustiveForUnions: true },
        ],
        '@typescript-eslint/consistent-type-imports': [
          'error',
          { fixStyle: 'inline-type-imports' },
        ],
        '@typescript-eslint/explicit-module-boundary-types': 'error',
        // Numbers in messages need no String() around them.
        '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
        '@typescript-eslint/no-unused-vars': [
          'error',
          { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
        ],
        'no-restricted-imports': ['error', { patterns: [noDeepImports] }],
        eqeqeq: 'error',
        'no-console': 'error',
      },
    },
    {
      files: pureSources,
      ignores: pureExceptions,
      rules: {
        'no-restricted-imports': [
          'error',
          {
            patterns: [
              noDeepImports,
              { group: ['node:*'], message: 'pure sources run without Node' },
              { regex: '^[^.]', message: 'pure sources have no dependencies' },
              {
                group: ['**/node/*', '**/cli/*'],
                message: './node and ./cli import the pure part, never the reverse',
              },
            ],
          },
        ],
        'no-restricted-globals': [
          'error',
          ...[
            'Date',
            'Buffer',
            'process',
            'setTimeout',
            'setInterval',
            'setImmediate',
            'performance',
            'console',
          ].map((name) => ({
            name,
            message: 'pure sources take time, bytes and output as arguments',
          })),
        ],
        'no-restricted-properties': [
          'error',
          {
            object: 'Math',
            property: 'random',
            message: 'pure sources take randomness as an argument',
          },
        ],
      },
    },
    {
      files: ['**/*.test.ts', '**/*.test.js', '**/test/**/*.ts'],
      plugins: { vitest },
      rules: {
        'vitest/consistent-test-it': ['error', { fn: 'it', withinDescribe: 'it' }],
        'vitest/no-disabled-tests': 'error',
        'vitest/no-focused-tests': 'error',
        'vitest/no-identical-title': 'error',
        'vitest/require-top-level-describe': 'error',
        'vitest/valid-title': ['error', { allowArguments: true }],
        'no-restricted-syntax': ['error', ...hastyWaits],
        '@typescript-eslint/no-non-null-assertion': 'off',
        '@typescript-eslint/explicit-module-boundary-types': 'off',
      },
    },
    {
      // These files have hooks for the test files that import them.
      files: ['**/test/support/**/*.ts'],
      rules: { 'vitest/require-top-level-describe': 'off' },
    },
    {
      // Programs speak to a terminal; libraries do not.
      files: ['tooling/**/*.ts', '{apps,packages}/*/examples/**/*.ts'],
      rules: { 'no-console': 'off' },
    },
  );
}
