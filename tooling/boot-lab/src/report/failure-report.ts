import { type Boot } from '../stage/boot.js';

const LOG_LINES = 12;
const SERIAL_LINES = 15;
/**
 * Maximum length of a log line in a report, in characters: stack traces can be very long, and the evidence has
 * the complete log.
 */
const LINE_LENGTH = 300;

/**
 * Describes a failed stage: its message, the end of each log, the end of the serial text, and the
 * contents of the screen.
 */
export async function describeFailure(
  { stage, error }: { readonly stage: string; readonly error: Error },
  boot: Boot,
): Promise<string> {
  const { daemon, dhcp, dhcpProxy, machine } = boot;
  const sections = [
    `stage "${stage}": ${error.message}`,
    section('daemon log', daemon.program.lines.entries.slice(-LOG_LINES)),
    section('dhcp log', dhcp.program.lines.entries.slice(-LOG_LINES)),
    ...(dhcpProxy === undefined
      ? []
      : [section('ProxyDHCP log', dhcpProxy.program.lines.entries.slice(-LOG_LINES))]),
    section('serial port', tail(await machine.serial.readText(), SERIAL_LINES)),
    section('screen', await screenEvidence(boot)),
  ];
  return sections.join('\n');
}

/** Returns a screenshot's path and the text on the screen, or why it cannot be read. Never throws. */
async function screenEvidence({ machine }: Boot): Promise<string[]> {
  const lines: string[] = [];
  try {
    lines.push(await machine.screen.photograph('failure'));
    lines.push(...(await machine.screen.readText()).filter((line) => line !== ''));
  } catch (error) {
    lines.push(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return lines;
}

function tail(text: string, lines: number): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-lines);
}

function section(title: string, lines: readonly string[]): string {
  const shown = lines.length === 0 ? ['(nothing)'] : lines;
  return [`  ${title}:`, ...shown.map((line) => `    ${line.slice(0, LINE_LENGTH)}`)].join('\n');
}
