import { describe, expect, it } from 'vitest';

import { isRunning, ownIdentity, startTicksOf } from '../src/process-identity.js';
import { startProgram } from '../src/program.js';

describe('isRunning', () => {
  it('distinguishes a running process from an ended one and from another with the same id', async () => {
    await using program = await startProgram(process.execPath, ['-e', 'setInterval(() => {}, 99)']);
    const startTicks = (await startTicksOf(program.pid))!;
    expect(await isRunning({ pid: program.pid, startTicks })).toBe(true);
    expect(await isRunning({ pid: program.pid, startTicks: startTicks - 1 })).toBe(false);
    await program.stop();
    expect(await isRunning({ pid: program.pid, startTicks })).toBe(false);
    expect(await isRunning(await ownIdentity())).toBe(true);
  });
});
