// Packs every published package, installs the tarballs in an empty project as a user would, and uses
// them there: imports and requires each public entry, compiles the programs in programs/ under each
// module resolution, runs them against each other, and asks the installed commands for their help.

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'pxeboot-smoke-'));

const packages = ['packages', 'apps']
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(root, parent, name)))
  .map((folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  .filter((manifest) => !manifest.private);

try {
  await install();
  const specifiers = packages.flatMap(({ name, exports: map = {} }) =>
    Object.keys(map)
      .filter((path) => path !== './package.json')
      .map((entry) => join(name, entry)),
  );
  await load(specifiers);
  await compile(specifiers);
  await runPrograms();
  await diagnoseNetwork();
  for (const command of packages.flatMap(({ bin = {} }) => Object.keys(bin))) {
    const text = await run(join('node_modules/.bin', command), '--help');
    assert.match(text, new RegExp(`Usage: ${command} `, 'i'));
  }
  console.log(
    `${packages.length} packages, ${specifiers.length} entries: installed, compiled, used`,
  );
} finally {
  rmSync(project, { recursive: true });
}

async function install() {
  const filters = packages.map(({ name }) => `--filter=${name}`);
  const pnpm = join(root, 'tooling/workspace/pnpm.js');
  await run('node', pnpm, ...filters, 'pack', '--pack-destination', project);
  const tarballs = readdirSync(project).map((file) => `./${file}`);
  writeFileSync(join(project, 'package.json'), '{"private": true, "type": "module"}\n');
  const flags = ['--no-audit', '--no-fund', '--engine-strict'];
  await run('npm', 'install', ...flags, '@types/node@20', ...tarballs);
}

/** Imports and requires every entry, which must export something. */
async function load(specifiers) {
  for (const [type, expression] of [
    ['module', 'await import(name)'],
    ['commonjs', 'require(name)'],
  ]) {
    const program = `(async () => {
      for (const name of ${JSON.stringify(specifiers)}) {
        if (Object.keys(${expression}).length === 0) throw new Error(name + ' exports nothing');
      }
    })()`;
    await run('node', `--input-type=${type}`, '--eval', program);
  }
}

/** Compiles the programs and all declarations as strictly as a user may ask for. */
async function compile(specifiers) {
  cpSync(fileURLToPath(new URL('programs', import.meta.url)), join(project, 'programs'), {
    recursive: true,
  });
  const imports = specifiers.map((name, at) => `import * as entry${at} from '${name}';`);
  const uses = specifiers.map((_, at) => `entry${at}`).join(', ');
  const everything = `${imports.join('\n')}\nexport default [${uses}];\n`;
  writeFileSync(join(project, 'programs/everything.ts'), everything);
  const pure = [
    "export * as tftp from '@pxe/tftp-protocol';",
    "export * as menu from '@pxe/syslinux-menu';",
    "export * as preseed from '@pxe/debian-preseed';",
    "export * as dhcp from '@pxe/dhcp-protocol';\n",
  ].join('\n');
  writeFileSync(join(project, 'pure.ts'), pure);
  const tsc = (files, options) =>
    run(
      ...['node', join(root, 'node_modules/typescript/bin/tsc'), '--strict'],
      ...['--skipLibCheck', 'false', ...options, ...files],
    );
  const programs = readdirSync(join(project, 'programs')).map((name) => `programs/${name}`);
  const onNode = ['--types', 'node', '--target', 'es2023'];
  // All have ended before the project is removed.
  const results = await Promise.allSettled([
    tsc(programs, [...onNode, '--module', 'nodenext', '--outDir', 'built']),
    tsc(programs, [...onNode, '--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit']),
    // The entries that promise to run anywhere need neither Node's types nor a browser's.
    tsc(['pure.ts'], ['--lib', 'es2022', '--target', 'es2022', '--module', 'nodenext', '--noEmit']),
  ]);
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed !== undefined) {
    throw failed.reason;
  }
}

/** Runs each program on loopback, against its counterpart if it has one. */
async function runPrograms() {
  const file = Buffer.alloc(70_000, 'firmware');
  mkdirSync(join(project, 'public'));
  writeFileSync(join(project, 'public/firmware.bin'), file);
  await serving('built/tftp-serve-directory.js', [], async ({ port, nextLine }) => {
    const told = await runProgram('tftp-receive-file', port, 'firmware.bin');
    assert.equal(told, 'firmware.bin: 70000 bytes\n');
    assert.deepEqual(readFileSync(join(project, 'firmware.bin')), file);
    assert.equal(await nextLine(), 'firmware.bin: completed, 70000 bytes');
  });
  await serving('built/tftp-serve-bytes.js', [], async ({ port }) => {
    await runProgram('tftp-receive-file', port, 'hello');
    assert.equal(readFileSync(join(project, 'hello'), 'utf8'), 'hello, 127.0.0.1\n');
  });

  const menu = await runProgram('menu-render');
  writeFileSync(join(project, 'good.cfg'), menu);
  writeFileSync(join(project, 'odd.cfg'), `${menu}MENU END\n`);
  assert.equal(await runProgram('menu-check', 'good.cfg'), '');
  assert.match(await runProgram('menu-check', 'odd.cfg'), /^odd\.cfg:\d+:1: warning: .*MENU BEGIN/);
  const converted = await runProgram('menu-convert', 'good.cfg');
  for (const part of ['Workshop', "menuentry 'Install Debian'", 'item debian Install Debian']) {
    assert.ok(converted.includes(part), converted);
  }

  const madeUp = ['--made-up', '--suites', 'trixie', '--port', '0'];
  await serving(join(root, 'tooling/local-mirror/dist/main.js'), madeUp, async (mirror) => {
    writeFileSync(join(project, 'mirror.asc'), mirror.before.join('\n'));
    assert.match(await runProgram('images-sync', mirror.url), /^changed: /);
    assert.match(await runProgram('images-verify'), /: [1-9]\d+ files, 0 problems\n$/);
    assert.equal(await runProgram('images-read-file'), 'Linux 6.12.1+deb13-amd64: 50000 bytes\n');
    assert.ok(readFileSync(join(project, 'linux')).includes('6.12.1+deb13-amd64'));
    await serving('built/server-start.js', [mirror.url], async ({ url }) => {
      const { status } = await fetch(`${url}/lpxelinux.0`);
      assert.equal(status, 200);
    });
    // The daemon is gone, so this comes from the database: libsql's binary works where it was installed.
    const stored = await run(
      ...['node_modules/.bin/pxeboot', 'boots', '--json', '--data-dir', 'images'],
    );
    assert.equal(JSON.parse(stored).boots[0].stages[0].path, '/lpxelinux.0');
    assert.ok(existsSync(join(project, 'images/state.db')));
    console.log('the packed server stored a boot in its SQLite database, and read it back');
  });
}

/**
 * Runs the installed `pxeboot doctor` on another host of a network, as `npx @pxe/server doctor` does there. dnsmasq gives
 * the addresses, and the installed server names the boot files.
 */
async function diagnoseNetwork() {
  if (process.getuid() !== 0) {
    console.log('pxeboot doctor was not run: it needs root, to create a network');
    return;
  }
  const [server, machine] = ['server', 'machine'].map((role) => `smoke-${process.pid}-${role}`);
  const programs = [];
  const start = async (pattern, command, ...args) => {
    const child = spawn('ip', ['netns', 'exec', server, command, ...args], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    programs.push(child);
    let output = '';
    await new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => {
          output += chunk;
          if (pattern.test(output)) {
            resolve();
          }
        });
      }
      child.once('exit', () => reject(new Error(`${command} has ended early: ${output}`)));
    });
  };
  try {
    for (const name of [server, machine]) {
      await run('ip', 'netns', 'add', name);
      await run('ip', '-n', name, 'link', 'set', 'lo', 'up');
    }
    const cable = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', machine];
    await run('ip', 'link', 'add', 'eth0', 'netns', server, ...cable);
    for (const [at, name] of [server, machine].entries()) {
      await run('ip', '-n', name, 'address', 'add', `10.94.0.${at + 1}/24`, 'dev', 'eth0');
      await run('ip', '-n', name, 'link', 'set', 'eth0', 'up');
    }
    // The kernel takes up to a second to notice that the other end is up, and hides the address until then.
    const stateOf = async (name) =>
      JSON.parse(await run('ip', '-json', '-n', name, 'link', 'show', 'eth0'))[0].operstate;
    while ((await stateOf(server)) !== 'UP' || (await stateOf(machine)) !== 'UP') {
      await delay(50);
    }
    await start(
      ...[/DHCP, IP range/, 'dnsmasq', '--no-daemon', '--user=root', '--port=0', '--no-ping'],
      ...['--conf-file=/dev/null', '--bind-interfaces', '--interface=eth0', '--log-facility=-'],
      ...['--pid-file=', '--dhcp-leasefile=leases', '--dhcp-range=10.94.0.50,10.94.0.80'],
    );
    const command = join(project, 'node_modules/.bin/pxeboot');
    await start(
      ...[/"event":"serve\.ready"/, command, 'serve', '--data-dir', 'images', '--state', 'off'],
      ...['--log-format', 'json', '--source-kind', 'mirror'],
      ...['--source-url', 'http://127.0.0.1:9/debian'],
      ...['--proxy-dhcp-enabled', 'true', '--proxy-dhcp-interfaces', 'eth0'],
    );
    const doctor = ['doctor', '--json', '--as', 'bios', '--data-dir', 'nowhere'];
    const failed = await run('ip', 'netns', 'exec', machine, command, ...doctor).then(
      (stdout) => assert.fail(`no finding: ${stdout}`),
      (error) => error,
    );
    assert.equal(failed.code, 8, String(failed));
    const report = JSON.parse(failed.stdout);
    const lines = report.steps.flatMap((step) => step.lines).join('\n');
    assert.match(
      lines,
      /OFFER from 10\.94\.0\.1: no address \(ProxyDHCP\), boot file "lpxelinux\.0"/,
      failed.stdout,
    );
    // The boot succeeds up to the kernel, which is made up.
    assert.deepEqual(
      report.findings.map(({ rule, host }) => [rule, host]),
      [['not-a-kernel', '10.94.0.1']],
    );
    console.log('the packed doctor followed a boot on a network of the packed server');
  } finally {
    for (const program of programs) {
      const ended = program.exitCode ?? once(program, 'exit');
      program.kill('SIGTERM');
      await ended;
    }
    for (const name of [server, machine]) {
      await run('ip', 'netns', 'delete', name);
    }
  }
}

function runProgram(name, ...args) {
  return run('node', `built/${name}.js`, ...args);
}

/**
 * Runs a program that serves until SIGTERM, and calls `use` once it has printed a line with its URL.
 * A program that ends otherwise has failed.
 */
async function serving(program, args, use) {
  const child = spawn('node', [program, ...args], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => {
    const { value } = await lines.next();
    assert.ok(value !== undefined, `${program} has ended early`);
    return value;
  };
  const before = [];
  let url;
  try {
    while (url === undefined) {
      const line = await nextLine();
      [url] = /\b\w+:\/\/\S+/.exec(line) ?? [];
      before.push(line);
    }
    await use({ url, port: new URL(url).port, before: before.slice(0, -1), nextLine });
  } finally {
    child.kill('SIGTERM');
  }
  return ended;
}

async function run(command, ...args) {
  const { stdout } = await promisify(execFile)(command, args, { cwd: project, timeout: 120_000 });
  return stdout;
}
