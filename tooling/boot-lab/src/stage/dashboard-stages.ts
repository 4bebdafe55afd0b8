import { setTimeout as sleep } from 'node:timers/promises';

import { LabError } from '@pxe/lab-host';

import { type Sight, type Sights, type WatchedDashboard } from '../dashboard/watched-dashboard.js';
import { type Boot } from './boot.js';
import { type Stage } from './stage.js';

const LOOK_INTERVAL_MS = 500;

/** Steps of an installation: their names in the event stream, and on the pages. */
const STEPS: readonly (readonly [name: string, title: string])[] = [
  ['loader', 'Boot loader'],
  ['core', 'Loader core'],
  ['menu', 'Menu'],
  ['kernel', 'Kernel'],
  ['installer', 'Initrd'],
  ['preseed', 'Preseed'],
  ['early', 'Installer started'],
  ['late', 'Installer ending'],
  ['installed', 'Installed'],
];

/** Returns a stage that opens the dashboard in a browser. */
export function dashboardOpened(): Stage {
  return {
    name: 'dashboard',
    deadlineMs: 150_000,
    async run(boot) {
      await dashboardOf(boot).open();
      return 'overview and machine, live in Chromium';
    },
  };
}

/**
 * Returns a stage that waits until the dashboard has shown each step of the installation, and fails if it
 * showed them in a different order from that in which they happened. The stage reports how long after the
 * daemon's event each step appeared.
 */
export function dashboardFollowed(deadlineMs = 60_000): Stage {
  return {
    name: 'followed',
    deadlineMs,
    async run(boot, signal) {
      const dashboard = dashboardOf(boot);
      for (;;) {
        const sights = await dashboard.sights();
        const missing = STEPS.find(([, title]) => !sights.steps.some(({ name }) => name === title));
        if (missing === undefined) {
          await dashboard.photograph('dashboard');
          return describe(sights);
        }
        if (signal.aborted) {
          const message = `the page of the machine does not show "${missing[1]}"`;
          throw new LabError('ERR_LAB_DEADLINE', message, { cause: signal.reason });
        }
        await sleep(LOOK_INTERVAL_MS);
      }
    },
  };
}

function describe({ events, bars, steps }: Sights): string {
  const titles = STEPS.map(([, title]) => title);
  expectOrder('the page of the machine', steps, titles);
  const labels = titles.map((title) => `reached: ${title.toLowerCase()}`);
  expectOrder(
    'the overview',
    bars.filter(({ name }) => labels.includes(name)),
    labels,
  );
  const names = STEPS.map(([name]) => name);
  const delays = STEPS.flatMap(([name, title], index) => {
    // An event names the last step that the boot has reached: steps within a tenth of a second share one event.
    const event = events.find((candidate) => names.indexOf(candidate.name) >= index);
    const shown = [
      steps.find((step) => step.name === title),
      bars.find((bar) => bar.name === labels[index]),
    ].flatMap((sight) => (sight === undefined ? [] : [sight.at]));
    return event === undefined ? [] : [{ name, delay: Math.min(...shown) - event.at }];
  });
  if (delays.length < STEPS.length) {
    const told = events.map(({ name }) => name).join(', ');
    throw new LabError('ERR_LAB_STAGE', `the event stream only reported ${told}`);
  }
  const slowest = Math.max(...delays.map(({ delay }) => delay));
  const list = delays.map(({ name, delay }) => `${name} ${delay}`).join(', ');
  return `shown after the event: ${list} ms; slowest ${slowest} ms`;
}

function expectOrder(where: string, seen: readonly Sight[], order: readonly string[]): void {
  const names = seen.map(({ name }) => name);
  const sorted = order.filter((name) => names.includes(name));
  if (names.join() !== sorted.join()) {
    throw new LabError('ERR_LAB_STAGE', `${where} showed ${names.join(', ')}`);
  }
}

function dashboardOf({ dashboard }: Boot): WatchedDashboard {
  if (dashboard === undefined) {
    throw new LabError('ERR_LAB_STAGE', 'the scenario does not watch the dashboard');
  }
  return dashboard;
}
