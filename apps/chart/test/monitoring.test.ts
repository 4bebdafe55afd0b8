// Alert rules and dashboard, run by a real Prometheus.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { addMadeUpSuite, createSigningKey, type MirrorTree, serveMirror } from '@pxe/local-mirror';
import { type Daemon, startDaemon } from '@pxe/server';

import { chartFile } from './support/chart.js';
import { lacksPrometheus, PROMTOOL, RunningPrometheus } from './support/prometheus.js';

const run = promisify(execFile);

const CASES = fileURLToPath(new URL('alerts/alert-cases.yaml', import.meta.url));

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly { alert: string; expr: string }[] }[];
}

const rules = (parse(chartFile('files/alerts.yaml')) as RuleFile).groups.flatMap(
  (group) => group.rules,
);
const panels = (JSON.parse(chartFile('dashboards/pxeboot.json')) as { panels: Panel[] }).panels;
const expressions = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as const),
);

describe.skipIf(lacksPrometheus())('alert rules', () => {
  it('fire at their thresholds, and not just below them', async () => {
    const { stdout } = await run(PROMTOOL, ['test', 'rules', CASES]);
    expect(stdout).toContain('SUCCESS');
  });

  it('have a case each', () => {
    for (const { alert } of rules) {
      expect(parseCases()).toContain(alert);
    }
    expect(rules).toHaveLength(5);
  });
});

describe.skipIf(lacksPrometheus())('dashboard', () => {
  let directory: string;
  let daemon: Daemon;
  let prometheus: RunningPrometheus;

  const get = async (path: string): Promise<string> =>
    (await fetch(`http://${daemon.addresses.http[0]}${path}`)).text();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-monitoring-'));
    const key = await createSigningKey();
    const tree: MirrorTree = new Map();
    await addMadeUpSuite(tree, { codename: 'trixie', initrdLength: 2_000_000 }, key);
    await using mirror = await serveMirror(tree);
    const keyring = join(directory, 'keyring.asc');
    await writeFile(keyring, key.publicKey);
    const loopback = { listen: ['127.0.0.1:0'] };
    daemon = await startDaemon({
      ...{ tftp: loopback, http: loopback, admin: loopback },
      dataDir: join(directory, 'store'),
      images: ['trixie:amd64:text'],
      source: { kind: 'mirror', url: [mirror.url], keyring },
      log: { level: 'error' },
    });
    const admin = daemon.addresses.admin[0]!;
    prometheus = await RunningPrometheus.start(admin);
    await until(async () => (await prometheus.query('pxeboot_images_ready == 1')).length > 0);
    await until(async () => (await prometheus.query('rate(pxeboot_boots_total[1m])')).length > 0);
    await bootMachine();
    await until(async () => {
      const started = 'sum(increase(pxeboot_boots_total{outcome="installer"}[1m])) > 0';
      return (await prometheus.query(started)).length > 0;
    });
  }, 120_000);

  afterAll(async () => {
    await prometheus[Symbol.asyncDispose]();
    await daemon.drain();
    await rm(directory, { recursive: true });
  });

  /** Loads the files that a BIOS machine loads, with curl over TFTP and with fetch over HTTP. */
  async function bootMachine(): Promise<void> {
    const tftp = `tftp://${daemon.addresses.tftp[0]}`;
    for (const path of ['/pxelinux.cfg/default', '/menu.ipxe']) {
      await run('curl', ['-sS', '-o', '/dev/null', `${tftp}${path}`]);
    }
    await run('curl', ['-sS', '-o', '/dev/null', `${tftp}/missing`]).catch(() => undefined);
    const menu = await get('/pxelinux.cfg/default');
    const folder = /\/debian\/trixie\/[^/]+\/amd64\/text(?=\/linux)/.exec(menu)?.[0] ?? '';
    await get(`${folder}/linux`);
    await get(`${folder}/initrd.gz`);
  }

  it.each(expressions)('"%s" has a value: %s', async (_title, expression) => {
    const query = expression
      .replaceAll('$__rate_interval', '1m')
      .replaceAll('$__range', '1m')
      .replaceAll(/\$(?:job|instance)/g, '.*');
    const series = await prometheus.query(query);
    expect(series.length, query).toBeGreaterThan(0);
    const values = series.map(({ value }) => Number(value[1]));
    expect(values.some((value) => Number.isFinite(value))).toBe(true);
  });

  it('has every metric of pxeboot that counts something', async () => {
    const names = await prometheus.query('group by (__name__) ({__name__=~"pxeboot_.+"})');
    const used = expressions.map(([, expression]) => expression).join('\n');
    const missing = names
      .map(({ metric }) => metric['__name__'] ?? '')
      .filter((name) => !/_(?:sum|count)$|_info$/.test(name) && !used.includes(name));
    expect(missing).toEqual([]);
  });

  it.each(rules)('the expression of the alert $alert knows its metrics', async ({ expr }) => {
    const metrics = new Set(expr.match(/pxeboot_\w+/g));
    expect(metrics.size).toBeGreaterThan(0);
    for (const metric of metrics) {
      expect((await prometheus.query(metric)).length, metric).toBeGreaterThan(0);
    }
  });
});

function parseCases(): readonly string[] {
  const text = chartFile('../test/alerts/alert-cases.yaml');
  const { tests } = parse(text) as {
    tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[];
  };
  return tests.flatMap(({ alert_rule_test: checks }) =>
    checks.filter((check) => check.exp_alerts !== undefined).map(({ alertname }) => alertname),
  );
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) {
    await delay(500);
  }
}
