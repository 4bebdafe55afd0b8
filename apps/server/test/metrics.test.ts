import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { lacks } from '@pxe/test-host';

import { imageFolder } from './support/boot-traffic.js';
import { RunningDaemon } from './support/daemon.js';
import { TEST_STORE } from './support/test-store.js';

const run = promisify(execFile);

/** Returns the values by series, as in `pxeboot_boots_total{firmware="bios",outcome="menu"}`. */
async function scrape(daemon: RunningDaemon): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`http://127.0.0.1:${daemon.port('admin')}/metrics`);
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const lines = (await answer.text()).split('\n').filter((line) => /^[a-z]/.test(line));
  return new Map(
    lines.map((line) => {
      const blank = line.lastIndexOf(' ');
      return [line.slice(0, blank), Number(line.slice(blank + 1))] as const;
    }),
  );
}

describe.skipIf(lacks('curl', 'apt-get'))('metrics', () => {
  let daemon: RunningDaemon;
  let before: ReadonlyMap<string, number>;
  let after: ReadonlyMap<string, number>;
  const delta = (series: string): number =>
    (after.get(series) ?? NaN) - (before.get(series) ?? NaN);

  beforeAll(async () => {
    daemon = await RunningDaemon.start(['--data-dir', TEST_STORE, '--state', 'off']);
    before = await scrape(daemon);
    const http = `http://127.0.0.1:${daemon.port('http')}`;
    const tftp = `tftp://127.0.0.1:${daemon.port('tftp')}`;
    const curl = (...args: string[]): Promise<unknown> =>
      run('curl', ['-sS', '-o', '/dev/null', ...args]).catch(() => undefined);
    await curl(`${tftp}/lpxelinux.0`);
    await curl(`${tftp}/pxelinux.cfg/default`);
    await curl(`${tftp}/nothing`);
    await curl(`${http}/nothing`);
    await curl('-I', `${http}/ldlinux.c32`);
    const folder = await imageFolder(daemon, 'trixie', 'text');
    await curl(`${http}${folder}/linux`);
    await curl(`${http}${folder}/initrd.gz`);
    await daemon.logged('boot.ended');
    // The text of the first scrape is served again for a second.
    await vi.waitFor(
      async () => {
        after = await scrape(daemon);
        expect(delta('pxeboot_tftp_transfers_total{outcome="completed"}')).toBe(2);
      },
      { timeout: 60_000, interval: 500 },
    );
  });

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
  });

  it('counts boots by firmware and outcome, with the time of each step', () => {
    expect(delta('pxeboot_boots_total{firmware="bios",outcome="installer"}')).toBe(1);
    expect(delta('pxeboot_boots_total{firmware="uefi",outcome="failed"}')).toBe(0);
    for (const stage of ['loader', 'menu', 'kernel', 'initrd']) {
      expect(delta(`pxeboot_boot_stage_duration_seconds_count{stage="${stage}"}`)).toBe(1);
    }
    expect(delta('pxeboot_boot_duration_seconds_count{firmware="bios"}')).toBe(1);
  });

  it('counts transfers, bytes and refusals of both planes', () => {
    expect(delta('pxeboot_tftp_sent_bytes_total')).toBeGreaterThan(60_000);
    // A busy machine makes clients answer late.
    expect(delta('pxeboot_tftp_retransmitted_blocks_total')).toBeGreaterThanOrEqual(0);
    expect(delta('pxeboot_tftp_refusals_total{reason="not_found"}')).toBe(1);
    expect(delta('pxeboot_http_responses_total{code="200"}')).toBeGreaterThanOrEqual(3);
    expect(delta('pxeboot_http_responses_total{code="404"}')).toBe(1);
    expect(delta('pxeboot_http_sent_bytes_total')).toBeGreaterThan(20_000_000);
  });

  it('has the limits with their usage', () => {
    expect(after.get('pxeboot_connections_limit{plane="http"}')).toBeGreaterThan(0);
    expect(after.get('pxeboot_connections{plane="admin"}')).toBeGreaterThan(0);
    expect(after.get('pxeboot_tftp_transfers_limit')).toBeGreaterThan(0);
    expect(
      after.get('pxeboot_connection_limit_hits_total{plane="http",limit="connection_refused"}'),
    ).toBe(0);
  });

  it('has the age of each image', () => {
    const age = after.get('pxeboot_image_age_seconds{suite="trixie",arch="amd64",variant="text"}');
    expect(age).toBeGreaterThan(0);
    expect(after.get('pxeboot_images_ready')).toBe(1);
  });

  it('adds no series with traffic: every label value is known at the start', () => {
    const series = (values: ReadonlyMap<string, number>): string[] =>
      [...values.keys()].filter((name) => name.startsWith('pxeboot_'));
    expect(series(after)).toEqual(series(before));
    expect(series(after).length).toBeLessThan(400);
  });
});
