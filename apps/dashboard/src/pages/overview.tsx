import { useSignal } from '@preact/signals';
import { type JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { ApiError, read } from '../api/client.js';
import {
  type BootSummary,
  type DhcpServers,
  type Finding,
  type Images,
  type Server,
} from '../api/types.js';
import { idsOf, machineOf } from '../boot-words.js';
import { addressesFrom, proxyDhcpWarnings } from '../dhcp-words.js';
import { sizeText } from '../format.js';
import { sentence, server } from '../live/session.js';
import { boots, findHost, findings, images, machines } from '../live/store.js';
import { BootRow } from '../parts/boot-row.js';
import { CopyText } from '../parts/copy-text.js';
import { FetchProgress } from '../parts/fetch-progress.js';
import { Freshness } from '../parts/freshness.js';
import { linkTo } from '../route.js';

/** Number of boots in the list of recent ones. */
const RECENT = 8;
/** Age after which a failed boot no longer needs attention, in milliseconds. */
const FORGET_AFTER_MS = 24 * 60 * 60 * 1000;
/** Rules of `pxeboot doctor` whose findings other warnings show. */
const SHOWN_ELSEWHERE: readonly string[] = ['own-ports', 'no-images', 'damaged-images'];

/** Page with the images that are served, the machines that boot, and everything that needs attention. */
export function Overview(): JSX.Element {
  // Sections that appear one by one would push the others down.
  if ([boots, machines, images, findings].some(({ value }) => value === undefined)) {
    return (
      <>
        <h1>Overview</h1>
        <p class="note">Loading …</p>
      </>
    );
  }
  const listed = boots.value ?? [];
  const running = listed.filter(({ outcome }) => outcome === 'booting');
  const ended = listed.filter(({ outcome }) => outcome !== 'booting').slice(0, RECENT);
  return (
    <>
      <h1>Overview</h1>
      <Attention />
      <section aria-labelledby="running-title">
        <h2 id="running-title">Booting now</h2>
        {running.length === 0 ? (
          <p class="note">
            No machine is booting. Boot one from the network (PXE), and it appears here.
          </p>
        ) : (
          <BootList boots={running} label="Booting now" />
        )}
      </section>
      <section aria-labelledby="recent-title">
        <h2 id="recent-title">Recent boots</h2>
        {ended.length === 0 ? (
          <p class="note">None yet.</p>
        ) : (
          <>
            <BootList boots={ended} label="Recent boots" />
            <p>
              <a href={linkTo('boots')}>All boots</a>
            </p>
          </>
        )}
      </section>
      <div class="columns">
        <Serving />
        <Dhcp />
      </div>
    </>
  );
}

function BootList({
  boots: listed,
  label,
}: {
  readonly boots: readonly BootSummary[];
  readonly label: string;
}): JSX.Element {
  return (
    <ul class="rows" aria-label={label}>
      {listed.map((boot) => (
        <li key={boot.id}>
          <BootRow boot={boot} />
        </li>
      ))}
    </ul>
  );
}

function Attention(): JSX.Element | null {
  const since = Date.now() - FORGET_AFTER_MS;
  const failed =
    machines.value
      ?.map(({ lastBoot }) => lastBoot)
      .filter(
        ({ outcome, lastSeenAt }) => outcome === 'failed' && Date.parse(lastSeenAt) > since,
      ) ?? [];
  const warnings = [
    ...serverWarnings(server.value),
    ...hostWarnings(findings.value),
    ...imageWarnings(images.value),
  ];
  if (failed.length === 0 && warnings.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="attention-title" class="attention">
      <h2 id="attention-title">Needs attention</h2>
      <ul class="lines">
        {warnings.map((text) => (
          <li key={text}>{text}</li>
        ))}
        {failed.slice(0, RECENT).map((boot) => (
          <li key={boot.id}>
            <a href={linkTo('machines', machineOf(boot))}>{nameOf(boot)}</a>: {boot.sentence}
          </li>
        ))}
        {failed.length > RECENT && (
          <li>
            <a href={linkTo('machines')}>{failed.length - RECENT} more machines</a>
          </li>
        )}
      </ul>
    </section>
  );
}

/** Returns the display name of a machine. */
function nameOf(boot: BootSummary): string {
  return findHost.value(idsOf(boot))?.name ?? machineOf(boot);
}

function serverWarnings(facts: Server | undefined): string[] {
  if (facts === undefined) {
    return [];
  }
  const { obstacle, fetch, proxyDhcp } = facts;
  return [
    ...(obstacle === undefined ? [] : [obstacle]),
    ...(fetch.state === 'failed' ? [`The images cannot be fetched: ${fetch.reason ?? ''}`] : []),
    ...proxyDhcpWarnings(proxyDhcp).map(sentence),
  ];
}

function hostWarnings(found: readonly Finding[] | undefined): string[] {
  return (found ?? [])
    .filter(({ rule }) => !SHOWN_ELSEWHERE.includes(rule))
    .map(({ what, why, fix }) => `${sentence(what)} ${why} ${fix}`);
}

function imageWarnings(list: Images | undefined): string[] {
  return (list?.images ?? []).flatMap(({ suite, arch, variant, damaged, notes, carriedOver }) => {
    const name = `${suite} ${arch} ${variant}`;
    return [
      ...(damaged
        ? [`${name}: a file is damaged, and is not served until it is fetched again.`]
        : []),
      ...(carriedOver
        ? [`${name}: the last refresh could not get it, so the previous one is served.`]
        : []),
      ...notes.map((note) => `${name}: ${note}`),
    ];
  });
}

function Serving(): JSX.Element {
  const facts = server.value;
  const list = images.value;
  return (
    <section aria-labelledby="serving-title">
      <h2 id="serving-title">Serving</h2>
      {facts !== undefined && (
        <dl class="facts">
          <div>
            <dt>TFTP</dt>
            <dd>{facts.tftp.join(', ')}</dd>
          </div>
          <div>
            <dt>HTTP</dt>
            <dd>{facts.http.map((address) => `http://${address}/`).join(', ')}</dd>
          </div>
          {facts.proxyDhcp.map((link) => (
            <div key={link.interface}>
              <dt>ProxyDHCP on {link.interface}</dt>
              <dd>
                {link.address}; addresses from: {addressesFrom(link)}
              </dd>
            </div>
          ))}
        </dl>
      )}
      <FetchProgress />
      <ul class="images">
        {list?.images.map(({ suite, arch, variant, title, version, size, confirmedAt }) => (
          <li key={`${suite} ${arch} ${variant}`}>
            <strong>
              {title} {arch} {variant}
            </strong>{' '}
            {version}, {sizeText(size)}
            <div class="note">
              <Freshness confirmedAt={confirmedAt} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Returns the program that gives addresses, if ProxyDHCP has recognised one. */
function seenProgram(): string | undefined {
  const servers = server.value?.proxyDhcp.flatMap((link) => link.servers) ?? [];
  return servers.find(({ givesAddresses, program }) => givesAddresses && program !== undefined)
    ?.program;
}

function Dhcp(): JSX.Element {
  const [list, setList] = useState<DhcpServers | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const chosen = useSignal<string | undefined>(undefined);
  const shown = chosen.value ?? seenProgram() ?? 'isc';
  const served = images.value?.served;
  useEffect(() => {
    read('/api/v1/dhcp').then(
      (answer) => {
        setList(answer);
        setProblem(undefined);
      },
      (error: unknown) => {
        if (!(error instanceof ApiError)) {
          throw error;
        }
        setProblem(error.message);
      },
    );
  }, [served]);
  const text = list?.servers.find(({ name }) => name === shown)?.text;
  return (
    <section aria-labelledby="dhcp-title">
      <h2 id="dhcp-title">Your DHCP server</h2>
      <p class="note">
        {server.value?.proxyDhcp.length === 0
          ? 'It must tell machines to boot from here: add these lines to it. If it cannot be changed, as on most home routers, set proxyDhcp.enabled: true in pxeboot.yaml instead.'
          : 'ProxyDHCP tells machines to boot from here, so your DHCP server needs no change. These lines are for machines that take boot files only from the server that gave them their address.'}
      </p>
      {problem !== undefined && <p class="note">{problem}</p>}
      {list !== undefined && (
        <>
          <label class="field">
            Lines for
            <select
              value={shown}
              onChange={(event) => {
                chosen.value = event.currentTarget.value;
              }}
            >
              {list.servers.map(({ name, title }) => (
                <option key={name} value={name}>
                  {title}
                </option>
              ))}
            </select>
          </label>
          {text !== undefined && (
            <CopyText key={shown} label="Configuration of the DHCP server" text={text} />
          )}
        </>
      )}
    </section>
  );
}
