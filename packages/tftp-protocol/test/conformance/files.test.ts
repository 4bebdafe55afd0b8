/** C170-C184 and C157: the files of a directory, and no others. */
import { execFileSync } from 'node:child_process';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { asTftpError } from '../../src/node/content/file-errors.js';
import {
  createTftpClient,
  directorySink,
  type DirectorySinkOptions,
  directorySource,
  type DirectorySourceOptions,
  parseFileName,
} from '../../src/node/index.js';
import { temporaryDirectory } from '../support/directories.js';
import { RawClient } from '../support/raw-client.js';
import { patternBytes, serve, type Serving } from '../support/serving.js';

interface ServedTree extends AsyncDisposable {
  /** Served directory; `sibling` is next to it. */
  readonly root: string;
  readonly sibling: string;
  readonly serving: Serving;
  /** Answer to a client's request for a name: the file's text, or the error. */
  ask(filename: string): Promise<string>;
}

async function tree(
  options: DirectorySourceOptions = {},
  sink?: DirectorySinkOptions,
): Promise<ServedTree> {
  const directory = await temporaryDirectory();
  const root = join(directory.path, 'tftp');
  const sibling = join(directory.path, 'tftp-private');
  await mkdir(join(root, 'Boot', 'x64'), { recursive: true });
  await mkdir(sibling);
  await writeFile(join(root, 'f'), 'the file');
  await writeFile(join(root, 'Boot', 'BCD'), 'the store');
  await writeFile(join(root, 'Boot', 'x64', 'wdsnbp.com'), 'the loader');
  await writeFile(join(sibling, 'secret'), 'the secret');
  const serving = await serve({
    source: directorySource(root, options),
    ...(sink && { sink: directorySink(root, sink) }),
  });
  const client = await createTftpClient({ host: '127.0.0.1', port: serving.at.port });
  return {
    root,
    sibling,
    serving,
    ask: async (filename) =>
      client.get(filename).then(
        (bytes) => Buffer.from(bytes).toString(),
        (error: unknown) => String(error instanceof Error && 'wireCode' in error && error.wireCode),
      ),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await serving.server.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

describe('files', () => {
  it('C170 a name with .. is refused, and an absolute name is resolved below the root', async () => {
    await using files = await tree();

    expect(await files.ask('../tftp-private/secret')).toBe('2');
    expect(await files.ask('a/../../tftp-private/secret')).toBe('2');
    expect(await files.ask('Boot/../f')).toBe('2');
    expect(await files.ask('/etc/passwd')).toBe('1');
  });

  it('C171 a name with .. between backslashes is refused', async () => {
    await using files = await tree();

    for (const name of ['..\\tftp-private\\secret', 'a\\..\\..\\x', 'Boot/..\\../f', '\\..\\x']) {
      expect(await files.ask(name)).toBe('2');
    }
  });

  it('C172 C173 leading and doubled slashes or backslashes are ignored', async () => {
    await using files = await tree();

    for (const name of ['/f', '//f', './f', 'f/', '\\f', '.\\f', '/./f']) {
      expect(await files.ask(name)).toBe('the file');
    }
    for (const name of ['\\Boot\\BCD', '/Boot\\BCD', 'Boot//BCD', '\\Boot/.//BCD']) {
      expect(await files.ask(name)).toBe('the store');
    }
    expect(await files.ask('/Boot\\x64\\wdsnbp.com')).toBe('the loader');
  });

  it('C174 names are case-sensitive unless configured otherwise', async () => {
    await using strict = await tree();
    await using lenient = await tree({ ignoreCase: true });

    expect(await strict.ask('\\boot\\bcd')).toBe('1');
    expect(await lenient.ask('\\boot\\bcd')).toBe('the store');
    expect(await lenient.ask('\\boot\\X64\\WDSNBP.COM')).toBe('the loader');
    expect(await lenient.ask('\\boot\\none')).toBe('1');
    expect(await lenient.ask('F')).toBe('the file');
  });

  it('C175 junk after a name is cut off unless configured otherwise', async () => {
    await using lenient = await tree();
    await using strict = await tree({ trimJunk: false });

    for (const junk of ['\xff', '\xff\xff', '\x0a', '\xff\x01']) {
      expect(await lenient.ask(`f${junk}`)).toBe('the file');
    }
    expect(await strict.ask('f\xff')).toBe('1');
  });

  it('C176 a sibling directory that shares a prefix with the root is not served', async () => {
    await using files = await tree();
    await symlink(files.sibling, join(files.root, 'link'));

    expect(await files.ask('-private/secret')).toBe('1');
    expect(await files.ask('link/secret')).toBe('2');
  });

  it('C177 a link out of the root is refused unless allowed', async () => {
    await using strict = await tree();
    await using lenient = await tree({ followLinksOutside: true });

    for (const { root, sibling } of [strict, lenient]) {
      await symlink(join(sibling, 'secret'), join(root, 'out'));
      await symlink('f', join(root, 'in'));
    }

    expect(await strict.ask('out')).toBe('2');
    expect(await strict.ask('in')).toBe('the file');
    expect(await lenient.ask('out')).toBe('the secret');
  });

  it('C178 the opened file is the one that is checked and read', async () => {
    await using files = await tree();
    await writeFile(join(files.root, 'big'), patternBytes(300_000));
    await using client = await RawClient.to(files.serving.at);
    client.read('big', { blksize: 1_000, windowsize: 4 });
    await client.next();
    client.ack(0);
    await client.nextPackets(4);

    await truncate(join(files.root, 'big'), 100_000);
    await utimes(join(files.root, 'big'), 1, 1);
    let block = 4;
    let last: string;
    do {
      if (block % 4 === 0) {
        client.ack(block);
      }
      last = await client.answer();
      block += 1;
    } while (last.startsWith('DATA'));

    expect(last).toBe('ERROR 0 Transfer failed');
    expect(await files.serving.event('transferFinished')).toMatchObject({
      outcome: 'failed',
      error: { message: 'file changed while it was read' },
    });
  });

  it('C179 anything but a regular file is refused immediately', async () => {
    await using files = await tree();
    execFileSync('mkfifo', [join(files.root, 'fifo')]);

    expect(await files.ask('Boot')).toBe('2');
    expect(await files.ask('fifo')).toBe('2');
    expect(await files.ask('/')).toBe('2');
  });

  it('C180 names that are special on Windows are refused there', () => {
    const rules = { refuseWindowsNames: true };
    for (const name of ['CON', 'aux.txt', 'f::$DATA', 'C:x', 'f.', 'f ', 'LPT1', 'com¹', 'a|b']) {
      const wire = Buffer.from(name).toString('latin1');
      expect(() => parseFileName(wire, rules)).toThrow(
        expect.objectContaining({ wireCode: 2 }) as Error,
      );
    }
    expect(parseFileName('console/auxiliary.txt', rules)).toEqual(['console', 'auxiliary.txt']);
    expect(parseFileName('CON', { refuseWindowsNames: false })).toEqual(['CON']);
  });

  it('C181 a name that contains a control character is refused', async () => {
    await using files = await tree();

    expect(await files.ask('f\x01x')).toBe('2');
    expect(await files.ask('f\x7f')).toBe('2');
  });

  it('C020 a name is decoded as UTF-8, and one that is not valid UTF-8 is not found', async () => {
    await using files = await tree();
    await writeFile(join(files.root, 'größe'), 'utf-8');

    expect(await files.ask(Buffer.from('größe').toString('latin1'))).toBe('utf-8');
    expect(await files.ask('gr\xf6\xdfe')).toBe('1');
  });

  it.each([
    ['ENOENT', 1],
    ['ENOTDIR', 1],
    ['EACCES', 2],
    ['EISDIR', 2],
    ['ENOSPC', 3],
    ['EDQUOT', 3],
    ['EFBIG', 3],
    ['EEXIST', 6],
    ['EIO', 0],
  ])('C182 %s is answered with ERROR %i', (code, wireCode) => {
    const error = Object.assign(new Error(`${code}: it failed, open '/srv/x'`), { code });

    expect(asTftpError(error)).toMatchObject({ wireCode, cause: error });
    expect(asTftpError('odd')).toMatchObject({ wireCode: 0, message: 'odd' });
  });

  it.each(['UNKNOWN', 'Unknown system error -122'])(
    'C182 an exhausted quota, which Node.js reports as %s, is answered with ERROR 3',
    (code) => {
      const error = Object.assign(new Error('it failed, write'), { code, errno: -122 });

      expect(asTftpError(error)).toMatchObject({ wireCode: 3 });
    },
  );

  it('C182 a missing file, or a path below a file, is not found', async () => {
    await using files = await tree();

    expect(await files.ask('none')).toBe('1');
    expect(await files.ask('f/below')).toBe('1');
    expect(await files.ask('n'.repeat(400))).toBe('1');
  });

  it('C182 an unreadable file is an access violation', async () => {
    await using files = await tree();
    await chmod(join(files.root, 'f'), 0);
    const isRoot = process.getuid?.() === 0;

    // Root may read everything; the mapping of errors is tested above.
    expect(await files.ask('f')).toBe(isRoot ? 'the file' : '2');
  });

  it('C183 C184 an ERROR is the first answer and contains no path', async () => {
    await using files = await tree();
    await using client = await RawClient.to(files.serving.at);

    client.read('none', { tsize: 0, blksize: 1408 });

    expect(await client.answer()).toBe('ERROR 1 File not found');
    expect(await client.answersDuring(100)).toEqual([]);
  });

  it('a file is read once for all its readers, and again after it has changed', async () => {
    await using files = await tree();
    await writeFile(join(files.root, 'shared'), 'old');

    expect(await Promise.all([1, 2, 3].map(() => files.ask('shared')))).toEqual([
      'old',
      'old',
      'old',
    ]);
    await writeFile(join(files.root, 'shared'), 'newer');

    expect(await files.ask('shared')).toBe('newer');
  });

  it('C157 an existing file is not replaced unless allowed', async () => {
    await using careful = await tree({}, {});
    await using bold = await tree({}, { overwrite: true });

    for (const [files, expected] of [
      [careful, { wireCode: 6 }],
      [bold, undefined],
    ] as const) {
      await using client = await createTftpClient({
        host: '127.0.0.1',
        port: files.serving.at.port,
      });
      const putting = client.put('f', Buffer.from('new'));
      if (expected === undefined) {
        await putting;
        expect(await files.ask('f')).toBe('new');
      } else {
        await expect(putting).rejects.toMatchObject(expected);
        expect(await files.ask('f')).toBe('the file');
      }
      await expect(client.put('Boot', Buffer.from('x'))).rejects.toMatchObject({
        wireCode: expected?.wireCode ?? 2,
      });
    }
  });

  it('C155 C156 an uploaded file appears once it is complete, or not at all', async () => {
    await using files = await tree({}, { maxBytes: 1_000_000 });
    await using client = await createTftpClient({ host: '127.0.0.1', port: files.serving.at.port });
    const file = patternBytes(600_000);

    await client.put('Boot/new', file);
    expect(Buffer.compare(await readFile(join(files.root, 'Boot', 'new')), file)).toBe(0);
    await expect(client.put('large', patternBytes(1_000_001))).rejects.toMatchObject({
      wireCode: 3,
    });
    const unannounced = ReadableStream.from<Uint8Array>([patternBytes(1_000_001)]);
    await expect(client.put('large', unannounced)).rejects.toMatchObject({ wireCode: 3 });

    await expect.poll(() => readdir(files.root)).toEqual(['Boot', 'f']);
  });

  it('C156 an aborted upload leaves nothing behind', async () => {
    await using files = await tree({}, {});
    await using client = await RawClient.to(files.serving.at);
    client.write('half');
    await client.next();
    client.block(1, patternBytes(512));
    await client.next();

    client.send({ type: 'error', code: 0, message: 'aborted' });

    await expect.poll(() => readdir(files.root)).toEqual(['Boot', 'f']);
  });

  it('C135 two clients cannot write one file at the same time', async () => {
    await using files = await tree({}, { overwrite: true });
    await using first = await RawClient.to(files.serving.at);
    await using second = await RawClient.to(files.serving.at);
    first.write('g');
    expect(await first.answer()).toBe('ACK 0');

    second.write('g');
    expect(await second.answer()).toBe('ERROR 2 Access violation');
    first.block(1, patternBytes(3));
    expect(await first.answer()).toBe('ACK 1');
    second.write('g', { tsize: 0 });

    expect(await second.answer()).toBe('OACK tsize=0');
  });

  it('C177 a file cannot be written through a link out of the root', async () => {
    await using files = await tree({}, { overwrite: true });
    await symlink(files.sibling, join(files.root, 'link'));
    await using client = await createTftpClient({ host: '127.0.0.1', port: files.serving.at.port });

    await expect(client.put('link/x', Buffer.from('x'))).rejects.toMatchObject({ wireCode: 2 });
    await expect(client.put('none/x', Buffer.from('x'))).rejects.toMatchObject({ wireCode: 1 });
    await expect(client.put('/', Buffer.from('x'))).rejects.toMatchObject({ wireCode: 2 });

    expect(await readdir(files.sibling)).toEqual(['secret']);
  });
});

describe('a root that is not a directory', () => {
  it.each([
    ['a source', directorySource],
    ['a sink', directorySink],
  ])('fails when %s is created from it', async (_name, create) => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'file');
    await writeFile(file, '');

    for (const path of [join(directory.path, 'none'), file]) {
      expect(() => create(path)).toThrow(
        expect.objectContaining({ name: 'TftpError', code: 'ERR_TFTP_DIRECTORY' }),
      );
    }
  });
});
