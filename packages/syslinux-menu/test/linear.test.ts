import { describe, expect, it } from 'vitest';

import { parseMeasured } from '../src/parse/parse.js';

const MEGABYTE = 1024 * 1024;

/** Pieces of menu files that could make a careless parser slow, by name. */
const ADVERSARIES: Readonly<Record<string, (bytes: number) => string>> = {
  'labels of the usual size': (bytes) =>
    numbered(
      (number) =>
        `label entry-${number}\n  menu label ^Entry ${number}\n  linux http://192.0.2.1:8069/debian/linux\n` +
        `  initrd http://192.0.2.1:8069/debian/initrd.gz\n  append vga=788 n=${number} --- quiet\n`,
      bytes,
    ),
  'many labels': (bytes) => fill('label a\nlinux v\n', bytes),
  'labels with different names': (bytes) =>
    numbered((number) => `label l${number}\n menu label ^L\n`, bytes),
  'labels whose names collide with the ids made for others': (bytes) =>
    numbered((number) => `label a\nlabel a-${number}\n`, bytes),
  'labels with a long global append': (bytes) =>
    `append ${'x'.repeat(4000)}\n${fill('label a\n', bytes)}`,
  'menus inside each other': (bytes) => fill('menu begin a\nmenu default\n', bytes),
  'adjacent menus with an ontimeout': (bytes) =>
    `ontimeout ${'x'.repeat(4000)}\n${fill('menu begin a\nmenu end\n', bytes)}`,
  'gotos without a target': (bytes) =>
    numbered((number) => `label a\nmenu goto t${number}\n`, bytes),
  'one long line': (bytes) => 'x'.repeat(bytes),
  'one long line of line-ends that do not count': (bytes) => '\r'.repeat(bytes),
  'blanks only': (bytes) => ' '.repeat(bytes),
  'a help text that never ends': (bytes) => `label a\ntext help\n${fill('help\n', bytes)}`,
  'help texts in pieces': (bytes) => `label a\n${fill('text help\nx\nendtext\n', bytes)}`,
  'colours and layout': (bytes) => fill('menu color sel 1 #fff #000 std\nmenu rows 3\n', bytes),
  'paths and SAY texts': (bytes) => fill('path a:b:c\nsay x\n', bytes),
  'many directories and as many modules': (bytes) =>
    numbered((number) => `path d${number}\nlabel l\ncom32 m${number}.c32\n`, bytes),
  'path with many parts': (bytes) => `path ${fill(':a', bytes)}\n`,
  separators: (bytes) => fill('menu separator\n', bytes),
  'a file that includes itself': (bytes) => fill('include self\n', bytes),
  'a file whose entries go to others': (bytes) => fill('label x\nconfig small\n', bytes),
  'a file whose entries go to itself': (bytes) =>
    fill('label x\nkernel menu.c32\nappend self\n', bytes),
  'words that are nearly keywords': (bytes) => fill('kernal x\nlable y\n', bytes),
  'a file that includes others': (bytes) => fill('include small\n', bytes),
  'dashes in names': (bytes) => fill(`label ${'-'.repeat(120)}x\n`, bytes),
};

function fill(piece: string, bytes: number): string {
  return piece.repeat(Math.ceil(bytes / piece.length));
}

function numbered(piece: (number: number) => string, bytes: number): string {
  const pieces: string[] = [];
  let length = 0;
  for (let number = 1; length < bytes; number += 1) {
    const text = piece(number);
    pieces.push(text);
    length += text.length;
  }
  return pieces.join('');
}

function work(text: string): number {
  let units = 0;
  const files = new Map([
    ['self', text],
    ['small', 'label x\nlinux y\n'],
  ]);
  const options = {
    fileName: 'self',
    resolveInclude: (name: string) => files.get(name),
    hasFile: () => {
      units += 1;
      return false;
    },
  };
  parseMeasured(text, options, (count) => (units += count));
  return units;
}

/**
 * Work is counted, so that small files prove as much as large ones. Large files of these kinds are parsed,
 * too: quadratic work that is not counted would take hours there.
 */
const LARGE = ['labels of the usual size', 'one long line'];
const SMALL = MEGABYTE / 64;

// Ends a test that would take hours; no assertion depends on the time.
const timeout = 300_000;

describe('parsing takes time linear in the text: five times the text, at most 5.2 times the work', () => {
  for (const [name, make] of Object.entries(ADVERSARIES)) {
    for (const bytes of LARGE.includes(name) ? [SMALL, MEGABYTE] : [SMALL]) {
      it(`${name}, ${bytes} and ${5 * bytes} bytes`, { timeout }, () => {
        const one = work(make(bytes));
        expect(one).toBeGreaterThanOrEqual(bytes / 2);
        expect(work(make(5 * bytes))).toBeLessThanOrEqual(5.2 * one);
      });
    }
  }
});
