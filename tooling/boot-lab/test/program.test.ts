import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Journal } from '../src/process/journal.js';
import { isRunning, ownIdentity, startTicksOf } from '../src/process/process-identity.js';
import { type Program, startProgram } from '../src/process/program.js';

describe('startProgram', () => {
  let directory: string;
  const started: Program[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'boot-lab-test-'));
  });

  afterEach(async () => {
    for (const program of started.splice(0)) {
      await program.stop('SIGKILL');
    }
    await rm(directory, { recursive: true });
  });

  async function startNode(source: string, lines = new Journal<string>()): Promise<Program> {
    const program = await startProgram({
      name: 'node',
      command: process.execPath,
      args: ['-e', source],
      logFile: join(directory, 'node.log'),
      onLine: (line, stream) => {
        lines.append(`${stream}: ${line}`);
      },
    });
    started.push(program);
    return program;
  }

  it('passes on whole lines, logs them and returns the exit code', async () => {
    const lines = new Journal<string>();
    const program = await startNode(
      `process.stdout.write('half '); setTimeout(() => { console.log('line'); console.error('oops'); process.exitCode = 3; }, 20)`,
      lines,
    );
    expect(await program.exited).toEqual({ how: 'exit code 3', code: 3, stopped: false });
    expect([...lines.entries].sort()).toEqual(['stderr: oops', 'stdout: half line']);
    const log = await readFile(program.logFile, 'utf8');
    expect(log.split('\n').sort()).toEqual(['', 'half line', 'oops']);
  });

  it('stops a program that ends on SIGTERM', async () => {
    const program = await startNode('setInterval(() => {}, 1000)');
    expect(await program.stop()).toEqual({ how: 'signal SIGTERM', code: null, stopped: true });
  });

  it('kills a program that does not end on SIGTERM', async () => {
    const lines = new Journal<string>();
    const program = await startNode(
      `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('deaf')`,
      lines,
    );
    await lines.next(0, (line) => line.includes('deaf'), AbortSignal.timeout(10_000));
    expect(await program.stop('SIGTERM', 100)).toMatchObject({ how: 'signal SIGKILL' });
  });

  it('can be stopped again after its end', async () => {
    const program = await startNode('0');
    await program.exited;
    expect(await program.stop()).toMatchObject({ how: 'exit code 0', stopped: false });
  });

  it('names the program that does not start', async () => {
    const options = { name: 'tcpdump', command: '/nonexistent/tcpdump', args: [] };
    await expect(
      startProgram({ ...options, logFile: join(directory, 'log') }),
    ).rejects.toMatchObject({
      code: 'ERR_LAB_PROGRAM',
      message: 'tcpdump (/nonexistent/tcpdump) does not start',
    });
  });

  it('distinguishes a running process from an ended one and from another with the same id', async () => {
    const program = await startNode('setInterval(() => {}, 1000)');
    const startTicks = (await startTicksOf(program.pid))!;
    expect(await isRunning({ pid: program.pid, startTicks })).toBe(true);
    expect(await isRunning({ pid: program.pid, startTicks: startTicks - 1 })).toBe(false);
    await program.stop();
    expect(await isRunning({ pid: program.pid, startTicks })).toBe(false);
    expect(await isRunning(await ownIdentity())).toBe(true);
  });
});
