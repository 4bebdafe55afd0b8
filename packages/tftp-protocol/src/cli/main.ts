#!/usr/bin/env node
import { runTftpCommand } from './run.js';

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // The same signal again ends the process immediately.
  process.once(name, () => {
    stop.abort(name);
  });
}
const { stdin: input, stdout: output, stderr: error } = process;
process.exitCode = await runTftpCommand(process.argv.slice(2), {
  input,
  output,
  error,
  signal: stop.signal,
});
