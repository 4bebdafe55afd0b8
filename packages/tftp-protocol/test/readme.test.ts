/** Runs the examples of the README unchanged, except for their ports. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { freeUdpPorts } from '@pxe/test-host';

import { createTftpClient } from '../src/node/index.js';
import { runProgram } from './support/programs.js';
import { RunningProgram } from './support/running-program.js';
import { patternBytes, serve } from './support/serving.js';

const PACKAGE = join(import.meta.dirname, '..');

let outDir: string;
let examples: readonly string[];

describe('readme', () => {
  beforeAll(async () => {
    examples = await readdir(join(PACKAGE, 'examples'));
    outDir = await mkdtemp(join(PACKAGE, 'node_modules', '.examples-'));
    for (const folder of ['public', 'uploads']) {
      await mkdir(join(outDir, folder));
    }
  });

  afterAll(async () => {
    await rm(outDir, { recursive: true, force: true });
  });

  /** Builds an example unchanged, except for its port, and returns the path of the program. */
  async function built(name: string, port: number): Promise<string> {
    const source = join(outDir, `${name}.ts`);
    const text = await readFile(join(PACKAGE, 'examples', `${name}.ts`), 'utf8');
    await writeFile(source, text.replace('port: 6969', `port: ${port}`));
    await build({
      entry: [source],
      outDir,
      format: 'esm',
      target: 'node20',
      removeNodeProtocol: false,
      silent: true,
      config: false,
      tsconfig: join(PACKAGE, 'tsconfig.json'),
      esbuildOptions(options) {
        options.alias = {
          '@pxe/tftp-protocol/node': join(PACKAGE, 'src/node/index.ts'),
          '@pxe/tftp-protocol': join(PACKAGE, 'src/index.ts'),
        };
      },
    });
    return join(outDir, `${name}.js`);
  }

  /** Runs an example that serves, until the end of the test. */
  async function launched(name: string, port: number): Promise<RunningProgram> {
    const program = new RunningProgram(process.execPath, [await built(name, port)], outDir);
    await program.until(() => program.lines.length > 0);
    return program;
  }

  it('the README shows every example verbatim', async () => {
    const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');

    expect(examples.length).toBeGreaterThan(0);
    for (const name of examples) {
      const text = await readFile(join(PACKAGE, 'examples', name), 'utf8');
      expect(readme).toContain(`<!-- examples/${name} -->\n\n\`\`\`ts\n${text}\`\`\`\n`);
    }
  });

  it('serve-directory serves a directory until it receives a signal', async () => {
    await writeFile(join(outDir, 'public/hello.txt'), 'hello');
    const port = await freeUdpPorts();
    await using program = await launched('serve-directory', port);
    await using client = await createTftpClient({ host: '127.0.0.1', port });

    expect(new TextDecoder().decode(await client.get('hello.txt'))).toBe('hello');
    await expect(client.get('none')).rejects.toMatchObject({ wireCode: 1 });
    await program.until(() => program.lines.some((line) => line.includes('error 1')));
    expect(program.lines).toContain('127.0.0.1 "hello.txt": completed, 5 bytes');

    expect(await program.terminate()).toBe(0);
  });

  it('generated-files answers each client with a file generated for it', async () => {
    const port = await freeUdpPorts();
    await using program = await launched('generated-files', port);
    await using client = await createTftpClient({ host: '127.0.0.1', port });

    const config = await client.get('pxelinux.cfg/default');

    expect(new TextDecoder().decode(config)).toBe('# for 127.0.0.1\nDEFAULT linux\n');
    await expect(client.get('secret')).rejects.toMatchObject({ wireCode: 2 });
    await expect(client.get('other')).rejects.toMatchObject({ wireCode: 1 });
    expect(program.lines).toEqual(['ready']);
  });

  it('receive-files stores the file that a client writes', async () => {
    const port = await freeUdpPorts();
    await using program = await launched('receive-files', port);
    await using client = await createTftpClient({ host: '127.0.0.1', port });

    await client.put('switch.cfg', patternBytes(3_000));

    const uploaded = await readFile(join(outDir, 'uploads/switch.cfg'));
    expect(Buffer.compare(uploaded, patternBytes(3_000))).toBe(0);
    expect(program.lines).toEqual([`listening on port ${port}`]);
  });

  it('client reads files and streams, and reports why it cannot write', async () => {
    const hello = new TextEncoder().encode('hello');
    await using serving = await serve({
      files: { 'hello.txt': hello, 'initrd.gz': patternBytes(70_000) },
    });

    const program = await built('client', serving.at.port);

    const { stdout, stderr } = await runProgram(process.execPath, [program], outDir);

    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      'hello',
      'initrd.gz: 70000 bytes',
      `ERR_TFTP_REMOTE: 127.0.0.1:${serving.at.port} answered with error 2: Access violation`,
      '',
    ]);
    const initrd = await readFile(join(outDir, 'initrd.gz'));
    expect(Buffer.compare(initrd, patternBytes(70_000))).toBe(0);
  });

  it('own-transport moves a file without any I/O', async () => {
    const { stdout, stderr } = await runProgram(process.execPath, [
      await built('own-transport', 0),
    ]);

    expect(stderr).toBe('');
    expect(stdout).toMatch(/^100000 bytes arrived in \d+ datagrams\n$/);
  });
});
