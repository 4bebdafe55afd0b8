import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { type Program, type ProgramOptions, startProgram } from '../src/program.js';

const DEAF = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('deaf')`;

describe('startProgram', () => {
  let directory: string;
  const started: Program[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lab-host-test-'));
  });

  afterEach(async () => {
    for (const program of started.splice(0)) {
      await program[Symbol.asyncDispose]();
    }
  });

  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  async function startNode(source: string, options?: ProgramOptions): Promise<Program> {
    const program = await startProgram(process.execPath, ['-e', source], options);
    started.push(program);
    return program;
  }

  it('passes on whole lines, logs them and returns the exit code', async () => {
    const seen: string[] = [];
    const logFile = join(directory, 'node.log');
    const program = await startNode(
      `process.stdout.write('half '); setTimeout(() => { console.log('line'); console.error('oops'); process.exitCode = 3; }, 20)`,
      { logFile, onLine: (line, stream) => seen.push(`${stream}: ${line}`) },
    );
    expect(await program.exited).toEqual({ how: 'exit code 3', code: 3, stopped: false });
    expect(seen.sort()).toEqual(['stderr: oops', 'stdout: half line']);
    expect([...program.lines.entries].sort()).toEqual(['half line', 'oops']);
    expect(program.stdout.entries).toEqual(['half line']);
    expect((await readFile(logFile, 'utf8')).split('\n').sort()).toEqual(['', 'half line', 'oops']);
    await expect(program.output()).rejects.toMatchObject({
      code: 'ERR_LAB_PROGRAM',
      message: expect.stringContaining('oops') as string,
    });
  });

  it('returns the standard output of a program that succeeds', async () => {
    const program = await startNode(`console.log('{'); console.error('noise'); console.log('}')`);
    expect(await program.output()).toBe('{\n}');
  });

  it('waits for a line, printed before or after', async () => {
    const program = await startNode(
      `console.log('first'); setTimeout(() => console.error('second'), 50)`,
    );
    expect(await program.line(/^sec/, 120_000)).toBe('second');
    expect(await program.line(/^fir/, 120_000)).toBe('first');
  });

  it('reports what a program printed instead of the expected line', async () => {
    const ended = await startNode(`console.log('other')`);
    await expect(ended.line(/never/, 120_000)).rejects.toMatchObject({
      code: 'ERR_LAB_PROGRAM',
      message: 'node ended (exit code 0) without a line like /never/:\nother',
    });
    const running = await startNode(DEAF, { name: 'server' });
    await running.line(/deaf/, 120_000);
    await expect(running.line(/never/, 20)).rejects.toMatchObject({
      code: 'ERR_LAB_DEADLINE',
      message: 'server has no line like /never/ after 20 ms:\ndeaf',
    });
    const reason = new Error('interrupted');
    await expect(running.line(/never/, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('stops a program that ends on SIGTERM', async () => {
    const program = await startNode('setInterval(() => {}, 1000)');
    expect(await program.stop()).toEqual({ how: 'signal SIGTERM', code: null, stopped: true });
  });

  it('kills a program that does not end on SIGTERM or in time', async () => {
    const program = await startNode(DEAF);
    await program.line(/deaf/, 120_000);
    expect(await program.stop('SIGTERM', 100)).toMatchObject({ how: 'signal SIGKILL' });
    const late = await startNode(DEAF, { timeoutMs: 100 });
    expect(await late.exited).toMatchObject({ how: 'signal SIGKILL', stopped: false });
  });

  it('can be stopped again after its end', async () => {
    const program = await startNode('0');
    await program.exited;
    expect(await program.stop()).toMatchObject({ how: 'exit code 0', stopped: false });
  });

  it('names the program that does not start', async () => {
    const starting = startProgram('/nonexistent/tcpdump', []);
    await expect(starting).rejects.toMatchObject({
      code: 'ERR_LAB_PROGRAM',
      message: 'tcpdump (/nonexistent/tcpdump) does not start',
    });
  });
});
