import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { parseMenuFile, runMenuCommand } from '../src/cli/index.js';
import { menuKey, walkMenu } from '../src/cli/walk.js';

let directory: string;

describe('cli', () => {
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'syslinux-menu-cli-'));
  });

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  function file(name: string, content: string | Uint8Array): string {
    const path = join(directory, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  /** Returns a stream that records its output, optionally acting as a terminal. */
  function sink(terminal?: { readonly colors: boolean }): PassThrough & { text: () => string } {
    const stream = new PassThrough();
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return Object.assign(stream, {
      text: () => Buffer.concat(chunks).toString('latin1'),
      ...(terminal !== undefined && { isTTY: true, hasColors: () => terminal.colors }),
    });
  }

  async function run(
    args: readonly string[],
    terminal?: { readonly colors: boolean },
    standardInput = '',
  ) {
    const [input, output, error] = [new PassThrough(), sink(terminal), sink()];
    input.end(Buffer.from(standardInput, 'latin1'));
    const streams = { input, output, error } as unknown as Parameters<typeof runMenuCommand>[1];
    const code = await runMenuCommand(args, streams);
    await new Promise((resolve) => setImmediate(resolve));
    return { code, out: output.text(), err: error.text() };
  }

  const GOOD = `UI menu.c32
TIMEOUT 50
MENU TITLE Tools
LABEL install
  MENU LABEL ^Install
  MENU DEFAULT
  LINUX v
  INITRD i
  APPEND quiet
LABEL off
  MENU LABEL Off
  MENU DISABLE
  LOCALBOOT 0
MENU SEPARATOR
LABEL heading
  MENU LABEL Heading
  MENU DISABLE
MENU BEGIN more
  LABEL chain
    PXE other.0
  LABEL hdt
    COM32 hdt.c32
  LABEL restart
    COM32 reboot.c32
  LABEL back
    MENU EXIT
MENU END
`;

  describe('syslinux-menu check', () => {
    it('prints the tree, the default and the timeout of a valid file', async () => {
      const path = file('good.cfg', GOOD);
      expect(await run(['check', path, '--strict'])).toEqual({
        code: 0,
        err: '',
        out: `starts with: a menu (menu.c32)
without a key: boots install after 5 s
Tools
* Install [install] v i quiet
  Off [off] (disabled) local disk
  --
  -- Heading
  more [more] >
    chain [chain] other.0
    hdt [hdt] hdt.c32
    restart [restart] reboot
    back [back] <
${path}: 27 lines, 0 findings, no errors, no warnings
`,
      });
    });

    it('reports what starts without a menu', async () => {
      const starts = async (text: string) => (await run(['check', file('start.cfg', text)])).out;
      expect(await starts('DEFAULT a\nLABEL a\nLINUX v\n')).toContain(
        'starts with: nothing: an entry boots immediately\nwithout a key: boots a at once\n',
      );
      expect(await starts('DEFAULT a\nPROMPT 1\nLABEL a\nLINUX v\n')).toContain(
        'starts with: the boot: prompt\nwithout a key: waits\n',
      );
      expect(await starts('LABEL a\nLINUX v\n')).toContain('because nothing else can start');
      expect(await starts('DEFAULT a\nMENU TITLE T\nLABEL a\nLINUX v\nFDT d\n')).toContain(
        "starts with: U-Boot's menu\n",
      );
      expect(await starts('UI menu.c32 more.cfg\nLABEL a\nLINUX v\n')).toContain(
        'a menu (menu.c32 with more.cfg)',
      );
    });

    it('fails for errors, and with --strict for warnings', async () => {
      const bad = file('bad.cfg', 'UI menu.c32\nLABEL a\nKERNEL memtest.bin\nMENU END\n');
      const { code, out } = await run(['check', bad]);
      expect(code).toBe(1);
      expect(out).toMatch(/bad\.cfg:3:1: error: .*\[suffix-decides\]\n.*bad\.cfg:4:1: warning: /);
      expect(out).toMatch(/4 lines, 2 findings, 1 error, 1 warning\n$/);
      const odd = file('odd.cfg', 'UI menu.c32\nLABEL a\nLINUX v\nMENU END\nMENU END\n');
      expect((await run(['check', odd])).code).toBe(0);
      const strict = await run(['check', odd, '--strict']);
      expect(strict.code).toBe(1);
      expect(strict.out).toContain('2 warnings');
    });

    it('reports as JSON', async () => {
      const path = file('good.cfg', GOOD);
      const { out } = await run(['check', path, '--json']);
      expect(JSON.parse(out)).toMatchObject({
        file: path,
        ok: true,
        encoding: 'utf-8',
        start: {
          shows: 'menu',
          program: 'menu.c32',
          unattended: { type: 'boot', afterSeconds: 5, commandLine: '.linux v quiet initrd=i' },
        },
        findings: [],
        menu: { title: 'Tools', defaultId: 'install' },
      });
      const nothing = file('nothing.cfg', 'LABEL a\nLINUX v\n');
      expect(JSON.parse((await run(['check', nothing, '--json'])).out)).toMatchObject({
        ok: false,
        start: { shows: 'prompt', fault: 'no-default', unattended: { type: 'wait' } },
      });
    });

    it('writes no control character of a file to the terminal', async () => {
      const evil = 'a\u009b2J\u202eb\u001b[2J\u0085\u007f';
      const path = file(
        'evil.cfg',
        `UI menu.c32\nMENU TITLE ${evil}\nLABEL ${evil}\nLINUX v\nAPPEND ${evil}\n${evil}\n`,
      );
      for (const args of [
        ['check', path, '--json'],
        ['check', path],
        ['show', path, '--as', 'text'],
        ['check', join(directory, evil)],
        ['check', path, '--loader', evil],
        [evil, path],
        [`--${evil}`],
      ]) {
        const { out, err } = await run(args);
        const text = Buffer.from(out + err, 'latin1').toString();
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
      }
      const { out } = await run(['check', path, '--json']);
      expect(JSON.parse(out)).toHaveProperty('menu.title');
    });

    it('looks up every file in the root directory, and nowhere above it', async () => {
      const root = join(directory, 'root');
      file('outside.gz', 'x');
      file('root/menu.c32', '\u007fELF');
      file('root/ldlinux.c32', '\u007fELF');
      file('root/v', 'x');
      const path = file(
        'root/pxelinux.cfg/default',
        'UI menu.c32\nINCLUDE part.cfg\nINCLUDE http://h/x.cfg\nLABEL a\n  LINUX ::v\n  INITRD ../outside.gz\n',
      );
      file('root/part.cfg', 'MENU TITLE From the root\n');
      const { out, code } = await run(['check', path, '--root', root]);
      expect(out.split('\n').filter((line) => line.includes('error'))).toEqual([
        `${path}:1:1: error: "menu.c32" needs libutil.c32, which is missing [missing-library]`,
        `${path}:4:1: error: "../outside.gz" is named here but missing [missing-file]`,
        `${path}: 7 lines, 4 findings, 2 errors, no warnings`,
      ]);
      expect(out).toContain('From the root');
      expect(code).toBe(1);
      expect((await run(['check', path])).out).toContain('From the root');
    });

    it('reports a file that cannot be read', async () => {
      expect(await run(['check', join(directory, 'none')])).toMatchObject({
        code: 1,
        err: expect.stringMatching(
          /^syslinux-menu: cannot read .*none: ENOENT: no such file or directory\n$/,
        ) as string,
      });
    });
  });

  describe('syslinux-menu show', () => {
    it('prints text into a pipe, colours on a terminal that has them, and SVG', async () => {
      const path = file('good.cfg', GOOD);
      const text = await run(['show', path]);
      expect(text.out).not.toContain('\u001b');
      expect(text.out).toContain('Tools');
      expect((await run(['show', path], { colors: true })).out).toContain('\u001b[');
      expect((await run(['show', path], { colors: false })).out).not.toContain('\u001b');
      expect((await run(['show', path, '--as', 'ansi'])).out).toContain('\u001b[');
      expect((await run(['show', path, '--as', 'svg'])).out).toMatch(/^<svg /);
      const graphics = file(
        'vesa.cfg',
        'UI vesamenu.c32\nMENU RESOLUTION 800 600\nLABEL a\nLINUX v\n',
      );
      expect((await run(['show', graphics, '--as', 'svg'])).out).toContain('width="800"');
      const odd = file('odd-size.cfg', 'UI vesamenu.c32\nMENU RESOLUTION 9 9\nLABEL a\nLINUX v\n');
      expect((await run(['show', odd, '--as', 'svg'])).out).toContain('width="640"');
    });

    it('needs a terminal for --interactive', async () => {
      const { code, err } = await run(['show', file('good.cfg', GOOD), '--interactive']);
      expect(code).toBe(2);
      expect(err).toContain('--interactive needs a terminal');
    });
  });

  describe('syslinux-menu convert', () => {
    it('writes the menu for another loader and reports what is lost', async () => {
      const path = file('good.cfg', GOOD);
      const { code, out, err } = await run(['convert', path, '--to', 'grub']);
      expect(code).toBe(0);
      expect(out).toMatch(/^set default='0'\nset timeout=5\n/);
      expect(err).toMatch(/good\.cfg:10:1: warning: "Off" is left out: .*\[left-out\]/);
      expect((await run(['convert', path, '--to', 'ipxe'])).out).toMatch(/^#!ipxe\n/);
    });

    it('keeps the program, and the encoding of a file that is not UTF-8', async () => {
      const path = file(
        'cp437.cfg',
        Buffer.from('UI menu.c32\nMENU TITLE Caf\x82\nLABEL a\nLINUX v\n', 'latin1'),
      );
      const { out } = await run(['convert', path, '--to', 'syslinux']);
      expect(out).toContain('UI menu.c32\n');
      expect(out).toContain('MENU TITLE Caf\x82\n');
      const prompt = file('prompt.cfg', 'DEFAULT a\nPROMPT 1\nLABEL a\nLINUX v\n');
      expect((await run(['convert', prompt, '--to', 'syslinux'])).out).toMatch(
        /^DEFAULT a\nPROMPT 1\n/,
      );
    });

    it('fails when nothing is left', async () => {
      const path = file('only.cfg', 'UI menu.c32\nLABEL a\nCOM32 hdt.c32\n');
      const { code, err } = await run(['convert', path, '--to', 'grub']);
      expect(code).toBe(1);
      expect(err).toMatch(/GRUB cannot start any of its entries\n.*only syslinux can start it/);
    });
  });

  describe('the command line', () => {
    it('prints its usage', async () => {
      expect(await run(['--help'])).toMatchObject({
        code: 0,
        err: '',
        out: expect.stringMatching(/^usage: /) as string,
      });
      for (const args of [
        [],
        ['check'],
        ['check', 'a', 'b'],
        ['frob', 'a'],
        ['check', 'a', '--frob'],
        ['show', 'a', '--as', 'png'],
        ['convert', 'a', '--to', 'lilo'],
        ['convert', 'a'],
      ]) {
        const { code, err } = await run(args);
        expect(code, args.join(' ')).toBe(2);
        expect(err).toMatch(/^syslinux-menu: .*\nusage: /);
      }
    });

    it('passes on unexpected errors', async () => {
      const output = {
        write: () => {
          throw new Error('broken pipe');
        },
      };
      const streams = { input: new PassThrough(), output, error: sink() };
      await expect(
        runMenuCommand(['check', file('good.cfg', GOOD)], streams as never),
      ).rejects.toThrow('broken pipe');
    });
  });

  describe('walkMenu', () => {
    function terminal() {
      const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: vi.fn() });
      const output = sink({ colors: true });
      return {
        input,
        output,
        streams: { input, output } as unknown as Parameters<typeof walkMenu>[1],
      };
    }

    it('boots the entry chosen with keys, and restores the terminal', async () => {
      const { input, output, streams } = terminal();
      const parsed = parseMenuFile(file('good.cfg', GOOD));
      const walk = walkMenu(parsed, streams);
      input.write('\u0001\u001b[B');
      input.write('\u001b[A\r');
      expect(await walk).toBe('boots: .linux v quiet initrd=i');
      expect(input.setRawMode.mock.calls).toEqual([[true], [false]]);
      expect(output.text()).toMatch(/\[\?1049h[\s\S]*\[\?1049l$/);
    });

    it('ends with Ctrl-C, with Esc, and when the timeout expires', async () => {
      const left = terminal();
      const parsed = parseMenuFile(file('good.cfg', GOOD));
      const walk = walkMenu(parsed, left.streams);
      left.input.write('\u0003');
      expect(await walk).toBe('closed with Ctrl-C');
      const over = terminal();
      const short = parseMenuFile(file('short.cfg', 'UI menu.c32\nTIMEOUT 1\nLABEL a\nLINUX v\n'));
      expect(await walkMenu(short, over.streams)).toBe('boots: .linux v');
      const escaped = terminal();
      const escape = walkMenu(parsed, escaped.streams);
      escaped.input.write('\u001b');
      expect(await escape).toBe('the menu exits to the boot: prompt');
    });

    it('works in the program, too', async () => {
      const { input, output } = terminal();
      const streams = { input, output, error: sink() } as unknown as Parameters<
        typeof runMenuCommand
      >[1];
      const code = runMenuCommand(['show', file('good.cfg', GOOD), '--interactive'], streams);
      input.write('\u0003');
      expect(await code).toBe(0);
      expect(output.text()).toMatch(/closed with Ctrl-C\n$/);
    });

    it('knows keys by their names', () => {
      expect(menuKey('\r', 'return')).toBe('enter');
      expect(menuKey(undefined, 'pageup')).toBe('pageup');
      expect(menuKey('x', 'x')).toBe('x');
      expect(menuKey('\u0001', 'a')).toBeUndefined();
      expect(menuKey(undefined, undefined)).toBeUndefined();
    });
  });

  describe('--loader', () => {
    const CONF = 'DEFAULT a b\nMENU TITLE T\nTIMEOUT 30\nLABEL a b\n  KERNEL /v-5.0\n';

    it('reads a file by the rules of U-Boot, or of syslinux', async () => {
      const conf = file('extlinux.conf', CONF);
      const board = await run(['check', conf, '--loader', 'u-boot']);
      expect(board).toMatchObject({
        code: 0,
        out: expect.stringContaining("U-Boot's menu") as unknown,
      });
      expect((await run(['check', conf])).code).toBe(1);
      const { out } = await run(['convert', conf, '--to', 'grub', '--loader', 'u-boot']);
      expect(out).toContain('  linux /v-5.0\n');
      const tree = file('tree.conf', `${CONF}  FDT /d\n`);
      expect((await run(['check', tree, '--loader', 'syslinux'])).out).toContain('suffix-decides');
    });

    it('requires one of the two', async () => {
      expect(await run(['check', '-', '--loader', 'grub'])).toMatchObject({
        code: 2,
        err: expect.stringMatching(/--loader must be one of syslinux, u-boot/) as unknown,
      });
    });
  });

  describe('standard input', () => {
    const MENU = 'UI menu.c32\nLABEL a\n  MENU LABEL \xe9\n  LINUX v\n';

    it('is the file named -, byte for byte', async () => {
      const checked = await run(['check', '-'], undefined, MENU);
      expect(checked).toMatchObject({
        code: 0,
        out: expect.stringMatching(/standard input: 4 lines/) as unknown,
      });
      const { out } = await run(['convert', '-', '--to', 'syslinux'], undefined, MENU);
      expect(out).toContain('MENU LABEL \xe9\n');
      expect(parseMenuFile('-').menu.items).toEqual([]);
    });
  });

  describe('the program syslinux-menu', () => {
    it('runs with the arguments and streams of its process', async () => {
      const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
      process.argv = ['node', 'syslinux-menu', '--help'];
      await import('../src/cli/main.js');
      expect(write.mock.calls.join('')).toMatch(/^usage: syslinux-menu check/);
      expect(process.exitCode).toBe(0);
      process.exitCode = undefined;
      write.mockRestore();
    });
  });
});
