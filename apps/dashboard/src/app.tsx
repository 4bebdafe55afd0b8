import { useSignal } from '@preact/signals';
import { type JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

import { token } from './api/client.js';
import { gate, gateReason, readServer, sentence, server, signOut } from './live/session.js';
import { connection, forgetLists, readError, startFollowing } from './live/store.js';
import { Boots } from './pages/boots.js';
import { HostPage } from './pages/host.js';
import { Hosts } from './pages/hosts.js';
import { ImagesPage } from './pages/images.js';
import { MachinePage } from './pages/machine.js';
import { Machines } from './pages/machines.js';
import { Overview } from './pages/overview.js';
import { Settings } from './pages/settings.js';
import { lazyPage } from './parts/lazy-page.js';
import { SignIn, TokenDialog } from './parts/token-form.js';
import { printable } from './printable-text.js';
import { linkTo, type Route, routeOf } from './route.js';
import { applyTheme, nextTheme, theme } from './theme.js';

const NAVIGATION = [
  ['overview', 'Overview'],
  ['machines', 'Machines'],
  ['boots', 'Boots'],
  ['hosts', 'Hosts'],
  ['images', 'Images'],
  ['menu', 'Menu'],
  ['metrics', 'Metrics'],
  ['settings', 'Settings'],
] as const;

/** Page that lists the items, for each page about one item. */
const LIST_OF: Readonly<Partial<Record<Route['page'], Route['page']>>> = {
  machine: 'machines',
  host: 'hosts',
};

const MenuPage = lazyPage(async () => (await import('./pages/menu.js')).MenuPage);
const MetricsPage = lazyPage(async () => (await import('./pages/metrics.js')).MetricsPage);

/**
 * The whole page: asks for a token if one is needed, and otherwise shows the page that the address names.
 */
export function App(): JSX.Element {
  useEffect(() => {
    applyTheme();
    void readServer();
  }, []);
  switch (gate.value) {
    case 'loading':
      return <main id="main" class="sign-in" aria-busy="true" />;
    case 'signIn':
      return <SignIn />;
    case 'failed':
      return (
        <main id="main" class="sign-in">
          <h1>pxeboot</h1>
          <p class="problem" role="alert">
            {sentence(gateReason.value ?? '')}
          </p>
          <button type="button" onClick={() => void readServer()}>
            Try again
          </button>
        </main>
      );
    case 'open':
      return <Pages />;
  }
}

function Pages(): JSX.Element {
  const route = useSignal(routeOf(location.hash));
  const main = useRef<HTMLElement>(null);
  // Runs before anything else can change the address.
  useLayoutEffect(() => {
    const follow = (): void => {
      route.value = routeOf(location.hash);
      scrollTo(0, 0);
      // Screen readers and the keyboard continue at the new page.
      main.current?.focus({ preventScroll: true });
    };
    addEventListener('hashchange', follow);
    return () => {
      removeEventListener('hashchange', follow);
    };
  }, [route]);
  // A token that the user enters for a change leaves the page as it is.
  useEffect(startFollowing, [token.value]);
  useEffect(() => forgetLists, []);
  const { page } = route.value;
  const listed = NAVIGATION.find(([name]) => name === page)?.[1];
  const title = listed ?? (page === 'host' ? 'Host' : 'Machine');
  useEffect(() => {
    document.title = printable(`${title} · ${server.value?.name ?? ''} · pxeboot`);
  }, [title, server.value?.name]);
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          // The part after # is the page.
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <Header page={page} />
      <main id="main" tabIndex={-1} ref={main}>
        {readError.value !== undefined && (
          <p class="problem" role="alert">
            {sentence(readError.value)}
          </p>
        )}
        <Page route={route.value} />
      </main>
      <TokenDialog />
    </>
  );
}

function Page({ route }: { readonly route: Route }): JSX.Element {
  switch (route.page) {
    case 'overview':
      return <Overview />;
    case 'boots':
      return <Boots />;
    case 'images':
      return <ImagesPage />;
    case 'machines':
      return <Machines />;
    case 'hosts':
      return <Hosts />;
    case 'host':
      return <HostPage key={route.host} name={route.host} />;
    case 'settings':
      return <Settings />;
    case 'machine':
      return <MachinePage key={route.machine} id={route.machine} />;
    case 'menu':
      return <MenuPage machine={route.machine} />;
    case 'metrics':
      return <MetricsPage />;
    case 'unknown':
      return (
        <>
          <h1>No such page</h1>
          <p>
            <a href={linkTo('overview')}>Overview</a>
          </p>
        </>
      );
  }
}

function Header({ page }: { readonly page: Route['page'] }): JSX.Element {
  const current = LIST_OF[page] ?? page;
  return (
    <header>
      <a class="brand" href={linkTo('overview')}>
        pxeboot <span class="host">{server.value?.name}</span>
      </a>
      <nav aria-label="Pages">
        {NAVIGATION.map(([name, title]) => (
          <a key={name} href={linkTo(name)} aria-current={name === current ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <Connection />
      <button type="button" class="quiet" onClick={nextTheme}>
        Theme: {theme.value}
      </button>
      {token.value !== undefined && (
        <button type="button" class="quiet" onClick={() => void signOut()}>
          Sign out
        </button>
      )}
    </header>
  );
}

function Connection(): JSX.Element {
  const texts = { waiting: 'connecting', live: 'live', lost: 'connection lost, trying again' };
  return (
    <span class={`connection ${connection.value}`} role="status">
      <span aria-hidden="true">●</span> {texts[connection.value]}
    </span>
  );
}
